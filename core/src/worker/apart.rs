//! Scores by classifiers that are in no database, for scans that many computers share. Worker thread, or the caller's in the command line.
//! It must never ask for the database.

use std::sync::Arc;

use super::Worker;
use super::sounds::by_space;
use crate::classifier::{Classifier, Joint};
use crate::job::JobControl;
use crate::protocol::EngineError;
use crate::recording::Recording;
use crate::scan::WindowScores;

/// Classifiers of one model that score each recording together. What they have in common is prepared once.
pub struct Together {
    model: String,
    /// By space: the numbers of the classifiers, and these as one.
    joints: Vec<(Vec<usize>, Arc<Joint>)>,
}

impl Together {
    /// `classifiers` over the embeddings of `model`.
    pub fn new(model: &str, classifiers: &[Arc<Classifier>]) -> Self {
        let joints = by_space(classifiers).into_iter().map(|numbers| {
            let members = numbers.iter().filter_map(|&number| classifiers.get(number));
            let joint = Joint::new(members.cloned().collect());
            (numbers, Arc::new(joint))
        });
        Self {
            model: model.to_owned(),
            joints: joints.collect(),
        }
    }
}

impl Worker {
    /// Scores of every window of `recording` by each of `classifiers`, in their order, and where sounds begin and end in it, exactly as a
    /// scan for all of them has them. The recording is embedded once.
    ///
    /// # Errors
    /// When the recording or the model cannot be used, or the job was cancelled.
    pub fn scores_by(
        &mut self,
        recording: &Recording,
        classifiers: &Together,
        job: &JobControl,
    ) -> Result<Vec<WindowScores>, EngineError> {
        job.go_on()?;
        self.score_jointly(recording, &classifiers.model, &classifiers.joints, job)
    }
}
