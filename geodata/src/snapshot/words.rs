//! The spelling vocabulary: every word of every name, under its sound key.
//!
//! Keys are numbered in alphabetical order, spellings in the order of (key, spelling), so the words that begin alike
//! are a range of numbers, and so are the spellings of one key.

use super::error::OpenError;
use super::letters::Letters;
use super::sieve::Sieve;
use super::table::{Table, TextId, Texts, TextsWriter, write_table};
use bytemuck::{Pod, Zeroable};
use hashbrown::HashTable;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

/// A sound key of the vocabulary, by its alphabetical rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
#[repr(transparent)]
pub struct KeyId(u32);

/// A spelling (folded word) of the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
#[repr(transparent)]
pub struct FormId(u32);

impl FormId {
    pub fn nth(n: u32) -> FormId {
        FormId(n)
    }

    pub fn row(self) -> u32 {
        self.0
    }
}

impl KeyId {
    pub fn nth(n: u32) -> KeyId {
        KeyId(n)
    }

    pub fn row(self) -> u32 {
        self.0
    }
}

/// A key's text, where its spellings begin, and how many names have it.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct KeyRecord {
    text: TextId,
    first_form: u32,
    frequency: u32,
}

/// A spelling, and what is asked of it for every name that has it.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct FormRecord {
    pub text: TextId,
    /// Letters, at most 255.
    pub letters: u8,
    /// Whether it begins with a digit: 1 or 0.
    number: u8,
    reserved: [u8; 2],
}

impl FormRecord {
    const NONE: FormRecord = FormRecord {
        text: TextId::EMPTY,
        letters: 0,
        number: 0,
        reserved: [0; 2],
    };

    fn new(word: &str, text: TextId) -> FormRecord {
        let letters = word.chars().count();
        FormRecord {
            text,
            letters: u8::try_from(letters).unwrap_or(u8::MAX),
            number: u8::from(word.starts_with(|c: char| c.is_ascii_digit())),
            ..FormRecord::NONE
        }
    }

    /// Whether it begins with a digit.
    pub fn is_number(&self) -> bool {
        self.number == 1
    }
}

fn hash(key: &str) -> u64 {
    FxBuildHasher.hash_one(key)
}

/// The vocabulary of a snapshot.
pub struct Words {
    keys: fst::Map<Table<u8>>,
    /// Numbers of the keys by their texts: most questions are for one key.
    numbers: HashTable<u32>,
    ranges: Table<KeyRecord>,
    forms: Table<FormRecord>,
    /// Which letters each key has.
    letters: Table<Letters>,
    sieve: Sieve,
}

impl Words {
    pub(super) fn open(keys: &Path, others: [&Path; 3], texts: &Texts) -> Result<Words, OpenError> {
        let [ranges, forms, letters] = others;
        let map = fst::Map::new(Table::open(keys)?).map_err(|source| OpenError::Vocabulary {
            path: keys.to_owned(),
            source,
        })?;
        let ranges: Table<KeyRecord> = Table::open(ranges)?;
        // The last record only tells where the spellings end.
        let heard = ranges.split_last().map_or(&[][..], |(_, keys)| keys);
        let sieve = Sieve::new(heard.iter().map(|key| texts.get(key.text)));
        let mut numbers = HashTable::with_capacity(heard.len());
        for (key, number) in heard.iter().zip(0..) {
            let hash = |number: &u32| hash(texts.get(heard[*number as usize].text));
            numbers.insert_unique(self::hash(texts.get(key.text)), number, hash);
        }
        Ok(Words {
            keys: map,
            numbers,
            ranges,
            forms: Table::open(forms)?,
            letters: Table::open(letters)?,
            sieve,
        })
    }

    /// The map from sound keys to their numbers, for automata and ranges.
    pub fn keys(&self) -> &fst::Map<Table<u8>> {
        &self.keys
    }

    /// The number of a sound key.
    pub fn key(&self, key: &str, texts: &Texts) -> Option<KeyId> {
        let is = |number: &u32| texts.get(self.heard(KeyId(*number))) == key;
        self.numbers.find(hash(key), is).copied().map(KeyId)
    }

    /// A sound key's text in the pool.
    pub fn heard(&self, key: KeyId) -> TextId {
        let record = self.ranges.get(key.0 as usize);
        record.map_or(TextId::EMPTY, |r| r.text)
    }

    /// Tells which sound keys may be near another, by their numbers.
    pub(super) fn sieve(&self) -> &Sieve {
        &self.sieve
    }

    /// Which letters the sound keys have, in the order of their numbers.
    pub(super) fn letters(&self) -> &[Letters] {
        &self.letters
    }

    /// The spellings that share a sound key.
    pub fn forms_of(&self, key: KeyId) -> Range<u32> {
        let n = key.0 as usize;
        match (self.ranges.get(n), self.ranges.get(n + 1)) {
            (Some(this), Some(next)) => this.first_form..next.first_form,
            _ => 0..0,
        }
    }

