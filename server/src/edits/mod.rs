//! What cartographers send: edits, completed by what is shown, judged by rules, and moved from state to state.

/// What was sent → an edit that can be stored.
mod compose;
/// From state to state: who may do what.
mod review;
/// What is wrong, or odd, about an edit.
mod rules;

pub use compose::{ComposeError, Composed, Proposal, Stale, compose, is_stale, shown_fields};
pub use review::{Step, approvers, superseded_by};
pub use rules::Warning;
