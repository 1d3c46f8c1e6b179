//! What is asked: checked, in domain types.

use geodata::{Bbox, Layer, LonLat, PlaceId};

/// The longest text that is searched for.
pub const MAX_QUERY_CHARS: usize = 200;
/// The most results one query gets.
pub const MAX_LIMIT: usize = 20;

/// A checked query.
#[derive(Debug, Clone)]
pub struct SearchQuery {
    pub text: String,
    /// Whether the last word may still be growing.
    pub typing: bool,
    pub focus: Option<LonLat>,
    /// Map zoom of the client, 0 to 20: how wide "near" is.
    pub zoom: f64,
    /// Language tags in order of preference.
    pub languages: Vec<String>,
    pub limit: usize,
    /// Only these layers; empty for all.
    pub layers: Vec<Layer>,
    /// Only these categories; empty for all.
    pub categories: Vec<String>,
    pub bbox: Option<Bbox>,
    /// ISO 3166-1 alpha-2 code, lower case.
    pub country: Option<String>,
    /// Only places inside this one.
    pub within: Option<PlaceId>,
    pub debug: bool,
}
