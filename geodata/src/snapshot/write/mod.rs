//! Drafts → snapshot files.
//!
//! Places are numbered in falling order of importance; every table and the Tantivy index follow that order.

/// Which words a name is indexed under, and what each does.
mod analyze;
/// What lies on the ground → tiles.
mod ground;
/// Places → Tantivy documents.
mod index;
/// The folder that the index is written to.
mod index_folder;
/// What many places share.
mod shared;
/// Places → what points are looked up by.
mod spatial;
/// Places → tables.
mod tables;
/// What a place is found by, as Tantivy takes it.
mod terms;

use crate::draft::Drafts;
use crate::snapshot::{
    FORMAT_VERSION, FileEntry, MANIFEST_FILE, Manifest, SourceEntry, files, sha256_file,
};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use shared::NameLists;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// Why a snapshot could not be written.
#[derive(Debug, Error)]
pub enum WriteError {
    #[error("cannot write `{}`", .path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("cannot write the search index `{}`", .path.display())]
    Index {
        path: PathBuf,
        source: tantivy::TantivyError,
    },
    #[error("{found} different house numbers are more than a snapshot tells apart ({most})")]
    Numbers { found: usize, most: usize },
    #[error("nothing to build: no place has a name, and no house an address")]
    Empty,
}

/// What a snapshot is built from, and when.
pub struct Origin {
    pub sources: Vec<SourceEntry>,
    /// The country of places in no country's boundary: ISO 3166-1 alpha-2, lower case.
    pub country: Option<String>,
    /// The last change of the address base whose edits are among the drafts.
    pub base_change: Option<i64>,
    /// RFC 3339 UTC.
    pub built_at: String,
}

/// Writes a snapshot into an existing empty folder; the manifest is the last file. Who keeps it makes it safe from a loss of
/// power: one of edits lives no longer than its server.
///
/// # Errors
/// When a file cannot be written; the folder is then to be thrown away.
pub fn write_snapshot(
    drafts: &Drafts,
    origin: Origin,
    folder: &Path,
) -> Result<Manifest, WriteError> {
    if drafts.places.is_empty() {
        return Err(WriteError::Empty);
    }
    let order = tables::order(drafts);
    let (counts, names) = rayon::join(|| tables::counts(drafts), || NameLists::of(drafts, &order));
    // Whoever needs the names longest frees them, while the other goes on.
    let names = Arc::new(names);
    let names_of_index = Arc::clone(&names);
    // The index takes one core for about as long as all the rest.
    let (index, tables) = rayon::join(
        || index::write(drafts, &order, names_of_index, &folder.join(files::INDEX)),
        || {
            tables::write(drafts, &order, names, folder)?;
            ground::write(&drafts.ground, &drafts.atoms, folder)?;
            describe_files(folder, folder)
        },
    );
    index?;
    let mut entries = tables?;
    entries.extend(describe_files(folder, &folder.join(files::INDEX))?);
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        name: format!("{}-{}", compact(&origin.built_at), content_hash(&entries)),
        built_at: origin.built_at,
        sources: origin.sources,
        country: origin.country,
        base_change: origin.base_change,
        counts,
        files: entries,
    };
    manifest.write(folder).map_err(|source| WriteError::Io {
        path: folder.join(MANIFEST_FILE),
        source,
    })?;
    Ok(manifest)
}

/// `2026-01-31T02:00:00Z` → `20260131T020000Z`.
fn compact(time: &str) -> String {
    time.chars().filter(|c| c.is_ascii_alphanumeric()).collect()
}

/// A short hash of the tables: the same input gives the same one. The index is left out, since Tantivy names its files
/// at random.
fn content_hash(entries: &BTreeMap<String, FileEntry>) -> String {
    let mut hasher = Sha256::new();
    for (name, entry) in entries
        .iter()
        .filter(|(name, _)| !name.starts_with(files::INDEX))
    {
        hasher.update(name.as_bytes());
        hasher.update(entry.sha256.as_bytes());
    }
    hasher
        .finalize()
        .iter()
        .take(4)
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// The checksums of the files right in a folder, by their names below the root.
fn describe_files(root: &Path, folder: &Path) -> Result<BTreeMap<String, FileEntry>, WriteError> {
    let failed = |source| WriteError::Io {
        path: folder.to_owned(),
        source,
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_file() && path.extension().is_none_or(|e| e != "lock") {
            paths.push(path);
        }
    }
    let entry = |path: PathBuf| {
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy();
        Ok((name.into_owned(), sha256_file(&path)?))
    };
    let entries: io::Result<_> = paths.into_par_iter().map(entry).collect();
    entries.map_err(failed)
}
