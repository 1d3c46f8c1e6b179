//! `kudy-server eval`: a suite on the command line, a table on the screen.

use super::{Case, EvalReport, Verdict, judge, read_suite};
use crate::search::{RankWeights, warm_up};
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use geodata::snapshot::Snapshot;
use std::io::Write;
use std::path::PathBuf;

/// What `kudy-server eval` is asked to do.
#[derive(Args, Debug)]
pub struct EvalArgs {
    /// The data folder that `kudy-indexer build` fills.
    #[arg(
        long,
        env = "KUDY_DATA",
        value_name = "DIR",
        required_unless_present = "snapshot"
    )]
    data: Option<PathBuf>,
    /// The folder of a snapshot, instead of the live one of a data folder.
    #[arg(long, env = "KUDY_SNAPSHOT", value_name = "DIR")]
    snapshot: Option<PathBuf>,
    /// Questions: rows of JSON (`.jsonl`) or golden cases (`.tsv`); may be repeated.
    #[arg(long, env = "KUDY_SUITE", value_name = "FILE", required = true)]
    suite: Vec<PathBuf>,
    /// Only categories that begin like this; may be repeated.
    #[arg(long, env = "KUDY_ONLY", value_name = "CATEGORY")]
    only: Vec<String>,
    /// List each question that was not answered within its rank, with what came instead.
    #[arg(long, env = "KUDY_MISSES")]
    misses: bool,
    /// List so many questions that took longest, with their milliseconds.
    #[arg(long, env = "KUDY_SLOWEST", value_name = "N", default_value_t = 0)]
    slowest: usize,
    /// Write the numbers as JSON.
    #[arg(long, env = "KUDY_REPORT", value_name = "FILE.json")]
    report: Option<PathBuf>,
    /// Fail when the weighted total of hit@k is below this share, 0 to 1.
    #[arg(long, env = "KUDY_MIN_HITK", value_name = "SHARE", value_parser = read_share)]
    min_hitk: Option<f64>,
    /// Weights of the ranking rules; the ones compiled in when absent.
    #[arg(long, env = "KUDY_WEIGHTS", value_name = "FILE.toml")]
    weights: Option<PathBuf>,
}

fn read_share(text: &str) -> Result<f64, String> {
    let share: Option<f64> = text.parse().ok().filter(|s| (0.0..=1.0).contains(s));
    share.ok_or_else(|| "expected a share of 0 to 1".to_owned())
}

impl EvalArgs {
    /// Asks the questions and prints what came of them.
    ///
    /// # Errors
    /// When a suite, the weights or the snapshot cannot be read, something cannot be written, or hit@k is below
    /// `--min-hitk`.
    pub fn run(&self, out: &mut impl Write) -> Result<()> {
        let (cases, weights) = (self.cases()?, self.weights()?);
        let snapshot = match (&self.snapshot, &self.data) {
            (Some(folder), _) => Snapshot::open(folder)?,
            (None, Some(data)) => Snapshot::open_current(data)?,
            (None, None) => bail!("expected --data or --snapshot"),
        };
        warm_up(&snapshot, &weights);
        let judged: Vec<(Case, Verdict)> = cases
            .into_iter()
            .map(|case| {
                let verdict = judge(&snapshot, &weights, &case);
                (case, verdict)
            })
            .collect();
        if self.misses {
            print_misses(&judged, out)?;
        }
        print_slowest(&judged, self.slowest, out)?;
        let report = EvalReport::of(&judged);
        write!(out, "{report}")?;
        if let Some(path) = &self.report {
            let json = serde_json::to_string_pretty(&report)?;
            std::fs::write(path, json)
                .with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        let (hitk, least) = (report.total.hitk, self.min_hitk.unwrap_or_default());
        ensure!(
            hitk >= least,
            "hit@k is {hitk:.3}, expected at least {least}"
        );
        Ok(())
    }

    fn cases(&self) -> Result<Vec<Case>> {
        let mut cases = Vec::new();
        for suite in &self.suite {
            cases.extend(read_suite(suite)?);
        }
        let wanted = |c: &Case| self.only.iter().any(|o| c.category.starts_with(o.as_str()));
        cases.retain(|c| self.only.is_empty() || wanted(c));
        ensure!(
            !cases.is_empty(),
            "the suite has no question of a wanted category"
        );
        Ok(cases)
    }

    fn weights(&self) -> Result<RankWeights> {
        let Some(path) = &self.weights else {
            return Ok(RankWeights::default());
        };
        let at = || format!("cannot read the weights of `{}`", path.display());
        let text = std::fs::read_to_string(path).with_context(at)?;
        RankWeights::from_toml(&text).with_context(at)
    }
}

fn print_misses(judged: &[(Case, Verdict)], out: &mut impl Write) -> Result<()> {
    for (case, verdict) in judged.iter().filter(|(c, v)| !v.holds(c)) {
        let rank = verdict
            .rank
            .map_or("not found".to_owned(), |r| format!("rank {r}"));
        let (at, query, expected) = (&case.at, &case.query, case.expected());
        let (category, shown) = (&case.category, verdict.shown.join("; "));
        writeln!(
            out,
            "{at}\t{category}\t«{query}»\t{expected}\t{rank}\t{shown}"
        )?;
    }
    Ok(())
}

fn print_slowest(judged: &[(Case, Verdict)], most: usize, out: &mut impl Write) -> Result<()> {
    let mut slowest: Vec<&(Case, Verdict)> = judged.iter().collect();
    slowest.sort_by_key(|(_, verdict)| std::cmp::Reverse(verdict.slowest()));
    for (case, verdict) in slowest.into_iter().take(most) {
        let ms = verdict.slowest().as_secs_f64() * 1000.0;
        let (at, category, query) = (&case.at, &case.category, &case.query);
        writeln!(out, "{ms:.2} ms\t{at}\t{category}\t«{query}»")?;
    }
    Ok(())
}
