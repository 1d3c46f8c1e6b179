//! Admin areas: what a level means in a country, and which areas contain a point.

/// Admin levels → layers, per country.
mod levels;
/// Assigns places to areas while a snapshot is built.
mod lookup;
/// Which areas are around a point, by the cell it lies in.
mod raster;

pub use levels::{
    AreaTags, MAX_COLLECTING_M, SETTLEMENT_STRETCH, layer_of_area, layer_of_place, reach_m,
};
pub use lookup::{Area, AreaLookup};
