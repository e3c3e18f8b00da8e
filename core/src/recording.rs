//! A recording: one audio file the engine can scan, whether a take or any other file.
//!
//! Its key is the name that the tables use and its path. The store decides which files are one recording and what each is
//! called (`store/recordings`); nothing else takes a name from a path. Any thread that may wait for a disk.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::cache::CacheKey;
use crate::platform;
use crate::store::{FoundFile, NamedFile, StoreError, StoreHandle, TakeRow};

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
        let said = Self::said(filename, path);
        let metadata = std::fs::metadata(&said.path).map_err(|source| unreadable(path, source))?;
        if !metadata.is_file() {
            let is_folder = std::io::ErrorKind::IsADirectory;
            return Err(unreadable(path, is_folder.into()));
        }
        Ok(said)
    }

    /// The recording that the tables call `filename` and say is at `path`. Asks no disk whether it is.
    pub fn said(filename: &str, path: &Path) -> Self {
        Self {
            filename: filename.to_owned(),
            path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
        }
    }

    /// A take, which has a name of its own. Asks no disk whether its file is there.
    pub fn of_take(take: &TakeRow) -> Self {
        Self::said(&take.filename, &take.path)
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

    /// What tells one state of the recording's content from another, for the model of that checksum.
    ///
    /// # Errors
    /// When the file is gone.
    pub fn content_name(&self, model_sha256: &str) -> Result<String, RecordingError> {
        let key = self.cache_key(model_sha256)?;
        Ok([key.recording, key.fingerprint, key.model_sha256].join("\n"))
    }

    /// Length, time of the last change and a checksum of samples, which tell one state of the file from another without
    /// reading all of it.
    ///
    /// # Errors
    /// When the file is gone.
    pub fn fingerprint(&self) -> Result<String, RecordingError> {
        platform::fingerprint_of(&self.path).map_err(|source| unreadable(&self.path, source))
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

/// The first of `places` that is a file; where none is, the first of them is the one that is missed.
pub(crate) fn first_there(places: &[PathBuf]) -> &Path {
    let there = places.iter().find(|path| path.is_file());
    there
        .or(places.first())
        .map_or(Path::new(""), PathBuf::as_path)
}

fn unreadable(path: &Path, source: std::io::Error) -> RecordingError {
    RecordingError {
        path: path.display().to_string(),
        source,
    }
}

/// Every take, and every file that was scanned in `profile`, whose audio is where it was; each once. Looks for the files while
/// nobody waits for the database.
///
/// # Errors
/// When the database cannot be read.
pub fn known_recordings(store: &StoreHandle, profile: &str) -> Result<Vec<Recording>, StoreError> {
    let (takes, scanned) = store.with(|store| {
        let mut scanned = Vec::new();
        for (filename, said) in store.scanned_files(profile)? {
            // A file that was moved and opened again is where its row says, whatever its last scan does.
            let places = store.recording_path(&filename)?.into_iter().chain(said);
            scanned.push((filename, places.collect::<Vec<_>>()));
        }
        Ok((store.takes()?, scanned))
    })?;
    let takes = takes
        .into_iter()
        .map(|take| (take.filename, vec![take.path]));
    let (mut names, mut paths) = (HashSet::new(), HashSet::new());
    let mut recordings = Vec::new();
    for (filename, places) in takes.chain(scanned) {
        if !names.insert(filename.clone()) {
            continue;
        }
        let places = places.iter();
        let found = places.filter_map(|path| Recording::named(&filename, path).ok());
        recordings.extend(found.take(1));
    }
    recordings.retain(|recording| paths.insert(recording.path.clone()));
    Ok(recordings)
}
