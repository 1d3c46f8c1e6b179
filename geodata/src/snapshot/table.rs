//! Mapped arrays of fixed-size records, and a pool of texts.

use super::error::OpenError;
use bytemuck::{AnyBitPattern, NoUninit, Pod, Zeroable};
use memmap2::Mmap;
use rustc_hash::FxHashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use yoke::Yoke;

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
pub struct Table<T: 'static> {
    /// The records with the map that they lie in, so that nobody looks again whether they fit it.
    records: Yoke<&'static [T], Option<Arc<Mmap>>>,
}

impl<T: AnyBitPattern> Table<T> {
    /// No records.
    pub(super) fn empty() -> Table<T> {
        Table {
            records: Yoke::new_owned(&[]),
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
        if length == 0 {
            return Ok(Table::empty());
        }
        let map = Arc::new(map_file(&file).map_err(io)?);
        let records = Yoke::attach_to_cart(map, |map| bytemuck::cast_slice(map));
        Ok(Table {
            records: records.wrap_cart_in_option(),
        })
    }
}

impl<T> Deref for Table<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.records.get()
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

/// The pool of all texts of a snapshot, each once. It is no map but in memory: a few megabytes of a country, so that it is
/// found to be UTF-8 once and not with every text.
pub struct Texts {
    offsets: Table<u32>,
    pool: String,
}

impl Texts {
    pub(super) fn open(offsets: &Path, pool: &Path) -> Result<Texts, OpenError> {
        let io = |source| OpenError::Io {
            path: pool.to_owned(),
            source,
        };
        Ok(Texts {
            offsets: Table::open(offsets)?,
            pool: std::fs::read_to_string(pool).map_err(io)?,
        })
    }

    /// The text with this id; empty when there is none.
    pub fn get(&self, id: TextId) -> &str {
        let n = id.0 as usize;
        let range = self.offsets.get(n).zip(self.offsets.get(n + 1));
        let text = range.and_then(|(from, to)| self.pool.get(*from as usize..*to as usize));
        text.unwrap_or_default()
    }

    /// Reads the first bytes of some texts, as [`Snapshot::fetch`](super::Snapshot::fetch) does with records.
    pub(super) fn fetch(&self, ids: impl Iterator<Item = TextId>) -> u32 {
        let offsets = ids.filter_map(|id| self.offsets.get(id.0 as usize).copied());
        let offsets: Vec<u32> = offsets.collect();
        let pool = self.pool.as_bytes();
        let first = offsets.into_iter().filter_map(|at| pool.get(at as usize));
        first.fold(0, |all, byte| all ^ u32::from(*byte))
    }
}

/// Collects the texts of a snapshot.
pub struct TextsWriter {
    ids: FxHashMap<Box<str>, TextId>,
    offsets: Vec<u32>,
    pool: String,
}

impl Default for TextsWriter {
    fn default() -> TextsWriter {
        TextsWriter {
            ids: FxHashMap::default(),
            offsets: vec![0, 0],
            pool: String::new(),
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
        self.pool.push_str(text);
        self.offsets
            .push(u32::try_from(self.pool.len()).expect("fewer than 4 GB of texts"));
        self.ids.insert(text.into(), id);
        id
    }

    /// The text with an id of this pool; empty when there is none.
    pub fn get(&self, id: TextId) -> &str {
        let n = id.0 as usize;
        let range = self.offsets.get(n).zip(self.offsets.get(n + 1));
        let text = range.and_then(|(from, to)| self.pool.get(*from as usize..*to as usize));
        text.unwrap_or_default()
    }

    /// Writes the pool.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, offsets: &Path, pool: &Path) -> io::Result<()> {
        write_table(offsets, &self.offsets)?;
        write_table(pool, self.pool.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;

    #[test]
    fn texts_come_back() -> Result<(), Box<dyn Error>> {
        let dir = tempfile::tempdir()?;
        let (offsets, bytes) = (dir.path().join("o"), dir.path().join("b"));
        let mut writer = TextsWriter::default();
        let ids: Vec<TextId> = ["вулиця", "", "x", "вулиця"]
            .iter()
            .map(|t| writer.intern(t))
            .collect();
        writer.write(&offsets, &bytes)?;
        let texts = Texts::open(&offsets, &bytes)?;
        assert_eq!(
            ids.iter().map(|id| texts.get(*id)).collect::<Vec<_>>(),
            ["вулиця", "", "x", "вулиця"]
        );
        assert_eq!(ids[0], ids[3]);
        assert_eq!(texts.get(TextId(999)), "");
        Ok(())
    }

    #[test]
    fn a_pool_that_is_no_text_is_refused() -> io::Result<()> {
        let dir = tempfile::tempdir()?;
        let (offsets, pool) = (dir.path().join("o"), dir.path().join("p"));
        write_table(&offsets, &[0_u32, 0, 2])?;
        std::fs::write(&pool, [0xd0, 0x20])?;
        let opened = Texts::open(&offsets, &pool);
        assert!(matches!(opened, Err(OpenError::Io { path, .. }) if path == pool));
        Ok(())
    }

    #[test]
    fn a_file_cut_short_is_refused() -> io::Result<()> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("t");
        std::fs::write(&path, [0; 7])?;
        assert!(matches!(
            Table::<u32>::open(&path),
            Err(OpenError::Length {
                length: 7,
                size: 4,
                ..
            })
        ));
        Ok(())
    }
}
