//! Build beside, check, switch: how a snapshot becomes the live one.
//!
//! A snapshot is written into a hidden folder, renamed when it is complete, and becomes live when the `current` link is
//! replaced by a rename. At no moment does a reader see half of anything; what a killed build left is swept by the next.

use crate::sources;
use geodata::snapshot::{CURRENT_LINK, Manifest, SNAPSHOTS_DIR};
use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

const BUILD_LOCK: &str = "build.lock";
const SWITCH_LOCK: &str = "switch.lock";
/// A snapshot that is being written.
const BUILDING_PREFIX: &str = ".building-";
/// A snapshot that is being removed.
pub(crate) const REMOVING_PREFIX: &str = ".removing-";
/// Names of snapshots, one line for each time one became live.
const LIVE_LOG: &str = "live.log";
/// The new link, before it replaces the old one.
const NEXT_LINK: &str = ".current.next";

/// Why a data folder cannot be used.
#[derive(Debug, Error)]
pub enum PublishError {
    #[error("cannot write `{}`", .path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("cannot read `{}`", .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("another build is running on `{}`; wait for it or stop it", .data.display())]
    Locked { data: PathBuf },
}

fn at(path: &Path) -> impl Fn(io::Error) -> PublishError {
    let path = path.to_owned();
    move |source| PublishError::Io {
        path: path.clone(),
        source,
    }
}

/// The right to change which snapshots there are and which one is live. Held for a moment only, unlike the lock of a
/// build; both die with the process, so none is ever stale.
pub struct Switch {
    data: PathBuf,
    _lock: File,
}

impl Switch {
    /// Waits for the right.
    ///
    /// # Errors
    /// When the data folder cannot be written.
    pub fn lock(data: &Path) -> Result<Switch, PublishError> {
        let path = data.join(SWITCH_LOCK);
        let lock = File::create(&path).map_err(at(&path))?;
        lock.lock().map_err(at(&path))?;
        Ok(Switch {
            data: data.to_owned(),
            _lock: lock,
        })
    }

    /// Makes a finished snapshot the live one.
    ///
    /// # Errors
    /// When the link cannot be replaced; the old one is then still in place.
    pub fn point_at(&self, name: &str) -> Result<(), PublishError> {
        let (link, next) = (self.data.join(CURRENT_LINK), self.data.join(NEXT_LINK));
        if next.is_symlink() {
            fs::remove_file(&next).map_err(at(&next))?;
        }
        std::os::unix::fs::symlink(Path::new(SNAPSHOTS_DIR).join(name), &next)
            .map_err(at(&next))?;
        self.log(name)?;
        fs::rename(&next, &link).map_err(at(&link))?;
        sync(&self.data)
    }

    fn log(&self, name: &str) -> Result<(), PublishError> {
        let path = self.data.join(LIVE_LOG);
        let file = fs::OpenOptions::new().create(true).append(true).open(&path);
        let mut file = file.map_err(at(&path))?;
        writeln!(file, "{name}")
            .and_then(|()| file.sync_data())
            .map_err(at(&path))
    }

    /// Names of snapshots that were live at some time.
    pub fn once_live(&self) -> BTreeSet<String> {
        let log = fs::read_to_string(self.data.join(LIVE_LOG)).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }
}

/// Makes a file, or the names in a folder, survive a loss of power.
fn sync(path: &Path) -> Result<(), PublishError> {
    let synced = File::open(path).and_then(|f| f.sync_all());
    synced.map_err(at(path))
}

/// Makes the files of a folder survive a loss of power, with their names.
fn sync_tree(folder: &Path) -> Result<(), PublishError> {
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        if path.is_dir() {
            sync_tree(&path)?;
        } else {
            sync(&path)?;
        }
    }
    sync(folder)
}

/// A data folder on which no one else builds. The lock dies with the process.
pub struct Workshop {
    data: PathBuf,
    building: PathBuf,
    _lock: File,
}

