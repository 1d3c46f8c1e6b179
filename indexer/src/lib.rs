//! Sources in, snapshot out: reads OpenStreetMap and address lists, conflates them, builds and publishes snapshots.

pub mod addresses;
pub mod clock;
pub mod command;
pub mod conflate;
pub mod edits;
mod grid;
pub mod identity;
pub mod inspect;
pub mod learn;
pub mod nightly;
pub mod osm;
pub mod pipeline;
pub mod popularity;
pub mod progress;
pub mod publish;
pub mod report;
pub mod snapshots;
pub mod sources;
