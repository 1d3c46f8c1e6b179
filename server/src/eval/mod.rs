//! Relevance of a suite, in process: cases in, a table per category out.
//!
//! A suite is a file of questions with their right answers, in one of two formats: rows of JSON as the synthetic country
//! writes them (`rows`), and the tab-separated golden cases that a cartographer keeps (`golden`).

/// The command.
mod command;
/// The golden format: `query focus expect rank why`.
mod golden;
/// Numbers per category, and the table.
mod report;
/// The questions of a synthetic country, one JSON object per line.
mod rows;

pub use command::EvalArgs;
pub use report::{CategoryReport, EvalReport};

use crate::search::{Found, RankWeights, SearchQuery, search};
use geodata::LonLat;
use geodata::snapshot::Snapshot;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Results that are judged at least, whatever rank a case asks for.
const TOP: usize = 5;
/// Results among which a rider sees the place while typing.
const SEEN_WHILE_TYPING: usize = 3;
/// Keystrokes that are tried at most.
const MAX_KEYS: usize = 40;

/// One question and its right answer.
#[derive(Debug, Clone)]
pub struct Case {
    /// File and line, or the id in the suite.
    pub at: String,
    pub category: String,
    pub query: String,
    pub focus: Option<LonLat>,
    /// Language tags in order of preference.
    pub languages: Vec<String>,
    /// The rank within which the answer is needed.
    pub rank: usize,
    /// Whether the text is typed letter by letter.
    pub by_keystrokes: bool,
    /// The rule that the case guards, where the suite says so.
    pub why: String,
    expect: Expect,
}

#[derive(Debug, Clone)]
enum Expect {
    Nothing,
    Golden(golden::Answer),
    Truth(Box<rows::Truth>),
}

/// A suite that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    #[error("cannot read `{}`", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{at}: {problem}")]
    Case { at: String, problem: String },
    #[error("`{}`: expected a file that ends in .jsonl or .tsv", path.display())]
    Format { path: PathBuf },
}

/// What came of one case.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Where the answer was, from 1; for garbage 1 when the answer was empty.
    pub rank: Option<usize>,
    pub empty: bool,
    /// Whether the claim `match` of the right result was true; `None` where the case or the result claims nothing.
    pub honest: Option<bool>,
    /// Keystrokes until the answer was seen; the whole length + 1 when it never was.
    pub keys: Option<usize>,
    pub latencies: Vec<Duration>,
    /// Labels of the first results, for those who look at a miss.
    pub shown: Vec<String>,
}

/// Reads a suite, its format by the ending of its name.
///
/// # Errors
/// When the file cannot be read, or a line is no case: the error names file and line.
pub fn read_suite(path: &Path) -> Result<Vec<Case>, SuiteError> {
    let read = match path.extension().and_then(|e| e.to_str()) {
        Some("jsonl") => rows::read,
        Some("tsv") => golden::read,
        _ => {
            return Err(SuiteError::Format {
                path: path.to_owned(),
            });
        }
    };
    let text = std::fs::read_to_string(path).map_err(|source| SuiteError::Read {
        path: path.to_owned(),
        source,
    })?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    read(&text, &name)
}

/// Asks one case.
pub fn judge(snapshot: &Snapshot, weights: &RankWeights, case: &Case) -> Verdict {
    let mut latencies = Vec::new();
    let mut ask = |text: &str| -> Vec<Found> {
        let query = SearchQuery {
            languages: case.languages.clone(),
            ..SearchQuery::typed(text, case.focus)
        };
        let began = Instant::now();
        let answer = search(snapshot, weights, &query);
        latencies.push(began.elapsed());
        answer.results
    };
    let results = ask(&case.query);
    let right = results
        .iter()
        .take(case.rank.max(TOP))
        .position(|r| case.accepts(r));
    let rank = match case.expect {
        Expect::Nothing => results.is_empty().then_some(1),
        _ => right.map(|n| n + 1),
    };
    let honest = right.and_then(|n| case.is_honest(&results[n]));
    let keys = case.by_keystrokes.then(|| {
        let typed = case.query.chars().count();
        (1..=typed.min(MAX_KEYS))
            .filter(|n| case.query.chars().nth(n - 1) != Some(' '))
            .find(|n| {
                let text: String = case.query.chars().take(*n).collect();
                ask(&text)
                    .iter()
                    .take(SEEN_WHILE_TYPING)
                    .any(|r| case.accepts(r) || case.accepts_street(r))
            })
            .unwrap_or(typed + 1)
    });
    Verdict {
        rank,
        empty: results.is_empty(),
        honest,
        keys,
        latencies,
        shown: results
            .iter()
            .take(3)
            .map(|r| format!("{} [{}]", r.label.text, r.source))
            .collect(),
    }
}

impl Case {
    fn accepts(&self, result: &Found) -> bool {
        match &self.expect {
            Expect::Nothing => false,
            Expect::Golden(answer) => answer.accepts(result),
            Expect::Truth(truth) => truth.accepts(result, &self.languages),
        }
    }

    /// The street of a house that is asked for.
    fn accepts_street(&self, result: &Found) -> bool {
        matches!(&self.expect, Expect::Truth(truth) if truth.accepts_street(result))
    }

    fn is_honest(&self, result: &Found) -> Option<bool> {
        match &self.expect {
            Expect::Truth(truth) => truth.is_honest(result),
            _ => None,
        }
    }

    /// What was expected, for those who look at a miss.
    pub fn expected(&self) -> String {
        match &self.expect {
            Expect::Nothing => "nothing".to_owned(),
            Expect::Golden(answer) => answer.to_string(),
            Expect::Truth(truth) => truth.to_string(),
        }
    }
}

impl Verdict {
    /// How long the slowest of its searches took.
    pub fn slowest(&self) -> Duration {
        self.latencies.iter().copied().max().unwrap_or_default()
    }

    /// Whether the answer came within the rank that the case asks for.
    pub fn holds(&self, case: &Case) -> bool {
        self.rank.is_some_and(|r| r <= case.rank)
    }
}
