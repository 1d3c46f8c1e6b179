//! Where the car stops: what has been ruled about it.
//!
//! Zones, pins, bans and learnt spots of the address base → `rulings`, by where they are. Nothing here knows HTTP, the
//! clock or the network.

/// Zones, pins, bans and learnt spots in force.
mod rulings;

pub use rulings::{RuledZone, RulingChanges, Rulings};
