//! Search: text in, ranked places out.
//!
//! text → tokens (`text`) → spellings (`spelling`) → readings of the tokens (`plan`) → candidates (`candidates`) →
//! houses, doors, crossings (`house`, `crossing`) → order (`rank`) → labels (`label`). `autocomplete` is the recipe over
//! those. `reverse` and `nearby` are the recipes that begin at a point: what the snapshot has around it, in order, shown in
//! the same way (`near`). Nothing here knows HTTP, the clock or the network.

/// The recipe: one query from text to ranked results.
mod autocomplete;
/// The work that one query may cost.
mod budget;
/// Which documents of the index have the words.
mod candidates;
/// Houses that a number on its way may become.
mod completion;
/// Where two streets cross.
mod crossing;
/// Everything about one place, and the houses of a street.
mod details;
/// Sets of documents and their intersection, in order of importance.
mod documents;
/// Results with everything an answer shows.
mod found;
/// Candidates, gathered and rated.
mod gather;
/// Whether a place is open.
mod hours;
/// A number on a street → a house, honestly.
mod house;
/// The line shown to a person, and what of it was asked for.
mod label;
/// Places near a point, as they are shown.
mod near;
/// The recipe: the nearest places of some kind.
mod nearby;
/// Ordinals of several words, in digits.
mod ordinals;
/// What each token of a text is.
mod parts;
/// Which tokens are the name, the number, the settlement, the category.
mod plan;
/// Candidates, each under its best reading, and their order.
mod pool;
/// What is asked.
mod query;
/// A text that has been read, and what is needed to answer it.
mod question;
/// The order of candidates: one rule per file.
mod rank;
/// One candidate under one reading of the query.
mod rate;
/// The documents that may answer a reading.
mod retrieve;
/// The recipe: from a point to its address.
mod reverse;
/// Spaces that were left out or put in.
mod spacing;
/// The words of the vocabulary that a token may stand for.
mod spelling;
/// The stages one at a time, for measuring.
pub mod stages;
/// What was typed: tokens and what the dictionaries say of them.
mod text;
/// Words with slips of the pen.
mod typos;
/// Doors, flats, floors, codes, postcodes.
mod units;
/// The published snapshot and edited places over it, asked together.
mod view;

pub use autocomplete::{Answer, search, search_view, warm_up};
pub use budget::{MAX_RATED, MAX_STEPS, Work};
pub use details::{
    ListedHouse, PlaceDetails, PlaceName, describe_place, describe_shown, list_houses,
};
pub use found::Found;
pub use hours::{Moment, check_hours, is_open};
pub use house::MatchState;
pub use label::Label;
pub use near::Near;
pub use nearby::{
    DEFAULT_NEARBY_RADIUS_M, MAX_NEARBY_RADIUS_M, NearbyQuery, WantedAttribute, nearby,
};
pub use query::{DEFAULT_LIMIT, DEFAULT_ZOOM, MAX_LIMIT, MAX_QUERY_CHARS, SearchQuery};
pub use rank::{RankWeights, Reason};
pub use reverse::{
    DEFAULT_REVERSE_RADIUS_M, MAX_REVERSE_RADIUS_M, REVERSE_LAYERS, ReverseAnswer, ReverseQuery,
    reverse,
};
pub use view::{Hidden, Part, View};
