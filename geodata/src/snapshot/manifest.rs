//! manifest.json: what a snapshot is, and the proof that its files are what was written.

use super::error::OpenError;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Changes with the layout of any file and with the analyzer: an index is only read by programs that read text alike.
pub const FORMAT_VERSION: u32 = 6;

/// The manifest's file name.
pub const MANIFEST_FILE: &str = "manifest.json";
/// The checksum of the manifest itself, in the form that `sha256sum -c` reads.
const SEAL_FILE: &str = "manifest.sha256";

/// What a snapshot is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format_version: u32,
    /// The snapshot's name: `<UTC time>-<hash of its content>`.
    pub name: String,
    /// When it was built, RFC 3339 UTC.
    pub built_at: String,
    /// What it was built from, in the order in which it was read.
    pub sources: Vec<SourceEntry>,
    /// The country that places in no country's boundary were given: ISO 3166-1 alpha-2, lower case.
    pub country: Option<String>,
    /// The last change of the address base whose edits are in it; none when it was built without a base.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_change: Option<i64>,
    /// Places per layer.
    pub counts: BTreeMap<String, u64>,
    /// Every file, by its path inside the snapshot.
    pub files: BTreeMap<String, FileEntry>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceEntry {
    /// `osm`, `osc`, `addresses` or `popularity`.
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
    /// Writes the manifest and its checksum: the last files of a snapshot.
    ///
    /// # Errors
    /// When a file cannot be written in full.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self)?;
        for (name, bytes) in [
            (MANIFEST_FILE, text.as_slice()),
            (SEAL_FILE, seal(&text).as_bytes()),
        ] {
            std::fs::write(folder.join(name), bytes)?;
        }
        Ok(())
    }

    /// Reads the manifest of a snapshot folder and checks its format version and its checksum.
    ///
    /// # Errors
    /// When it is missing, unreadable, damaged or of another version.
    pub fn read(folder: &Path) -> Result<Manifest, OpenError> {
        let path = folder.join(MANIFEST_FILE);
        let text = read_file(&path)?;
        let malformed = |source| OpenError::Manifest {
            path: path.clone(),
            source,
        };
        let any: serde_json::Value = serde_json::from_slice(&text).map_err(malformed)?;
        // The version is judged before the rest: another version's manifest may have other fields and no checksum.
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
        let (expected, found) = (read_file(&folder.join(SEAL_FILE))?, seal(&text));
        if expected != found.as_bytes() {
            return Err(OpenError::Damaged {
                path,
                expected: String::from_utf8_lossy(&expected).trim().to_owned(),
                found: found.trim().to_owned(),
            });
        }
        serde_json::from_value(any).map_err(malformed)
    }

    /// Compares every file with its size and checksum, on all cores.
    ///
    /// # Errors
    /// Names a file that is missing or differs.
    pub fn verify(&self, folder: &Path) -> Result<(), OpenError> {
        self.files.par_iter().try_for_each(|(name, entry)| {
            let path = folder.join(name);
            let found = match sha256_file(&path) {
                Ok(found) => found,
                Err(e) if e.kind() == io::ErrorKind::NotFound => {
                    return Err(OpenError::Missing { path });
                }
                Err(source) => return Err(OpenError::Io { path, source }),
            };
            if found == *entry {
                return Ok(());
            }
            Err(OpenError::Damaged {
                path,
                expected: format!("{} bytes, sha256 {}", entry.bytes, entry.sha256),
                found: format!("{} bytes, sha256 {}", found.bytes, found.sha256),
            })
        })
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.values().map(|f| f.bytes).sum()
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, OpenError> {
    let path = path.to_owned();
    std::fs::read(&path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => OpenError::Missing { path },
        _ => OpenError::Io { path, source },
    })
}

/// The line that vouches for a manifest.
fn seal(manifest: &[u8]) -> String {
    format!("{}  {MANIFEST_FILE}\n", hex(&Sha256::digest(manifest)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Size and checksum of a file, read in pieces.
///
/// # Errors
/// When it cannot be read.
pub fn sha256_file(path: &Path) -> io::Result<FileEntry> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    let mut bytes = 0;
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        hasher.update(&buffer[..n]);
        bytes += n as u64;
    }
    Ok(FileEntry {
        bytes,
        sha256: hex(&hasher.finalize()),
    })
}
