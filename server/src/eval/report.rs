//! Numbers per category, and the table.

use super::{Case, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// How much a category counts in the total; one that is not listed counts 1.
const WEIGHTS: [(&str, f64); 31] = [
    ("street.house", 4.0),
    ("full.address", 4.0),
    ("status.missing", 4.0),
    ("city.focus", 4.0),
    ("prefix.5", 3.0),
    ("keystrokes", 3.0),
    ("status.abbrev", 3.0),
    ("prefix.3", 2.0),
    ("street.only", 2.0),
    ("order.swapped", 2.0),
    ("typo.insert", 2.0),
    ("typo.delete", 2.0),
    ("typo.substitute", 2.0),
    ("typo.transpose", 2.0),
    ("typo.first-letter", 2.0),
    ("oldname", 2.0),
    ("lang.ru", 2.0),
    ("surname-only", 2.0),
    ("house.letter.variants", 2.0),
    ("house.corpus", 2.0),
    ("house.corner", 2.0),
    ("house.missing", 2.0),
    ("house.street-only", 2.0),
    ("house.entrance", 2.0),
    ("city.explicit", 2.0),
    ("poi.name", 2.0),
    ("poi.brand-near", 2.0),
    ("poi.category-near", 2.0),
    ("metro.forms", 2.0),
    ("popularity", 2.0),
    ("garbage", 2.0),
];
const HALF: [&str; 4] = [
    "translit.sloppy",
    "typo.two-errors",
    "popularity.prefix",
    "lang.ru-untagged",
];

fn weight(category: &str) -> f64 {
    let half = HALF.contains(&category).then_some(0.5);
    let listed = WEIGHTS.iter().find(|(name, _)| *name == category);
    half.or(listed.map(|(_, w)| *w)).unwrap_or(1.0)
}

/// The numbers of one category.
#[derive(Debug, Clone, Serialize)]
pub struct CategoryReport {
    pub category: String,
    pub n: usize,
    pub hit1: f64,
    pub hit5: f64,
    /// Share of answers within the rank that each case asks for.
    pub hitk: f64,
    /// Mean reciprocal rank.
    pub mrr: f64,
    /// Share of empty answers.
    pub empty: f64,
    /// Share of right results whose `match` is true.
    pub honest: Option<f64>,
    /// Mean keystrokes until the answer is among the first three.
    pub keys: Option<f64>,
    pub p50_ms: f64,
    pub p95_ms: f64,
    pub p99_ms: f64,
}

/// The numbers of a suite.
#[derive(Debug, Clone, Serialize)]
pub struct EvalReport {
    /// In the order of the suite.
    pub categories: Vec<CategoryReport>,
    /// Hits and MRR are means over the categories by their weights, everything else is over all cases.
    pub total: CategoryReport,
    /// Questions that were not answered within their rank.
    pub missed: Vec<Missed>,
}

/// A question that was not answered within its rank.
#[derive(Debug, Clone, Serialize)]
pub struct Missed {
    /// File and line, or the id in the suite.
    pub at: String,
    pub category: String,
    pub query: String,
    /// Where the answer was, from 1, if it was there at all.
    pub rank: Option<usize>,
    /// Labels of the first results.
    pub shown: Vec<String>,
}

impl EvalReport {
    /// Sums up the verdicts of cases.
    pub fn of(judged: &[(Case, Verdict)]) -> EvalReport {
        let mut order: Vec<&str> = Vec::new();
        let mut grouped: BTreeMap<&str, Vec<(&Case, &Verdict)>> = BTreeMap::new();
        for (case, verdict) in judged {
            if !grouped.contains_key(case.category.as_str()) {
                order.push(&case.category);
            }
            grouped
                .entry(&case.category)
                .or_default()
                .push((case, verdict));
        }
        let categories: Vec<CategoryReport> = order
            .iter()
            .map(|name| summarise(name, &grouped[name]))
            .collect();
        let all: Vec<(&Case, &Verdict)> = judged.iter().map(|(c, v)| (c, v)).collect();
        let whole: f64 = categories.iter().map(|c| weight(&c.category)).sum();
        let mean = |value: fn(&CategoryReport) -> f64| {
            let sum: f64 = categories
                .iter()
                .map(|c| weight(&c.category) * value(c))
                .sum();
            sum / whole
        };
        let total = CategoryReport {
            category: "weighted total".to_owned(),
            hit1: mean(|c| c.hit1),
            hit5: mean(|c| c.hit5),
            hitk: mean(|c| c.hitk),
            mrr: mean(|c| c.mrr),
            ..summarise("", &all)
        };
        let missed = judged.iter().filter(|(c, v)| !v.holds(c));
        let missed = missed.map(|(case, verdict)| Missed {
            at: case.at.clone(),
            category: case.category.clone(),
            query: case.query.clone(),
            rank: verdict.rank,
            shown: verdict.shown.clone(),
        });
        EvalReport {
            categories,
            missed: missed.collect(),
            total,
        }
    }
}

fn summarise(name: &str, all: &[(&Case, &Verdict)]) -> CategoryReport {
    let n = all.len();
    let share = |hit: &dyn Fn(&Case, &Verdict) -> bool| {
        ratio(all.iter().filter(|(c, v)| hit(c, v)).count(), n)
    };
    let within = |depth: usize| share(&|_, v| v.rank.is_some_and(|r| r <= depth));
    let mut latencies: Vec<Duration> = all
        .iter()
        .flat_map(|(_, v)| v.latencies.iter().copied())
        .collect();
    latencies.sort_unstable();
    let honest: Vec<bool> = all.iter().filter_map(|(_, v)| v.honest).collect();
    let keys: Vec<usize> = all.iter().filter_map(|(_, v)| v.keys).collect();
    let reciprocal: f64 = all
        .iter()
        .filter_map(|(_, v)| v.rank)
        .map(|r| ratio(1, r))
        .sum();
    CategoryReport {
        category: name.to_owned(),
        n,
        hit1: within(1),
        hit5: within(5),
        hitk: share(&|c, v| v.holds(c)),
        mrr: reciprocal * ratio(1, n),
        empty: share(&|_, v| v.empty),
        honest: (!honest.is_empty())
            .then(|| ratio(honest.iter().filter(|h| **h).count(), honest.len())),
        keys: (!keys.is_empty()).then(|| ratio(keys.iter().sum(), keys.len())),
        p50_ms: percentile(&latencies, 50),
        p95_ms: percentile(&latencies, 95),
        p99_ms: percentile(&latencies, 99),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of cases are small")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// A percentile of sorted durations, in milliseconds.
fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).map_or(0.0, |d| d.as_secs_f64() * 1000.0)
}

impl fmt::Display for EvalReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<24}{:>6}{:>8}{:>8}{:>8}{:>7}{:>7}{:>8}{:>6}{:>8}{:>8}{:>8}",
            "category",
            "n",
            "hit@1",
            "hit@5",
            "hit@k",
            "MRR",
            "empty",
            "honest",
            "keys",
            "p50",
            "p95",
            "p99"
        )?;
        for row in self.categories.iter().chain([&self.total]) {
            let optional =
                |v: Option<f64>, digits| v.map_or("-".to_owned(), |v| format!("{v:.digits$}"));
            writeln!(
                f,
                "{:<24}{:>6}{:>8.3}{:>8.3}{:>8.3}{:>7.3}{:>7.2}{:>8}{:>6}{:>8.2}{:>8.2}{:>8.2}",
                row.category,
                row.n,
                row.hit1,
                row.hit5,
                row.hitk,
                row.mrr,
                row.empty,
                optional(row.honest, 2),
                optional(row.keys, 1),
                row.p50_ms,
                row.p95_ms,
                row.p99_ms
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_sorted_durations() {
        let ms: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(
            [50, 95, 99].map(|p| percentile(&ms, p).to_bits()),
            [50.0, 95.0, 99.0].map(f64::to_bits)
        );
        assert_eq!(percentile(&[], 50).to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn a_category_counts_by_its_weight() {
        assert_eq!(
            ["street.house", "typo.two-errors", "chisinau"].map(|c| weight(c).to_bits()),
            [4.0, 0.5, 1.0].map(f64::to_bits)
        );
    }
}
