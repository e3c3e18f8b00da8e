//! A trained sound in the whole library: every file is scored by the newest classifier, and the best regions of all come first.
//!
//! Reads the cached embeddings and saves nothing in the database; a scan of a file does that.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::job::JobControl;
use crate::platform::serialize_path;
use crate::protocol::EngineError;
use crate::recording::Recording;
use crate::scan::regions;
use crate::time::Span;
use crate::worker::Worker;

/// What to search the library with.
#[derive(Debug, Clone)]
pub struct LibrarySearch {
    /// Whose newest classifier it is.
    pub profile: String,
    pub model: String,
    /// Only files in this folder, if there is one.
    pub below: Option<PathBuf>,
    /// Regions are stretches that score at least this.
    pub threshold: f32,
    /// Regions that are wanted.
    pub top: usize,
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

impl Worker {
    /// The regions of all files of the library, the highest score first. Files that cannot be read are named among the notices.
    ///
    /// # Errors
    /// When nothing was learned yet, the model or the database cannot be used, and [`EngineError::Cancelled`].
    pub fn search_library(
        &mut self,
        search: &LibrarySearch,
        job: &JobControl,
    ) -> Result<Vec<LibraryHit>, EngineError> {
        self.notice_new_description(&search.model)?;
        let found = self.latest_classifier(&search.profile, &search.model)?;
        let (_, classifier) = found.ok_or_else(|| EngineError::NoClassifier {
            model: search.model.clone(),
            profile: search.profile.clone(),
        })?;
        let shape = self
            .store
            .with(|store| store.region_shape(&search.profile, &search.model))?;
        let files = self.library_files_below(search.below.as_deref(), job)?;
        let total: u64 = files.iter().map(|(_, bytes)| bytes).sum();
        let mut done = 0;
        let mut hits: Vec<LibraryHit> = Vec::new();
        for (path, bytes) in files {
            let share = |bytes: u64| bytes as f64 / total.max(1) as f64;
            job.part(share(done), share(bytes));
            done += bytes;
            job.stage(format!("scanning {}", path.display()), 0.0);
            let recording = Recording::said(&path.display().to_string(), &path);
            let scores = self.score_recording(&recording, &search.model, &classifier, job);
            self.forget(&path);
            match scores {
                Ok(scores) => {
                    let found = regions(&scores, &shape.at(search.threshold));
                    hits.extend(found.into_iter().map(|region| LibraryHit {
                        path: path.clone(),
                        span: region.span,
                        score: region.score,
                    }));
                }
                Err(error) if error.is_about_one_recording() => {
                    self.notices
                        .push(format!("left out {}: {error}", path.display()));
                }
                Err(error) => return Err(error),
            }
            // The first of equal ones stays first: files come by path.
            hits.sort_by(|a, b| b.score.total_cmp(&a.score));
            hits.truncate(search.top);
        }
        Ok(hits)
    }

    /// The files of the library in `below`, or all, that could be indexed, by path, with their bytes.
    fn library_files_below(
        &self,
        below: Option<&Path>,
        job: &JobControl,
    ) -> Result<Vec<(PathBuf, u64)>, EngineError> {
        let folders = self.store.with(|store| store.library_folders())?;
        if folders.is_empty() {
            return Err(EngineError::EmptyLibrary);
        }
        let mut files = Vec::new();
        for folder in folders {
            // A disk that is not connected would be named file by file.
            if !folder.path.is_dir() {
                continue;
            }
            let own = self.known_files(folder.id, job)?;
            let own = own.into_iter().filter(|file| {
                file.fault.is_empty() && below.is_none_or(|below| file.path.starts_with(below))
            });
            files.extend(own.map(|file| (file.path, file.size_bytes)));
        }
        files.sort();
        match files.is_empty() {
            true => Err(EngineError::NothingIndexed),
            false => Ok(files),
        }
    }
}
