//! Folders for files that are written, opened and forgotten: in memory where the machine has a file system for that. A disk
//! that has to sync the commits of a base may let who makes files beside that wait for seconds.

use std::fmt::Display;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Where Linux keeps files in memory.
const IN_MEMORY: &str = "/dev/shm";
/// How the folders' names begin.
const PREFIX: &str = "kudy-edits-";

/// A folder that is there for as long as this is; the contents of opened files are there for as long as those are.
pub(super) struct Scratch {
    folder: TempDir,
    /// Tells others that the folder is being used.
    _lock: File,
}

impl Scratch {
    /// A new folder in another one.
    ///
    /// # Errors
    /// When it cannot be made.
    fn make_in(parent: &Path) -> io::Result<Scratch> {
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        let lock = File::open(folder.path())?;
        lock.try_lock()?;
        Ok(Scratch {
            folder,
            _lock: lock,
        })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Does something with a folder: with one in memory, where there is such a place and it has room, else on the disk.
///
/// # Errors
/// What `work` says of the folder on the disk, or that there can be none.
pub(super) fn with_scratch<T, E: From<io::Error> + Display>(
    work: impl Fn(&Path) -> Result<T, E>,
) -> Result<T, E> {
    with_scratch_in((Path::new(IN_MEMORY), &std::env::temp_dir()), work)
}

fn with_scratch_in<T, E: From<io::Error> + Display>(
    (memory, disk): (&Path, &Path),
    work: impl Fn(&Path) -> Result<T, E>,
) -> Result<T, E> {
    let try_in = |parent: &Path| {
        let scratch = Scratch::make_in(parent)?;
        work(scratch.path())
    };
    if !memory.is_dir() {
        return try_in(disk);
    }
    try_in(memory).or_else(|error: E| {
        tracing::warn!(folder = %memory.display(), %error, "edits are written to the disk, which takes longer");
        try_in(disk)
    })
}

/// Removes the folders that killed servers have left behind.
pub fn remove_left_behind() {
    for parent in [PathBuf::from(IN_MEMORY), std::env::temp_dir()] {
        remove_unused(&parent);
    }
}

/// What cannot be read or removed stays: it may be another user's.
fn remove_unused(parent: &Path) {
    let Ok(entries) = parent.read_dir() else {
        return;
    };
    for entry in entries.flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if !ours || !entry.file_type().is_ok_and(|t| t.is_dir()) {
            continue;
        }
        let path = entry.path();
        let unused = File::open(&path).is_ok_and(|lock| lock.try_lock().is_ok());
        if unused && let Err(error) = std::fs::remove_dir_all(&path) {
            tracing::warn!(folder = %path.display(), %error, "cannot remove what a server has left behind");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_killed_servers_left_is_removed_and_what_is_used_is_not() -> io::Result<()> {
        let parent = tempfile::tempdir()?;
        let used = Scratch::make_in(parent.path())?;
        let left = parent.path().join("kudy-edits-left");
        let others = parent.path().join("edits");
        for folder in [&left, &others] {
            std::fs::create_dir(folder)?;
            std::fs::write(folder.join("file"), "text")?;
        }
        remove_unused(parent.path());
        assert!(used.path().exists() && others.exists() && !left.exists());
        let path = used.path().to_owned();
        drop(used);
        assert!(!path.exists());
        Ok(())
    }

    #[test]
    fn memory_is_taken_first_and_the_disk_where_it_has_no_room() -> io::Result<()> {
        let (memory, disk) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let (memory, disk) = (memory.path(), disk.path());
        let parent = |full: &[&Path], folder: &Path| match folder.parent() {
            Some(parent) if !full.contains(&parent) => Ok(parent.to_owned()),
            _ => Err(io::Error::from(io::ErrorKind::StorageFull)),
        };
        let taken = |memory: &Path, full: &[&Path]| {
            with_scratch_in((memory, disk), |folder| parent(full, folder))
        };
        assert_eq!(taken(memory, &[])?, memory);
        assert_eq!(taken(memory, &[memory])?, disk);
        assert_eq!(taken(&memory.join("none"), &[])?, disk);
        assert!(taken(memory, &[memory, disk]).is_err());
        assert!(memory.read_dir()?.chain(disk.read_dir()?).next().is_none());
        Ok(())
    }
}
