//! Sources in, snapshot out: reads OpenStreetMap and address lists, conflates them, builds and publishes snapshots.

pub mod addresses;
pub mod build;
pub mod conflate;
pub mod osm;
pub mod pipeline;
pub mod popularity;
pub mod progress;
pub mod publish;
pub mod report;
