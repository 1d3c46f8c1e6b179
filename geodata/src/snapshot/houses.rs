//! Houses in twenty bytes each: what many houses share is kept once.
//!
//! Numbers are few and houses are many, so a house names its number by a row of the table of all numbers, which knows
//! the text and the key by which it is sorted and found. Houses of a street mostly share their postcode: those are kept
//! as runs of houses.

use super::table::TextId;
use crate::coord::LonLat;
use crate::housenumber::Housenumber;
use crate::source::SourceId;
use bytemuck::{Pod, Zeroable};

/// One way to find one house on one street (or in one settlement that has no streets). A corner number, a range and a
/// list have a record per number by which they are found.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct HouseRecord {
    /// Row in `numbers.bin`; below it whether it is a corner's, and whether it is interpolated.
    number: u32,
    /// The low and the high half.
    source: [u32; 2],
    pub point: LonLat,
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
    /// Packs a house.
    pub fn new(parts: HouseParts) -> HouseRecord {
        let packed = parts.source.packed();
        let half = |bits: u64| u32::try_from(bits & 0xffff_ffff).expect("32 bits are kept");
        HouseRecord {
            number: parts.number << 2
                | u32::from(parts.corner) << 1
                | u32::from(parts.interpolated),
            source: [half(packed), half(packed >> 32)],
            point: parts.point,
        }
    }

    /// Where the house comes from.
    pub fn source(&self) -> SourceId {
        let [low, high] = self.source;
        SourceId::unpack(u64::from(high) << 32 | u64::from(low))
    }

    /// Row of the number under which it is found.
    pub(super) fn number(&self) -> usize {
        (self.number >> 2) as usize
    }

    /// Whether the position was computed along an `addr:interpolation` line.
    pub fn is_interpolated(&self) -> bool {
        self.number & 1 == 1
    }

    /// Whether the house belongs to another street that this one crosses, and is found here by its second number.
    pub fn is_corner(&self) -> bool {
        self.number & 2 == 2
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
        let half = |bits: u64| u32::try_from(bits & 0xffff_ffff).expect("32 bits are kept");
        NumberRecord {
            key: [half(key), half(key >> 32)],
            text,
        }
    }

    /// [`Housenumber::key`].
    pub fn key(&self) -> u64 {
        let [low, high] = self.key;
        u64::from(high) << 32 | u64::from(low)
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
        let at = self.records.partition_point(|r| self.number(r).key() < key);
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
            source: record.source(),
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
    fn a_house_is_what_was_packed() {
        assert_eq!(size_of::<HouseRecord>(), 20);
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
        let sources = [SourceId::osm(OsmKind::Way, 1 << 40), SourceId::edit(7, 9)];
        let records = [0, 1].map(|n| HouseRecord::new(part(n, sources[n as usize])));
        let houses = Houses {
            records: &records,
            numbers: &numbers,
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
