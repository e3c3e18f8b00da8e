//! The head over one model's embeddings: trained from a handful of examples, calibrated, measured, serialised.
//!
//! Regularised least squares with a Gaussian kernel over vectors whose views were compressed, scaled to unit length,
//! standardised, and projected to where the searched recordings vary: of the heads measured (`docs/learning.md`) it was the best from about ten positives on. Pure computation; runs
//! on an engine worker and takes from milliseconds to a second. Must never know where vectors come from or go
//! (no audio, no model, no database), and never print or log.

mod calibration;
mod choice;
mod cholesky;
mod codec;
mod cross_validation;
mod fit;
mod fit_settings;
mod folds;
mod joint;
mod machine;
mod platt;
mod space;
mod whitening;

pub use calibration::Calibration;
pub use choice::MOST_OF_A_CLASS;
pub use codec::DecodeError;
pub use fit::{FitError, fit};
pub use fit_settings::FitSettings;
pub use joint::Joint;
pub use space::{Compression, Space, View};

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use calibration::Sigmoid;
use machine::Machine;

/// Where an example comes from, which also says whether it is the sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A positive clip as it was exported.
    Clip,
    /// A positive clip that lies in a recording to be searched: a hit that was confirmed, or marked by ear.
    Confirmed,
    /// A copy of a positive clip mixed with background; trained on, never measured on.
    Mixed,
    /// A clip of the class chosen as "not the sound".
    NegativeClip,
    /// A span marked "not this sound" while reviewing.
    HardNegative,
    /// A random unlabelled window.
    Background,
}

impl Origin {
    /// Whether such an example is the sound.
    pub fn is_positive(self) -> bool {
        matches!(self, Self::Clip | Self::Confirmed | Self::Mixed)
    }
}

/// One vector to learn from.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The embedding, as long as the model's dimensions, as the model gave it.
    pub vector: Vec<f32>,
    pub origin: Origin,
    /// Examples of one group are never split between fitting and measuring. What resembles each other for other
    /// reasons than being the sound belongs in one group: a clip and its mixed copies, neighbouring windows of one
    /// stretch of a recording.
    pub group: u32,
}

/// How many examples of each origin a classifier was trained from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub clips: u32,
    pub mixed: u32,
    pub negative_clips: u32,
    pub hard_negatives: u32,
    pub background: u32,
}

impl Counts {
    fn of(examples: &[Example]) -> Self {
        let mut counts = Self::default();
        for example in examples {
            let count = match example.origin {
                Origin::Clip | Origin::Confirmed => &mut counts.clips,
                Origin::Mixed => &mut counts.mixed,
                Origin::NegativeClip => &mut counts.negative_clips,
                Origin::HardNegative => &mut counts.hard_negatives,
                Origin::Background => &mut counts.background,
            };
            *count = count.saturating_add(1);
        }
        counts
    }
}

/// Figures from grouped cross-validation over all examples but the mixed ones, 0 to 1. They rank classifiers trained
/// from the same marks; they are no promise for a recording, where the sound is far rarer than among the examples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Folds that could be held out.
    pub folds: u32,
    pub average_precision: f32,
    pub best_f1: f32,
    /// The threshold that is suggested: halfway between the decision at which F1 was best with mixed copies among the positives,
    /// and the machine's own boundary.
    pub best_f1_threshold: f32,
    /// The best precision that still finds half of the positives.
    pub precision_at_half_recall: f32,
    /// Precision against recall, the highest threshold first; at most [`MOST_CURVE_POINTS`]. Empty where an earlier
    /// version measured.
    #[serde(default)]
    pub curve: Vec<CurvePoint>,
}

/// Points of a stored curve at most: more than a small drawing shows.
pub const MOST_CURVE_POINTS: usize = 40;

/// What cutting at a score would give, measured on held-out examples. All 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    pub threshold: f32,
    pub precision: f32,
    pub recall: f32,
}

/// A trained classifier. Immutable; scoring needs nothing else.
#[derive(Debug, Clone, PartialEq)]
pub struct Classifier {
    space: Space,
    machine: Machine,
    sigmoid: Sigmoid,
    counts: Counts,
    metrics: Option<Metrics>,
}

impl Classifier {
    /// Scores of `vectors` (row-major, one row of [`Self::dims`] values each): calibrated, 0 to 1, `NaN` for a row with a
    /// value that is not finite. The caller sees to whole rows of the right model; a trailing incomplete row gets no
    /// score.
    pub fn predict(&self, vectors: &[f32]) -> Vec<f32> {
        self.scores(self.machine.decisions(&self.space, vectors))
    }

    /// As [`predict`](Self::predict), of what [`Space::points`] of [`Self::space`] made of the vectors.
    pub fn predict_points(&self, points: &[f32]) -> Vec<f32> {
        let dims = self.space.point_dims();
        let whole = points.get(..points.len() / dims * dims).unwrap_or_default();
        let points = ArrayView2::from_shape((whole.len() / dims, dims), whole);
        self.scores(points.map_or_else(
            |_| Vec::new(),
            |points| self.machine.point_decisions(points),
        ))
    }

    fn scores(&self, decisions: Vec<f32>) -> Vec<f32> {
        let decisions = decisions.into_iter();
        decisions
            .map(|decision| self.sigmoid.probability(decision))
            .collect()
    }

    /// Where it compares windows.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// Length of the vectors it scores.
    pub fn dims(&self) -> usize {
        self.space.dims()
    }

    /// What it was trained from.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// How it did on held-out examples; `None` when there were too few groups to hold any out.
    pub fn metrics(&self) -> Option<&Metrics> {
        self.metrics.as_ref()
    }

    /// Where the meaning of its scores comes from.
    pub fn calibration(&self) -> Calibration {
        self.sigmoid.source()
    }

    /// The classifier as bytes, for a database. Little-endian and the same on every platform.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// A classifier from [`Self::to_bytes`]; it predicts exactly what the original did.
    ///
    /// # Errors
    /// When the bytes are not a classifier, come from a newer version, or are damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        codec::decode(bytes)
    }
}

#[cfg(test)]
pub(crate) mod testing;
