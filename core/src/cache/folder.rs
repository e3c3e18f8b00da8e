//! The folder of cached embeddings: one file per recording and model.
//!
//! A file is written beside its name and renamed over it, so that a crash leaves the old one or the new one; a
//! checksum over all of it tells a damaged file from a good one. Layout, little-endian: magic, version, key
//! (three strings), dims, steps, one byte per step, the vectors in half precision, SHA-256 of everything before.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use half::f16;
use half::slice::HalfFloatSliceExt;
use sha2::{Digest, Sha256};

use super::StepMap;

const MAGIC: &[u8; 8] = b"EMSTEPS1";
const CHECKSUM_BYTES: usize = 32;
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

    /// The embeddings under `key`, if there are any of vectors of `dims` values.
    pub fn load(&self, key: &CacheKey, dims: usize) -> Option<StepMap> {
        let path = self.path(key);
        let bytes = std::fs::read(&path).ok()?;
        let map = parse(&bytes, key).filter(|map| map.dims() == dims);
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
            file.write_all(&serialise(key, map))?;
            file.sync_all()?;
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

fn serialise(key: &CacheKey, map: &StepMap) -> Vec<u8> {
    let mut bytes =
        Vec::with_capacity(std::mem::size_of_val(map.vectors()) + map.done().len() + 1024);
    bytes.extend_from_slice(MAGIC);
    for part in [&key.recording, &key.fingerprint, &key.model_sha256] {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes.extend_from_slice(&(map.dims() as u64).to_le_bytes());
    bytes.extend_from_slice(&map.len().to_le_bytes());
    bytes.extend(map.done().iter().map(|&done| u8::from(done)));
    bytes.extend(
        map.vectors()
            .reinterpret_cast()
            .iter()
            .flat_map(|bits| bits.to_le_bytes()),
    );
    let checksum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&checksum);
    bytes
}

/// The map in `bytes`; `None` when they are damaged or belong to another key.
fn parse(bytes: &[u8], key: &CacheKey) -> Option<StepMap> {
    let (content, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM_BYTES)?)?;
    let mut rest = content.strip_prefix(MAGIC)?;
    for part in [&key.recording, &key.fingerprint, &key.model_sha256] {
        let length = usize::try_from(take_u64(&mut rest)?).ok()?;
        let (found, after) = rest.split_at_checked(length)?;
        rest = after;
        if found != part.as_bytes() {
            return None;
        }
    }
    // After the key, which tells a stale entry without reading all of it.
    if Sha256::digest(content).as_slice() != checksum {
        return None;
    }
    let dims = usize::try_from(take_u64(&mut rest)?).ok()?;
    let steps = usize::try_from(take_u64(&mut rest)?).ok()?;
    let (done, vectors) = rest.split_at_checked(steps)?;
    let (vectors, odd) = vectors.as_chunks();
    if !odd.is_empty() {
        return None;
    }
    let vectors = vectors
        .iter()
        .map(|bytes| f16::from_le_bytes(*bytes))
        .collect();
    StepMap::from_parts(dims, vectors, done.iter().map(|&done| done != 0).collect())
}

fn take_u64(bytes: &mut &[u8]) -> Option<u64> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u64::from_le_bytes(*first))
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
