//! Names of a place: each with its kind and language, so that an answer can say "formerly …".

use bytemuck::{Pod, Zeroable};
use std::fmt;

/// Which of a place's names this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum NameKind {
    /// `name`, `name:<lang>`: what the place is called today.
    Main = 0,
    /// `official_name`.
    Official = 1,
    /// `short_name`.
    Short = 2,
    /// `alt_name`.
    Alternative = 3,
    /// `loc_name`.
    Local = 4,
    /// `int_name`.
    International = 5,
    /// `old_name`, `was:name`, dated names: what it was called.
    Old = 6,
    /// `brand`, `operator`, `ref`: what it is found by beside its name.
    Brand = 7,
}

impl NameKind {
    /// The kind for a stored byte; unknown bytes are alternative names.
    pub fn from_byte(byte: u8) -> NameKind {
        use NameKind::{Alternative, Brand, International, Local, Main, Official, Old, Short};
        [
            Main,
            Official,
            Short,
            Alternative,
            Local,
            International,
            Old,
            Brand,
        ]
        .into_iter()
        .find(|k| *k as u8 == byte)
        .unwrap_or(Alternative)
    }

    /// The word used in API answers.
    pub fn as_str(self) -> &'static str {
        match self {
            NameKind::Main => "name",
            NameKind::Official => "official_name",
            NameKind::Short => "short_name",
            NameKind::Alternative => "alt_name",
            NameKind::Local => "loc_name",
            NameKind::International => "int_name",
            NameKind::Old => "old_name",
            NameKind::Brand => "brand",
        }
    }
}

/// A language tag of at most seven ASCII characters (`uk`, `zh`, `uk-Latn`); empty when the map does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Pod, Zeroable)]
#[repr(transparent)]
pub struct LanguageTag([u8; 7]);

impl LanguageTag {
    /// No language.
    pub const NONE: LanguageTag = LanguageTag([0; 7]);

    /// A tag from text; `None` when it is no tag of at most seven characters.
    pub fn new(text: &str) -> Option<LanguageTag> {
        let shape = text.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-') && text.len() >= 2;
        let mut tag = [0; 7];
        tag.get_mut(..text.len())
            .filter(|_| shape)?
            .copy_from_slice(text.as_bytes());
        Some(LanguageTag(tag))
    }

    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|b| *b == 0).unwrap_or(self.0.len());
        std::str::from_utf8(&self.0[..end]).unwrap_or_default()
    }
}

impl fmt::Display for LanguageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One name of a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    pub kind: NameKind,
    pub language: LanguageTag,
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_tags_are_short_ascii() {
        assert_eq!(LanguageTag::new("uk").unwrap().as_str(), "uk");
        assert_eq!(LanguageTag::new("uk-Latn").unwrap().as_str(), "uk-Latn");
        for wrong in ["", "u", "1962--2016", "be-tarask", "ук"] {
            assert_eq!(LanguageTag::new(wrong), None, "{wrong}");
        }
    }
}
