//! Scores by a classifier that is in no database, for scans that many computers share. Worker thread, or the caller's in the command line.
//! It must never ask for the database.

use std::sync::Arc;

use super::Worker;
use crate::classifier::Classifier;
use crate::job::JobControl;
use crate::protocol::EngineError;
use crate::recording::Recording;
use crate::scan::WindowScores;

impl Worker {
    /// Scores of every window of `recording`, and where sounds begin and end in it, exactly as a scan has them. What was embedded for one
    /// classifier is at hand for the next, until the recording is forgotten.
    ///
    /// # Errors
    /// When the recording or the model cannot be used, or the job was cancelled.
    pub fn scores_by(
        &mut self,
        recording: &Recording,
        model: &str,
        classifier: &Arc<Classifier>,
        job: &JobControl,
    ) -> Result<WindowScores, EngineError> {
        job.go_on()?;
        self.score_recording(recording, model, classifier, job)
    }
}
