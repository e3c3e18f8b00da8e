//! What the database says of what one window shows. Plain values.

use std::path::PathBuf;
use std::sync::Arc;

use super::other_sounds::OtherSounds;
use super::similar::FoundStretches;
use crate::protocol::{Compared, TrainingCounts, View};
use crate::scan::MarkCheck;
use crate::store::{ClassifierId, RegionRow, ScanVersion};
use crate::worker::proof_request::ProofQuestion;

/// A consistent reading of the database for one session.
#[derive(Default)]
pub(in crate::engine::coordinator) struct Loaded {
    /// What the window shows of it; what the database does not keep is empty.
    pub view: View,
    pub compared: Option<ComparedVersion>,
    /// The other sounds of the watch list, if there are any.
    pub others: Option<OtherSounds>,
    /// What the classifiers are asked about, for a window that looks.
    pub proof: Option<Arc<ProofQuestion>>,
    /// Files that decide where marks disagree about their recording: to be looked for.
    pub contested_files: Vec<PathBuf>,
    /// The marks on what the last search for similar stretches found.
    pub similar: FoundStretches,
    pub newest_classifier: Option<ClassifierId>,
}

impl Loaded {
    /// What the training that the window considers would be made of.
    pub fn training_counts(&self) -> Option<&TrainingCounts> {
        self.view.learning.training.as_ref()?.counts.as_deref()
    }
}

/// A version beside the shown one, by the same model or by another.
pub(in crate::engine::coordinator) struct ComparedVersion {
    pub with: Compared,
    pub version: ScanVersion,
    pub regions: Vec<RegionRow>,
    pub check: Option<Arc<MarkCheck>>,
}
