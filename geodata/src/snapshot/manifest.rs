//! manifest.json: what a snapshot is, and the proof that its files are what was written.

use super::reader::OpenError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Changes with the layout of any file and with the analyzer: an index is only read by programs that read text alike.
pub const FORMAT_VERSION: u32 = 2;

/// The manifest's file name.
pub const MANIFEST_FILE: &str = "manifest.json";

/// What a snapshot is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format_version: u32,
    /// The snapshot's name: `<UTC time>-<hash of its content>`.
    pub name: String,
    /// When it was built, RFC 3339 UTC.
    pub built_at: String,
    pub sources: Vec<SourceEntry>,
    /// Places per layer.
    pub counts: BTreeMap<String, u64>,
    /// Every file, by its path inside the snapshot.
    pub files: BTreeMap<String, FileEntry>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceEntry {
    /// `osm`, `addresses` or `popularity`.
    pub kind: String,
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

/// A file of the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    pub bytes: u64,
    pub sha256: String,
}

impl Manifest {
    /// Reads the manifest of a snapshot folder and checks its format version.
    ///
    /// # Errors
    /// When it is missing, unreadable or of another version.
    pub fn read(folder: &Path) -> Result<Manifest, OpenError> {
        let path = folder.join(MANIFEST_FILE);
        let text = std::fs::read(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => OpenError::Missing { path: path.clone() },
            _ => OpenError::Io {
                path: path.clone(),
                source,
            },
        })?;
        let malformed = |source| OpenError::Manifest {
            path: path.clone(),
            source,
        };
        let any: serde_json::Value = serde_json::from_slice(&text).map_err(malformed)?;
        // The version is judged before the rest: another version's manifest may have other fields.
        let found = any
            .get("format_version")
            .and_then(serde_json::Value::as_u64);
        if found != Some(u64::from(FORMAT_VERSION)) {
            let found = found.map_or("none".to_owned(), |v| v.to_string());
            return Err(OpenError::Version {
                path: folder.to_owned(),
                expected: FORMAT_VERSION,
                found,
            });
        }
        serde_json::from_value(any).map_err(malformed)
    }

    /// Compares every file with its size and checksum.
    ///
    /// # Errors
    /// Names the first file that is missing or differs.
    pub fn verify(&self, folder: &Path) -> Result<(), OpenError> {
        for (name, entry) in &self.files {
            let path = folder.join(name);
            let found = match sha256_file(&path) {
                Ok(found) => found,
                Err(e) if e.kind() == io::ErrorKind::NotFound => {
                    return Err(OpenError::Missing { path });
                }
                Err(source) => return Err(OpenError::Io { path, source }),
            };
            if found != *entry {
                return Err(OpenError::Damaged {
                    path,
                    expected: format!("{} bytes, sha256 {}", entry.bytes, entry.sha256),
                    found: format!("{} bytes, sha256 {}", found.bytes, found.sha256),
                });
            }
        }
        Ok(())
    }
}

/// Size and checksum of a file, read in pieces.
///
/// # Errors
/// When it cannot be read.
pub fn sha256_file(path: &Path) -> io::Result<FileEntry> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        hasher.update(&buffer[..n]);
        bytes += n as u64;
    }
    let sha256 = hasher
        .finalize()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    Ok(FileEntry { bytes, sha256 })
}
