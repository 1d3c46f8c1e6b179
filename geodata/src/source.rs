//! Where a fact comes from: an OSM object (`n123`, `w55`, `r7`), a row of an address list (`list1:42`) or an edit of the
//! address base (`e12`; the third house that it creates: `e12.3`).

use bytemuck::{Pod, Zeroable};
use std::fmt;
use std::str::FromStr;

/// The three kinds of OSM objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OsmKind {
    Node,
    Way,
    Relation,
}

const NODE: u64 = 0;
const WAY: u64 = 1;
const RELATION: u64 = 2;
const LIST: u64 = 3;
/// Among the lists, the one that stands for edits; real ones are fewer.
const EDITS: u64 = 0xffff;
/// Where the part of an edit lies above its number and [`EDITS`].
const PART_SHIFT: u32 = 48;

/// The highest part of an edit: it creates fewer than 16,384 things.
pub const MAX_EDIT_PART: u16 = (1 << 14) - 1;

/// The identity of a source object, packed: two bits of kind below the number. Zero is "none".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
#[repr(transparent)]
pub struct SourceId(u64);

impl SourceId {
    /// No source.
    pub const NONE: SourceId = SourceId(0);

    /// An OSM object; negative ids of unsaved objects keep their magnitude.
    pub fn osm(kind: OsmKind, id: i64) -> SourceId {
        let kind = match kind {
            OsmKind::Node => NODE,
            OsmKind::Way => WAY,
            OsmKind::Relation => RELATION,
        };
        SourceId(id.unsigned_abs() << 2 | kind)
    }

    /// A row (line number, counted from 1) of the `list`-th address list of a build, counted from 1.
    pub fn list(list: u16, row: u32) -> SourceId {
        SourceId((u64::from(list) << 32 | u64::from(row)) << 2 | LIST)
    }

    /// Something that an edit created: the edit's number, and which of the things it created, from 0.
    ///
    /// ```
    /// # use geodata::SourceId;
    /// assert_eq!(SourceId::edit(12, 0).to_string(), "e12");
    /// assert_eq!(SourceId::edit(12, 3).to_string(), "e12.3");
    /// ```
    pub fn edit(number: u32, part: u16) -> SourceId {
        let part = u64::from(part.min(MAX_EDIT_PART)) << PART_SHIFT;
        SourceId((part | EDITS << 32 | u64::from(number)) << 2 | LIST)
    }

    /// Whether the source is an edit.
    pub fn is_edit(self) -> bool {
        self.0 & 3 == LIST && (self.0 >> 34) & 0xffff == EDITS
    }

    /// Whether the source is a row of an address list.
    pub fn is_list(self) -> bool {
        self.0 & 3 == LIST && !self.is_edit()
    }

    /// The OSM object it is, if it is one.
    pub fn osm_object(self) -> Option<(OsmKind, i64)> {
        let kind = match self.0 & 3 {
            NODE => OsmKind::Node,
            WAY => OsmKind::Way,
            RELATION => OsmKind::Relation,
            _ => return None,
        };
        (self.0 != 0).then_some((kind, (self.0 >> 2).cast_signed()))
    }

    pub fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Whether the source is an OSM object.
    pub fn is_osm(self) -> bool {
        self.0 != 0 && self.0 & 3 != LIST
    }

    /// The source with a packed number.
    pub(crate) fn unpack(packed: u64) -> SourceId {
        SourceId(packed)
    }

    /// The packed number: unique per source, stable between builds for OSM objects.
    pub fn packed(self) -> u64 {
        self.0
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.0 >> 2;
        match self.0 & 3 {
            NODE => write!(f, "n{number}"),
            WAY => write!(f, "w{number}"),
            RELATION => write!(f, "r{number}"),
            _ if self.is_edit() => {
                write!(f, "e{}", number & 0xffff_ffff)?;
                match number >> PART_SHIFT {
                    0 => Ok(()),
                    part => write!(f, ".{part}"),
                }
            }
            _ => write!(f, "list{}:{}", number >> 32, number & 0xffff_ffff),
        }
    }
}

impl FromStr for SourceId {
    type Err = String;

    fn from_str(text: &str) -> Result<SourceId, String> {
        let wrong = || format!("expected an OSM id such as `n123`, `w55` or `r7`, got `{text}`");
        let (kind, number) = text.split_at_checked(1).ok_or_else(wrong)?;
        if kind == "e" {
            let (edit, part) = number.split_once('.').unwrap_or((number, "0"));
            let (edit, part) = (edit.parse().ok(), part.parse().ok());
            let part = part.filter(|p| *p <= MAX_EDIT_PART);
            return edit
                .zip(part)
                .map(|(e, p)| SourceId::edit(e, p))
                .ok_or_else(wrong);
        }
        let number: i64 = number.parse().ok().filter(|n| *n > 0).ok_or_else(wrong)?;
        match kind {
            "n" => Ok(SourceId::osm(OsmKind::Node, number)),
            "w" => Ok(SourceId::osm(OsmKind::Way, number)),
            "r" => Ok(SourceId::osm(OsmKind::Relation, number)),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_print_and_parse() {
        for text in ["n1", "w9007199254740993", "r7", "e12", "e4294967295.16383"] {
            assert_eq!(text.parse::<SourceId>().unwrap().to_string(), text);
        }
        assert_eq!(SourceId::list(1, 42).to_string(), "list1:42");
        assert!(SourceId::list(1, 42).is_list() && !SourceId::edit(1, 42).is_list());
        assert!("e1.16384".parse::<SourceId>().is_err());
        assert!(
            "x5".parse::<SourceId>().is_err()
                && "w".parse::<SourceId>().is_err()
                && "n-1".parse::<SourceId>().is_err()
        );
    }
}
