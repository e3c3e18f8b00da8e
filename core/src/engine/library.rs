//! Which recordings a profile knows and can still be read.

use std::collections::HashSet;

use super::recording::Recording;
use crate::store::{Store, StoreError};

/// Every take, and every file that was scanned in `profile`, whose audio is where it was; each once.
///
/// # Errors
/// When the database cannot be read.
pub fn known_recordings(store: &mut Store, profile: &str) -> Result<Vec<Recording>, StoreError> {
    let takes = store.takes()?.into_iter().map(|take| take.path);
    let scanned = store
        .scanned_files(profile)?
        .into_iter()
        .filter_map(|(_, path)| path);
    let mut seen = HashSet::new();
    Ok(takes
        .chain(scanned)
        .filter_map(|path| Recording::at(&path).ok())
        .filter(|recording| seen.insert(recording.path.clone()))
        .collect())
}