    /// How many names have a word with this key.
    pub fn frequency(&self, key: KeyId) -> u32 {
        self.ranges.get(key.0 as usize).map_or(0, |r| r.frequency)
    }

    /// What is known of a spelling.
    pub fn form(&self, form: FormId) -> FormRecord {
        let record = self.forms.get(form.0 as usize).copied();
        record.unwrap_or(FormRecord::NONE)
    }

    /// A spelling.
    pub fn text<'a>(&self, form: FormId, texts: &'a Texts) -> &'a str {
        texts.get(self.form(form).text)
    }
}

/// Collects the vocabulary, numbers it and writes it.
#[derive(Default)]
pub struct WordsWriter {
    /// Sound key → spelling → how often.
    words: FxHashMap<Box<str>, BTreeMap<Box<str>, u32>>,
}

impl WordsWriter {
    /// Counts more uses of a spelling.
    pub fn add(&mut self, key: &str, form: &str, uses: u32) {
        let forms = match self.words.get_mut(key) {
            Some(forms) => forms,
            None => self.words.entry(key.into()).or_default(),
        };
        match forms.get_mut(form) {
            Some(count) => *count += uses,
            None => {
                forms.insert(form.into(), uses);
            }
        }
    }

    /// Writes the files; returns the number of each spelling.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(
        self,
        paths: [&Path; 4],
        texts: &mut TextsWriter,
    ) -> io::Result<FxHashMap<Box<str>, FormId>> {
        let [keys_path, ranges_path, forms_path, letters_path] = paths;
        let mut letters = Vec::new();
        let (mut ranges, mut forms, mut ids) = (Vec::new(), Vec::new(), FxHashMap::default());
        let mut map = fst::MapBuilder::new(io::BufWriter::new(std::fs::File::create(keys_path)?))
            .map_err(io::Error::other)?;
        let row = |n: usize| u32::try_from(n).expect("fewer than 4 G words");
        let mut words: Vec<_> = self.words.into_iter().collect();
        words.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for (n, (key, spellings)) in words.into_iter().enumerate() {
            map.insert(key.as_bytes(), n as u64)
                .map_err(io::Error::other)?;
            ranges.push(KeyRecord {
                text: texts.intern(&key),
                first_form: row(forms.len()),
                frequency: spellings.values().sum(),
            });
            letters.push(Letters::of(&key));
            for spelling in spellings.into_keys() {
                forms.push(FormRecord::new(&spelling, texts.intern(&spelling)));
                ids.insert(spelling, FormId(row(forms.len() - 1)));
            }
        }
        ranges.push(KeyRecord {
            text: TextId::EMPTY,
            first_form: row(forms.len()),
            frequency: 0,
        });
        map.into_inner().map_err(io::Error::other)?.flush()?;
        write_table(ranges_path, &ranges)?;
        write_table(forms_path, &forms)?;
        write_table(letters_path, &letters)?;
        Ok(ids)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::error::Error;

    /// The numbers of spellings.
    type FormIds = FxHashMap<Box<str>, FormId>;

    /// A vocabulary of (sound key, spelling, uses), and the numbers of the spellings.
    pub(in crate::snapshot) fn vocabulary(
        rows: &[(&str, &str, u32)],
    ) -> Result<(Words, Texts, FormIds), Box<dyn Error>> {
        let dir = tempfile::tempdir()?;
        let path = |name: &str| dir.path().join(name);
        let mut writer = WordsWriter::default();
        for (key, form, uses) in rows {
            writer.add(key, form, *uses);
        }
        let mut texts = TextsWriter::default();
        let ids = writer.write([&path("k"), &path("r"), &path("f"), &path("l")], &mut texts)?;
        texts.write(&path("to"), &path("tb"))?;
        let texts = Texts::open(&path("to"), &path("tb"))?;
        let others = [&*path("r"), &path("f"), &path("l")];
        let words = Words::open(&path("k"), others, &texts)?;
        Ok((words, texts, ids))
    }

    #[test]
    fn spellings_of_one_sound_are_neighbours() -> Result<(), Box<dyn Error>> {
        let (words, texts, ids) = vocabulary(&[
            ("hresatik", "хрещатик", 1),
            ("abc", "абц", 1),
            ("hresatik", "khreshchatyk", 2),
            ("hresatik", "хрещатик", 4),
        ])?;
        let key = words.key("hresatik", &texts).expect("it was added");
        assert_eq!(words.frequency(key), 7);
        assert_eq!(texts.get(words.heard(key)), "hresatik");
        assert_eq!(words.letters()[key.row() as usize], Letters::of("hresatik"));
        assert_eq!(words.form(ids["абц"]).letters, 3);
        let forms: Vec<&str> = words
            .forms_of(key)
            .map(|f| words.text(FormId(f), &texts))
            .collect();
        assert_eq!(forms, ["khreshchatyk", "хрещатик"]);
        assert_eq!(words.text(ids["абц"], &texts), "абц");
        Ok(())
    }
}
