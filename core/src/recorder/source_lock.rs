//! One recorder for each source, whatever the number of processes and engines: hosts run plugins in processes of their own, and
//! a duplicated track has the same source in each of them.
//!
//! A lock is a file that the operating system locks and frees again, also when the process is killed. It is not the take itself: on
//! Windows, and on some network disks, a locked file cannot be read by others. Any thread that may block on a disk.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::platform::FileIdentity;

/// Held as long as anything may still be written for a source.
#[derive(Debug)]
pub struct SourceLock {
    /// `None` where the system cannot lock: recording goes on without.
    held: Option<(File, PathBuf)>,
}

impl SourceLock {
    /// Locks the source called `source` with a file in `folder`, which is made if it is missing. `None` when another process, or
    /// another engine of this one, has locked it.
    pub fn acquire(folder: &Path, source: &str) -> Option<Self> {
        let path = path_of(folder, source);
        match lock(&path) {
            Ok(file) => Some(Self {
                held: Some((file, path)),
            }),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(error)) => {
                tracing::warn!("{} is not locked: {error}", path.display());
                Some(Self { held: None })
            }
        }
    }

    /// Whether somebody has locked the source called `source`.
    pub fn is_held(folder: &Path, source: &str) -> bool {
        let is_locked = |file: File| matches!(file.try_lock(), Err(TryLockError::WouldBlock));
        File::open(path_of(folder, source)).is_ok_and(is_locked)
    }
}

impl Drop for SourceLock {
    fn drop(&mut self) {
        if let Some((file, path)) = self.held.take() {
            // While it is locked, so that nobody can have locked this file meanwhile.
            if let Err(error) = std::fs::remove_file(&path) {
                tracing::debug!("{} stays: {error}", path.display());
            }
            drop(file);
            // Nothing is left behind when the last one goes; a folder with other locks in it stays.
            if let Some(folder) = path.parent() {
                let _ = std::fs::remove_dir(folder);
            }
        }
    }
}

fn path_of(folder: &Path, source: &str) -> PathBuf {
    folder.join(format!("{source}.lock"))
}

fn lock(path: &Path) -> Result<File, TryLockError> {
    loop {
        let file = open(path).map_err(TryLockError::Error)?;
        file.try_lock()?;
        let locked = FileIdentity::of_open(&file).map_err(TryLockError::Error)?;
        // Whoever had locked it deleted it between the two steps: a lock on that file holds nobody else up.
        if FileIdentity::of(path).is_ok_and(|found| found == locked) {
            return Ok(file);
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    let mut attempts = 0;
    loop {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        match options.open(path) {
            // Whoever freed the last lock deleted the folder between the two steps.
            Err(error) if error.kind() == io::ErrorKind::NotFound && attempts < 100 => {
                attempts += 1;
            }
            opened => return opened,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_one_recorder_until_that_lets_go() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("new");
        assert!(!SourceLock::is_held(&folder, "a"));
        let first = SourceLock::acquire(&folder, "a").unwrap();
        assert!(SourceLock::is_held(&folder, "a"));
        assert!(SourceLock::acquire(&folder, "a").is_none());
        assert!(SourceLock::acquire(&folder, "b").is_some());
        drop(first);
        assert!(!folder.exists());
        assert!(!SourceLock::is_held(&folder, "a"));
        assert!(SourceLock::acquire(&folder, "a").is_some());
    }

    #[test]
    fn however_many_try_at_once_one_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("live");
        let holders = std::sync::atomic::AtomicUsize::new(0);
        let locked = std::sync::atomic::AtomicUsize::new(0);
        let try_often = || {
            use std::sync::atomic::Ordering::SeqCst;
            for _ in 0..2_000 {
                if let Some(lock) = SourceLock::acquire(&folder, "a") {
                    assert_eq!(holders.fetch_add(1, SeqCst), 0);
                    locked.fetch_add(1, SeqCst);
                    holders.fetch_sub(1, SeqCst);
                    drop(lock);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(try_often);
            }
        });
        assert!(locked.into_inner() > 0);
    }

    #[test]
    fn where_nothing_can_be_locked_recording_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a file");
        std::fs::write(&file, "").unwrap();
        assert!(SourceLock::acquire(&file, "a").is_some());
        assert!(!SourceLock::is_held(&file, "a"));
    }
}
