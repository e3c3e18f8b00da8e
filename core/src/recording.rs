//! A recording: one audio file the engine can scan, whether a take or any other file.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::cache::CacheKey;
use crate::store::{Store, StoreError};

/// Why a file is no recording.
#[derive(Debug, thiserror::Error)]
#[error("the file {path} cannot be read: {source}")]
pub struct RecordingError {
    pub path: String,
    pub source: std::io::Error,
}

/// An audio file under the name the database knows it by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Recording {
    /// The file's name without its folder: `filename` in every table.
    pub filename: String,
    pub path: PathBuf,
}

impl Recording {
    /// The recording at `path`, made absolute so that it is found from any working folder.
    ///
    /// # Errors
    /// When the path names no file.
    pub fn at(path: &Path) -> Result<Self, RecordingError> {
        let missing = |source| RecordingError {
            path: path.display().to_string(),
            source,
        };
        let absolute = std::path::absolute(path).map_err(missing)?;
        let metadata = std::fs::metadata(&absolute).map_err(missing)?;
        match absolute.file_name() {
            Some(name) if metadata.is_file() => Ok(Self {
                filename: name.to_string_lossy().into_owned(),
                path: absolute,
            }),
            _ => Err(missing(std::io::Error::from(
                std::io::ErrorKind::IsADirectory,
            ))),
        }
    }

    /// The name of this recording's embeddings by the model of that checksum.
    ///
    /// # Errors
    /// When the file is gone.
    pub fn cache_key(&self, model_sha256: &str) -> Result<CacheKey, RecordingError> {
        Ok(self.cache_key_in(self.fingerprint()?, model_sha256))
    }

    /// The same for the state of the file that had `fingerprint`.
    pub fn cache_key_in(&self, fingerprint: String, model_sha256: &str) -> CacheKey {
        CacheKey {
            recording: self.path.to_string_lossy().into_owned(),
            fingerprint,
            model_sha256: model_sha256.to_owned(),
        }
    }

    /// Length and time of the last change, which tell one state of the file from another without reading it.
    ///
    /// # Errors
    /// When the file is gone.
    pub fn fingerprint(&self) -> Result<String, RecordingError> {
        let metadata = std::fs::metadata(&self.path).map_err(|source| RecordingError {
            path: self.path.display().to_string(),
            source,
        })?;
        let changed_ns = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .map_or(0, |since| since.as_nanos());
        Ok(format!("{}:{changed_ns}", metadata.len()))
    }
}

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
