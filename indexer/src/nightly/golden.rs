//! Golden questions, asked of a snapshot by `kudy-server eval`, which alone knows how to search.

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Asks the questions of some suites.
#[derive(Debug)]
pub struct GoldenRunner {
    server: PathBuf,
    suites: Vec<PathBuf>,
}

/// The part of an evaluation's report that is compared.
#[derive(Debug, Deserialize)]
pub struct Evaluation {
    total: Total,
    missed: Vec<Missed>,
}

#[derive(Debug, Deserialize)]
struct Total {
    n: usize,
}

#[derive(Debug, Deserialize)]
struct Missed {
    at: String,
    query: String,
}

/// How golden questions fare now and fared before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct GoldenOutcome {
    pub questions: usize,
    pub held_before: Option<usize>,
    pub held_now: usize,
    /// Questions that held before and do not now.
    pub lost: Vec<String>,
    /// Questions that hold now and did not before.
    pub won: Vec<String>,
}

impl GoldenRunner {
    /// `None` when there are no questions.
    ///
    /// # Errors
    /// When there are questions but no program to ask.
    pub fn new(server: &Path, suites: &[PathBuf]) -> Result<Option<GoldenRunner>> {
        if suites.is_empty() {
            return Ok(None);
        }
        if !server.is_file() {
            bail!(
                "there are golden questions, but no `{}` to ask; set --server-bin",
                server.display()
            );
        }
        Ok(Some(GoldenRunner {
            server: server.to_owned(),
            suites: suites.to_vec(),
        }))
    }

    /// Asks a snapshot.
    ///
    /// # Errors
    /// When the program fails.
    pub fn ask(&self, snapshot: &Path) -> Result<Evaluation> {
        let report = tempfile::NamedTempFile::new().context("cannot write a temporary file")?;
        let mut command = Command::new(&self.server);
        command.arg("eval").arg("--snapshot").arg(snapshot);
        command.arg("--report").arg(report.path());
        for suite in &self.suites {
            command.arg("--suite").arg(suite);
        }
        let ran = command.stdin(Stdio::null()).stdout(Stdio::null()).output();
        let ran = ran.with_context(|| format!("cannot run `{}`", self.server.display()))?;
        if !ran.status.success() {
            let said = String::from_utf8_lossy(&ran.stderr).trim().to_owned();
            bail!("the golden questions could not be asked: {said}");
        }
        let json = std::fs::read(report.path()).context("cannot read the answers")?;
        serde_json::from_slice(&json).context("cannot read the answers")
    }
}

impl GoldenOutcome {
    /// Compares the answers of two snapshots.
    pub fn compare(before: Option<Evaluation>, now: Evaluation) -> GoldenOutcome {
        let misses = |evaluation: &Evaluation| -> BTreeSet<String> {
            let missed = evaluation.missed.iter();
            missed
                .map(|m| format!("«{}» ({})", m.query, m.at))
                .collect()
        };
        let missed_now = misses(&now);
        let mut outcome = GoldenOutcome {
            questions: now.total.n,
            held_now: now.total.n - missed_now.len(),
            ..GoldenOutcome::default()
        };
        if let Some(before) = before {
            let missed_before = misses(&before);
            outcome.held_before = Some(before.total.n - missed_before.len());
            outcome.lost = missed_now.difference(&missed_before).cloned().collect();
            outcome.won = missed_before.difference(&missed_now).cloned().collect();
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluation(missed: &[&str]) -> Evaluation {
        let missed = missed.iter().map(|query| Missed {
            at: "g:1".to_owned(),
            query: (*query).to_owned(),
        });
        Evaluation {
            total: Total { n: 5 },
            missed: missed.collect(),
        }
    }

    #[test]
    fn only_what_held_before_can_be_lost() {
        let outcome =
            GoldenOutcome::compare(Some(evaluation(&["a", "b"])), evaluation(&["b", "c"]));
        assert_eq!((outcome.held_before, outcome.held_now), (Some(3), 3));
        assert_eq!(
            (outcome.lost, outcome.won),
            (vec!["«c» (g:1)".to_owned()], vec!["«a» (g:1)".to_owned()])
        );
        assert!(
            GoldenOutcome::compare(None, evaluation(&["a"]))
                .lost
                .is_empty()
        );
    }
}
