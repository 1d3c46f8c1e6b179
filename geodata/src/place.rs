//! Layers, and the ids by which places are known outside.

use crate::source::SourceId;
use bytemuck::{Pod, Zeroable};
use std::fmt;
use std::str::FromStr;

/// What kind of place it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Layer {
    Country = 0,
    State = 1,
    County = 2,
    City = 3,
    Locality = 4,
    District = 5,
    Street = 6,
    House = 7,
    Entrance = 8,
    Poi = 9,
    Station = 10,
    Intersection = 11,
    Postcode = 12,
}

impl Layer {
    pub const ALL: [Layer; 13] = [
        Layer::Country,
        Layer::State,
        Layer::County,
        Layer::City,
        Layer::Locality,
        Layer::District,
        Layer::Street,
        Layer::House,
        Layer::Entrance,
        Layer::Poi,
        Layer::Station,
        Layer::Intersection,
        Layer::Postcode,
    ];

    /// The layer for a stored byte.
    pub fn from_byte(byte: u8) -> Option<Layer> {
        Layer::ALL.get(usize::from(byte)).copied()
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Layer::Country => "country",
            Layer::State => "state",
            Layer::County => "county",
            Layer::City => "city",
            Layer::Locality => "locality",
            Layer::District => "district",
            Layer::Street => "street",
            Layer::House => "house",
            Layer::Entrance => "entrance",
            Layer::Poi => "poi",
            Layer::Station => "station",
            Layer::Intersection => "intersection",
            Layer::Postcode => "postcode",
        }
    }

    /// Whether other places can lie in a place of this layer: what may be named to say where.
    pub fn is_area(self) -> bool {
        matches!(
            self,
            Layer::Country
                | Layer::State
                | Layer::County
                | Layer::City
                | Layer::Locality
                | Layer::District
                | Layer::Postcode
        )
    }

    /// Whether people live in it and it gives addresses their city: a city or a smaller settlement.
    pub fn is_settlement(self) -> bool {
        matches!(self, Layer::City | Layer::Locality)
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Layer {
    type Err = String;

    fn from_str(text: &str) -> Result<Layer, String> {
        Layer::ALL
            .into_iter()
            .find(|l| l.as_str() == text)
            .ok_or_else(|| {
                let all: Vec<&str> = Layer::ALL.iter().map(|l| l.as_str()).collect();
                format!("expected one of {}, got `{text}`", all.join(", "))
            })
    }
}

/// Crockford's base 32: no i, l, o, u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters of a place id: 60 bits.
const ID_CHARS: u32 = 12;
/// Characters of the part that tells a house, an entrance or a crossing from others of its street: 30 bits.
const PART_CHARS: u32 = 6;

/// The stable id of an indexed place: 60 bits, printed as 12 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
#[repr(transparent)]
pub struct PlaceId(u64);

impl PlaceId {
    /// No place: what a record without successor names.
    pub const NONE: PlaceId = PlaceId(0);

    pub fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Derives an id from what identifies a place, such as its layer and first OSM object.
    pub fn derive(identity: &str) -> PlaceId {
        PlaceId(fnv1a(identity) >> (64 - 5 * ID_CHARS))
    }
}

impl fmt::Display for PlaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_base32(f, self.0, ID_CHARS)
    }
}

/// What an id given by a client points at: a place, or a house, entrance or crossing that belongs to one.
///
/// Houses have no rows of their own in the index, so their id is the id of their street followed by a part derived
/// from their object: a house keeps its id when its number changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PlaceRef {
    pub place: PlaceId,
    pub part: Option<u32>,
}

impl PlaceRef {
    /// A place itself.
    pub fn whole(place: PlaceId) -> PlaceRef {
        PlaceRef { place, part: None }
    }

    /// Something that belongs to a place, told apart by `identity` (`h:w55`, `e:n3`).
    pub fn part(place: PlaceId, identity: &str) -> PlaceRef {
        PlaceRef {
            place,
            part: Some(part_of(identity)),
        }
    }

    /// A house of a street or settlement, told from the others by its object.
    pub fn house(place: PlaceId, source: SourceId) -> PlaceRef {
        PlaceRef::part(place, &house_identity(source))
    }

    /// Whether this points at the house of its place that has this object.
    pub fn is_house(&self, source: SourceId) -> bool {
        self.is_part(&house_identity(source))
    }

    /// Whether this points at the part of its place that has this identity.
    pub fn is_part(&self, identity: &str) -> bool {
        self.part == Some(part_of(identity))
    }
}

fn house_identity(source: SourceId) -> String {
    format!("h:{source}")
}

fn part_of(identity: &str) -> u32 {
    u32::try_from(fnv1a(identity) >> (64 - 5 * PART_CHARS)).unwrap_or_default()
}

impl fmt::Display for PlaceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place.fmt(f)?;
        self.part
            .map_or(Ok(()), |part| write_base32(f, u64::from(part), PART_CHARS))
    }
}

impl FromStr for PlaceRef {
    type Err = String;

    fn from_str(text: &str) -> Result<PlaceRef, String> {
        let wrong = || {
            format!(
                "expected a place id of {ID_CHARS} or {} characters, got `{text}`",
                ID_CHARS + PART_CHARS
            )
        };
        let (place, part) = text.split_at_checked(ID_CHARS as usize).ok_or_else(wrong)?;
        let place = PlaceId(read_base32(place).ok_or_else(wrong)?);
        if part.is_empty() {
            return Ok(PlaceRef::whole(place));
        }
        let part = Some(part)
            .filter(|p| p.len() == PART_CHARS as usize)
            .and_then(read_base32)
            .ok_or_else(wrong)?;
        Ok(PlaceRef {
            place,
            part: u32::try_from(part).ok(),
        })
    }
}

/// Writes the lowest digits of a number, at most as many as an id has.
fn write_base32(f: &mut fmt::Formatter<'_>, mut value: u64, chars: u32) -> fmt::Result {
    let mut digits = [0; ID_CHARS as usize];
    let digits = &mut digits[..chars as usize];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(value & 31) as usize];
        value >>= 5;
    }
    f.write_str(str::from_utf8(digits).expect("digits are ASCII"))
}

fn read_base32(text: &str) -> Option<u64> {
    text.bytes().try_fold(0, |value, byte| {
        let digit = ALPHABET
            .iter()
            .position(|a| *a == byte.to_ascii_lowercase())?;
        Some(value << 5 | digit as u64)
    })
}

/// FNV-1a, 64 bits, with a final mix so that the high bits depend on every byte.
fn fnv1a(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| {
        (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)
    });
    let mixed = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    mixed ^ mixed >> 29
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_print_and_parse() {
        let place = PlaceId::derive("street w55");
        for id in [PlaceRef::whole(place), PlaceRef::part(place, "h:w7")] {
            assert_eq!(id.to_string().parse::<PlaceRef>().unwrap(), id);
        }
        assert_eq!(place.to_string().len(), 12);
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for wrong in ["", "abc", "uuuuuuuuuuuu", "0123456789ab0", "вулицявулиця"] {
            assert!(wrong.parse::<PlaceRef>().is_err(), "{wrong}");
        }
    }
}
