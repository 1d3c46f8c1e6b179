//! The snapshot: immutable files that the indexer writes and the server maps. Neither may reach around this module.
//!
//! Every table is an array of fixed-size records, mapped and never copied to the heap. All places are numbered in
//! falling order of importance; a place's number is its row in every table and its document in the Tantivy index.

/// manifest.json: format version, sources, counts, checksums; verification.
mod manifest;
/// Opening a snapshot, and the accessors of its tables.
mod reader;
/// The records of the tables.
mod records;
/// The Tantivy fields.
mod schema;
/// Shapes of admin areas and point in polygon over them.
mod shapes;
/// Mapped arrays of records, and texts.
mod table;
/// Places of a snapshot → drafts.
mod thaw;
/// The spelling vocabulary: sound keys and the spellings behind them.
mod words;
/// Drafts → snapshot files.
pub mod write;

pub use manifest::{FORMAT_VERSION, FileEntry, MANIFEST_FILE, Manifest, SourceEntry, sha256_file};
pub use reader::{CURRENT_LINK, DocId, Gone, LINE_BREAK, OpenError, SNAPSHOTS_DIR, Snapshot};
pub use records::{
    AttributeRecord, CrossingRecord, EntranceRecord, HouseParts, HouseRecord, JoinedRecord,
    NameRecord, PlaceRecord, PopularHouseRecord, RetiredRecord, Role, TokenRecord,
};
pub use schema::{AREA_KEY_LAYERS, Cells, Fields, MAX_PREFIX_CHARS, layer_term, schema};
#[cfg(test)]
pub(crate) use shapes::is_inside;
pub use shapes::{AreaShapes, ShapeRecord};
pub use table::{Table, TextId, Texts, TextsWriter, write_table};
pub use thaw::Thaw;
pub use words::{FormId, KeyId, Words, WordsWriter};

/// Names of the files of a snapshot.
pub mod files {
    pub const INDEX: &str = "index";
    pub const PLACES: &str = "places.bin";
    pub const NAMES: &str = "names.bin";
    pub const TOKENS: &str = "tokens.bin";
    pub const PARENTS: &str = "parents.bin";
    pub const SOURCES: &str = "sources.bin";
    pub const ATTRIBUTES: &str = "attributes.bin";
    pub const HOUSES: &str = "houses.bin";
    pub const JOINED: &str = "joined.bin";
    pub const POPULAR_HOUSES: &str = "popular_houses.bin";
    pub const ENTRANCES: &str = "entrances.bin";
    pub const EXITS: &str = "exits.bin";
    pub const LINES: &str = "lines.bin";
    pub const CROSSINGS: &str = "crossings.bin";
    pub const PLACE_IDS: &str = "place_ids.bin";
    pub const RETIRED: &str = "retired.bin";
    pub const TEXTS: &str = "texts.bin";
    pub const TEXT_OFFSETS: &str = "text_offsets.bin";
    pub const WORD_KEYS: &str = "words.fst";
    pub const WORD_RANGES: &str = "word_keys.bin";
    pub const WORD_FORMS: &str = "word_forms.bin";
    pub const SHAPES: &str = "shapes.bin";
    pub const SHAPE_POINTS: &str = "shape_points.bin";
    pub const SHAPE_TREE: &str = "shapes.rtree";
}
