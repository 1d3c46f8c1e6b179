//! Tags → what an object is for us: names, address, category, attributes. Pure: no geometry, no ids.

use super::raw::{Atom, StreetClass};
use super::strings::{Key, Strings, mark, name_key};
use geodata::{Name, NameKind};
use std::fmt;

/// Longer values are defects: OSM itself allows 255 characters.
pub(super) const MAX_VALUE_CHARS: usize = 255;
/// How many names of one kind a tag may list, separated by `;`.
const MAX_LISTED_NAMES: usize = 8;

/// Keys of what is written on a door or at a stop, the more common first.
pub(super) const REFERENCE_KEYS: [&str; 2] = ["ref", "addr:unit"];

/// The tags of one object, still in the block.
#[derive(Clone, Copy)]
pub(super) struct Tags<'a> {
    strings: &'a Strings<'a>,
    rows: Rows<'a>,
    /// The marks of all keys.
    marks: u128,
}

/// Where the texts of keys and values lie.
#[derive(Clone, Copy)]
enum Rows<'a> {
    /// Dense nodes: key, value, key, value …
    Interleaved(&'a [i32]),
    Parallel(&'a [u32], &'a [u32]),
}

/// One tag.
#[derive(Clone, Copy)]
pub(super) struct Tag<'a> {
    strings: &'a Strings<'a>,
    key: usize,
    value: usize,
}

impl<'a> Tag<'a> {
    /// The key, UTF-8 or not.
    pub(super) fn key(self) -> &'a [u8] {
        self.strings.bytes(self.key).unwrap_or_default()
    }

    /// The value, if it is UTF-8.
    pub(super) fn value(self) -> Option<&'a str> {
        self.strings.text(self.value)
    }

    /// Key and value, if both are UTF-8.
    fn texts(self) -> Option<(&'a str, &'a str)> {
        Some((self.strings.text(self.key)?, self.value()?))
    }

    /// The value, interned; empty if it is blank.
    pub(super) fn atom(self) -> Atom {
        self.strings.atom(self.value)
    }
}

impl<'a> Tags<'a> {
    pub(super) fn interleaved(strings: &'a Strings<'a>, keys_vals: &'a [i32]) -> Tags<'a> {
        Tags::new(strings, Rows::Interleaved(keys_vals))
    }

    pub(super) fn parallel(strings: &'a Strings<'a>, keys: &'a [u32], vals: &'a [u32]) -> Tags<'a> {
        Tags::new(strings, Rows::Parallel(keys, vals))
    }

    fn new(strings: &'a Strings<'a>, rows: Rows<'a>) -> Tags<'a> {
        let mut tags = Tags {
            strings,
            rows,
            marks: 0,
        };
        tags.marks = tags.all().fold(0, |marks, (key, _)| marks | key.mark());
        tags
    }

    /// All tags, with what their keys are.
    fn all(self) -> impl Iterator<Item = (Key, Tag<'a>)> {
        let Tags { strings, rows, .. } = self;
        let len = match rows {
            Rows::Interleaved(kv) => kv.len() / 2,
            Rows::Parallel(keys, vals) => keys.len().min(vals.len()),
        };
        (0..len).filter_map(move |n| {
            let (key, value) = match rows {
                Rows::Interleaved(kv) => (kv[2 * n].unsigned_abs(), kv[2 * n + 1].unsigned_abs()),
                Rows::Parallel(keys, vals) => (keys[n], vals[n]),
            };
            let (key, value) = (key as usize, value as usize);
            let tag = Tag {
                strings,
                key,
                value,
            };
            Some((strings.key(key)?, tag))
        })
    }

    /// The tags whose key is of some use.
    pub(super) fn that(self, is: impl Fn(Key) -> bool) -> impl Iterator<Item = Tag<'a>> {
        let tags = self.all().filter(move |(key, _)| is(*key));
        tags.map(|(_, tag)| tag)
    }

    /// The value of a key, unless it is blank.
    #[inline]
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        self.get_any(key).filter(|v| !v.trim().is_empty())
    }

    /// The value of a key, blank or not.
    #[inline]
    pub(super) fn get_any(&self, key: &str) -> Option<&'a str> {
        self.find(key)?.value()
    }

    /// The value of the first of some keys that has one that is not blank, interned; empty if none has.
    #[inline]
    pub(super) fn first_atom(&self, keys: &[&str]) -> Atom {
        let tags = keys.iter().filter_map(|key| self.find(key));
        let mut atoms = tags.map(Tag::atom);
        atoms.find(|atom| !atom.is_empty()).unwrap_or_default()
    }

    /// A text that is no value, or only part of one, interned.
    pub(super) fn intern(&self, text: &str) -> Atom {
        self.strings.intern(text)
    }

    #[inline]
    fn find(&self, key: &str) -> Option<Tag<'a>> {
        self.marked(1 << mark(key.as_bytes()), key)
    }

    /// The tag of a key that has a mark.
    #[inline]
    fn marked(&self, mark: u128, key: &str) -> Option<Tag<'a>> {
        if self.marks & mark == 0 {
            return None;
        }
        self.among_marked(mark, key)
    }

    fn among_marked(&self, mark: u128, key: &str) -> Option<Tag<'a>> {
        let mut tags = self.that(|own| own.mark() == mark);
        tags.find(|tag| tag.key() == key.as_bytes())
    }

    /// Whether an object with these keys can be of any use: most of a map's objects are told apart by this alone.
    pub(super) fn may_matter(self) -> bool {
        self.marks != 0 && self.that(Key::matters).next().is_some()
    }
}

