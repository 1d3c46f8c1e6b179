//! `nightly/journal.jsonl`: what happened, one line when a run begins and one when it ends. Lines are only ever added.

use super::report::NightlyReport;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Started,
    Published,
    /// By the gate.
    Stopped,
    Failed,
    /// It began and nobody heard of it again.
    Interrupted,
}

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When the run began, RFC 3339 UTC: it tells runs apart.
    pub run: String,
    pub at: String,
    pub outcome: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
    /// What the gate had against it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
    /// Published although the gate had something against it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forced: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Entry {
    pub(super) fn started(run: &str) -> Entry {
        Entry {
            run: run.to_owned(),
            at: run.to_owned(),
            outcome: Outcome::Started,
            snapshot: None,
            findings: Vec::new(),
            forced: false,
            error: None,
        }
    }

    pub(super) fn ended(&self, at: &str, report: &NightlyReport) -> Entry {
        Entry {
            at: at.to_owned(),
            outcome: report.outcome(),
            snapshot: Some(report.build.snapshot.clone()),
            findings: report.findings.iter().map(ToString::to_string).collect(),
            forced: report.forced,
            ..self.clone()
        }
    }

    pub(super) fn failed(&self, at: &str, error: &str) -> Entry {
        Entry {
            at: at.to_owned(),
            outcome: Outcome::Failed,
            error: Some(error.to_owned()),
            ..self.clone()
        }
    }
}

/// The journal of a data folder.
pub struct Journal {
    path: PathBuf,
}

impl Journal {
    /// Opens or begins the journal in a folder.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn open(folder: &Path) -> Result<Journal> {
        let at = || format!("cannot write `{}`", folder.display());
        std::fs::create_dir_all(folder).with_context(at)?;
        Ok(Journal {
            path: folder.join("journal.jsonl"),
        })
    }

    /// All lines; one that was cut short by a loss of power is left out.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn entries(&self) -> Result<Vec<Entry>> {
        if !self.path.exists() {
            return Ok(Vec::new());
        }
        let text = std::fs::read_to_string(&self.path);
        let text = text.with_context(|| format!("cannot read `{}`", self.path.display()))?;
        Ok(text
            .lines()
            .filter_map(|l| serde_json::from_str(l).ok())
            .collect())
    }

    /// Adds a line; it is on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(&self, entry: &Entry) -> Result<()> {
        let write = || -> Result<()> {
            let mut file = OpenOptions::new()
                .create(true)
                .append(true)
                .open(&self.path)?;
            let whole = std::fs::read(&self.path)?
                .last()
                .is_none_or(|b| *b == b'\n');
            let begin = if whole { "" } else { "\n" };
            file.write_all(format!("{begin}{}\n", serde_json::to_string(entry)?).as_bytes())?;
            sync(&file)
        };
        write().with_context(|| format!("cannot write `{}`", self.path.display()))
    }

    /// Says of a run that began and never ended that it was interrupted.
    pub(super) fn settle_interrupted(&self, at: &str) -> Result<()> {
        let last = self.entries()?.pop();
        match last.filter(|e| e.outcome == Outcome::Started) {
            Some(entry) => self.append(&Entry {
                at: at.to_owned(),
                outcome: Outcome::Interrupted,
                ..entry
            }),
            None => Ok(()),
        }
    }
}

fn sync(file: &File) -> Result<()> {
    Ok(file.sync_data()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_never_ended_is_told_and_a_cut_line_hurts_nobody() -> Result<()> {
        let dir = tempfile::tempdir()?;
        let journal = Journal::open(dir.path())?;
        journal.append(&Entry::started("2026-01-01T02:00:00Z"))?;
        let mut file = OpenOptions::new().append(true).open(&journal.path)?;
        file.write_all(b"{\"run\": \"20")?;
        journal.settle_interrupted("2026-01-02T02:00:00Z")?;
        journal.append(&Entry::started("2026-01-02T02:00:00Z"))?;
        let entries = journal.entries()?;
        let outcomes: Vec<Outcome> = entries.iter().map(|e| e.outcome).collect();
        assert_eq!(
            outcomes,
            [Outcome::Started, Outcome::Interrupted, Outcome::Started]
        );
        Ok(())
    }
}
