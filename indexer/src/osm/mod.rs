//! Reads OpenStreetMap extracts: file → blocks → tagged objects → what a geocoder needs of them.
//!
//! Three streaming passes in bounded memory: relations say which ways matter, ways say which nodes matter, nodes bring
//! the coordinates. No map of all objects is ever built.

/// Diffs: what became of objects since an extract was made.
mod changes;
/// Some of many numbers, numbered without gaps.
mod dense;
/// One object's tags in owned form.
mod feature;
/// Tags → what an object is on the ground.
mod ground;
/// The three passes over one file.
mod harvest;
/// Node ids of ways, packed.
mod ids;
/// Where ways are.
mod locate;
/// Coordinates of the nodes that are needed.
mod nodes;
/// The file's framing, and decoding blocks on all cores.
mod pbf;
/// Objects whose place is known → the lists of a harvest.
mod put;
/// What the passes leave: raw objects, before anything is resolved.
mod raw;
/// Rings from the ways of a multipolygon.
mod rings;
/// Which roads any car reaches, and where they meet.
mod roads;
/// Room for what is to come.
mod room;
/// Ways and relations → houses, streets, places, areas, roads.
mod sort;
/// The texts of a block, each looked at once.
mod strings;
/// Tags → layer, names, address, attributes.
mod tags;

pub use changes::{ChangeCounts, ChangeError, Changes};
pub use harvest::{Harvest, harvest};
pub use nodes::NodeStore;
pub use pbf::{PbfFile, ReadError, read_floor, unpack_floor};
pub use raw::{
    Atom, Atoms, Geometry, Interpolation, Parity, RawAddress, RawArea, RawEntrance, RawHouse,
    RawPlace, RawStreet, StreetClass, StreetMembers,
};
pub use rings::{RingError, assemble_rings};
pub use tags::is_station;
