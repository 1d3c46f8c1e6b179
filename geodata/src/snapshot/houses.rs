//! Houses in sixteen bytes each: what many houses share is kept once.
//!
//! Numbers are few and houses are many, so a house names its number by a row of the table of all numbers, which knows
//! the text and the key by which it is sorted and found. Houses of a street mostly share their postcode: those are kept
//! as runs of houses. The few sources that are too large for a house's bytes are kept apart.

use super::table::TextId;
use crate::coord::LonLat;
use crate::housenumber::Housenumber;
use crate::source::SourceId;
use bytemuck::{Pod, Zeroable};
use std::ops::Range;

/// One way to find one house on one street (or in one settlement that has no streets). A corner number, a range and a
/// list have a record per number by which they are found.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct HouseRecord {
    pub point: LonLat,
    /// The low and the high half of: the row in `numbers.bin`, whether the number is a corner's, whether its position is
    /// interpolated, and in the [`SOURCE_BITS`] lowest bits the source or where it is kept apart.
    bits: [u32; 2],
}

/// So many times a list of houses is halved until what is left of most lies together.
const HALVINGS: usize = 5;

const SOURCE_BITS: u32 = 40;
const INTERPOLATED: u64 = 1 << SOURCE_BITS;
const CORNER: u64 = INTERPOLATED << 1;
const NUMBER_SHIFT: u32 = SOURCE_BITS + 2;

/// Stands for a list where a source is kept apart: real ones are counted from 1.
const APART: u16 = 0;

/// Whether a packed source says where one is kept apart.
fn is_apart(source: u64) -> bool {
    let list = SourceId::list(APART, 0).packed();
    source & 3 == list & 3 && source >> 34 == list >> 34
}

fn halves(bits: u64) -> [u32; 2] {
    let half = |bits: u64| u32::try_from(bits & 0xffff_ffff).expect("32 bits are kept");
    [half(bits), half(bits >> 32)]
}

fn whole([low, high]: [u32; 2]) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// What a [`HouseRecord`] is made of.
#[derive(Debug, Clone, Copy)]
pub struct HouseParts {
    /// Row of the number under which it is found.
    pub number: u32,
    /// Whether the position was computed along an `addr:interpolation` line.
    pub interpolated: bool,
    /// Whether the house belongs to another street that this one crosses, and is found here by its second number.
    pub corner: bool,
    pub source: SourceId,
    pub point: LonLat,
}

impl HouseRecord {
    /// How many rows of numbers can be told apart.
    pub const MAX_NUMBERS: usize = 1 << (u64::BITS - NUMBER_SHIFT);

    /// Packs a house; a source that is too large joins those that are kept `apart`.
    pub fn pack(parts: HouseParts, apart: &mut Vec<SourceId>) -> HouseRecord {
        let source = parts.source.packed();
        let source = if source >> SOURCE_BITS == 0 && !is_apart(source) {
            source
        } else {
            apart.push(parts.source);
            SourceId::list(
                APART,
                u32::try_from(apart.len() - 1).expect("fewer than 4 G houses"),
            )
            .packed()
        };
        let flag = |is: bool, bit: u64| if is { bit } else { 0 };
        let bits = u64::from(parts.number) << NUMBER_SHIFT
            | flag(parts.corner, CORNER)
            | flag(parts.interpolated, INTERPOLATED)
            | source;
        HouseRecord {
            point: parts.point,
            bits: halves(bits),
        }
    }

    fn bits(&self) -> u64 {
        whole(self.bits)
    }

    /// Where the house comes from.
    fn source(&self, apart: &[SourceId]) -> SourceId {
        let source = self.bits() & (INTERPOLATED - 1);
        if !is_apart(source) {
            return SourceId::unpack(source);
        }
        let kept = usize::try_from(source >> 2)
            .ok()
            .and_then(|row| apart.get(row));
        kept.copied().unwrap_or(SourceId::NONE)
    }

    /// Row of the number under which it is found.
    pub(super) fn number(&self) -> usize {
        usize::try_from(self.bits() >> NUMBER_SHIFT).unwrap_or(usize::MAX)
    }

    /// Whether the position was computed along an `addr:interpolation` line.
    pub fn is_interpolated(&self) -> bool {
        self.bits() & INTERPOLATED != 0
    }

    /// Whether the house belongs to another street that this one crosses, and is found here by its second number.
    pub fn is_corner(&self) -> bool {
        self.bits() & CORNER != 0
    }
}

/// A house number as tagged, and one key under which such a house is found. Sorted by key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct NumberRecord {
    /// The low and the high half of [`Housenumber::key`].
    key: [u32; 2],
    pub text: TextId,
}

impl NumberRecord {
    pub fn new(key: u64, text: TextId) -> NumberRecord {
        NumberRecord {
            key: halves(key),
            text,
        }
    }

    /// [`Housenumber::key`].
    pub fn key(&self) -> u64 {
        whole(self.key)
    }
}

/// Where the numbers of a snapshot begin that are not below some key: houses are sorted by the rows of their numbers, as
/// these are by their keys.
#[derive(Debug, Clone, Copy)]
pub struct NumberRow(usize);

impl NumberRow {
    pub(super) fn of(key: u64, numbers: &[NumberRecord]) -> NumberRow {
        NumberRow(numbers.partition_point(|n| n.key() < key))
    }

    /// What is left of some lists of rows among which such houses are looked for, after a few steps of a binary search:
    /// every list is halved before any is halved again, so that the memory brings their middles together.
    pub(super) fn halve(
        self,
        mut lists: Vec<Range<usize>>,
        houses: &[HouseRecord],
    ) -> Vec<Range<usize>> {
        for _ in 0..HALVINGS {
            for rows in &mut lists {
                let middle = usize::midpoint(rows.start, rows.end);
                *rows = match houses.get(middle) {
                    Some(house) if self.is_behind(house) => middle..rows.end,
                    _ => rows.start..middle,
                };
            }
        }
        lists
    }

