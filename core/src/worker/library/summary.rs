//! What is known of the folders of the library, for people. Reads the database and the heads of the index.

use std::path::PathBuf;

use serde::Serialize;

use super::indexing::serialize_failed;
use crate::platform::serialize_path;
use crate::protocol::EngineError;
use crate::store::LibraryFile;
use crate::worker::Worker;

/// A folder of the library, and how much of it is indexed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FolderSummary {
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

impl Worker {
    /// The folders of the library by path, as they are indexed for the model `model`.
    ///
    /// # Errors
    /// When the model or the database cannot be read.
    pub fn library_summary(&self, model: &str) -> Result<Vec<FolderSummary>, EngineError> {
        let folders = self.store.with(|store| store.library_folders())?;
        let index = self.open_index(&self.layout(model)?);
        let indexed = index.identities();
        let mut summaries = Vec::new();
        for folder in folders {
            let files = self.store.with(|store| store.library_files(folder.id))?;
            let is_indexed = |file: &&LibraryFile| indexed.contains(file.identity.as_str());
            let seconds: f64 = files.iter().filter_map(|file| file.length_s).sum();
            let failed = files.iter().filter(|file| !file.fault.is_empty());
            summaries.push(FolderSummary {
                path: folder.path,
                files: files.len(),
                hours: seconds / 3_600.0,
                indexed: files.iter().filter(is_indexed).count(),
                failed: failed
                    .map(|file| (file.path.clone(), file.fault.clone()))
                    .collect(),
                fault: folder.fault,
            });
        }
        Ok(summaries)
    }
}
