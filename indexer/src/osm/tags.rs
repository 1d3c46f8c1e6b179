//! Tags → what an object is for us: names, address, category, attributes. Pure: no geometry, no ids.

use super::raw::StreetClass;
use geodata::{LanguageTag, Name, NameKind};
use osmpbfreader::osmformat::PrimitiveBlock;
use std::fmt;

/// Longer values are defects: OSM itself allows 255 characters.
pub(super) const MAX_VALUE_CHARS: usize = 255;
/// How many names of one kind a tag may list, separated by `;`.
const MAX_LISTED_NAMES: usize = 8;

/// The tags of one object, still in the block.
#[derive(Clone, Copy)]
pub(super) struct Tags<'a> {
    block: &'a PrimitiveBlock,
    keys: Indices<'a>,
    /// The marks of all keys.
    marks: u128,
}

#[derive(Clone, Copy)]
enum Indices<'a> {
    /// Dense nodes: key, value, key, value …
    Interleaved(&'a [i32]),
    Parallel(&'a [u32], &'a [u32]),
}

/// One bit of a key, by its length and some of its letters: of the many keys that an object is asked for, the marks of
/// those that it has rule most out without a look at its tags.
const fn mark(key: &[u8]) -> u128 {
    let length = key.len();
    if length == 0 {
        return 1;
    }
    let letters = key[0] as usize * 5 + key[length / 2] as usize * 3 + key[length - 1] as usize;
    1 << ((letters + length * 11) % 128)
}

/// The marks of some keys.
const fn marks(keys: &[&[u8]]) -> u128 {
    let (mut marks, mut n) = (0, 0);
    while n < keys.len() {
        marks |= mark(keys[n]);
        n += 1;
    }
    marks
}

impl<'a> Tags<'a> {
    pub(super) fn interleaved(block: &'a PrimitiveBlock, keys_vals: &'a [i32]) -> Tags<'a> {
        Tags::new(block, Indices::Interleaved(keys_vals))
    }

    pub(super) fn parallel(
        block: &'a PrimitiveBlock,
        keys: &'a [u32],
        vals: &'a [u32],
    ) -> Tags<'a> {
        Tags::new(block, Indices::Parallel(keys, vals))
    }

    fn new(block: &'a PrimitiveBlock, keys: Indices<'a>) -> Tags<'a> {
        let mut tags = Tags {
            block,
            keys,
            marks: 0,
        };
        tags.marks = tags.raw().fold(0, |marks, (key, _)| marks | mark(key));
        tags
    }

    /// The tags that `wanted` accepts by the bytes of their key, if key and value are UTF-8.
    pub(super) fn with_keys(
        self,
        wanted: impl Fn(&[u8]) -> bool,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let tags = self.raw().filter(move |(key, _)| wanted(key));
        tags.filter_map(move |(key, value)| {
            Some((std::str::from_utf8(key).ok()?, self.text(value)?))
        })
    }

    fn text(self, row: usize) -> Option<&'a str> {
        std::str::from_utf8(self.block.stringtable.s.get(row)?).ok()
    }

    fn len(&self) -> usize {
        match self.keys {
            Indices::Interleaved(kv) => kv.len() / 2,
            Indices::Parallel(keys, vals) => keys.len().min(vals.len()),
        }
    }

    /// The bytes of each key, UTF-8 or not, and where its value lies.
    fn raw(self) -> impl Iterator<Item = (&'a [u8], usize)> {
        let strings = &self.block.stringtable.s;
        (0..self.len()).filter_map(move |n| {
            let (key, value) = match self.keys {
                Indices::Interleaved(kv) => {
                    (kv[2 * n].unsigned_abs(), kv[2 * n + 1].unsigned_abs())
                }
                Indices::Parallel(keys, vals) => (keys[n], vals[n]),
            };
            Some((strings.get(key as usize)?.as_slice(), value as usize))
        })
    }

    /// The value of a key, unless it is blank.
    #[inline]
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        self.get_any(key).filter(|v| !v.trim().is_empty())
    }

    /// The value of a key, blank or not.
    #[inline]
    pub(super) fn get_any(&self, key: &str) -> Option<&'a str> {
        if self.marks & mark(key.as_bytes()) == 0 {
            return None;
        }
        self.find(key)
    }

    fn find(&self, key: &str) -> Option<&'a str> {
        let found = self.raw().find(|(k, _)| *k == key.as_bytes());
        self.text(found?.1)
    }

    /// Whether an object with these keys can be of any use: most of a map's objects are told apart by this alone.
    pub(super) fn may_matter(self) -> bool {
        const MARKS: u128 = marks(&MATTERING);
        let matters = |key: &[u8]| mark(key) & MARKS != 0 && MATTERING.contains(&key);
        let mut keys = self.raw().map(|(key, _)| key);
        self.marks != 0 && keys.any(|key| matters(key) || begins_name(key))
    }
}

/// Keys that make an object useful without a name.
const MATTERING: [&[u8]; 13] = [
    b"addr:housenumber",
    b"addr:interpolation",
    b"entrance",
    b"railway",
    b"amenity",
    b"shop",
    b"tourism",
    b"healthcare",
    b"leisure",
    b"office",
    b"craft",
    b"barrier",
    b"highway",
];

/// Beginnings of the keys of names: with one, anything may be useful.
const NAMING: [&[u8]; 12] = [
    b"name",
    b"was",
    b"official_name",
    b"nat_name",
    b"reg_name",
    b"short_name",
    b"alt_name",
    b"loc_name",
    b"int_name",
    b"old_name",
    b"brand",
    b"iata",
];

