//! The framing of `.osm.pbf` files, and decoding of their blocks on all cores.
//!
//! Format: <https://wiki.openstreetmap.org/wiki/PBF_Format>. The file is walked here, block header by block header, so
//! that a truncated or foreign file is refused before anything is built on it; osmpbfreader decodes the blocks. A file
//! that says it is sorted lets each pass read only the blocks that can hold its kind of object.

use geodata::OsmKind;
use osmpbfreader::blocks;
use osmpbfreader::fileformat::{Blob, BlobHeader};
use osmpbfreader::osmformat::{HeaderBlock, PrimitiveBlock};
use osmpbfreader::primitive_block_from_blob;
use protobuf::Message;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use thiserror::Error;

/// Limits of the format.
const MAX_HEADER_BYTES: u32 = 64 * 1024;
const MAX_BLOB_BYTES: i32 = 32 * 1024 * 1024;
/// Results of a worker that wait to be taken up.
const AHEAD: usize = 4;
/// What this reader understands of a file's required features.
const FEATURES: [&str; 3] = ["OsmSchema-V0.6", "DenseNodes", "HistoricalInformation"];

/// Why a file cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    #[error("cannot read `{}`", .path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("`{}` is empty; expected an OSM extract (.osm.pbf)", .path.display())]
    Empty { path: PathBuf },
    #[error("`{}` is no OSM extract (.osm.pbf): {why}", .path.display())]
    Foreign { path: PathBuf, why: String },
    #[error("`{}` is truncated: its block at byte {offset} needs {needed} bytes, the file has {available}; download it again", .path.display())]
    Truncated {
        path: PathBuf,
        offset: u64,
        needed: u64,
        available: u64,
    },
    #[error("`{}` is damaged: the block at byte {offset} cannot be decoded: {why}", .path.display())]
    Damaged {
        path: PathBuf,
        offset: u64,
        why: String,
    },
    #[error("`{}` needs the feature `{feature}`, expected one of {}", .path.display(), FEATURES.join(", "))]
    Feature { path: PathBuf, feature: String },
}

/// Where a block of data lies.
#[derive(Debug, Clone, Copy)]
struct BlobPosition {
    offset: u64,
    bytes: usize,
}

/// An extract whose framing has been checked.
#[derive(Debug, Clone)]
pub struct PbfFile {
    path: PathBuf,
    blobs: Vec<BlobPosition>,
    sorted: bool,
}

