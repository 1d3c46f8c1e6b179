//! One file per resource.

/// Suggestions while typing, and the complete address.
pub(crate) mod autocomplete;
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
/// What is being served.
pub(crate) mod status;
