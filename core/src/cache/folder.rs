//! The folder of cached embeddings: one file per recording and model.
//!
//! A file is written beside its name and renamed over it, and never written to again: whoever reads it, in whatever process,
//! keeps the one that was found, and a crash leaves the old one or the new one. Nothing waits for the disk: should the whole machine
//! go down, a checksum tells what did not get there, and it is computed again.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::mapping::Mapping;
use super::{StepMap, entry};

const EXTENSION: &str = "steps";
/// What a write that did not finish leaves behind.
const UNFINISHED_EXTENSION: &str = "steps-unfinished";

/// Whose embeddings they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CacheKey {
    /// Which recording; its path or a take's name.
    pub recording: String,
    /// What the recording's content was, in whatever form its owner can tell a change by.
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
    #[error("embeddings could not be kept in {} ({source}): free some disk space or allow writing there", path.display())]
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
        if map.is_none() {
            tracing::info!(path = %path.display(), "cached embeddings are out of date");
        }
        map
    }

    /// Keeps `map` under `key`, instead of what the recording had with this model before.
    ///
    /// # Errors
    /// When the folder cannot be written to; the old entry, if any, is then still there.
    pub fn save(&self, key: &CacheKey, map: &StepMap) -> Result<(), CacheError> {
        let path = self.path(key);
        let unfinished = path.with_extension(format!(
            "{}.{UNFINISHED_EXTENSION}",
            uuid::Uuid::new_v4().simple()
        ));
        let write = || {
            std::fs::create_dir_all(&self.folder)?;
            let mut file = File::create(&unfinished)?;
            entry::write(key, map, &mut file)?;
            std::fs::rename(&unfinished, &path)
        };
        write().map_err(|source| {
            // The first error is the one worth telling.
            let _ = std::fs::remove_file(&unfinished);
            CacheError::Write {
                path: self.folder.clone(),
                source,
            }
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
    /// When a file cannot be removed; the others are removed all the same.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> CacheKey {
        CacheKey {
            recording: "take.wav".into(),
            fingerprint: "48000:12".into(),
            model_sha256: "ab".repeat(32),
        }
    }

    fn map() -> StepMap {
        let mut map = StepMap::with_dims(3);
        map.insert(0, &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        map.insert(4, &[6.0, 7.0, 8.0]);
        map
    }

    fn entry(cache: &EmbeddingCache) -> PathBuf {
        cache.files().next().unwrap()
    }

    #[test]
    fn loading_that_is_broken_off_gives_nothing_and_harms_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let cache = EmbeddingCache::new(folder.path());
        cache.save(&key(), &map()).unwrap();
        let broken_off = cache.load_while(&key(), 3, &mut || ControlFlow::Break(()));
        assert_eq!(broken_off, None);
        assert_eq!(cache.load(&key(), 3), Some(map()));
    }

    #[test]
    fn what_was_saved_is_loaded_with_its_gaps() {
        let folder = tempfile::tempdir().unwrap();
        let cache = EmbeddingCache::new(folder.path().join("new/folder"));
        assert_eq!(cache.load(&key(), 3), None);
        cache.save(&key(), &map()).unwrap();
        assert_eq!(cache.load(&key(), 3), Some(map()));
        assert_eq!(
            cache.load(&key(), 3).unwrap().missing(0..5).as_slice(),
            std::slice::from_ref(&(2..4))
        );
    }

    #[test]
    fn a_changed_recording_another_model_or_other_dims_find_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let cache = EmbeddingCache::new(folder.path());
        cache.save(&key(), &map()).unwrap();
        assert_eq!(
            cache.load(
                &CacheKey {
                    fingerprint: "48000:13".into(),
                    ..key()
                },
                3
            ),
            None
        );
        assert_eq!(
            cache.load(
                &CacheKey {
                    model_sha256: "cd".repeat(32),
                    ..key()
                },
                3
            ),
            None
        );
        assert_eq!(
            cache.load(
                &CacheKey {
                    recording: "other.wav".into(),
                    ..key()
                },
                3
            ),
            None
        );
        assert_eq!(cache.load(&key(), 4), None);
    }

    #[test]
    fn a_changed_recording_replaces_its_entry() {
        let folder = tempfile::tempdir().unwrap();
        let cache = EmbeddingCache::new(folder.path());
        cache.save(&key(), &map()).unwrap();
        cache
            .save(
                &CacheKey {
                    fingerprint: "48000:13".into(),
                    ..key()
                },
                &map(),
            )
            .unwrap();
        assert_eq!(cache.files().count(), 1);
        assert_eq!(cache.load(&key(), 3), None);
    }

    #[test]
    fn any_damaged_byte_and_any_lost_byte_means_no_entry() {
        let folder = tempfile::tempdir().unwrap();
        let cache = EmbeddingCache::new(folder.path());
        cache.save(&key(), &map()).unwrap();
        let path = entry(&cache);
        let good = std::fs::read(&path).unwrap();
        for i in 0..good.len() {
            let mut bad = good.clone();
            bad[i] ^= 0x10;
            std::fs::write(&path, &bad).unwrap();
            assert_eq!(cache.load(&key(), 3), None, "byte {i} changed");
            std::fs::write(&path, &good[..i]).unwrap();
            assert_eq!(cache.load(&key(), 3), None, "cut at {i}");
        }
        std::fs::write(&path, &good).unwrap();
        assert_eq!(cache.load(&key(), 3), Some(map()));
    }

    #[test]
    fn what_was_loaded_stays_as_it_was_when_its_file_is_replaced_or_purged() {
        let folder = tempfile::tempdir().unwrap();
        let cache = EmbeddingCache::new(folder.path());
        cache.save(&key(), &map()).unwrap();
        let loaded = cache.load(&key(), 3).unwrap();
        let mut newer = loaded.clone();
        newer.insert(0, &[9.0; 30]);
        cache.save(&key(), &newer).unwrap();
        assert_eq!((&loaded, cache.load(&key(), 3)), (&map(), Some(newer)));
        cache.purge().unwrap();
        assert_eq!(loaded, map());
        assert_eq!(cache.load(&key(), 3), None);
    }

    #[test]
    fn purging_removes_the_entries_and_leaves_other_files_alone() {
        let folder = tempfile::tempdir().unwrap();
        let cache = EmbeddingCache::new(folder.path());
        assert_eq!(cache.size_bytes(), 0);
        cache.purge().unwrap();
        cache.save(&key(), &map()).unwrap();
        let other = folder.path().join("notes.txt");
        std::fs::write(&other, b"mine").unwrap();
        std::fs::write(folder.path().join("x.1.steps-unfinished"), b"half").unwrap();
        assert!(cache.size_bytes() > 50);
        assert_eq!(cache.entries(), 1);
        cache.purge().unwrap();
        assert_eq!(cache.size_bytes(), 0);
        assert!(other.exists());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_told_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("file");
        std::fs::write(&blocked, b"").unwrap();
        let error = EmbeddingCache::new(blocked.join("cache"))
            .save(&key(), &map())
            .unwrap_err();
        assert!(
            error.to_string().contains("free some disk space"),
            "{error}"
        );
    }
}