impl Workshop {
    /// Creates and locks a data folder, and removes what an interrupted build left.
    ///
    /// # Errors
    /// When the folder is not writable, or another build holds the lock.
    pub fn open(data: &Path) -> Result<Workshop, PublishError> {
        let snapshots = data.join(SNAPSHOTS_DIR);
        fs::create_dir_all(&snapshots).map_err(at(&snapshots))?;
        let lock_path = data.join(BUILD_LOCK);
        let lock = File::create(&lock_path).map_err(at(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(PublishError::Locked {
                    data: data.to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => {
                return Err(PublishError::Io {
                    path: lock_path,
                    source,
                });
            }
        }
        sweep(data, &snapshots)?;
        let building = snapshots.join(format!("{BUILDING_PREFIX}{}", std::process::id()));
        fs::create_dir(&building).map_err(at(&building))?;
        Ok(Workshop {
            data: data.to_owned(),
            building,
            _lock: lock,
        })
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Where the new snapshot is written.
    pub fn building(&self) -> &Path {
        &self.building
    }

    /// Gives the finished snapshot its name; returns its folder.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub fn finish(&self, manifest: &Manifest) -> Result<PathBuf, PublishError> {
        let folder = self.data.join(SNAPSHOTS_DIR).join(&manifest.name);
        if folder.exists() {
            // The same content at the same second: it is there already, and may be live.
            return Ok(folder);
        }
        sync_tree(&self.building)?;
        fs::rename(&self.building, &folder).map_err(at(&folder))?;
        sync(&self.data.join(SNAPSHOTS_DIR))?;
        Ok(folder)
    }

    /// Makes a finished snapshot the live one.
    ///
    /// # Errors
    /// When the link cannot be replaced; the old one is then still in place.
    pub fn publish(&self, manifest: &Manifest) -> Result<(), PublishError> {
        Switch::lock(&self.data)?.point_at(&manifest.name)
    }
}

/// Removes what a killed build or removal left.
fn sweep(data: &Path, snapshots: &Path) -> Result<(), PublishError> {
    let _switch = Switch::lock(data)?;
    for entry in fs::read_dir(snapshots).map_err(at(snapshots))? {
        let entry = entry.map_err(at(snapshots))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(BUILDING_PREFIX) || name.starts_with(REMOVING_PREFIX) {
            fs::remove_dir_all(entry.path()).map_err(at(&entry.path()))?;
        }
    }
    let next = data.join(NEXT_LINK);
    if next.is_symlink() {
        fs::remove_file(&next).map_err(at(&next))?;
    }
    sources::sweep(data).map_err(at(&data.join(sources::SOURCES_DIR)))
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // Gone already when the build finished; what cannot be removed is swept by the next build.
        if self.building.exists() {
            fs::remove_dir_all(&self.building).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_builds_never_share_a_folder_and_leftovers_are_swept() -> anyhow::Result<()> {
        let dir = tempfile::tempdir()?;
        let snapshots = dir.path().join(SNAPSHOTS_DIR);
        let left = [".building-1", ".removing-20260101T000000Z-0"].map(|n| snapshots.join(n));
        for folder in &left {
            fs::create_dir_all(folder)?;
        }
        let workshop = Workshop::open(dir.path())?;
        assert!(left.iter().all(|l| !l.exists()) && workshop.building().exists());
        assert!(matches!(
            Workshop::open(dir.path()),
            Err(PublishError::Locked { .. })
        ));
        let building = workshop.building().to_owned();
        drop(workshop);
        assert!(!building.exists());
        Ok(())
    }

    #[test]
    fn the_link_is_replaced_also_after_an_interrupted_switch() -> anyhow::Result<()> {
        let dir = tempfile::tempdir()?;
        std::os::unix::fs::symlink("nowhere", dir.path().join(NEXT_LINK))?;
        let switch = Switch::lock(dir.path())?;
        for name in ["a", "b"] {
            switch.point_at(name)?;
            let target = fs::read_link(dir.path().join(CURRENT_LINK))?;
            assert_eq!(target, Path::new(SNAPSHOTS_DIR).join(name));
        }
        Ok(())
    }
}
