//! Finding recordings that were moved.

use std::path::Path;

use super::Worker;
use crate::marks::counted;
use crate::protocol::{EngineError, JobControl};
use crate::store::ResolvedSources;

impl Worker {
    /// Looks in `folder` and the folders below it for the recordings of `profile` that are not where clips, hard
    /// negatives and scans say, and for takes that are gone, and corrects those rows. Where a recording still is, nothing changes. Others may write
    /// while it looks.
    ///
    /// # Errors
    /// When the folder cannot be read or the database not be read or written, and [`EngineError::Cancelled`]; then no
    /// row is changed.
    pub fn find_recordings(
        &self,
        profile: &str,
        folder: &Path,
        job: &JobControl,
    ) -> Result<ResolvedSources, EngineError> {
        job.stage("reading where the recordings were", 0.0);
        let said = self.store.with(|store| store.said_sources(profile))?;
        let found = said
            .look_in(folder, &mut |folders| {
                job.stage(format!("looked into {}", counted(folders, "folder")), 0.0);
                job.proceed()
            })?
            .ok_or(EngineError::Cancelled)?;
        Ok(self.store.with(|store| store.correct_sources(&found))?)
    }
}
