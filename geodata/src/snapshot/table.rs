//! Mapped arrays of fixed-size records, and a pool of texts.

use super::error::OpenError;
use bytemuck::{AnyBitPattern, NoUninit, Pod, Zeroable};
use memmap2::Mmap;
use rustc_hash::FxHashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::marker::PhantomData;
use std::ops::Deref;
use std::path::Path;

/// Writes records as they lie in memory (little-endian on every supported machine).
///
/// # Errors
/// When the file cannot be written in full. It is not yet safe from a loss of power.
pub fn write_table<T: NoUninit>(path: &Path, records: &[T]) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(bytemuck::cast_slice(records))?;
    file.flush()
}

/// A file of records, mapped.
pub struct Table<T> {
    map: Option<Mmap>,
    records: PhantomData<T>,
}

impl<T: AnyBitPattern> Table<T> {
    /// No records.
    pub(super) fn empty() -> Table<T> {
        Table {
            map: None,
            records: PhantomData,
        }
    }

    /// Maps a file.
    ///
    /// # Errors
    /// When it is missing, or its length is no multiple of the record's size.
    pub fn open(path: &Path) -> Result<Table<T>, OpenError> {
        let io = |source| OpenError::Io {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        let size = size_of::<T>() as u64;
        if length % size != 0 {
            return Err(OpenError::Length {
                path: path.to_owned(),
                length,
                size,
            });
        }
        // An empty file cannot be mapped.
        let map = if length == 0 {
            None
        } else {
            Some(map_file(&file).map_err(io)?)
        };
        Ok(Table {
            map,
            records: PhantomData,
        })
    }
}

impl<T: AnyBitPattern> Deref for Table<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.map
            .as_ref()
            .map_or(&[], |map| bytemuck::cast_slice(map))
    }
}

impl AsRef<[u8]> for Table<u8> {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

#[expect(
    unsafe_code,
    reason = "mapping is unsafe because a file may change underneath; snapshots are immutable"
)]
fn map_file(file: &File) -> io::Result<Mmap> {
    // SAFETY: snapshot files are written once, published by a rename, and never modified in place.
    unsafe { Mmap::map(file) }
}

/// A text of the pool; zero is the empty text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Pod, Zeroable)]
#[repr(transparent)]
pub struct TextId(pub(crate) u32);

impl TextId {
    pub const EMPTY: TextId = TextId(0);

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// The pool of all texts of a snapshot, each once.
pub struct Texts {
    offsets: Table<u32>,
    bytes: Table<u8>,
}

impl Texts {
    pub(super) fn open(offsets: &Path, bytes: &Path) -> Result<Texts, OpenError> {
        Ok(Texts {
            offsets: Table::open(offsets)?,
            bytes: Table::open(bytes)?,
        })
    }

    /// The text with this id; empty when there is none.
    pub fn get(&self, id: TextId) -> &str {
        std::str::from_utf8(self.bytes(id)).unwrap_or_default()
    }

    /// The bytes of a text, for comparing: nobody looks whether they are UTF-8, which costs more than the comparison.
    pub fn bytes(&self, id: TextId) -> &[u8] {
        let n = id.0 as usize;
        let range = self.offsets.get(n).zip(self.offsets.get(n + 1));
        let bytes = range.and_then(|(from, to)| self.bytes.get(*from as usize..*to as usize));
        bytes.unwrap_or_default()
    }
}

/// Collects the texts of a snapshot.
pub struct TextsWriter {
    ids: FxHashMap<Box<str>, TextId>,
    offsets: Vec<u32>,
    bytes: Vec<u8>,
}

impl Default for TextsWriter {
    fn default() -> TextsWriter {
        TextsWriter {
            ids: FxHashMap::default(),
            offsets: vec![0, 0],
            bytes: Vec::new(),
        }
    }
}

impl TextsWriter {
    /// The id of a text, new or known.
    pub fn intern(&mut self, text: &str) -> TextId {
        if text.is_empty() {
            return TextId::EMPTY;
        }
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        let id = TextId(u32::try_from(self.offsets.len() - 1).expect("fewer than 4 G texts"));
        self.bytes.extend_from_slice(text.as_bytes());
        self.offsets
            .push(u32::try_from(self.bytes.len()).expect("fewer than 4 GB of texts"));
        self.ids.insert(text.into(), id);
        id
    }

    /// The text with an id of this pool; empty when there is none.
    pub fn get(&self, id: TextId) -> &str {
        let n = id.0 as usize;
        let range = self.offsets.get(n).zip(self.offsets.get(n + 1));
        let bytes = range.and_then(|(from, to)| self.bytes.get(*from as usize..*to as usize));
        bytes
            .and_then(|b| std::str::from_utf8(b).ok())
            .unwrap_or_default()
    }

    /// Writes the pool.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, offsets: &Path, bytes: &Path) -> io::Result<()> {
        write_table(offsets, &self.offsets)?;
        write_table(bytes, &self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let (offsets, bytes) = (dir.path().join("o"), dir.path().join("b"));
        let mut writer = TextsWriter::default();
        let ids: Vec<TextId> = ["вулиця", "", "x", "вулиця"]
            .iter()
            .map(|t| writer.intern(t))
            .collect();
        writer.write(&offsets, &bytes).unwrap();
        let texts = Texts::open(&offsets, &bytes).unwrap();
        assert_eq!(
            ids.iter().map(|id| texts.get(*id)).collect::<Vec<_>>(),
            ["вулиця", "", "x", "вулиця"]
        );
        assert_eq!(ids[0], ids[3]);
        assert_eq!(texts.get(TextId(999)), "");
    }

    #[test]
    fn a_file_cut_short_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t");
        std::fs::write(&path, [0; 7]).unwrap();
        assert!(matches!(
            Table::<u32>::open(&path),
            Err(OpenError::Length {
                length: 7,
                size: 4,
                ..
            })
        ));
    }
}
