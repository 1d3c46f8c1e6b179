//! What stands between a finished snapshot and its publication. Pure: counts in, findings out.

use super::config::GateLimits;
use super::golden::GoldenOutcome;
use crate::identity::Churn;
use crate::pipeline::Built;
use geodata::snapshot::Manifest;
use serde::Serialize;
use std::fmt;

/// Something the gate has against a snapshot.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// A layer lost more places than it may.
    Lost {
        layer: String,
        before: u64,
        now: u64,
        share: f64,
        limit: f64,
    },
    /// A layer grew by more than it may.
    Grown {
        layer: String,
        before: u64,
        now: u64,
        share: f64,
        limit: f64,
    },
    /// More ids of a layer point at nothing any more than may.
    Retired {
        layer: String,
        retired: u64,
        of: u64,
        share: f64,
        limit: f64,
    },
    /// Golden questions that were answered before are not any more.
    Golden { lost: Vec<String>, limit: usize },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: &f64| format!("{:.1} %", share * 100.0);
        match self {
            Finding::Lost {
                layer,
                before,
                now,
                share,
                limit,
            } => write!(
                f,
                "{layer}: {now} places, {before} before: {} fewer, at most {} are allowed",
                percent(share),
                percent(limit)
            ),
            Finding::Grown {
                layer,
                before,
                now,
                share,
                limit,
            } => write!(
                f,
                "{layer}: {now} places, {before} before: {} more, at most {} are allowed",
                percent(share),
                percent(limit)
            ),
            Finding::Retired {
                layer,
                retired,
                of,
                share,
                limit,
            } => write!(
                f,
                "{layer}: {retired} of {of} ids retired: {}, at most {} are allowed",
                percent(share),
                percent(limit)
            ),
            Finding::Golden { lost, limit } => write!(
                f,
                "golden: {} questions that held before fail, at most {limit} may: {}",
                lost.len(),
                lost.join("; ")
            ),
        }
    }
}

/// Compares a finished snapshot with the live one; nothing found means that it may be published.
pub fn check(
    limits: &GateLimits,
    before: Option<&Manifest>,
    built: &Built,
    golden: Option<&GoldenOutcome>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(before) = before {
        for (layer, count) in &before.counts {
            let now = built
                .manifest
                .counts
                .get(layer)
                .copied()
                .unwrap_or_default();
            findings.extend(judge_count(limits, layer, (*count, now)));
        }
        if built.report.ids_from.as_ref() == Some(&before.name) {
            let changes = built.report.changes.iter();
            findings.extend(changes.filter_map(|(layer, churn)| judge_churn(limits, layer, churn)));
        }
    }
    if let Some(golden) = golden.filter(|g| g.lost.len() > limits.max_golden_lost) {
        findings.push(Finding::Golden {
            lost: golden.lost.clone(),
            limit: limits.max_golden_lost,
        });
    }
    findings
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no more")]
fn judge_count(limits: &GateLimits, layer: &str, (before, now): (u64, u64)) -> Option<Finding> {
    if before < limits.min_places {
        return None;
    }
    let share = before.abs_diff(now) as f64 / before as f64;
    let layer = layer.to_owned();
    if now < before && share > limits.max_loss {
        let limit = limits.max_loss;
        return Some(Finding::Lost {
            layer,
            before,
            now,
            share,
            limit,
        });
    }
    let limit = limits.max_growth;
    (now > before && share > limit).then_some(Finding::Grown {
        layer,
        before,
        now,
        share,
        limit,
    })
}

fn judge_churn(limits: &GateLimits, layer: &str, churn: &Churn) -> Option<Finding> {
    let of = churn.kept + churn.retired;
    let (share, limit) = (churn.lost(), limits.max_retired_ids);
    (of >= limits.min_places && share > limit).then(|| Finding::Retired {
        layer: layer.to_owned(),
        retired: churn.retired,
        of,
        share,
        limit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn judged(before: u64, now: u64, expect: &str) {
        let found = judge_count(&GateLimits::default(), "house", (before, now));
        let text = found.map_or("nothing".to_owned(), |f| f.to_string());
        assert!(text.contains(expect), "{before} → {now}: {text}");
    }

    #[test]
    fn counts_may_move_within_their_limits() {
        judged(1_000, 981, "nothing");
        judged(1_000, 979, "2.1 % fewer");
        judged(1_000, 1_250, "nothing");
        judged(1_000, 1_300, "30.0 % more");
        judged(1_000, 0, "100.0 % fewer");
        judged(150, 0, "nothing");
    }

    #[test]
    fn ids_may_retire_within_their_limit() {
        let churn = |retired| Churn {
            kept: 1_000 - retired,
            new: 0,
            retired,
        };
        let judged = |retired| judge_churn(&GateLimits::default(), "street", &churn(retired));
        assert_eq!(judged(20), None);
        let text = judged(21).map_or(String::new(), |f| f.to_string());
        assert!(text.contains("21 of 1000 ids retired"), "{text}");
    }
}
