//! What is known of the folders of the library, for people. Reads the database and the heads of the index.

use crate::job::JobControl;
use crate::protocol::{EngineError, LibraryFolderView};
use crate::store::LibraryFile;
use crate::worker::Worker;

impl Worker {
    /// The folders of the library by path, as they are indexed for the model `model`.
    ///
    /// # Errors
    /// When the model or the database cannot be read, and [`EngineError::Cancelled`].
    pub fn library_summary(
        &self,
        model: &str,
        job: &JobControl,
    ) -> Result<Vec<LibraryFolderView>, EngineError> {
        let folders = self.store.with(|store| store.library_folders())?;
        let index = self.open_index(&self.layout(model)?);
        let indexed = index.identities();
        let mut summaries = Vec::new();
        for folder in folders {
            let files = self.known_files(folder.id, job)?;
            let is_indexed = |file: &&LibraryFile| indexed.contains(file.identity.as_str());
            let seconds: f64 = files.iter().filter_map(|file| file.length_s).sum();
            let failed = files.iter().filter(|file| !file.fault.is_empty());
            summaries.push(LibraryFolderView {
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