    /// Whether a house comes before all that have such a number.
    fn is_behind(self, house: &HouseRecord) -> bool {
        house.number() < self.0
    }
}

/// Houses in a row of `houses.bin` and those behind it have this postcode, up to the next record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct PostcodeRecord {
    pub first_house: u32,
    pub postcode: TextId,
}

/// A house as it is found on one street.
#[derive(Debug, Clone, Copy)]
pub struct House {
    pub source: SourceId,
    pub point: LonLat,
    /// The number as tagged.
    pub number: TextId,
    key: u64,
    interpolated: bool,
    corner: bool,
}

impl House {
    /// The key of the number under which it is found.
    pub fn key(&self) -> u64 {
        self.key
    }

    /// The number under which it is found.
    pub fn housenumber(&self) -> Housenumber {
        Housenumber::from_key(self.key)
    }

    /// Whether the position was computed along an `addr:interpolation` line.
    pub fn is_interpolated(&self) -> bool {
        self.interpolated
    }

    /// Whether the house belongs to another street that this one crosses, and is found here by its second number.
    pub fn is_corner(&self) -> bool {
        self.corner
    }
}

/// Houses of one street or settlement, sorted by key.
#[derive(Clone, Copy)]
pub struct Houses<'a> {
    pub(super) records: &'a [HouseRecord],
    /// All numbers of the snapshot.
    pub(super) numbers: &'a [NumberRecord],
    /// Sources that are kept apart.
    pub(super) sources: &'a [SourceId],
}

impl<'a> Houses<'a> {
    pub fn len(&self) -> usize {
        self.records.len()
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The `n`-th house.
    pub fn get(&self, n: usize) -> Option<House> {
        self.records.get(n).map(|record| self.unpack(record))
    }

    /// All of them.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = House> + ExactSizeIterator + use<'a> {
        let houses = *self;
        houses.records.iter().map(move |r| houses.unpack(r))
    }

    /// Those before the first one with a key that is not below `key`, and the others.
    pub fn split_at_key(&self, key: u64) -> (Houses<'a>, Houses<'a>) {
        self.split_at(NumberRow::of(key, self.numbers))
    }

    /// Those before the first one with a number that is not below one of the snapshot's, and the others.
    pub fn split_at(&self, number: NumberRow) -> (Houses<'a>, Houses<'a>) {
        let at = self.records.partition_point(|r| number.is_behind(r));
        let (before, others) = self.records.split_at(at);
        let of = |records| Houses { records, ..*self };
        (of(before), of(others))
    }

    fn number(&self, record: &HouseRecord) -> NumberRecord {
        let number = self.numbers.get(record.number()).copied();
        number.unwrap_or(NumberRecord::new(0, TextId::EMPTY))
    }

    fn unpack(&self, record: &HouseRecord) -> House {
        let number = self.number(record);
        House {
            source: record.source(self.sources),
            point: record.point,
            number: number.text,
            key: number.key(),
            interpolated: record.is_interpolated(),
            corner: record.is_corner(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::OsmKind;

    #[test]
    fn every_source_is_kept_whatever_its_size() {
        let sources = [
            SourceId::NONE,
            SourceId::osm(OsmKind::Node, 13_000_000_000),
            SourceId::osm(OsmKind::Relation, (1 << 38) - 1),
            SourceId::osm(OsmKind::Way, 1 << 38),
            SourceId::list(1, u32::MAX),
            SourceId::list(63, 7),
            SourceId::list(64, 7),
            SourceId::edit(7, 9),
        ];
        let mut apart = Vec::new();
        for source in sources {
            let parts = HouseParts {
                number: 4_000_000,
                interpolated: true,
                corner: false,
                source,
                point: LonLat::clamped(-179.0, -89.0),
            };
            let record = HouseRecord::pack(parts, &mut apart);
            assert_eq!(record.source(&apart), source);
            assert_eq!((record.number(), record.point), (4_000_000, parts.point));
            assert!(record.is_interpolated() && !record.is_corner());
        }
        assert_eq!(apart.len(), 3);
    }

    #[test]
    fn a_house_is_what_was_packed() {
        assert_eq!(size_of::<HouseRecord>(), 16);
        let numbers = [("7", 4), ("12", 9)]
            .map(|(number, text)| {
                (
                    Housenumber::parse_tag(number).expect("a number")[0].key(),
                    text,
                )
            })
            .map(|(key, text)| NumberRecord::new(key, TextId(text)));
        let part = |number, source| HouseParts {
            number,
            interpolated: number == 1,
            corner: number == 0,
            source,
            point: LonLat::clamped(29.0, 47.0),
        };
        let sources = [SourceId::osm(OsmKind::Way, 1 << 37), SourceId::edit(7, 9)];
        let mut apart = Vec::new();
        let records = [0, 1].map(|n| HouseRecord::pack(part(n, sources[n as usize]), &mut apart));
        assert_eq!(apart, [sources[1]]);
        let houses = Houses {
            records: &records,
            numbers: &numbers,
            sources: &apart,
        };
        let shown: Vec<_> = houses
            .iter()
            .map(|h| {
                (
                    h.housenumber().to_string(),
                    h.number.0,
                    h.source,
                    h.is_interpolated(),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("7".to_owned(), 4, sources[0], false),
                ("12".to_owned(), 9, sources[1], true)
            ]
        );
        assert!(records[0].is_corner() && !records[1].is_corner());
        let (before, others) = houses.split_at_key(Housenumber::first_key(8));
        assert_eq!((before.len(), others.len()), (1, 1));
    }
}
