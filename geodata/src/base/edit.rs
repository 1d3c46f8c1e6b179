//! An edit, what it shall change, and the states it goes through.

use serde_json::Value;
use std::fmt;
use std::str::FromStr;

/// Where an edit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EditState {
    /// Its author is not done.
    Draft,
    /// Waits for a reviewer.
    Submitted,
    /// In force.
    Approved,
    /// The sources say the same now: it has retired.
    Absorbed,
    /// A reviewer said no.
    Rejected,
    /// It was in force and was taken back.
    Reverted,
    /// In force, but the sources say something else now: a cartographer has to decide.
    Conflicted,
}

impl EditState {
    pub const ALL: [EditState; 7] = [
        EditState::Draft,
        EditState::Submitted,
        EditState::Approved,
        EditState::Absorbed,
        EditState::Rejected,
        EditState::Reverted,
        EditState::Conflicted,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            EditState::Draft => "draft",
            EditState::Submitted => "submitted",
            EditState::Approved => "approved",
            EditState::Absorbed => "absorbed",
            EditState::Rejected => "rejected",
            EditState::Reverted => "reverted",
            EditState::Conflicted => "conflicted",
        }
    }

    /// Whether searching shows what it says.
    pub fn in_force(self) -> bool {
        matches!(self, EditState::Approved | EditState::Conflicted)
    }

    /// Whether an edit in this state may come into another one.
    pub fn may_become(self, to: EditState) -> bool {
        use EditState::{Absorbed, Approved, Conflicted, Draft, Rejected, Reverted, Submitted};
        match self {
            Draft => matches!(to, Submitted | Approved | Rejected),
            Submitted => matches!(to, Draft | Approved | Rejected),
            Approved => matches!(to, Absorbed | Reverted | Conflicted),
            Conflicted => matches!(to, Approved | Absorbed | Reverted),
            // The sources changed their mind again.
            Absorbed => matches!(to, Approved | Conflicted | Reverted),
            Rejected => matches!(to, Submitted),
            Reverted => false,
        }
    }
}

impl fmt::Display for EditState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EditState {
    type Err = String;

    fn from_str(text: &str) -> Result<EditState, String> {
        let known = EditState::ALL.into_iter().find(|s| s.as_str() == text);
        known.ok_or_else(|| {
            let all = EditState::ALL.map(EditState::as_str).join(", ");
            format!("expected one of {all}, got `{text}`")
        })
    }
}

/// What somebody says about the map. What `before` and `after` hold depends on the operation; the base does not look.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEdit {
    pub operation: String,
    /// The place it is about; none for one that creates.
    pub target: Option<String>,
    /// What the author saw.
    pub before: Value,
    /// What it shall be.
    pub after: Value,
    pub comment: String,
    /// Links to what proves it.
    pub evidence: Vec<String>,
    /// The token of its author.
    pub author: i64,
    /// By which a repeated edit of the same author is known.
    pub key: Option<String>,
    /// Name of the snapshot its author looked at.
    pub snapshot: String,
}

/// An edit as it was said, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// The number of the change that added it.
    pub id: i64,
    pub said: NewEdit,
    /// Milliseconds since 1970 UTC.
    pub created_ms: i64,
    pub state: EditState,
    /// The number of its last change.
    pub changed: i64,
    /// The number of the change by which it came into force, while it is in force.
    pub in_force: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_read_as_they_are_written() {
        for state in EditState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert!(
            "done"
                .parse::<EditState>()
                .unwrap_err()
                .contains("draft, submitted")
        );
    }

    #[test]
    fn what_was_reverted_stays_reverted() {
        for state in EditState::ALL {
            assert!(!EditState::Reverted.may_become(state));
            assert!(!state.may_become(state));
        }
    }
}
