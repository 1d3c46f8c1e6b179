//! Build beside, check, switch: how a snapshot becomes the live one.
//!
//! A snapshot is written into a hidden folder, renamed when it is complete, and becomes live when the `current` link is
//! replaced by a rename. At no moment does a reader see half of anything; what a killed build left is swept by the next.

use geodata::snapshot::{CURRENT_LINK, Manifest, SNAPSHOTS_DIR};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

const LOCK_FILE: &str = "build.lock";
const BUILDING_PREFIX: &str = ".building-";

/// Why a data folder cannot be used.
#[derive(Debug, Error)]
pub enum PublishError {
    #[error("cannot write `{}`", .path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("another build is running on `{}`; wait for it or stop it", .data.display())]
    Locked { data: PathBuf },
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
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| PublishError::Io { path, source }
        };
        fs::create_dir_all(&snapshots).map_err(at(&snapshots))?;
        let lock_path = data.join(LOCK_FILE);
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
        for entry in fs::read_dir(&snapshots).map_err(at(&snapshots))? {
            let entry = entry.map_err(at(&snapshots))?;
            if entry
                .file_name()
                .to_string_lossy()
                .starts_with(BUILDING_PREFIX)
            {
                fs::remove_dir_all(entry.path()).map_err(at(&entry.path()))?;
            }
        }
        let building = snapshots.join(format!("{BUILDING_PREFIX}{}", std::process::id()));
        fs::create_dir(&building).map_err(at(&building))?;
        Ok(Workshop {
            data: data.to_owned(),
            building,
            _lock: lock,
        })
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
        let failed = |source| PublishError::Io {
            path: folder.clone(),
            source,
        };
        if folder.exists() {
            // The same content at the same second: replace it by its equal.
            fs::remove_dir_all(&folder).map_err(failed)?;
        }
        fs::rename(&self.building, &folder).map_err(failed)?;
        File::open(self.data.join(SNAPSHOTS_DIR))
            .and_then(|d| d.sync_all())
            .map_err(failed)?;
        Ok(folder)
    }

    /// Makes a finished snapshot the live one.
    ///
    /// # Errors
    /// When the link cannot be replaced; the old one is then still in place.
    pub fn publish(&self, manifest: &Manifest) -> Result<(), PublishError> {
        let link = self.data.join(CURRENT_LINK);
        let fresh = self
            .data
            .join(format!("{CURRENT_LINK}.{}", std::process::id()));
        let failed = |source| PublishError::Io {
            path: link.clone(),
            source,
        };
        if fresh.is_symlink() {
            fs::remove_file(&fresh).map_err(failed)?;
        }
        std::os::unix::fs::symlink(Path::new(SNAPSHOTS_DIR).join(&manifest.name), &fresh)
            .map_err(failed)?;
        fs::rename(&fresh, &link).map_err(failed)?;
        File::open(&self.data)
            .and_then(|d| d.sync_all())
            .map_err(failed)
    }
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
    fn two_builds_never_share_a_folder_and_leftovers_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        let left = dir.path().join(SNAPSHOTS_DIR).join(".building-1");
        fs::create_dir_all(&left).unwrap();
        let workshop = Workshop::open(dir.path()).unwrap();
        assert!(!left.exists() && workshop.building().exists());
        assert!(matches!(
            Workshop::open(dir.path()),
            Err(PublishError::Locked { .. })
        ));
        let building = workshop.building().to_owned();
        drop(workshop);
        assert!(!building.exists());
    }
}
