//! One file per resource.

/// Suggestions while typing, and the complete address.
pub(crate) mod autocomplete;
/// Many edits at once.
pub(crate) mod edit_batch;
/// Edits as clients send and see them.
mod edit_view;
/// What cartographers change.
pub(crate) mod edits;
/// Liveness, readiness, metrics.
pub(crate) mod health;
/// The nearest places of some kind.
pub(crate) mod nearby;
/// The demo page.
pub(crate) mod page;
/// Details of a place, and the houses of a street.
pub(crate) mod places;
/// From a point to its address.
pub(crate) mod reverse;
/// Edits from state to state.
pub(crate) mod review;
/// What is being served.
pub(crate) mod status;
