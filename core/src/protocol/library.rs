//! The library as windows ask for it and see it. Plain values.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::JobView;
use crate::platform::serialize_path;
use crate::time::Span;

/// What a window asks of the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Library {
    /// Add folders, with the folders in them, and index their audio files.
    Add(Vec<PathBuf>),
    /// Remove a folder from the library; its audio files stay.
    Remove(PathBuf),
    /// Index what is new or changed in all folders.
    Update,
    /// Index nothing until [`Library::Resume`], on any machine with this database.
    Pause,
    /// Go on indexing.
    Resume,
    /// End the update at work; what it indexed stays.
    Cancel,
    /// Score all files with the newest classifier of the shown profile and model, for [`LibraryView::found`]. It is a job of the
    /// window, but gives way to live scans.
    Search {
        /// Save a version of each file in which something is found.
        saves: bool,
    },
    /// Show a recording that is no take of the track: its waveform, its versions and its marks, beside the takes.
    Open(PathBuf),
}

/// The library of the database.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LibraryView {
    /// By path; `None` until they were read.
    pub folders: Option<Arc<Vec<LibraryFolderView>>>,
    /// The update at work, if there is one.
    pub update: Option<LibraryUpdateView>,
    /// The user paused indexing.
    pub is_paused: bool,
    /// What the last search in this window found.
    pub found: Option<Arc<LibraryFound>>,
    /// Files with versions of the shown profile and model that are no takes, the last scanned first.
    pub scanned: Arc<Vec<ScannedFileView>>,
    /// Why the library could not be read or indexed, and what to do; empty when it could.
    pub problem: String,
}

/// An update of the library.
#[derive(Debug, Clone, PartialEq)]
pub struct LibraryUpdateView {
    pub job: JobView,
    /// It rests while Earmark scans or trains.
    pub gives_way: bool,
}

/// What a classifier found in the library.
#[derive(Debug, Clone, PartialEq)]
pub struct LibraryFound {
    /// Whose newest classifier searched.
    pub profile: String,
    /// The highest score first.
    pub hits: Vec<LibraryHit>,
    /// Files that were searched.
    pub files: usize,
    /// Files of which a version was saved.
    pub saved: usize,
}

/// A region in a file of the library.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LibraryHit {
    #[serde(serialize_with = "serialize_path")]
    pub path: PathBuf,
    /// In seconds from the recording's start.
    #[serde(flatten)]
    pub span: Span,
    /// 0 to 1.
    pub score: f32,
}

/// A file that was scanned beside the takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannedFileView {
    pub filename: String,
    pub path: PathBuf,
    /// The number of its newest version.
    pub version: u32,
    /// Regions of that version.
    pub regions: usize,
    /// When that version was saved, for people: `2026-01-31 14:22:33`, local time.
    pub date: String,
}

/// A folder of the library, and how much of it is indexed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LibraryFolderView {
    #[serde(serialize_with = "serialize_path")]
    pub path: PathBuf,
    pub files: usize,
    /// Of the files that were heard.
    pub hours: f64,
    pub indexed: usize,
    /// What could not be indexed, and why.
    #[serde(serialize_with = "serialize_failed")]
    pub failed: Vec<(PathBuf, String)>,
    /// Why the last update could not read the folder; empty when it could.
    pub fault: String,
}

impl LibraryView {
    /// Whether `other` shows the same, without a look at every file.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let (folders, others) = (self.folders.as_ref(), other.folders.as_ref());
        folders.map(Arc::as_ptr) == others.map(Arc::as_ptr)
            && self.update == other.update
            && self.is_paused == other.is_paused
            && self.problem == other.problem
    }
}

/// Writes what could not be indexed as `path` and `error`.
///
/// # Errors
/// When the serializer fails.
pub(crate) fn serialize_failed<S: Serializer>(
    failed: &[(PathBuf, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Failed<'a> {
        #[serde(serialize_with = "serialize_path")]
        path: &'a Path,
        error: &'a str,
    }
    serializer.collect_seq(failed.iter().map(|(path, error)| Failed { path, error }))
}
