//! Sources in, snapshot out.
pub mod osm;
pub mod report;
