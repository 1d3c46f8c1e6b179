//! A report of a missing address, the case it belongs to, and the states of a case.

use crate::LonLat;
use std::fmt;
use std::str::FromStr;

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CaseState {
    /// Nobody has looked at it.
    New,
    /// A cartographer has looked at it.
    Triaged,
    /// There is an edit that answers it.
    Accepted,
    /// It is answered with a reason.
    Rejected,
    /// It belongs to another case.
    Duplicate,
    /// The address was there.
    AlreadyExists,
    /// The address is searchable.
    Published,
}

impl CaseState {
    pub const ALL: [CaseState; 7] = [
        CaseState::New,
        CaseState::Triaged,
        CaseState::Accepted,
        CaseState::Rejected,
        CaseState::Duplicate,
        CaseState::AlreadyExists,
        CaseState::Published,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            CaseState::New => "new",
            CaseState::Triaged => "triaged",
            CaseState::Accepted => "accepted",
            CaseState::Rejected => "rejected",
            CaseState::Duplicate => "duplicate",
            CaseState::AlreadyExists => "already_exists",
            CaseState::Published => "published",
        }
    }

    /// Whether a case in this state may come into another one.
    pub fn may_become(self, to: CaseState) -> bool {
        use CaseState::{Accepted, AlreadyExists, Duplicate, New, Published, Rejected, Triaged};
        match self {
            New => !matches!(to, New | Published),
            Triaged => matches!(to, Accepted | Rejected | Duplicate | AlreadyExists),
            // Its edit was rejected or taken back: the case is open again.
            Accepted => matches!(to, Published | Triaged),
            AlreadyExists => to == Published,
            Rejected | Duplicate | Published => false,
        }
    }
}

impl fmt::Display for CaseState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CaseState {
    type Err = String;

    fn from_str(text: &str) -> Result<CaseState, String> {
        let known = CaseState::ALL.into_iter().find(|s| s.as_str() == text);
        known.ok_or_else(|| {
            let all = CaseState::ALL.map(CaseState::as_str).join(", ");
            format!("expected one of {all}, got `{text}`")
        })
    }
}

/// What a rider says is missing.
#[derive(Clone, PartialEq)]
pub struct NewReport<'a> {
    pub text: &'a str,
    pub point: LonLat,
    /// A place it has to do with: its street, its settlement.
    pub place: Option<&'a str>,
    pub comment: &'a str,
    /// A link.
    pub photo: Option<&'a str>,
    /// How the reporter can be reached; kept apart and erasable.
    pub contact: Option<&'a str>,
    /// The hash of the secret by which the reporter may read the state.
    pub secret_hash: &'a str,
    /// With the client's key it gives the secret again; see [`KnownReport`].
    pub salt: &'a str,
    /// The client's key by which a repeated report is known; only its hash is kept.
    pub key: Option<&'a str>,
    /// Everything the client sent: a repeated report has the same.
    pub content: &'a str,
}

/// A report that was there already under the client's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownReport {
    pub id: i64,
    pub salt: String,
}

/// A report as it was stored.
#[derive(Clone, PartialEq)]
pub struct Report {
    /// The number of the change that added it.
    pub id: i64,
    pub case: i64,
    pub text: String,
    pub point: LonLat,
    pub place: Option<String>,
    pub comment: String,
    pub photo: Option<String>,
    /// None where none was given or it is erased.
    pub contact: Option<String>,
    /// Milliseconds since 1970 UTC.
    pub created_ms: i64,
}

/// Reports of one address.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    pub id: i64,
    pub state: CaseState,
    /// The number of its last change.
    pub changed: i64,
    /// Where its first report points.
    pub point: LonLat,
    /// How many reports it has, those of cases merged into it included.
    pub reports: i64,
    /// Milliseconds since 1970 UTC, as the next.
    pub created_ms: i64,
    /// When it was last reported.
    pub reported_ms: i64,
    /// Why it stands where it stands, for the reporter.
    pub reason: String,
    /// The edit that answers it.
    pub edit: Option<i64>,
    /// The place that answers it.
    pub place: Option<String>,
    pub merged_into: Option<i64>,
}