/// Names of an object, the local one first, each once. A name needs at least one letter or digit.
pub(super) fn names(tags: Tags<'_>) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    for (key, value) in tags.that(Key::is_name).filter_map(Tag::texts) {
        let Some((kind, language)) = name_key(key) else {
            continue;
        };
        let many = kind != NameKind::Main && kind != NameKind::Brand;
        let parts = value.split(|c| many && c == ';').take(MAX_LISTED_NAMES);
        for text in parts.map(str::trim) {
            if is_name(text) {
                names.push(Name {
                    kind,
                    language,
                    text: text.to_owned(),
                });
            }
        }
    }
    names.sort();
    names.dedup();
    names
}

/// Whether a text can be a name.
pub(super) fn is_name(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric) && text.chars().count() <= MAX_VALUE_CHARS
}

/// The class of a `highway=*` value that can be a street.
pub(super) fn street_class(highway: &str) -> Option<StreetClass> {
    Some(match highway {
        "motorway" | "trunk" => StreetClass::Trunk,
        "primary" => StreetClass::Primary,
        "secondary" => StreetClass::Secondary,
        "tertiary" => StreetClass::Tertiary,
        "residential" | "unclassified" | "living_street" | "pedestrian" | "road"
        | "construction" => StreetClass::Residential,
        "motorway_link" | "trunk_link" | "primary_link" | "secondary_link" | "tertiary_link" => {
            StreetClass::Service
        }
        "service" | "track" => StreetClass::Service,
        "footway" | "path" | "steps" | "cycleway" | "bridleway" | "corridor" => StreetClass::Path,
        _ => return None,
    })
}

/// Keys that make an object a POI or a station, the more telling first.
const CATEGORY_KEYS: [&str; 15] = [
    "aeroway",
    "railway",
    "amenity",
    "shop",
    "tourism",
    "healthcare",
    "leisure",
    "office",
    "craft",
    "historic",
    "public_transport",
    "highway",
    "building",
    "landuse",
    "natural",
];

/// Whether a value is no destination, or only part of one.
fn is_no_destination(value: &str) -> bool {
    matches!(
        value,
        "bench"
            | "waste_basket"
            | "parking_space"
            | "hunting_stand"
            | "waste_disposal"
            | "recycling"
            | "grit_bin"
            | "vending_machine"
            | "clock"
            | "street_lamp"
            | "rail"
            | "platform_edge"
            | "switch"
            | "signal"
            | "level_crossing"
            | "crossing"
            | "milestone"
            | "buffer_stop"
            | "platform"
            | "runway"
            | "taxiway"
            | "apron"
            | "holding_position"
            | "windsock"
            | "navigationaid"
            | "parking_position"
            | "tree"
            | "tree_row"
            | "no"
            | "vacant"
            | "stop_position"
            | "pitch"
            | "track"
            | "swimming_pool"
    )
}

/// What kind of destination an object is.
#[derive(Clone, Copy)]
pub(super) struct Category<'a> {
    key: &'static str,
    value: &'a str,
}

impl Category<'_> {
    /// Whether it counts without a name of its own.
    pub(super) fn is_nameless(self) -> bool {
        let nameless = matches!(
            self.key,
            "amenity" | "shop" | "tourism" | "healthcare" | "office" | "leisure" | "craft"
        );
        nameless && self.value != "yes"
    }
}

impl fmt::Display for Category<'_> {
    /// As `key=value`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}

/// The category of an object.
pub(super) fn category(tags: Tags<'_>) -> Option<Category<'_>> {
    const MARKS: [u128; CATEGORY_KEYS.len()] = marks(&CATEGORY_KEYS);
    CATEGORY_KEYS.iter().zip(MARKS).find_map(|(key, mark)| {
        let value = tags.marked(mark, key)?.value()?;
        let value = value.split(';').next().unwrap_or_default().trim();
        let wanted = !value.is_empty() && !is_no_destination(value) && is_destination(key, value);
        wanted.then_some(Category { key, value })
    })
}

/// The marks of some keys.
const fn marks<const N: usize>(keys: &[&str; N]) -> [u128; N] {
    let (mut marks, mut n) = ([0; N], 0);
    while n < N {
        marks[n] = 1 << mark(keys[n].as_bytes());
        n += 1;
    }
    marks
}

fn is_destination(key: &str, value: &str) -> bool {
    match key {
        "railway" => matches!(value, "station" | "halt" | "tram_stop"),
        "aeroway" => matches!(value, "aerodrome" | "terminal" | "helipad" | "gate"),
        "highway" => matches!(value, "bus_stop" | "services" | "rest_area"),
        "public_transport" => matches!(value, "station"),
        "landuse" => matches!(
            value,
            "residential"
                | "commercial"
                | "retail"
                | "industrial"
                | "cemetery"
                | "allotments"
                | "military"
        ),
        "natural" => matches!(value, "beach" | "peak" | "spring" | "cave_entrance"),
        _ => true,
    }
}

/// Whether a category is a place where one boards: its own layer.
pub fn is_station(category: &str) -> bool {
    matches!(
        category,
        "railway=station" | "railway=halt" | "public_transport=station" | "amenity=bus_station"
    )
}

/// Facts that dispatchers ask for, kept as tagged.
pub(super) fn attributes(tags: Tags<'_>) -> Vec<(Box<str>, Box<str>)> {
    let mut kept: Vec<(Box<str>, Box<str>)> = tags
        .that(Key::is_fact)
        .filter_map(Tag::texts)
        .filter(|(_, value)| !value.trim().is_empty() && value.chars().count() <= MAX_VALUE_CHARS)
        .map(|(key, value)| (key.into(), value.trim().into()))
        .collect();
    kept.sort();
    kept
}
