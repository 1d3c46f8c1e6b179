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
/// The demo page.
pub(crate) mod page;
/// Details of a place, and the houses of a street.
pub(crate) mod places;
/// Edits from state to state.
pub(crate) mod review;
/// What is being served.
pub(crate) mod status;
