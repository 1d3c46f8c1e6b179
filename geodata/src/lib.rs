//! What a place is, the address base that people write, and the snapshot files that machines build.
//!
//! `place`, `coord`, `names`, `housenumber`, `source`: the words of the field as types. `admin`: levels and point in
//! polygon. `ground`, `pickup`: what lies between a door and a car, and where cars stop. `base`: edits, people,
//! reports, zones in SQLite or PostgreSQL. `zones`: what a zone is. `snapshot`: the contract between the indexer, which
//! writes it, and the server, which maps it.

pub mod admin;
pub mod base;
pub mod draft;
pub mod edits;
pub mod ground;
pub mod pickup;
pub mod snapshot;
pub mod zones;

mod atoms;
mod boxes;
mod coord;
mod housenumber;
mod importance;
mod names;
mod outlines;
mod place;
mod segment;
mod source;

pub use atoms::{Atom, AtomMap, Atoms};
pub use boxes::BoxTree;
pub use coord::{Bbox, CoordError, LonLat, Plane, interpolate, line_crosses, nearest_on_line};
pub use housenumber::{Housenumber, HousenumberError, MAX_HOUSENUMBER_CHARS, Second};
pub use importance::importance;
pub use names::{LanguageTag, Name, NameKind};
pub use outlines::Outlines;
pub use place::{Layer, PlaceId, PlaceRef};
pub use source::{MAX_EDIT_PART, OsmKind, SourceId};
