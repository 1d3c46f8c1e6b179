//! The snapshot: immutable files that the indexer writes and the server maps. Neither may reach around this module.
//!
//! Every table is an array of fixed-size records, mapped and never copied to the heap, as only texts are; beside them
//! there is a sketch of each place. All places are numbered in falling order of importance; a place's number is its row
//! in every table and its document in the Tantivy index.

/// What the areas around a place are called.
mod area_names;
/// Sets of documents in memory.
mod doc_set;
/// Why a snapshot cannot be used.
mod error;
/// Reading ahead.
mod fetch;
/// Search close to where one stands.
mod gallop;
/// What became of ids that no place has any more.
mod gone;
/// What lies on the ground, by tiles.
mod ground;
/// Houses and their numbers, packed.
mod houses;
/// What sets of documents have in common.
mod intersection;
/// What was made out and is asked for again.
mod kept;
/// Which letters a sound key has.
mod letters;
/// manifest.json: format version, sources, counts, checksums; verification.
mod manifest;
/// Which sound keys are within a slip or two of a sound.
mod near_words;
/// Rows in the order of where their points are.
mod order;
/// Outlines of buildings, packed.
mod outline;
/// Which documents have a term.
mod postings;
/// Opening a snapshot, and the accessors of its tables.
mod reader;
/// The records of the tables.
mod records;
/// The Tantivy fields.
mod schema;
/// Shapes of admin areas and point in polygon over them.
mod shapes;
/// Where in long tables the rows are that begin alike.
mod shelves;
/// Rules out keys of the vocabulary by a few bits.
mod sieve;
/// What is roughly known of each place.
mod sketch;
/// What is around a point.
mod spatial;
/// Mapped arrays of records, and texts.
mod table;
/// Places of a snapshot → drafts.
mod thaw;
/// A packed R-tree over boxes.
mod tree;
/// The spelling vocabulary: sound keys and the spellings behind them.
mod words;
/// Drafts → snapshot files.
pub mod write;

pub use area_names::AreaNames;
pub use doc_set::DocSet;
pub use error::OpenError;
pub use gone::Gone;
pub use ground::{GroundArea, GroundLine, GroundMark, NearGround};
pub use houses::{House, HouseParts, HouseRecord, Houses, NumberRecord, NumberRow, PostcodeRecord};
pub use intersection::{Block, Intersection};
pub use manifest::{FORMAT_VERSION, FileEntry, MANIFEST_FILE, Manifest, SourceEntry, sha256_file};
pub use near_words::{NearForms, SlipsWithin};
pub use order::{in_box, position_code, position_of};
pub use outline::Corner;
pub use postings::DocTerm;
pub use reader::{CURRENT_LINK, DocId, LINE_BREAK, SNAPSHOTS_DIR, Snapshot};
pub use records::{
    AttributeRecord, CategoryRecord, CrossingRecord, EntranceRecord, JoinedRecord, NameListId,
    NameRecord, OutlineRecord, PlaceRecord, PopularHouseRecord, RetiredRecord, Role, StretchRecord,
    TakenRecord, TokenRecord,
};
pub use schema::{AREA_KEY_LAYERS, Cells, MAX_PREFIX_CHARS};
pub(crate) use shapes::is_inside;
pub use shapes::{AreaShapes, ShapeRecord};
pub use sketch::PlaceSketch;
pub use spatial::{NearHouse, NearPoi, NearStreet, Surroundings};
pub use table::{Table, TextId, Texts, TextsWriter, write_table};
pub use thaw::Thaw;
pub use tree::BoxTree;
pub use words::{FormId, FormRecord, KeyId, Words, WordsWriter};

/// Names of the files of a snapshot.
pub mod files {
    pub const INDEX: &str = "index";
    pub const PLACES: &str = "places.bin";
    pub const NAME_LISTS: &str = "name_lists.bin";
    pub const NAMES: &str = "names.bin";
    pub const TOKENS: &str = "tokens.bin";
    pub const PARENT_LISTS: &str = "parent_lists.bin";
    pub const PARENTS: &str = "parents.bin";
    pub const SOURCES: &str = "sources.bin";
    pub const ATTRIBUTES: &str = "attributes.bin";
    pub const HOUSES: &str = "houses.bin";
    pub const HOUSE_SOURCES: &str = "house_sources.bin";
    pub const NUMBERS: &str = "numbers.bin";
    pub const POSTCODES: &str = "postcodes.bin";
    pub const JOINED: &str = "joined.bin";
    pub const POPULAR_HOUSES: &str = "popular_houses.bin";
    pub const ENTRANCES: &str = "entrances.bin";
    pub const EXITS: &str = "exits.bin";
    pub const LINES: &str = "lines.bin";
    pub const CROSSINGS: &str = "crossings.bin";
    pub const PLACE_IDS: &str = "place_ids.bin";
    pub const RETIRED: &str = "retired.bin";
    pub const TAKEN: &str = "taken.bin";
    pub const TEXTS: &str = "texts.bin";
    pub const TEXT_OFFSETS: &str = "text_offsets.bin";
    pub const WORD_KEYS: &str = "words.fst";
    pub const WORD_RANGES: &str = "word_keys.bin";
    pub const WORD_FORMS: &str = "word_forms.bin";
    pub const WORD_LETTERS: &str = "word_letters.bin";
    pub const SHAPES: &str = "shapes.bin";
    pub const SHAPE_POINTS: &str = "shape_points.bin";
    pub const SHAPE_TREE: &str = "shapes.rtree";
    pub const STRETCHES: &str = "stretches.bin";
    pub const STRETCH_TREE: &str = "stretches.rtree";
    pub const OUTLINES: &str = "outlines.bin";
    pub const CORNERS: &str = "corners.bin";
    pub const POIS: &str = "pois.bin";
    pub const POI_CATEGORIES: &str = "poi_categories.bin";
    pub const POINT_AREAS: &str = "point_areas.bin";
    pub const POIS_BY_CATEGORY: &str = "pois_by_category.bin";
    pub const GROUND: &str = "ground.bin";
    pub const GROUND_TILES: &str = "ground_tiles.bin";
}
