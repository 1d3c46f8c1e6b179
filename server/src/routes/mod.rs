//! One file per resource.

/// Suggestions while typing, and the complete address.
pub(crate) mod autocomplete;
/// Liveness, readiness, metrics.
pub(crate) mod health;
/// The demo page.
pub(crate) mod page;
/// Details of a place, and the houses of a street.
pub(crate) mod places;
/// What is being served.
pub(crate) mod status;
