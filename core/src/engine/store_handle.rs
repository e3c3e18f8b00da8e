//! The process's one database connection, shared by the desk and the bench, opened when first needed.
//!
//! Never used on the audio or GUI threads. The lock is held for one short transaction at a time, never
//! during inference.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::store::{Store, StoreError};

/// Clones share the connection.
#[derive(Clone)]
pub struct StoreHandle {
    path: PathBuf,
    store: Arc<Mutex<Option<Store>>>,
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
        })
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
        let mut guard = self.store.lock();
        let store = match guard.as_mut() {
            Some(store) => store,
            None => guard.insert(Store::open(&self.path)?),
        };
        work(store)
    }
}
