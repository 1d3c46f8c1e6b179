//! The table as Markdown, for BENCHMARKS.md.

use crate::load::Searched;
use std::time::Duration;
use tests::Machine;

/// The most that an edit may take to be searchable, at the 99th percentile, in milliseconds.
const BUDGET_MS: f64 = 1_000.0;

/// How long edits took.
#[derive(Default)]
pub(crate) struct Edited {
    /// Until the server said that it has them.
    pub(crate) acknowledged: Vec<Duration>,
    /// Until a search found them.
    pub(crate) searchable: Vec<Duration>,
}

pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) edited: Edited,
    pub(crate) searched: Searched,
    pub(crate) resident_mb: u64,
}

impl Report {
    /// A heading and a table.
    pub(crate) fn markdown(mut self, name: &str, connections: usize) -> String {
        let m = &self.machine;
        let head = format!(
            "### edits of {name}, {}, commit {}\n\n{} cores of {}, {:.0} GB; load average before the run: {}\n\n| what | figure |\n|---|---|\n",
            m.date, m.commit, m.cores, m.cpu, m.memory_gb, m.load
        );
        let searches = self.searched.took.len();
        let per_second = searches as f64 / self.searched.seconds;
        let searchable = figures(&mut self.edited.searchable);
        let p99_ms = percentile(&self.edited.searchable, 0.99);
        let met = if p99_ms <= BUDGET_MS { "met" } else { "missed" };
        let rows = [
            format!(
                "edit → acknowledged, {} edits",
                self.edited.acknowledged.len()
            ),
            figures(&mut self.edited.acknowledged),
            "edit → searchable".to_owned(),
            format!("{searchable} (goal: p99 at most {BUDGET_MS} ms, {met})"),
            format!("{searches} searches meanwhile, {connections} connections"),
            format!(
                "{per_second:.0} req/s; {}",
                figures(&mut self.searched.took)
            ),
            "resident memory afterwards".to_owned(),
            format!("{} MB", self.resident_mb),
        ];
        let rows = rows
            .chunks(2)
            .map(|row| format!("| {} | {} |\n", row[0], row[1]));
        std::iter::once(head).chain(rows).collect()
    }
}

/// Sorts, and says the middle, the 99th percentile and the most.
fn figures(took: &mut [Duration]) -> String {
    took.sort_unstable();
    let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| percentile(took, share));
    format!("p50 {p50:.1}, p99 {p99:.1}, max {max:.1} ms")
}

/// Of sorted times, in milliseconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a length"
)]
fn percentile(sorted: &[Duration], share: f64) -> f64 {
    let at = (sorted.len() as f64 * share) as usize;
    let at = at.min(sorted.len().saturating_sub(1));
    sorted.get(at).map_or(0.0, |d| d.as_secs_f64() * 1e3)
}
