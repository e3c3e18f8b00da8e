//! A recording: one audio file the engine can scan, whether a take or any other file.
//!
//! Its key is the name that the tables use and its path. The store decides which files are one recording and what each is
//! called (`store/recordings`); nothing else takes a name from a path. Any thread that may wait for a disk.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::cache::CacheKey;
use crate::platform;
use crate::store::{FoundFile, NamedFile, Store, StoreError, StoreHandle, TakeRow};

/// Why a file is no recording.
#[derive(Debug, thiserror::Error)]
#[error("the file {path} cannot be read: {source}")]
pub struct RecordingError {
    pub path: String,
    pub source: std::io::Error,
}

/// Why a recording could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    File(#[from] RecordingError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An audio file under the name the database knows it by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Recording {
    /// `filename` in every table: the bare file name, or `folder/name.wav` where another recording has that.
    pub filename: String,
    pub path: PathBuf,
}

impl Recording {
    /// The recording at `path`, whose name is entered in the database if it is new there.
    ///
    /// # Errors
    /// When the path names no file, or the database cannot be read or written.
    pub fn open(store: &StoreHandle, path: &Path) -> Result<Self, OpenError> {
        let file = FoundFile::at(path).map_err(|source| unreadable(path, source))?;
        let named = store.with(|store| store.enter_recording(&file))?;
        Ok(named.into())
    }

    /// The recording that `path` means, for reading what the database says of it. Its file may be gone, and `path` may be
    /// nothing but its name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn find(store: &StoreHandle, path: &Path) -> Result<Self, StoreError> {
        let named = match FoundFile::at(path) {
            Ok(file) => store.with(|store| store.recording_of(&file)),
            Err(_) => store.with(|store| store.recording_said(path)),
        };
        named.map(Self::from)
    }

    /// The recording at `path` that the tables call `filename`.
    ///
    /// # Errors
    /// When the path names no file.
    pub fn named(filename: &str, path: &Path) -> Result<Self, RecordingError> {
        let absolute = std::path::absolute(path).map_err(|source| unreadable(path, source))?;
        let metadata = std::fs::metadata(&absolute).map_err(|source| unreadable(path, source))?;
        if !metadata.is_file() {
            let is_folder = std::io::ErrorKind::IsADirectory;
            return Err(unreadable(path, is_folder.into()));
        }
        Ok(Self {
            filename: filename.to_owned(),
            path: absolute,
        })
    }

    /// A take, which has a name of its own.
    ///
    /// # Errors
    /// When its file is gone.
    pub fn of_take(take: &TakeRow) -> Result<Self, RecordingError> {
        Self::named(&take.filename, &take.path)
    }

    /// The file of a clip, to be heard in place of the recording that it was cut from. No table knows its name.
    ///
    /// # Errors
    /// When the path names no file.
    pub fn of_clip(path: &Path) -> Result<Self, RecordingError> {
        let name = path.file_name().map(platform::name_text);
        Self::named(&name.unwrap_or_default(), path)
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
            recording: platform::path_text(&self.path),
            fingerprint,
            model_sha256: model_sha256.to_owned(),
        }
    }

    /// Length, time of the last change and a checksum of samples, which tell one state of the file from another without
    /// reading all of it.
    ///
    /// # Errors
    /// When the file is gone.
    pub fn fingerprint(&self) -> Result<String, RecordingError> {
        let failed = |source| unreadable(&self.path, source);
        let metadata = std::fs::metadata(&self.path).map_err(failed)?;
        let changed_ns = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .map_or(0, |since| since.as_nanos());
        let content = platform::content_of(&self.path).map_err(failed)?;
        Ok(format!("{content}:{changed_ns}"))
    }
}

impl From<NamedFile> for Recording {
    fn from(file: NamedFile) -> Self {
        Self {
            filename: file.name,
            path: file.path,
        }
    }
}

fn unreadable(path: &Path, source: std::io::Error) -> RecordingError {
    RecordingError {
        path: path.display().to_string(),
        source,
    }
}

/// Every take, and every file that was scanned in `profile`, whose audio is where it was; each once.
///
/// # Errors
/// When the database cannot be read.
pub fn known_recordings(store: &mut Store, profile: &str) -> Result<Vec<Recording>, StoreError> {
    let takes = store.takes()?;
    let mut recordings: Vec<Recording> = takes
        .iter()
        .filter_map(|take| Recording::of_take(take).ok())
        .collect();
    let mut seen: HashSet<String> = takes.into_iter().map(|take| take.filename).collect();
    for (filename, said) in store.scanned_files(profile)? {
        if !seen.insert(filename.clone()) {
            continue;
        }
        // A file that was moved and opened again is where its row says, whatever its last scan does.
        let places = store.recording_path(&filename)?.into_iter().chain(said);
        recordings.extend(
            places
                .filter_map(|path| Recording::named(&filename, &path).ok())
                .take(1),
        );
    }
    let mut paths = HashSet::new();
    recordings.retain(|recording| paths.insert(recording.path.clone()));
    Ok(recordings)
}
