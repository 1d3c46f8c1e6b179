//! Admin areas: what a level means in a country, and which areas contain a point.

/// Admin levels → layers, per country.
mod levels;
/// Assigns places to areas while a snapshot is built.
mod lookup;

pub use levels::{AreaTags, layer_of_area, layer_of_place};
pub use lookup::{Area, AreaLookup};
