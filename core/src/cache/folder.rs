//! The folder of cached embeddings: for each recording and model one file, or several if it is long.
//!
//! The first file of a recording tells how long it is; those of its further segments have the same name and a number.
//!
//! The cache writes a new file beside the old one, renames it over the old one, and never changes it afterwards. A process that
//! reads keeps the file it opened, and a crash leaves either the old file or the new one. The cache does not wait until the
//! disk has stored a file: after a power cut a checksum finds the incomplete ones, and they are computed again.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use super::entry::{self, Extent};
use super::mapping::Mapping;
use super::step_map::{Segment, steps_in_segment};
use super::vectors::Vectors;
use super::{CacheKey, RowLayout, StepMap};
use crate::platform::whole_file::{Draft, Existing};

const EXTENSION: &str = "steps";
/// What a write that did not finish leaves behind.
const UNFINISHED_EXTENSION: &str = "steps-unfinished";

/// An unfinished write older than this was given up.
const STALE_WRITE: Duration = Duration::from_secs(24 * 3600);
/// Using an entry is noted once in so long.
const USED_LATELY: Duration = Duration::from_secs(3600);

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

    /// The embeddings under `key`, if there are any of vectors that consist of `rows`. They stay in the file, which is mapped into
    /// memory.
    pub fn load(&self, key: &CacheKey, rows: &RowLayout) -> Option<StepMap> {
        self.load_while(key, rows, &mut || ControlFlow::Continue(()))
    }

    /// As [`load`](Self::load). A file of many hours takes a while to be proved sound; `go_on` is asked meanwhile, and when it
    /// breaks off there are none.
    pub fn load_while(
        &self,
        key: &CacheKey,
        rows: &RowLayout,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Option<StepMap> {
        let first = self.load_segment(key, rows, 0, go_on);
        let Some((extent, segment)) = first else {
            tracing::info!(
                recording = key.recording,
                "no cached embeddings, or out of date"
            );
            return None;
        };
        let mut map = StepMap::new(rows.clone());
        map.extend(extent.len);
        *map.segment_mut(0) = segment;
        for number in 1..extent.len.div_ceil(steps_in_segment(rows)) {
            if go_on().is_break() {
                return None;
            }
            if let Some((_, segment)) = self.load_segment(key, rows, number, go_on) {
                *map.segment_mut(number) = segment;
            }
        }
        (!go_on().is_break()).then_some(map)
    }

    fn load_segment(
        &self,
        key: &CacheKey,
        rows: &RowLayout,
        number: u64,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Option<(Extent, Segment)> {
        let path = self.path(key, number);
        let mapping = Mapping::of(&File::open(&path).ok()?).ok()?;
        let (extent, segment) = entry::read(mapping, key, go_on)?;
        let fits = extent.rows == *rows && segment.done.len() as u64 <= steps_in_segment(rows);
        fits.then(|| {
            note_used(&path);
            (extent, segment)
        })
    }

    /// Keeps `map` under `key`, instead of what the recording had with this model before: writes the segments that are not
    /// saved in this state of the recording. They lie in their files from then on, and take no more memory than is looked at.
    ///
    /// # Errors
    /// When the folder cannot be written to. Old entries that could not be replaced are then still there.
    pub fn save(&self, key: &CacheKey, map: &mut StepMap) -> Result<(), CacheError> {
        self.save_segments(key, map)
            .map_err(|source| CacheError::Write {
                path: self.folder.clone(),
                source,
            })
    }

    fn save_segments(&self, key: &CacheKey, map: &mut StepMap) -> io::Result<()> {
        // Without the first file the others are not found.
        map.segment_mut(0);
        let is_saved = |segment: &Segment| segment.saved_as.as_ref() == Some(&key.fingerprint);
        let unsaved = map.segments().iter();
        let unsaved: Vec<u64> = unsaved
            .filter(|(_, segment)| !is_saved(segment))
            .map(|(&number, _)| number)
            .collect();
        let extent = Extent {
            rows: map.rows().clone(),
            len: map.len(),
        };
        if unsaved.first() == Some(&0) {
            std::fs::create_dir_all(&self.folder)?;
            self.delete_stale(key, &extent);
        }
        for number in unsaved {
            let segment = map.segment_mut(number);
            let path = self.path(key, number);
            let (draft, mut file) = Draft::with_ending(&path, UNFINISHED_EXTENSION)?;
            let vectors = entry::write(key, &extent, segment, &mut file)?;
            draft.publish(&path, Existing::Replace)?;
            segment.saved_as = Some(key.fingerprint.clone());
            // Elsewhere files of the cache are read into memory, where the vectors are already.
            if cfg!(unix)
                && let Ok(mapping) = Mapping::of(&file)
                && let Some(vectors) = Vectors::mapped(Arc::new(mapping), vectors)
            {
                segment.vectors = vectors;
            }
        }
        Ok(())
    }

    /// Keeps what is kept under `from`, of vectors that consist of `rows`, under `to` instead: the recording was moved. Returns whether
    /// there was anything.
    ///
    /// # Errors
    /// When the folder cannot be written to. What was kept under `from` is then still there.
    pub fn move_entry(
        &self,
        from: &CacheKey,
        to: &CacheKey,
        rows: &RowLayout,
    ) -> Result<bool, CacheError> {
        let Some(mut map) = self.load(from, rows) else {
            return Ok(false);
        };
        let numbers: Vec<u64> = map.segments().keys().copied().collect();
        for number in &numbers {
            map.segment_mut(*number).saved_as = None;
        }
        self.save(to, &mut map)?;
        for number in numbers.into_iter().rev() {
            let path = self.path(from, number);
            if let Err(error) = std::fs::remove_file(&path) {
                // No recording has this key any more, and `trim` deletes it in time.
                tracing::debug!("{} stays: {error}", path.display());
            }
        }
        Ok(true)
    }

    /// Deletes the files of further segments that were made from another state of the recording.
    fn delete_stale(&self, key: &CacheKey, extent: &Extent) {
        let last = extent.len.div_ceil(steps_in_segment(&extent.rows)).max(1);
        let is_stale = |path: &PathBuf| {
            let file = File::open(path);
            file.is_ok_and(|file| !entry::is_under(key, file))
        };
        let within = (1..last).map(|number| self.path(key, number));
        let beyond = (last..).map(|number| self.path(key, number));
        let beyond = beyond.take_while(|path| path.exists());
        for path in within.chain(beyond).filter(is_stale) {
            if let Err(error) = std::fs::remove_file(&path) {
                // It is not read either, and goes by its age.
                tracing::debug!("{} stays: {error}", path.display());
            }
        }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How many recordings and models it holds embeddings of.
    pub fn entries(&self) -> usize {
        let whole = |path: &PathBuf| path.extension().is_some_and(|found| found == EXTENSION);
        let names = self.files().filter(whole).filter_map(|path| name_of(&path));
        names.collect::<HashSet<_>>().len()
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

    /// Removes what is more than `kept_bytes`, those recordings first that were used longest ago, but none that
    /// `stays`, by the name in its key. Returns how many went and their bytes.
    pub fn trim(&self, kept_bytes: u64, stays: &dyn Fn(&str) -> bool) -> (usize, u64) {
        let mut gone = (0, 0);
        for (paths, bytes) in self.surplus(kept_bytes, stays) {
            let remove = |path: &PathBuf| {
                // Somebody else's hand was quicker, or it goes another time.
                std::fs::remove_file(path)
                    .inspect_err(|error| tracing::debug!("{} stays: {error}", path.display()))
            };
            // The first file last: without it nobody finds the others.
            if paths
                .iter()
                .rev()
                .map(remove)
                .all(|removed| removed.is_ok())
            {
                gone = (gone.0 + 1, gone.1 + bytes);
            }
        }
        gone
    }

    /// What [`trim`](Self::trim) would remove: the files of each recording and model, with their bytes.
    pub fn surplus(
        &self,
        kept_bytes: u64,
        stays: &dyn Fn(&str) -> bool,
    ) -> Vec<(Vec<PathBuf>, u64)> {
        let mut entries: HashMap<String, Files> = HashMap::new();
        for path in self.files() {
            let known = path
                .metadata()
                .and_then(|known| Ok((known.modified()?, known)));
            if let (Ok((used, metadata)), Some(name)) = (known, name_of(&path)) {
                let files = entries.entry(name).or_insert_with(|| Files {
                    used,
                    paths: Vec::new(),
                    bytes: 0,
                });
                files.used = files.used.max(used);
                files.paths.push(path);
                files.bytes += metadata.len();
            }
        }
        let mut entries: Vec<Files> = entries.into_values().collect();
        for files in &mut entries {
            files
                .paths
                .sort_by_key(|path| (path.as_os_str().len(), path.clone()));
        }
        entries.sort_by(|a, b| (a.used, &a.paths).cmp(&(b.used, &b.paths)));
        let total: u64 = entries.iter().map(|files| files.bytes).sum();
        let mut excess = total.saturating_sub(kept_bytes);
        let mut surplus = Vec::new();
        for files in entries {
            if excess == 0 {
                break;
            }
            let is_in_use = files.is_being_written()
                || files.paths.iter().any(|path| {
                    let recording = File::open(path).ok().and_then(entry::recording_of);
                    recording.is_some_and(|name| stays(&name))
                });
            if !is_in_use {
                excess = excess.saturating_sub(files.bytes);
                surplus.push((files.paths, files.bytes));
            }
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

    /// Where the segment `number` is. Without the fingerprint: a recording that has changed replaces its old entries instead of
    /// adding new ones.
    fn path(&self, key: &CacheKey, number: u64) -> PathBuf {
        let mut name = Sha256::new();
        name.update(key.recording.as_bytes());
        name.update([0]);
        name.update(key.model_sha256.as_bytes());
        let mut name: String = name
            .finalize()
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        if number > 0 {
            name.push_str(&format!(".{number}"));
        }
        self.folder.join(format!("{name}.{EXTENSION}"))
    }
}

/// All files of one recording and model.
struct Files {
    used: SystemTime,
    /// The first segment first.
    paths: Vec<PathBuf>,
    bytes: u64,
}

impl Files {
    fn is_being_written(&self) -> bool {
        let is_unfinished = |path: &PathBuf| {
            path.extension()
                .is_some_and(|found| found == UNFINISHED_EXTENSION)
        };
        let is_new = self.used.elapsed().is_ok_and(|age| age < STALE_WRITE);
        is_new && self.paths.iter().any(is_unfinished)
    }
}

/// What the names of all files of a recording and model begin with.
fn name_of(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    name.split('.').next().map(str::to_owned)
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
