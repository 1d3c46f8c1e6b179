//! What the passes leave: raw objects, before anything is resolved.

pub use geodata::{Atom, Atoms};
use geodata::{LonLat, Name, SourceId};

/// Where an object is.
#[derive(Debug, Clone, Default)]
pub struct Geometry {
    /// A point on or in it: the node itself, or the centroid of the outline.
    pub point: Option<LonLat>,
    /// Half the diagonal of its box, in metres.
    pub radius_m: u32,
    /// Rings, where the object may contain others.
    pub rings: Vec<Vec<LonLat>>,
}

/// `addr:*` as tagged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct RawAddress {
    pub number: Atom,
    pub street: Atom,
    pub place: Atom,
    pub city: Atom,
    pub postcode: Atom,
    pub unit: Atom,
}

impl RawAddress {
    /// Texts of another table are known by other numbers.
    pub fn rename(&mut self, atoms: &[Atom]) {
        for atom in [
            &mut self.number,
            &mut self.street,
            &mut self.place,
            &mut self.city,
            &mut self.postcode,
            &mut self.unit,
        ] {
            atom.rename(atoms);
        }
    }
}

/// Something with a house number.
#[derive(Debug, Clone, Copy)]
pub struct RawHouse {
    pub source: SourceId,
    pub address: RawAddress,
    pub point: LonLat,
    /// The number was computed along an `addr:interpolation` line.
    pub interpolated: bool,
}

/// A door.
#[derive(Debug, Clone)]
pub struct RawEntrance {
    pub source: SourceId,
    pub point: LonLat,
    pub kind: Atom,
    pub reference: Atom,
    pub flats: Atom,
    /// The building on whose outline the door lies.
    pub building: SourceId,
    /// The address on the door itself.
    pub address: RawAddress,
    /// Names, of exits of stations.
    pub names: Vec<Name>,
}

/// How important a road is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StreetClass {
    /// Footways, paths, steps.
    Path,
    Service,
    Residential,
    Tertiary,
    Secondary,
    Primary,
    /// Motorways and trunk roads.
    Trunk,
    /// A named square or pedestrian area.
    Square,
}

/// One way of a street, or a square.
#[derive(Debug, Clone)]
pub struct RawStreet {
    pub source: SourceId,
    pub names: Vec<Name>,
    pub class: StreetClass,
    pub line: Vec<LonLat>,
    /// Nodes of the line, to find crossings.
    pub nodes: Vec<i64>,
    pub wikidata: Atom,
}

/// A named thing that is neither a street nor an area: POI, station, place node.
#[derive(Debug, Clone)]
pub struct RawPlace {
    pub source: SourceId,
    pub names: Vec<Name>,
    /// `key=value` of the tag that makes it a POI or station.
    pub category: Option<Box<str>>,
    /// `place=*`.
    pub place: Option<Box<str>>,
    pub address: RawAddress,
    pub attributes: Vec<(Box<str>, Box<str>)>,
    pub geometry: Geometry,
}

/// A boundary or an outlined settlement.
#[derive(Debug, Clone)]
pub struct RawArea {
    pub place: RawPlace,
    pub admin_level: Option<u8>,
    /// ISO 3166-1 code of a country, lower case.
    pub country: Option<Box<str>>,
    /// Nodes that stand for it: `admin_centre`, `label`.
    pub nodes: Vec<SourceId>,
}

/// Which numbers an interpolation line has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parity {
    /// Every second number, from either end.
    Alternate,
    All,
}

/// `addr:interpolation`: the nodes of the line, with the houses among them found by their id.
#[derive(Debug, Clone)]
pub struct Interpolation {
    pub source: SourceId,
    pub parity: Parity,
    pub line: Vec<(SourceId, LonLat)>,
}

/// A `street` or `associatedStreet` relation.
#[derive(Debug, Clone)]
pub struct StreetMembers {
    pub name: Atom,
    pub houses: Vec<SourceId>,
    pub streets: Vec<SourceId>,
}
