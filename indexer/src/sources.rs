//! `DIR/sources/`: the files that the snapshots were built from, so that a diff can be put on top of them.
//!
//! A file is kept once, under its checksum and name. A snapshot's manifest says which files it was built from and in
//! which order, so going back to an older snapshot also goes back to its sources.

use crate::publish::PublishError;
use geodata::snapshot::{Manifest, SourceEntry, sha256_file};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The folder of sources inside a data folder.
pub const SOURCES_DIR: &str = "sources";
/// A copy that is not complete yet.
const COPYING_PREFIX: &str = ".copying-";
/// How much of a checksum is part of a file's name.
const HASH_CHARS: usize = 12;

/// What a source is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    Osm,
    Osc,
    Addresses,
    Popularity,
}

impl SourceKind {
    /// The word for it in a manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            SourceKind::Osm => "osm",
            SourceKind::Osc => "osc",
            SourceKind::Addresses => "addresses",
            SourceKind::Popularity => "popularity",
        }
    }
}

/// Why the sources of a snapshot cannot be read again.
#[derive(Debug, Error)]
pub enum SourceError {
    #[error("cannot read `{}`", .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot keep `{}` as `{}`", .from.display(), .to.display())]
    Keep {
        from: PathBuf,
        to: PathBuf,
        source: io::Error,
    },
    #[error(
        "`{}`, from which the live snapshot was built, is {found}, expected sha256 {expected}; run `kudy-indexer build` \
         with the original files", .path.display()
    )]
    Changed {
        path: PathBuf,
        expected: String,
        found: String,
    },
}

/// Sizes and checksums of source files, in the order given.
///
/// # Errors
/// Names the file that cannot be read.
pub fn describe(files: &[(SourceKind, &Path)]) -> Result<Vec<SourceEntry>, SourceError> {
    let one = |(kind, path): &(SourceKind, &Path)| {
        let entry = sha256_file(path).map_err(|source| SourceError::Read {
            path: path.to_path_buf(),
            source,
        })?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // A file that is already kept is known by the name it came with.
        let kept = name.strip_prefix(short(&entry.sha256).as_str());
        let name = kept.and_then(|n| n.strip_prefix('-')).unwrap_or(&name);
        Ok(SourceEntry {
            kind: kind.as_str().to_owned(),
            name: name.to_owned(),
            bytes: entry.bytes,
            sha256: entry.sha256,
        })
    };
    files.par_iter().map(one).collect()
}

/// The name under which a source is kept.
pub fn stored_name(entry: &SourceEntry) -> String {
    format!("{}-{}", short(&entry.sha256), entry.name)
}

fn short(sha256: &str) -> String {
    sha256.chars().take(HASH_CHARS).collect()
}

/// Keeps the files that a build read.
///
/// # Errors
/// When a file cannot be copied.
pub fn keep(data: &Path, files: &[&Path], entries: &[SourceEntry]) -> Result<(), SourceError> {
    let root = data.join(SOURCES_DIR);
    for (from, entry) in files.iter().zip(entries) {
        let to = root.join(stored_name(entry));
        let failed = |source| SourceError::Keep {
            from: from.to_path_buf(),
            to: to.clone(),
            source,
        };
        fs::create_dir_all(&root).map_err(failed)?;
        if to.exists() {
            continue;
        }
        // A copy, not a link: many a script overwrites yesterday's diff in place.
        let copying = root.join(format!("{COPYING_PREFIX}{}", stored_name(entry)));
        fs::copy(from, &copying).map_err(failed)?;
        fs::rename(&copying, &to).map_err(failed)?;
    }
    Ok(())
}

/// The kept files of one kind that a snapshot was built from, in the order in which they were read.
pub fn of_kind(data: &Path, manifest: &Manifest, kind: SourceKind) -> Vec<PathBuf> {
    let sources = manifest.sources.iter().filter(|s| s.kind == kind.as_str());
    let root = data.join(SOURCES_DIR);
    sources.map(|s| root.join(stored_name(s))).collect()
}

/// Checks that the kept sources of a snapshot are what it was built from.
///
/// # Errors
/// Names the file that is missing or was changed.
pub fn check(data: &Path, manifest: &Manifest) -> Result<(), SourceError> {
    let root = data.join(SOURCES_DIR);
    manifest.sources.par_iter().try_for_each(|entry| {
        let path = root.join(stored_name(entry));
        let found = match sha256_file(&path) {
            Ok(found) if found.sha256 == entry.sha256 => return Ok(()),
            Ok(found) => format!("changed, sha256 {}", found.sha256),
            Err(e) if e.kind() == io::ErrorKind::NotFound => "missing".to_owned(),
            Err(source) => return Err(SourceError::Read { path, source }),
        };
        let expected = entry.sha256.clone();
        Err(SourceError::Changed {
            path,
            expected,
            found,
        })
    })
}

/// Removes kept files that are not in `used`, and copies that were interrupted; returns their names.
///
/// # Errors
/// When one cannot be removed.
pub(crate) fn remove_unused(
    data: &Path,
    used: &BTreeSet<String>,
) -> Result<Vec<String>, PublishError> {
    let root = data.join(SOURCES_DIR);
    let Ok(entries) = fs::read_dir(&root) else {
        return Ok(Vec::new());
    };
    let mut removed = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !used.contains(&name) {
            fs::remove_file(entry.path()).map_err(|source| PublishError::Io {
                path: entry.path(),
                source,
            })?;
            removed.push(name);
        }
    }
    removed.sort();
    Ok(removed)
}

/// Removes copies that were interrupted.
pub(crate) fn sweep(data: &Path) -> io::Result<()> {
    let root = data.join(SOURCES_DIR);
    if !root.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry
            .file_name()
            .to_string_lossy()
            .starts_with(COPYING_PREFIX)
        {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
