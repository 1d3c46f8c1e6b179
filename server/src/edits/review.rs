//! From state to state: who may do what.

use geodata::base::{Edit as StoredEdit, EditState, Role};
use serde_json::Value;

/// A step that a person takes with an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Submit,
    Approve,
    Reject,
    Revert,
    Resolve,
}

impl Step {
    pub const ALL: [Step; 5] = [
        Step::Submit,
        Step::Approve,
        Step::Reject,
        Step::Revert,
        Step::Resolve,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Step::Submit => "submit",
            Step::Approve => "approve",
            Step::Reject => "reject",
            Step::Revert => "revert",
            Step::Resolve => "resolve",
        }
    }

    /// States from which it may be taken.
    pub fn from(self) -> &'static [EditState] {
        match self {
            Step::Submit => &[EditState::Draft, EditState::Rejected],
            Step::Approve => &[EditState::Submitted],
            Step::Reject => &[EditState::Draft, EditState::Submitted],
            Step::Revert => &[EditState::Approved, EditState::Conflicted],
            Step::Resolve => &[EditState::Conflicted],
        }
    }

    /// Whether somebody may take it with an edit. An edit is approved by another pair of eyes, unless its author's role
    /// says that one pair is enough.
    pub fn allows(self, role: Role, is_author: bool) -> bool {
        match self {
            Step::Submit => is_author || role == Role::Operator,
            Step::Approve => !is_author || approvers().contains(&role),
            _ => true,
        }
    }
}

/// Roles that may approve their own edits.
pub fn approvers() -> &'static [Role] {
    &[Role::Reviewer, Role::Operator]
}

/// A later edit in force that builds on one: it has to be reverted first. `later` are edits of the same target.
pub fn superseded_by<'e>(edit: &StoredEdit, later: &'e [StoredEdit]) -> Option<&'e StoredEdit> {
    let fields = |e: &StoredEdit| -> Vec<String> {
        let after = e.said.after.as_object();
        after.map_or(Vec::new(), |a| a.keys().cloned().collect())
    };
    let own = fields(edit);
    let came = |e: &StoredEdit| e.in_force.unwrap_or_default();
    later.iter().find(|other| {
        let shares = fields(other).iter().any(|f| own.contains(f));
        let removes = other.said.after == Value::Null;
        other.state.in_force() && came(other) > came(edit) && (shares || removes)
    })
}
