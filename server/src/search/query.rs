//! What is asked: checked, in domain types.

use geodata::{Bbox, Layer, LonLat, PlaceId};

/// The longest text that is searched for.
pub const MAX_QUERY_CHARS: usize = 200;
/// The most results one query gets.
pub const MAX_LIMIT: usize = 20;
/// Results of a query that does not say how many it wants.
pub const DEFAULT_LIMIT: usize = 10;
/// Map zoom of a query that does not say: a city.
pub const DEFAULT_ZOOM: f64 = 14.0;

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
    /// Whether results say why they stand where they stand.
    pub debug: bool,
}

impl SearchQuery {
    /// A text that is being typed, with everything else as it is when nothing is said.
    pub fn typed(text: &str, focus: Option<LonLat>) -> SearchQuery {
        SearchQuery {
            text: text.to_owned(),
            typing: true,
            focus,
            zoom: DEFAULT_ZOOM,
            languages: Vec::new(),
            limit: DEFAULT_LIMIT,
            layers: Vec::new(),
            categories: Vec::new(),
            bbox: None,
            country: None,
            within: None,
            debug: false,
        }
    }
}
