//! A trained sound in the whole library: every file is scored by the newest classifier, and the best regions of all come first.
//!
//! Reads the cached embeddings. It saves a version of each file with a region if the user wants that, else nothing.

use std::path::{Path, PathBuf};

use crate::classifier::Classifier;
use crate::job::JobControl;
use crate::protocol::{EngineError, LibraryFound, LibraryHit};
use crate::recording::Recording;
use crate::scan::{RegionSettings, WindowScores, regions};
use crate::store::ClassifierId;
use crate::worker::{ScanRequest, Worker};

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
    /// Save a version of each file that has a region.
    pub saves: bool,
}

impl Worker {
    /// The regions of all files of the library, the highest score first. Files that cannot be read are named among the notices.
    ///
    /// # Errors
    /// When nothing was learned yet, the model or the database cannot be used, and [`EngineError::Cancelled`]; versions that were saved
    /// before stay.
    pub fn search_library(
        &mut self,
        search: &LibrarySearch,
        job: &JobControl,
    ) -> Result<LibraryFound, EngineError> {
        self.notice_new_description(&search.model)?;
        let found = self.latest_classifier(&search.profile, &search.model)?;
        let (id, classifier) = found.ok_or_else(|| EngineError::NoClassifier {
            model: search.model.clone(),
            profile: search.profile.clone(),
        })?;
        let shape = self
            .store
            .with(|store| store.region_shape(&search.profile, &search.model))?;
        let settings = shape.at(search.threshold);
        let files = self.library_files_below(search.below.as_deref(), job)?;
        let total: u64 = files.iter().map(|(_, bytes)| bytes).sum();
        let mut done = 0;
        let mut found = LibraryFound {
            profile: search.profile.clone(),
            hits: Vec::new(),
            files: files.len(),
            saved: 0,
        };
        for (path, bytes) in files {
            let share = |bytes: u64| bytes as f64 / total.max(1) as f64;
            job.part(share(done), share(bytes));
            done += bytes;
            job.stage(format!("scanning {}", path.display()), 0.0);
            let searched = self.search_file(&path, search, (id, &classifier), settings, job);
            self.forget(&path);
            match searched {
                Ok((hits, is_saved)) => {
                    found.hits.extend(hits);
                    found.saved += usize::from(is_saved);
                }
                Err(error) if error.is_about_one_recording() => {
                    self.notices
                        .push(format!("left out {}: {error}", path.display()));
                }
                Err(error) => return Err(error),
            }
            // The first of equal ones stays first: files come by path.
            found.hits.sort_by(|a, b| b.score.total_cmp(&a.score));
            found.hits.truncate(search.top);
        }
        Ok(found)
    }

    /// The regions of one file, and whether a version of it was saved.
    fn search_file(
        &mut self,
        path: &Path,
        search: &LibrarySearch,
        (id, classifier): (ClassifierId, &Classifier),
        settings: RegionSettings,
        job: &JobControl,
    ) -> Result<(Vec<LibraryHit>, bool), EngineError> {
        let recording = Recording::said(&path.display().to_string(), path);
        let scores = self.score_recording(&recording, &search.model, classifier, job)?;
        let hits: Vec<LibraryHit> = regions(&scores, &settings)
            .into_iter()
            .map(|region| LibraryHit {
                path: path.to_owned(),
                span: region.span,
                score: region.score,
            })
            .collect();
        let is_saved =
            search.saves && !hits.is_empty() && self.save_found(path, search, id, scores)?;
        Ok((hits, is_saved))
    }

    /// Saves what was found in a file as its newest version, unless that says the same already.
    fn save_found(
        &mut self,
        path: &Path,
        search: &LibrarySearch,
        classifier: ClassifierId,
        scores: WindowScores,
    ) -> Result<bool, EngineError> {
        let request = ScanRequest {
            recording: Recording::open(&self.store, path)?,
            profile: search.profile.clone(),
            model: search.model.clone(),
            threshold: search.threshold,
        };
        if self.is_saved(&request, classifier, &scores)? {
            return Ok(false);
        }
        self.save_version(&request, classifier, scores)?;
        Ok(true)
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