impl PbfFile {
    /// Walks the block headers of a file.
    ///
    /// # Errors
    /// When it is empty, no OSM extract, truncated, or needs features this reader lacks.
    pub fn open(path: &Path) -> Result<PbfFile, ReadError> {
        let io = |source| ReadError::Io {
            path: path.to_owned(),
            source,
        };
        let mut file = File::open(path).map_err(io)?;
        let available = file.metadata().map_err(io)?.len();
        if available == 0 {
            return Err(ReadError::Empty {
                path: path.to_owned(),
            });
        }
        let mut walk = Walk {
            path,
            file: &mut file,
            available,
            offset: 0,
        };
        let mut pbf = PbfFile {
            path: path.to_owned(),
            blobs: Vec::new(),
            sorted: false,
        };
        while walk.offset < available {
            let (kind, position) = walk.next()?;
            match kind.as_str() {
                "OSMHeader" => {
                    pbf.read_header(&file_at(walk.file, position).map_err(io)?, position)?
                }
                "OSMData" => pbf.blobs.push(position),
                _ => {}
            }
            walk.offset = position.offset + position.bytes as u64;
            walk.file.seek(SeekFrom::Start(walk.offset)).map_err(io)?;
        }
        Ok(pbf)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many blocks of data the file has.
    pub fn blocks(&self) -> usize {
        self.blobs.len()
    }

    fn read_header(&mut self, bytes: &[u8], at: BlobPosition) -> Result<(), ReadError> {
        let damaged = |why: String| ReadError::Damaged {
            path: self.path.clone(),
            offset: at.offset,
            why,
        };
        let blob = Blob::parse_from_bytes(bytes).map_err(|e| damaged(e.to_string()))?;
        let raw = if blob.has_raw() {
            blob.raw().to_vec()
        } else {
            let mut raw = Vec::new();
            flate2::read::ZlibDecoder::new(blob.zlib_data())
                .take(MAX_BLOB_BYTES.unsigned_abs().into())
                .read_to_end(&mut raw)
                .map_err(|e| damaged(e.to_string()))?;
            raw
        };
        let header = HeaderBlock::parse_from_bytes(&raw).map_err(|e| damaged(e.to_string()))?;
        if let Some(feature) = header
            .required_features
            .iter()
            .find(|f| !FEATURES.contains(&f.as_str()))
        {
            return Err(ReadError::Feature {
                path: self.path.clone(),
                feature: feature.to_string(),
            });
        }
        self.sorted = header
            .optional_features
            .iter()
            .any(|f| *f == *"Sort.Type_then_ID");
        Ok(())
    }

    /// Decodes the blocks that can hold `kind` and hands each to `map` on all cores; `take` gets the results in file
    /// order, on this thread, while the next blocks are decoded, with how many blocks are done and how many there are.
    /// No more than a few blocks per core are held at a time.
    ///
    /// # Errors
    /// When a block cannot be read or decoded.
    pub fn for_each_block<T: Send>(
        &self,
        kind: OsmKind,
        map: impl Fn(&PrimitiveBlock) -> T + Sync,
        mut take: impl FnMut(T, u64, u64),
    ) -> Result<(), ReadError> {
        let blobs = self.blobs_with(kind, &mut self.reopen()?)?;
        let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let decode = |file: &mut File, position: BlobPosition| {
            let block = self.decode(position, &self.read_bytes(file, position)?)?;
            Ok(map(&block))
        };
        std::thread::scope(|scope| {
            // Each worker takes every n-th block, so that asking them in turn gives the order of the file.
            let mut results = Vec::new();
            for first in 0..workers.min(blobs.len()) {
                let (sender, receiver) = sync_channel(AHEAD);
                let mut file = self.reopen()?;
                let decode = &decode;
                scope.spawn(move || {
                    for position in blobs.iter().skip(first).step_by(workers) {
                        let result = decode(&mut file, *position);
                        let failed = result.is_err();
                        // Nobody listens any more when another block was damaged.
                        if sender.send(result).is_err() || failed {
                            break;
                        }
                    }
                });
                results.push(receiver);
            }
            for n in 0..blobs.len() {
                // A worker that is gone has panicked, and so does the scope.
                let Ok(result) = results[n % workers].recv() else {
                    break;
                };
                take(result?, n as u64 + 1, blobs.len() as u64);
            }
            Ok(())
        })
    }

    /// The sum of a number over all blocks, whatever they hold.
    fn total_of_blocks(
        &self,
        of: impl Fn(&PrimitiveBlock) -> u64 + Sync,
    ) -> Result<u64, ReadError> {
        let all = PbfFile {
            sorted: false,
            ..self.clone()
        };
        let mut total = 0;
        all.for_each_block(OsmKind::Node, of, |n, _, _| total += n)?;
        Ok(total)
    }

    fn reopen(&self) -> Result<File, ReadError> {
        File::open(&self.path).map_err(|source| ReadError::Io {
            path: self.path.clone(),
            source,
        })
    }

    /// In a sorted file nodes come before ways before relations, so a kind is a run of blocks that bisection finds.
    fn blobs_with(&self, kind: OsmKind, file: &mut File) -> Result<&[BlobPosition], ReadError> {
        if !self.sorted || self.blobs.is_empty() {
            return Ok(&self.blobs);
        }
        let bisect = |file: &mut File,
                      before: &dyn Fn(OsmKind) -> bool,
                      first: bool|
         -> Result<usize, ReadError> {
            let (mut low, mut high) = (0, self.blobs.len());
            while low < high {
                let middle = low.midpoint(high);
                let block = self.decode(
                    self.blobs[middle],
                    &self.read_bytes(file, self.blobs[middle])?,
                )?;
                // A block at the border holds two kinds: the run starts by its last kind and ends by its first.
                let kinds = kinds_of(&block);
                let seen = if first { kinds.last() } else { kinds.first() };
                if seen.is_none_or(|k| before(*k)) {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            Ok(low)
        };
        let start = bisect(file, &|k| k < kind, true)?;
        let end = bisect(file, &|k| k <= kind, false)?;
        Ok(&self.blobs[start..end.max(start)])
    }

    fn read_bytes(&self, file: &mut File, at: BlobPosition) -> Result<Vec<u8>, ReadError> {
        file_at(file, at).map_err(|source| ReadError::Io {
            path: self.path.clone(),
            source,
        })
    }

    fn decode(&self, at: BlobPosition, bytes: &[u8]) -> Result<PrimitiveBlock, ReadError> {
        let damaged = |why: String| ReadError::Damaged {
            path: self.path.clone(),
            offset: at.offset,
            why,
        };
        let blob = Blob::parse_from_bytes(bytes).map_err(|e| damaged(e.to_string()))?;
        primitive_block_from_blob(&blob).map_err(|e| damaged(e.to_string()))
    }
}

/// Decodes every object of an extract, ids, coordinates, references and tags, as the format's library hands them out, on
/// all cores, and keeps nothing: how long a program takes that only reads. Returns how many objects there are.
///
/// # Errors
/// When a block cannot be read or decoded.
pub fn read_floor(file: &PbfFile) -> Result<u64, ReadError> {
    // The box keeps the compiler from leaving out what nobody looks at.
    file.total_of_blocks(|block| blocks::iter(block).map(std::hint::black_box).count() as u64)
}

/// Unpacks and parses every block of an extract on all cores and decodes no object: the share of [`read_floor`] that
/// lies below every reader of the format. Returns how many objects there are.
///
/// # Errors
/// When a block cannot be read or parsed.
pub fn unpack_floor(file: &PbfFile) -> Result<u64, ReadError> {
    file.total_of_blocks(|block| {
        let groups = block.primitivegroup.iter();
        groups
            .map(|g| g.nodes.len() + g.dense.id.len() + g.ways.len() + g.relations.len())
            .sum::<usize>() as u64
    })
}

fn kinds_of(block: &PrimitiveBlock) -> Vec<OsmKind> {
    let mut kinds: Vec<OsmKind> = Vec::new();
    for group in &block.primitivegroup {
        if !group.nodes.is_empty() || !group.dense.id.is_empty() {
            kinds.push(OsmKind::Node);
        }
        if !group.ways.is_empty() {
            kinds.push(OsmKind::Way);
        }
        if !group.relations.is_empty() {
            kinds.push(OsmKind::Relation);
        }
    }
    kinds
}

fn file_at(file: &mut File, at: BlobPosition) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at.offset))?;
    let mut bytes = vec![0; at.bytes];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The walk from block header to block header.
struct Walk<'a> {
    path: &'a Path,
    file: &'a mut File,
    available: u64,
    offset: u64,
}

