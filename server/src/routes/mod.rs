//! One file per resource.

/// Reports of missing addresses, by riders.
pub(crate) mod address_reports;
/// Suggestions while typing, and the complete address.
pub(crate) mod autocomplete;
/// Liveness, readiness, metrics.
pub(crate) mod health;
/// The demo page.
pub(crate) mod page;
/// Details of a place, and the houses of a street.
pub(crate) mod places;
/// What cartographers do with a case.
pub(crate) mod report_actions;
/// Query strings of reports.
mod report_params;
/// The queue of cases, for cartographers.
pub(crate) mod reports;
/// What is being served.
pub(crate) mod status;
