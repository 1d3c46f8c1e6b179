//! Why a snapshot cannot be used.

use super::reader::CURRENT_LINK;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why a snapshot cannot be used.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error(
        "expected a link to a snapshot at `{}`, found none; run `kudy-indexer build --data {} --osm FILE.osm.pbf` first",
        .data.join(CURRENT_LINK).display(), .data.display()
    )]
    NoSnapshot { data: PathBuf },
    #[error(
        "snapshot `{}` has format version {found}, expected {expected}; rebuild it with this version's `kudy-indexer build`",
        .path.display()
    )]
    Version {
        path: PathBuf,
        expected: u32,
        found: String,
    },
    #[error("expected the file `{}`, found none; roll back or rebuild the snapshot", .path.display())]
    Missing { path: PathBuf },
    #[error("`{}` is damaged: expected {expected}, found {found}; roll back or rebuild the snapshot", .path.display())]
    Damaged {
        path: PathBuf,
        expected: String,
        found: String,
    },
    #[error("`{}` is damaged: its {length} bytes are no multiple of {size}; rebuild the snapshot", .path.display())]
    Length {
        path: PathBuf,
        length: u64,
        size: u64,
    },
    #[error("`{}` is no manifest; rebuild the snapshot", .path.display())]
    Manifest {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("`{}` is no vocabulary; rebuild the snapshot", .path.display())]
    Vocabulary { path: PathBuf, source: fst::Error },
    #[error("`{}` is no spatial index; rebuild the snapshot", .path.display())]
    Tree { path: PathBuf },
    #[error("`{}` is no search index; rebuild the snapshot", .path.display())]
    Index {
        path: PathBuf,
        source: tantivy::TantivyError,
    },
    #[error("`{}`: expected one segment of {places} places, found {found}; rebuild the snapshot", .path.display())]
    Segments {
        path: PathBuf,
        places: usize,
        found: String,
    },
    #[error("cannot read `{}`", .path.display())]
    Io { path: PathBuf, source: io::Error },
}
