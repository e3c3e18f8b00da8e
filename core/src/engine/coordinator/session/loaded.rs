//! What the database says of what one window shows. Plain values.

use std::sync::Arc;

use crate::protocol::{
    ClassView, ClassifierView, Compared, NegativeView, Obstacle, RegionView, TabView, TrainRequest,
    TrainingCounts, TrainingView, VersionView,
};
use crate::scan::{MarkCheck, RegionShape, WindowScores};
use crate::settings::SettingsView;
use crate::store::{ClassifierId, RegionRow, ScanVersion};
use crate::worker::proof_request::ProofRequest;

/// A consistent reading of the database for one session.
pub(in crate::engine::coordinator) struct Loaded {
    pub profiles: Vec<String>,
    pub obstacles: Vec<Obstacle>,
    pub shown_take: Option<String>,
    pub tabs: Vec<TabView>,
    pub versions: Vec<VersionView>,
    pub shown_version: Option<ScanVersion>,
    pub regions: Arc<Vec<RegionView>>,
    pub compared: Option<ComparedVersion>,
    pub scores: Option<Arc<WindowScores>>,
    pub shape: RegionShape,
    pub classes: Vec<ClassView>,
    pub negatives: Arc<Vec<NegativeView>>,
    pub classifiers: Vec<ClassifierView>,
    /// What the classifiers are asked about, for a window that looks.
    pub proof: Option<Arc<ProofRequest>>,
    pub newest_classifier: Option<ClassifierId>,
    pub marks_since_training: usize,
    pub training: Option<TrainingView>,
    pub last_training: Option<TrainRequest>,
    pub settings: Arc<SettingsView>,
}

impl Loaded {
    /// What the training that the window considers would be made of.
    pub fn training_counts(&self) -> Option<&TrainingCounts> {
        self.training.as_ref()?.counts.as_deref()
    }
}

/// A version beside the shown one, by the same model or by another.
pub(in crate::engine::coordinator) struct ComparedVersion {
    pub with: Compared,
    pub version: ScanVersion,
    pub regions: Vec<RegionRow>,
    pub check: Option<Arc<MarkCheck>>,
}
