//! Zones: where cars have to stop, should stop, must not stop, and where the service is offered.
//!
//! An operator draws polygons with names, named points, hours and a capacity. This is what a zone may say; the base keeps
//! it, the server answers by it.

/// Polygons, and what is wrong with them.
mod outline;
/// What a zone says.
mod zone;

pub use outline::{MAX_CORNERS, Outline, OutlineError, RingPath};
pub use zone::{MAX_ZONE_POINTS, Zone, ZoneError, ZoneKind, ZonePoint, name_in};
