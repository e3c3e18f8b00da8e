//! The process's one database connection, shared by the desk and the bench, opened when first needed.
//!
//! Each clone has its own patience with other writers: the bench's is long, the desk has windows to serve.
//!
//! Never used on the audio or GUI threads. The lock is held for one short transaction at a time, never
//! during inference.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::store::{BUSY_WAIT, Store, StoreError};

/// Clones share the connection.
#[derive(Clone)]
pub struct StoreHandle {
    path: PathBuf,
    store: Arc<Mutex<Option<Store>>>,
    patience: Duration,
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

    /// Runs `work` on the database, opening it first when it is not open. After a failure to open, the next call
    /// tries again: the user may have mended the cause.
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
        let store = match guard.as_mut() {
            Some(store) => {
                store.set_busy_wait(self.patience)?;
                store
            }
            None => guard.insert(Store::open_waiting(&self.path, self.patience)?),
        };
        work(store)
    }
}
