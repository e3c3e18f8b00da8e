//! The folder of cached embeddings: one file per recording and model.
//!
//! The cache writes a new file beside the old one, renames it over the old one, and never changes it afterwards. A process that
//! reads keeps the file it opened, and a crash leaves either the old file or the new one. The cache does not wait until the
//! disk has stored a file: after a power cut a checksum finds the incomplete ones, and they are computed again.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use super::mapping::Mapping;
use super::{StepMap, entry};
use crate::platform::whole_file::{Draft, Existing};

const EXTENSION: &str = "steps";
/// What a write that did not finish leaves behind.
const UNFINISHED_EXTENSION: &str = "steps-unfinished";

/// An unfinished write older than this was given up.
const STALE_WRITE: Duration = Duration::from_secs(24 * 3600);
/// Using an entry is noted once in so long.
const USED_LATELY: Duration = Duration::from_secs(3600);

/// Whose embeddings they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CacheKey {
    /// Which recording; its path or a take's name.
    pub recording: String,
    /// Changes when the recording's content does.
    pub fingerprint: String,
    /// SHA-256 of the model file.
    pub model_sha256: String,
}

impl CacheKey {
    pub(super) fn parts(&self) -> [&str; 3] {
        [&self.recording, &self.fingerprint, &self.model_sha256]
    }
}

/// Why embeddings were not saved. They are still in memory, and computed again the next time.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    #[error("embeddings could not be saved in {} ({source}): free some disk space, or allow writing there", path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the cache in {} could not be emptied ({source}): close other programs that use it, or delete the folder", path.display())]
    Purge {
        path: PathBuf,
        source: std::io::Error,
    },
}

/// A folder of embeddings. Several processes may share it.
#[derive(Debug, Clone)]
pub struct EmbeddingCache {
    folder: PathBuf,
}

impl EmbeddingCache {
    /// The cache in `folder`, which is made when something is saved.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The embeddings under `key`, if there are any of vectors of `dims` values. They stay in the file, which is mapped into
    /// memory.
    pub fn load(&self, key: &CacheKey, dims: usize) -> Option<StepMap> {
        self.load_while(key, dims, &mut || ControlFlow::Continue(()))
    }

    /// As [`load`](Self::load). A file of many hours takes a while to be proved sound; `go_on` is asked meanwhile, and when it
    /// breaks off there are none.
    pub fn load_while(
        &self,
        key: &CacheKey,
        dims: usize,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Option<StepMap> {
        let path = self.path(key);
        let mapping = Mapping::of(&File::open(&path).ok()?).ok()?;
        let map = entry::read(mapping, key, go_on).filter(|map| map.dims() == dims);
        match map {
            Some(_) => note_used(&path),
            None => tracing::info!(path = %path.display(), "cached embeddings are out of date"),
        }
        map
    }

    /// Keeps `map` under `key`, instead of what the recording had with this model before.
    ///
    /// # Errors
    /// When the folder cannot be written to; the old entry, if any, is then still there.
    pub fn save(&self, key: &CacheKey, map: &StepMap) -> Result<(), CacheError> {
        let path = self.path(key);
        let write = || {
            std::fs::create_dir_all(&self.folder)?;
            let (draft, mut file) = Draft::with_ending(&path, UNFINISHED_EXTENSION)?;
            entry::write(key, map, &mut file)?;
            Ok(draft.publish(&path, Existing::Replace)?)
        };
        write().map_err(|source| CacheError::Write {
            path: self.folder.clone(),
            source,
        })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How many recordings and models it holds embeddings of.
    pub fn entries(&self) -> usize {
        let whole = |path: &PathBuf| path.extension().is_some_and(|found| found == EXTENSION);
        self.files().filter(whole).count()
    }

    /// What the cache takes on disk.
    pub fn size_bytes(&self) -> u64 {
        self.files()
            .filter_map(|path| Some(path.metadata().ok()?.len()))
            .sum()
    }

    /// Removes all entries. Other files in the folder stay.
    ///
    /// # Errors
    /// When a file cannot be deleted. The others are deleted nevertheless.
    pub fn purge(&self) -> Result<(), CacheError> {
        let mut first_error = None;
        for path in self.files() {
            match std::fs::remove_file(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(source) => {
                    first_error.get_or_insert(CacheError::Purge {
                        path: self.folder.clone(),
                        source,
                    });
                }
            }
        }
        first_error.map_or(Ok(()), Err)
    }

    /// Removes what is more than `kept_bytes`, those entries first that were used longest ago, but none of a recording that
    /// `stays`, by the name in its key. Returns how many went and their bytes.
    pub fn trim(&self, kept_bytes: u64, stays: &dyn Fn(&str) -> bool) -> (usize, u64) {
        let mut gone = (0, 0);
        for (path, bytes) in self.surplus(kept_bytes, stays) {
            match std::fs::remove_file(&path) {
                Ok(()) => gone = (gone.0 + 1, gone.1 + bytes),
                // Somebody else's hand was quicker, or it goes another time.
                Err(error) => tracing::debug!("{} stays: {error}", path.display()),
            }
        }
        gone
    }

    /// What [`trim`](Self::trim) would remove, with the bytes of each.
    pub fn surplus(&self, kept_bytes: u64, stays: &dyn Fn(&str) -> bool) -> Vec<(PathBuf, u64)> {
        let mut files: Vec<(SystemTime, PathBuf, u64)> = self
            .files()
            .filter_map(|path| {
                let metadata = path.metadata().ok()?;
                Some((metadata.modified().ok()?, path, metadata.len()))
            })
            .collect();
        files.sort();
        let total: u64 = files.iter().map(|(_, _, bytes)| bytes).sum();
        let mut excess = total.saturating_sub(kept_bytes);
        let mut surplus = Vec::new();
        for (used, path, bytes) in files {
            if excess == 0 {
                break;
            }
            let is_being_written = path
                .extension()
                .is_some_and(|found| found == UNFINISHED_EXTENSION)
                && used.elapsed().is_ok_and(|age| age < STALE_WRITE);
            let recording = File::open(&path).ok().and_then(entry::recording_of);
            if is_being_written || recording.is_some_and(|name| stays(&name)) {
                continue;
            }
            excess = excess.saturating_sub(bytes);
            surplus.push((path, bytes));
        }
        surplus
    }

    fn files(&self) -> impl Iterator<Item = PathBuf> {
        let ours = |path: &PathBuf| {
            path.extension().is_some_and(|extension| {
                extension == EXTENSION || extension == UNFINISHED_EXTENSION
            })
        };
        std::fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(ours)
    }

    /// Without the fingerprint: a recording that has changed replaces its old entry instead of adding one.
    fn path(&self, key: &CacheKey) -> PathBuf {
        let mut name = Sha256::new();
        name.update(key.recording.as_bytes());
        name.update([0]);
        name.update(key.model_sha256.as_bytes());
        let name: String = name
            .finalize()
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Path::new(&self.folder).join(name).with_extension(EXTENSION)
    }
}

/// Remembers, in the date of an entry, that it was used: what is inside is never changed. A disk that keeps no dates makes
/// the order of going a matter of when things were computed.
fn note_used(path: &Path) {
    let metadata = path.metadata().and_then(|metadata| metadata.modified());
    let is_known = metadata.is_ok_and(|used| used.elapsed().is_ok_and(|age| age < USED_LATELY));
    if !is_known {
        let file = File::options().write(true).open(path);
        if let Err(error) = file.and_then(|file| file.set_modified(SystemTime::now())) {
            tracing::debug!("{} keeps its date: {error}", path.display());
        }
    }
}

#[cfg(test)]
mod tests;
