//! The texts of a block, each looked at once: objects name them by their row, and most of them come again and again.

use super::raw::{Atom, Atoms};
use geodata::{LanguageTag, NameKind};
use osmpbfreader::osmformat::PrimitiveBlock;
use std::cell::{Cell, RefCell};

/// The texts of one block.
pub(super) struct Strings<'a> {
    texts: &'a [Vec<u8>],
    /// What each is as a key, once it has been asked for.
    keys: Vec<Cell<Key>>,
    /// Each as it was interned; empty until then.
    atoms: Vec<Cell<Atom>>,
    interned: RefCell<Atoms>,
}

impl<'a> Strings<'a> {
    pub(super) fn of(block: &'a PrimitiveBlock) -> Strings<'a> {
        let texts = block.stringtable.s.as_slice();
        Strings {
            texts,
            keys: texts.iter().map(|_| Cell::default()).collect(),
            atoms: texts.iter().map(|_| Cell::default()).collect(),
            interned: RefCell::default(),
        }
    }

    /// A text, UTF-8 or not.
    pub(super) fn bytes(&self, row: usize) -> Option<&'a [u8]> {
        self.texts.get(row).map(Vec::as_slice)
    }

    /// A text, if it is UTF-8.
    pub(super) fn text(&self, row: usize) -> Option<&'a str> {
        std::str::from_utf8(self.bytes(row)?).ok()
    }

    /// What a text is as a key.
    #[inline]
    pub(super) fn key(&self, row: usize) -> Option<Key> {
        let known = self.keys.get(row)?;
        if known.get() == Key::default() {
            known.set(Key::of(self.bytes(row)?));
        }
        Some(known.get())
    }

    /// A text, interned; empty when there is none, or none that is UTF-8.
    pub(super) fn atom(&self, row: usize) -> Atom {
        let Some(known) = self.atoms.get(row) else {
            return Atom::default();
        };
        if known.get().is_empty() {
            known.set(self.intern(self.text(row).unwrap_or_default()));
        }
        known.get()
    }

    /// A text that need not be the block's, interned.
    pub(super) fn intern(&self, text: &str) -> Atom {
        self.interned.borrow_mut().intern(text)
    }

    /// All that were interned.
    pub(super) fn into_atoms(self) -> Atoms {
        self.interned.into_inner()
    }
}

/// What a text is as the key of a tag: its mark, and behind it a bit for each of its uses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Key(u16);

impl Key {
    const MARK: u16 = 127;
    /// Any key has it, so that none is like what no one has asked for.
    const KNOWN: u16 = 1 << 7;
    /// An object that has it may be of use.
    const MATTERS: u16 = 1 << 8;
    /// It may give a name.
    const NAME: u16 = 1 << 9;
    /// Part of an address.
    const ADDRESS: u16 = 1 << 10;
    /// A fact that is kept as tagged.
    const FACT: u16 = 1 << 11;

    fn of(key: &[u8]) -> Key {
        let mut naming = NAMING.iter();
        let naming = naming.any(|name| key.starts_with(name));
        let fact = FACT_GROUPS.iter().any(|g| key.starts_with(g)) || FACTS.contains(&key);
        let uses = [
            (naming || MATTERING.contains(&key), Key::MATTERS),
            (naming, Key::NAME),
            (key.starts_with(b"addr:"), Key::ADDRESS),
            (fact, Key::FACT),
        ];
        let uses = uses.into_iter().filter(|(is, _)| *is);
        let none = Key::KNOWN | u16::from(mark(key));
        Key(uses.fold(none, |all, (_, one)| all | one))
    }

    pub(super) fn matters(self) -> bool {
        self.0 & Key::MATTERS != 0
    }

    pub(super) fn is_name(self) -> bool {
        self.0 & Key::NAME != 0
    }

    pub(super) fn is_address(self) -> bool {
        self.0 & Key::ADDRESS != 0
    }

    pub(super) fn is_fact(self) -> bool {
        self.0 & Key::FACT != 0
    }

    /// One bit of 128.
    pub(super) fn mark(self) -> u128 {
        1 << (self.0 & Key::MARK)
    }
}

/// One of 128 bits for a key, by its length and some of its letters: of the many keys that an object is asked for, the
/// marks of those that it has rule most out without a look at its tags.
#[expect(clippy::cast_possible_truncation, reason = "it is less than 128")]
pub(super) const fn mark(key: &[u8]) -> u8 {
    let length = key.len();
    if length == 0 {
        return 0;
    }
    let letters = key[0] as usize * 5 + key[length / 2] as usize * 3 + key[length - 1] as usize;
    ((letters + length * 11) % 128) as u8
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

/// The kind and language that a key such as `old_name:1962--2016:uk` gives a name.
pub(super) fn name_key(key: &str) -> Option<(NameKind, LanguageTag)> {
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