impl Walk<'_> {
    fn next(&mut self) -> Result<(String, BlobPosition), ReadError> {
        let foreign = |why: &str| ReadError::Foreign {
            path: self.path.to_owned(),
            why: why.to_owned(),
        };
        let length = u32::from_be_bytes(
            self.read(4)?
                .try_into()
                .expect("read returns as many bytes as asked for"),
        );
        if length == 0 || length > MAX_HEADER_BYTES {
            return Err(foreign("its first bytes are no block header"));
        }
        let bytes = self.read(length as usize)?;
        let header = BlobHeader::parse_from_bytes(&bytes)
            .map_err(|e| foreign(&format!("its first bytes are no block header ({e})")));
        let header = header?;
        if self.offset == 4 + u64::from(length) && header.type_() != "OSMHeader" {
            return Err(foreign("expected it to begin with an `OSMHeader` block"));
        }
        let size = header.datasize();
        if !(0..=MAX_BLOB_BYTES).contains(&size) {
            return Err(foreign("a block is larger than the format allows"));
        }
        let position = BlobPosition {
            offset: self.offset,
            bytes: size.unsigned_abs() as usize,
        };
        self.check(position.bytes as u64)?;
        Ok((header.type_().to_owned(), position))
    }

    fn read(&mut self, bytes: usize) -> Result<Vec<u8>, ReadError> {
        self.check(bytes as u64)?;
        let mut buffer = vec![0; bytes];
        self.file
            .read_exact(&mut buffer)
            .map_err(|source| ReadError::Io {
                path: self.path.to_owned(),
                source,
            })?;
        self.offset += bytes as u64;
        Ok(buffer)
    }

    fn check(&self, needed: u64) -> Result<(), ReadError> {
        if self.offset + needed <= self.available {
            return Ok(());
        }
        Err(ReadError::Truncated {
            path: self.path.to_owned(),
            offset: self.offset,
            needed,
            available: self.available,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(bytes: &[u8], expect: &str) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let error = PbfFile::open(file.path()).unwrap_err().to_string();
        assert!(error.contains(expect), "{error}");
    }

    #[test]
    fn what_is_no_extract_is_refused() {
        refused(b"", "is empty");
        refused(b"<?xml version='1.0'?><osm></osm>", "is no OSM extract");
        refused(b"\0\0", "is truncated");
        refused(b"\0\0\0\x0d\x0a\x09OSMHeader", "is truncated");
    }
}
