//! The snapshots of a data folder as a managed thing: list them, go back to one, remove old ones.

use crate::publish::{PublishError, REMOVING_PREFIX, Switch};
use crate::sources;
use geodata::snapshot::{CURRENT_LINK, Manifest, OpenError, SNAPSHOTS_DIR, Snapshot};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// How many snapshots stay when nobody says otherwise.
pub const DEFAULT_KEEP: usize = 3;

/// Why the live snapshot cannot be changed.
#[derive(Debug, Error)]
pub enum ManageError {
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error("no snapshot is called `{name}`; expected one of {}", .known.join(", "))]
    Unknown { name: String, known: Vec<String> },
    #[error("no snapshot is older than the live one, `{live}`; there is nothing to go back to")]
    NothingOlder { live: String },
    #[error("`{}` has no live snapshot", .data.display())]
    NoneLive { data: PathBuf },
    #[error("snapshot `{name}` cannot be served")]
    Unusable { name: String, source: OpenError },
}

/// A snapshot on disk.
#[derive(Debug)]
pub struct Stored {
    pub name: String,
    pub folder: PathBuf,
    /// What it says of itself; an error when it is damaged or of another version.
    pub manifest: Result<Manifest, OpenError>,
    pub live: bool,
}

/// The name of the snapshot that `current` points at, whether or not it can be served.
pub fn live_name(data: &Path) -> Option<String> {
    let target = fs::read_link(data.join(CURRENT_LINK)).ok()?;
    Some(target.file_name()?.to_string_lossy().into_owned())
}

/// All finished snapshots, the newest first.
///
/// # Errors
/// When the folder cannot be read; a folder without snapshots has none.
pub fn list(data: &Path) -> Result<Vec<Stored>, PublishError> {
    let root = data.join(SNAPSHOTS_DIR);
    let failed = |source| PublishError::Read {
        path: root.clone(),
        source,
    };
    if !root.exists() {
        return Ok(Vec::new());
    }
    let live = live_name(data);
    let mut stored = Vec::new();
    for entry in fs::read_dir(&root).map_err(failed)? {
        let folder = entry.map_err(failed)?.path();
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') || !folder.is_dir() {
            continue;
        }
        stored.push(Stored {
            manifest: Manifest::read(&folder),
            live: live.as_deref() == Some(&*name),
            name: name.into_owned(),
            folder,
        });
    }
    // A name begins with the time it was built.
    stored.sort_by(|a, b| b.name.cmp(&a.name));
    Ok(stored)
}

/// Makes another snapshot the live one, after checking every file of it: the named one, else the newest that is older
/// than the live one, was live once and can be served. Returns its name.
///
/// # Errors
/// When there is none, or the named one cannot be served; the live one then stays.
pub fn rollback(data: &Path, to: Option<&str>) -> Result<String, ManageError> {
    let switch = Switch::lock(data)?;
    let stored = list(data)?;
    let target = match to {
        Some(name) => {
            let found = stored.iter().find(|s| s.name == name);
            let found = found.ok_or_else(|| ManageError::Unknown {
                name: name.to_owned(),
                known: stored.iter().map(|s| s.name.clone()).collect(),
            })?;
            Snapshot::open(&found.folder).map_err(|source| ManageError::Unusable {
                name: name.to_owned(),
                source,
            })?;
            found
        }
        None => {
            let live = live_name(data).ok_or_else(|| ManageError::NoneLive {
                data: data.to_owned(),
            })?;
            // What the gate stopped was never live, and is nothing to go back to.
            let was_live = switch.once_live();
            let mut older = stored
                .iter()
                .filter(|s| s.name < live && was_live.contains(&s.name));
            let usable = older.find(|s| Snapshot::open(&s.folder).is_ok());
            usable.ok_or(ManageError::NothingOlder { live })?
        }
    };
    switch.point_at(&target.name)?;
    Ok(target.name.clone())
}

/// What [`prune`] removed.
#[derive(Debug, Default)]
pub struct Pruned {
    pub snapshots: Vec<String>,
    /// Source files that no snapshot left was built from.
    pub sources: Vec<String>,
}

/// Removes all but the `keep` newest snapshots; the live one and the one to which a rollback leads always stay.
///
/// # Errors
/// When something cannot be removed.
pub fn prune(data: &Path, keep: usize) -> Result<Pruned, ManageError> {
    let switch = Switch::lock(data)?;
    let was_live = switch.once_live();
    let stored = list(data)?;
    let live = stored.iter().position(|s| s.live);
    let behind = live.map_or(&[][..], |live| &stored[live + 1..]);
    let before = behind.iter().position(|s| was_live.contains(&s.name));
    let before = before.zip(live).map(|(n, live)| live + 1 + n);
    let stays = |n: usize| n < keep || live == Some(n) || before == Some(n);
    let mut pruned = Pruned::default();
    let mut used = BTreeSet::new();
    for (n, snapshot) in stored.iter().enumerate() {
        if stays(n) {
            let manifest = snapshot.manifest.as_ref();
            used.extend(
                manifest
                    .into_iter()
                    .flat_map(|m| &m.sources)
                    .map(sources::stored_name),
            );
            continue;
        }
        // Out of the list by one rename; a removal that is interrupted is finished by the next build.
        let removing = data
            .join(SNAPSHOTS_DIR)
            .join(format!("{REMOVING_PREFIX}{}", snapshot.name));
        let failed = |source| PublishError::Io {
            path: snapshot.folder.clone(),
            source,
        };
        fs::rename(&snapshot.folder, &removing).map_err(failed)?;
        fs::remove_dir_all(&removing).map_err(failed)?;
        pruned.snapshots.push(snapshot.name.clone());
    }
    pruned.sources = sources::remove_unused(data, &used)?;
    Ok(pruned)
}