fn begins_name(key: &[u8]) -> bool {
    let mut naming = NAMING.iter();
    naming.any(|name| key.first() == name.first() && key.starts_with(name))
}

/// Names of an object, the local one first, each once. A name needs at least one letter or digit.
pub(super) fn names(tags: Tags<'_>) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    for (key, value) in tags.with_keys(begins_name) {
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

/// The kind and language that a key such as `old_name:1962--2016:uk` gives a name.
fn name_key(key: &str) -> Option<(NameKind, LanguageTag)> {
    let mut parts = key.split(':');
    let base = parts.next()?;
    let mut kind = match base {
        "name" | "was" => NameKind::Main,
        "official_name" | "nat_name" | "reg_name" => NameKind::Official,
        "short_name" => NameKind::Short,
        "alt_name" | "name_1" | "name_2" => NameKind::Alternative,
        "loc_name" => NameKind::Local,
        "int_name" => NameKind::International,
        "old_name" => NameKind::Old,
        "brand" | "iata" => NameKind::Brand,
        _ => return None,
    };
    let mut language = LanguageTag::NONE;
    let mut is_was_name = false;
    for part in parts {
        match part {
            "name" if base == "was" => is_was_name = true,
            "left" | "right" if base == "name" => kind = NameKind::Alternative,
            dated if dated.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                kind = NameKind::Old
            }
            code => {
                // `name:etymology`, `name:botanical` and their like are not names in a language.
                let short = code
                    .split('-')
                    .next()
                    .is_some_and(|c| (2..=3).contains(&c.len()));
                language = LanguageTag::new(code).filter(|_| short)?;
            }
        }
    }
    if base == "was" {
        kind = NameKind::Old;
    }
    (base != "was" || is_was_name).then_some((kind, language))
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

/// Values that are no destinations, or only parts of one.
const NO_DESTINATION: [&str; 34] = [
    "bench",
    "waste_basket",
    "parking_space",
    "hunting_stand",
    "waste_disposal",
    "recycling",
    "grit_bin",
    "vending_machine",
    "clock",
    "street_lamp",
    "rail",
    "platform_edge",
    "switch",
    "signal",
    "level_crossing",
    "crossing",
    "milestone",
    "buffer_stop",
    "platform",
    "runway",
    "taxiway",
    "apron",
    "holding_position",
    "windsock",
    "navigationaid",
    "parking_position",
    "tree",
    "tree_row",
    "no",
    "vacant",
    "stop_position",
    "pitch",
    "track",
    "swimming_pool",
];

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
    CATEGORY_KEYS.iter().find_map(|key| {
        let value = tags.get(key)?.split(';').next().unwrap_or_default().trim();
        let wanted =
            !value.is_empty() && !NO_DESTINATION.contains(&value) && is_destination(key, value);
        wanted.then_some(Category { key, value })
    })
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

/// Beginnings of the keys of facts.
const FACT_GROUPS: [&[u8]; 3] = [b"fuel:", b"socket:", b"payment:"];

/// Keys of facts.
const FACTS: [&[u8]; 37] = [
    b"brand",
    b"operator",
    b"network",
    b"opening_hours",
    b"phone",
    b"contact:phone",
    b"website",
    b"wheelchair",
    b"car_wash",
    b"toilets",
    b"compressed_air",
    b"self_service",
    b"cuisine",
    b"drive_through",
    b"access",
    b"fee",
    b"capacity",
    b"ref",
    b"iata",
    b"icao",
    b"wikidata",
    b"population",
    b"station",
    b"levels",
    b"building",
    b"residential",
    b"postal_code",
    b"ISO3166-2",
    b"katotth",
    b"koatuu",
    b"religion",
    b"denomination",
    b"layer",
    b"atm",
    b"internet_access",
    b"delivery",
    b"takeaway",
];

/// Facts that dispatchers ask for, kept as tagged.
pub(super) fn attributes(tags: Tags<'_>) -> Vec<(Box<str>, Box<str>)> {
    const MARKS: u128 = marks(&FACTS);
    let facts = |key: &[u8]| {
        FACT_GROUPS.iter().any(|g| key.starts_with(g))
            || mark(key) & MARKS != 0 && FACTS.contains(&key)
    };
    let mut kept: Vec<(Box<str>, Box<str>)> = tags
        .with_keys(facts)
        .filter(|(_, value)| !value.trim().is_empty() && value.chars().count() <= MAX_VALUE_CHARS)
        .map(|(key, value)| (key.into(), value.trim().into()))
        .collect();
    kept.sort();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(key: &str, expect: Option<(NameKind, &str)>) {
        assert_eq!(
            name_key(key).map(|(k, l)| (k, l.as_str().to_owned())),
            expect.map(|(k, l)| (k, l.to_owned())),
            "{key}"
        );
    }

    #[test]
    fn keys_of_names_give_kind_and_language() {
        check("name", Some((NameKind::Main, "")));
        check("name:uk", Some((NameKind::Main, "uk")));
        check("alt_name:en", Some((NameKind::Alternative, "en")));
        check("old_name:1962--2016-02-19:uk", Some((NameKind::Old, "uk")));
        check("name:1877-1924", Some((NameKind::Old, "")));
        check("was:name", Some((NameKind::Old, "")));
        check("name:left", Some((NameKind::Alternative, "")));
        check("old_name:-1840", Some((NameKind::Old, "")));
    }

    #[test]
    fn keys_that_only_look_like_names_are_none() {
        for key in [
            "name:etymology",
            "name:botanical",
            "was:highway",
            "artist_name",
            "names",
            "name:etymology:wikidata",
        ] {
            check(key, None);
        }
    }
}
