//! The process's one database connection, shared by the desk and the bench, opened when first needed.
//!
//! Each clone has its own patience with other writers: the bench's is long, the desk has windows to serve.
//!
//! Never used on the audio or GUI threads. The lock is held for one short transaction at a time, never
//! during inference.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::store::{BUSY_WAIT, Store, StoreError};

/// Clones share the connection.
#[derive(Clone)]
pub struct StoreHandle {
    path: PathBuf,
    store: Arc<Mutex<Connection>>,
    generation: Arc<AtomicU64>,
    patience: Duration,
}

#[derive(Default)]
enum Connection {
    #[default]
    NotYet,
    Open(Box<Store>),
    /// The file is no longer the one that was open.
    Lost,
}

impl StoreHandle {
    /// The database at `path`, or where [`Store::default_path`] says. Opens nothing yet.
    ///
    /// # Errors
    /// When nothing says where the database is.
    pub fn new(path: Option<PathBuf>) -> Result<Self, StoreError> {
        Ok(Self {
            path: path.map_or_else(|| Store::default_path(None), Ok)?,
            store: Arc::default(),
            generation: Arc::default(),
            patience: BUSY_WAIT,
        })
    }

    /// The same connection, given up on with [`StoreError::Locked`] after `patience`.
    pub fn with_patience(&self, patience: Duration) -> Self {
        Self {
            patience,
            ..self.clone()
        }
    }

    /// Where the database is or will be.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Grows whenever the file turns out to be another than the one that was open. What was learned from the database
    /// under another number, row identities above all, means nothing in the next file.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Runs `work` on the database, opening it first when it is not open. After a failure to open, the next call
    /// tries again: the user may have mended the cause. When the file was deleted, moved or replaced in the meantime,
    /// the call says so, and the next one opens what is there by then, or makes a new one.
    ///
    /// # Errors
    /// When the database does not open, or whatever `work` says.
    pub fn with<T>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let begun = Instant::now();
        let Some(mut guard) = self.store.try_lock_for(self.patience) else {
            return Err(StoreError::Locked {
                path: self.path.clone(),
                waited: begun.elapsed(),
            });
        };
        if let Connection::Open(store) = &mut *guard {
            store.set_busy_wait(self.patience);
        } else {
            self.refuse_a_lost_folder(&guard)?;
            *guard = Connection::Open(Box::new(Store::open_waiting(&self.path, self.patience)?));
        }
        let Connection::Open(store) = &mut *guard else {
            return Err(self.gone());
        };
        let outcome = work(store);
        if outcome.as_ref().is_err_and(StoreError::is_of_another_file)
            && let Connection::Open(store) = std::mem::replace(&mut *guard, Connection::Lost)
        {
            store.let_go();
            self.generation.fetch_add(1, Ordering::AcqRel);
        }
        outcome
    }

    /// A disk that was taken out leaves a path without its folder, and a new database there would hide the old one
    /// when the disk comes back.
    fn refuse_a_lost_folder(&self, connection: &Connection) -> Result<(), StoreError> {
        let lost = matches!(connection, Connection::Lost);
        match self.path.parent() {
            Some(folder) if lost && !folder.as_os_str().is_empty() && !folder.is_dir() => {
                Err(self.gone())
            }
            _ => Ok(()),
        }
    }

    fn gone(&self) -> StoreError {
        StoreError::Gone {
            path: self.path.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profiles(handle: &StoreHandle) -> Result<Vec<String>, StoreError> {
        handle.with(|store| store.profiles())
    }

    #[cfg(unix)] // Elsewhere an open database can be neither deleted nor replaced.
    #[test]
    fn a_database_that_was_deleted_or_replaced_is_told_once_and_opened_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/earmark.db");
        let handle = StoreHandle::new(Some(path.clone())).unwrap();
        handle.with(|store| store.create_profile("old")).unwrap();
        assert_eq!(handle.generation(), 0);

        std::fs::remove_file(&path).unwrap();
        let told = handle
            .with(|store| store.create_profile("lost"))
            .unwrap_err();
        assert!(matches!(told, StoreError::Gone { .. }), "{told:?}");
        assert_eq!(profiles(&handle).unwrap(), ["default"]);
        assert_eq!(handle.generation(), 1);

        let other = folder.path().join("other.db");
        Store::open(&other)
            .unwrap()
            .create_profile("other")
            .unwrap();
        std::fs::rename(&other, &path).unwrap();
        let told = profiles(&handle).unwrap_err();
        assert!(matches!(told, StoreError::Replaced { .. }), "{told:?}");
        assert_eq!(profiles(&handle).unwrap(), ["default", "other"]);

        // The disk is taken out and comes back.
        let away = folder.path().join("away");
        std::fs::rename(path.parent().unwrap(), &away).unwrap();
        for _ in 0..2 {
            let told = profiles(&handle).unwrap_err();
            assert!(matches!(told, StoreError::Gone { .. }), "{told:?}");
        }
        std::fs::rename(&away, path.parent().unwrap()).unwrap();
        assert_eq!(profiles(&handle).unwrap(), ["default", "other"]);
    }
}
