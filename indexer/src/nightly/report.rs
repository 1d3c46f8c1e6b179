//! The report of a run: JSON for programs, Markdown for people.

use super::differences::{self, Differences};
use super::gate::Finding;
use super::golden::GoldenOutcome;
use super::journal::Outcome;
use crate::report::BuildReport;
use anyhow::{Context, Result};
use geodata::snapshot::SourceEntry;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

/// What a run did, and what changed by it.
#[derive(Debug, Clone, Serialize)]
pub struct NightlyReport {
    /// RFC 3339 UTC.
    pub started: String,
    /// The snapshot that was live.
    pub before: Option<String>,
    /// Its places per layer.
    pub counts_before: BTreeMap<String, u64>,
    pub sources: Vec<SourceEntry>,
    /// Files of the folder of sources that are nothing known.
    pub ignored: Vec<String>,
    pub build: BuildReport,
    /// Which places are others than before, by layer.
    pub differences: BTreeMap<String, Differences>,
    pub golden: Option<GoldenOutcome>,
    /// What the gate has against the snapshot.
    pub findings: Vec<Finding>,
    /// Published all the same.
    pub forced: bool,
    /// Snapshots that were removed.
    pub pruned: Vec<String>,
}

impl NightlyReport {
    pub fn outcome(&self) -> Outcome {
        if self.findings.is_empty() || self.forced {
            Outcome::Published
        } else {
            Outcome::Stopped
        }
    }

    /// Writes `<start>.json` and `<start>.md` into a folder.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let stem: String = self
            .started
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        for (ending, text) in [
            ("json", serde_json::to_string_pretty(self)?),
            ("md", self.to_string()),
        ] {
            let path = folder.join(format!("{stem}.{ending}"));
            std::fs::write(&path, text)
                .with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        Ok(())
    }
}

impl fmt::Display for NightlyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let build = &self.build;
        let outcome = match self.outcome() {
            Outcome::Stopped => "stopped by the gate",
            _ if self.forced => "published by force",
            _ => "published",
        };
        writeln!(f, "# Night of {}: {outcome}\n", self.started)?;
        writeln!(f, "- snapshot: `{}`", build.snapshot)?;
        writeln!(f, "- before: {}", self.before.as_deref().unwrap_or("none"))?;
        writeln!(
            f,
            "- {} objects read in {:.1} s, peak memory {} MB, {:.1} MB written",
            build.read,
            build.seconds,
            build.peak_memory_mb,
            megabytes(build.snapshot_bytes)
        )?;
        for finding in &self.findings {
            writeln!(f, "- **gate**: {finding}")?;
        }
        if let Some(golden) = &self.golden {
            let before = golden
                .held_before
                .map_or("none".to_owned(), |n| n.to_string());
            writeln!(
                f,
                "- golden: {} of {} questions hold, before: {before}; lost: {}; won: {}",
                golden.held_now,
                golden.questions,
                list(&golden.lost),
                list(&golden.won)
            )?;
        }
        writeln!(f, "- removed: {}", list(&self.pruned))?;
        writeln!(f, "- not read: {}\n", list(&self.ignored))?;
        self.layers(f)?;
        writeln!(f, "\n## Changes\n")?;
        differences::tell(&self.differences, f)?;
        writeln!(f, "\n## Sources\n")?;
        for source in &self.sources {
            writeln!(
                f,
                "- {} `{}`, {:.1} MB, sha256 {}",
                source.kind,
                source.name,
                megabytes(source.bytes),
                source.sha256
            )?;
        }
        let d = &build.diffs;
        writeln!(
            f,
            "\nDiffs: {} objects created, {} modified, {} deleted, {} changes outdated.",
            d.created, d.modified, d.deleted, d.outdated
        )?;
        writeln!(f, "\n## Rejected\n")?;
        for (reason, count) in &build.rejected {
            writeln!(
                f,
                "- {} `{reason}`: {} ({})",
                count.count,
                count.meaning,
                count.samples.join(", ")
            )?;
        }
        writeln!(f, "\n## Stages\n")?;
        for (stage, seconds) in &build.stages {
            writeln!(f, "- {seconds:.1} s {stage}")?;
        }
        Ok(())
    }
}

impl NightlyReport {
    fn layers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| layer | before | now | ids kept | new | retired |")?;
        writeln!(f, "|---|---|---|---|---|---|")?;
        let layers: BTreeSet<&String> = self
            .counts_before
            .keys()
            .chain(self.build.places.keys())
            .collect();
        for layer in layers {
            let count =
                |counts: &BTreeMap<String, u64>| counts.get(layer).copied().unwrap_or_default();
            let churn = self.build.changes.get(layer).copied().unwrap_or_default();
            writeln!(
                f,
                "| {layer} | {} | {} | {} | {} | {} |",
                count(&self.counts_before),
                count(&self.build.places),
                churn.kept,
                churn.new,
                churn.retired
            )?;
        }
        Ok(())
    }
}

fn list(items: &[String]) -> String {
    if items.is_empty() {
        "nothing".to_owned()
    } else {
        items.join(", ")
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
