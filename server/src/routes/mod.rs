//! One file per resource.

/// Reports of missing addresses, by riders.
pub(crate) mod address_reports;
/// Whether a driver is at the pickup point.
pub(crate) mod arrival_checks;
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
/// Where riders were picked up before.
pub(crate) mod learnt_spots;
/// The nearest places of some kind.
pub(crate) mod nearby;
/// The demo page.
pub(crate) mod page;
/// Points that cartographers recommend or forbid.
pub(crate) mod pickup_pins;
/// Where the car stops.
pub(crate) mod pickup_points;
/// Details of a place, and the houses of a street.
pub(crate) mod places;
/// What cartographers do with a case.
pub(crate) mod report_actions;
/// Query strings of reports.
mod report_params;
/// The queue of cases, for cartographers.
pub(crate) mod reports;
/// From a point to its address.
pub(crate) mod reverse;
/// Edits from state to state.
pub(crate) mod review;
/// Query strings of zones, pins and learnt spots.
mod ruling_params;
/// Whether the service is offered at a point.
pub(crate) mod service_areas;
/// What is being served.
pub(crate) mod status;
/// Zones as clients draw and see them.
mod zone_view;
/// Where cars have to stop, should stop, must not stop.
pub(crate) mod zones;
