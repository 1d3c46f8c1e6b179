//! The records of the snapshot's tables: fixed size, no padding, no pointers.
//!
//! Lists that belong to a place (sources, houses, lines …) lie in the order of the places; a record holds where its
//! list begins, and the next place's record where it ends. The last record of `places.bin` is a sentinel. Lists that many
//! places share (names, parents) are kept once, and known by their number.

use super::table::TextId;
use super::words::FormId;
use crate::coord::LonLat;
use crate::names::LanguageTag;
use crate::place::{PlaceId, PlaceRef};
use crate::source::SourceId;
use bytemuck::{Pod, Zeroable};

/// One place.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct PlaceRecord {
    pub id: PlaceId,
    /// The label point: on the line of a street, inside an area.
    pub point: LonLat,
    /// Static importance, 0 to 1.
    pub importance: f32,
    /// How often it was asked for.
    pub popularity: u32,
    /// OSM category `key=value` of a POI or station.
    pub category: TextId,
    /// Row in `name_lists.bin`.
    pub names: NameListId,
    /// Row in `parent_lists.bin`.
    pub parents: u32,
    pub first_source: u32,
    pub first_attribute: u32,
    pub first_house: u32,
    /// In `lines.bin`: points of the geometry.
    pub first_point: u32,
    pub first_crossing: u32,
    /// Radius in metres within which most of the place lies.
    pub radius_m: u32,
    pub layer: u8,
    pub reserved: [u8; 3],
}

/// The names of a place, in their order: places of one layer with the same names have the same list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Pod, Zeroable)]
#[repr(transparent)]
pub struct NameListId(pub(super) u32);

impl NameListId {
    pub fn nth(n: u32) -> NameListId {
        NameListId(n)
    }
}

/// One name of a list.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct NameRecord {
    pub text: TextId,
    pub first_token: u32,
    pub kind: u8,
    pub language: LanguageTag,
}

/// What a word does in a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The name proper.
    Word,
    /// A status word: «вулиця».
    Status,
    /// A title, a given name's initial, an ordinal's ending: may be left out at little cost.
    Minor,
}

/// One word of a name: a spelling of the vocabulary and its role, in 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(transparent)]
pub struct TokenRecord(u32);

const ROLE_SHIFT: u32 = 30;

impl TokenRecord {
    pub fn new(form: FormId, role: Role) -> TokenRecord {
        let role = match role {
            Role::Word => 0,
            Role::Status => 1,
            Role::Minor => 2,
        };
        TokenRecord(form.row() | role << ROLE_SHIFT)
    }

    pub fn form(self) -> FormId {
        FormId::nth(self.0 & ((1 << ROLE_SHIFT) - 1))
    }

    pub fn role(self) -> Role {
        match self.0 >> ROLE_SHIFT {
            1 => Role::Status,
            2 => Role::Minor,
            _ => Role::Word,
        }
    }
}

/// A stretch of a place's houses and lines that lie together: what a point's surroundings are looked up by. Stretches
/// follow the order of the tables, so that one ends where the next begins; the last record is a sentinel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct StretchRecord {
    /// The number of the place.
    pub doc: u32,
    /// In `houses.bin`.
    pub first_house: u32,
    /// In `lines.bin`.
    pub first_point: u32,
}

/// The POIs and stations of one category; the table is sorted by its text, and its last record is a sentinel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct CategoryRecord {
    pub category: TextId,
    /// In `pois_by_category.bin`.
    pub first_poi: u32,
}

/// The outline of a house's building, where a point in it may be nearer to another house. The last record is a sentinel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct OutlineRecord {
    /// Row of the house in `houses.bin`: the table is sorted by it.
    pub house: u32,
    /// In `corners.bin`.
    pub first_corner: u32,
}

/// The same house in another source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
#[repr(C)]
pub struct JoinedRecord {
    /// The source that `houses.bin` names: the table is sorted by it.
    pub house: SourceId,
    pub other: SourceId,
}

/// A house that was asked for. Most never were, so they are no column of `houses.bin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
#[repr(C)]
pub struct PopularHouseRecord {
    /// Row of the house in `houses.bin`: the table is sorted by it.
    pub house: u32,
    /// How often.
    pub count: u32,
}

/// An entrance of a house, or an exit of a station.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct EntranceRecord {
    pub source: SourceId,
    pub point: LonLat,
    /// Row of the house in `houses.bin`, or number of the place in `exits.bin`: the table is sorted by it.
    pub owner: u32,
    /// The number on the door.
    pub reference: TextId,
    /// The flats behind it: `1-36`.
    pub flats: TextId,
    /// `entrance=*`: `main`, `staircase` …
    pub kind: TextId,
}

/// A street that crosses or meets another one.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct CrossingRecord {
    /// The number of the other street's place.
    pub street: u32,
    pub point: LonLat,
}

/// A fact about a place: `opening_hours`, `fuel:diesel`, `population` …
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct AttributeRecord {
    pub key: TextId,
    pub value: TextId,
}

/// A place or a part of one that an earlier snapshot had and this one has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
#[repr(C)]
pub struct RetiredRecord {
    /// What is gone; the table is sorted by it.
    gone: PackedRef,
    /// What took its place, when something did.
    successor: PackedRef,
}

/// A [`PlaceRef`] of 16 bytes; the place is zero where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
#[repr(C)]
struct PackedRef {
    place: PlaceId,
    /// The part plus one; zero for the whole place.
    part: u32,
    reserved: u32,
}

impl PackedRef {
    fn new(reference: Option<PlaceRef>) -> PackedRef {
        PackedRef {
            place: reference.map_or(PlaceId::NONE, |r| r.place),
            part: reference.and_then(|r| r.part).map_or(0, |p| p + 1),
            reserved: 0,
        }
    }

    fn unpack(self) -> Option<PlaceRef> {
        (!self.place.is_none()).then(|| PlaceRef {
            place: self.place,
            part: self.part.checked_sub(1),
        })
    }
}

/// An object of a place that edits took away: the place is known again by it as long as the sources have it. Sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
#[repr(C)]
pub struct TakenRecord {
    /// The id of the place.
    pub place: PlaceId,
    pub source: SourceId,
    pub layer: u8,
    pub reserved: [u8; 7],
}

impl RetiredRecord {
    pub fn new(gone: PlaceRef, successor: Option<PlaceRef>) -> RetiredRecord {
        RetiredRecord {
            gone: PackedRef::new(Some(gone)),
            successor: PackedRef::new(successor),
        }
    }

    /// What is gone.
    pub fn gone(&self) -> Option<PlaceRef> {
        self.gone.unpack()
    }

    /// What took its place.
    pub fn successor(&self) -> Option<PlaceRef> {
        self.successor.unpack()
    }

    /// The record of `gone` in a sorted table.
    pub fn find(table: &[RetiredRecord], gone: PlaceRef) -> Option<&RetiredRecord> {
        let wanted = PackedRef::new(Some(gone));
        let at = table.binary_search_by_key(&wanted, |r| r.gone).ok()?;
        table.get(at)
    }
}
