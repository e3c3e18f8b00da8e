//! From scores to regions: cutting, fusing, comparing two versions, and measuring how good they are.
//!
//! Owns the meaning of a window score, of a region and of a hit. Pure values and functions for any thread; must
//! never know where scores come from (no model, no database, no files).

pub mod boundary;
pub mod compare;
mod edges;
pub mod evaluate;
mod heard;
mod proof;
pub(crate) mod ranking;
mod recut;
mod regions;
mod runs;
mod shape;
mod truth_curve;

pub use compare::{Comparison, compare};
pub use edges::{Edge, FittedEdges};
pub use evaluate::{
    Evaluation, HitRule, average_precision, average_precision_by, evaluate, evaluate_by,
    precision_at_recall,
};
pub use heard::heard_at;
pub(crate) use proof::windows_within;
pub use proof::{MarkCheck, Spot, Verdict, highest_within};
pub use recut::{Fate, Recut, SavedSpan, recut};
pub use regions::{RegionSettings, peaks, regions};
pub use shape::{LONGEST_S, RegionShape, shortest_region_s};
pub use truth_curve::{
    BandShare, JudgedScore, LEAST_JUDGEMENTS, PrecisionThreshold, Reach, SCORE_BANDS, Share,
    TruthCurve, score_band,
};

use serde::{Deserialize, Serialize};

use crate::time::Span;

/// The scores of a recording's windows. Window `i` covers `[i * hop_s, i * hop_s + window_s)`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WindowScores {
    /// Seconds from the start of one window to the start of the next.
    pub hop_s: f64,
    /// Length of a window in seconds; longer than the hop, so that windows overlap.
    pub window_s: f64,
    /// One score of 0 to 1 per window; `NaN` where a window was not scored.
    pub scores: Vec<f32>,
    /// Where sounds begin and end about the flanks of the scores, as far as anybody has looked.
    pub edges: FittedEdges,
}

impl WindowScores {
    /// Where the last window ends, in seconds; 0 without windows.
    pub fn duration_s(&self) -> f64 {
        match self.scores.len() {
            0 => 0.0,
            windows => (windows - 1) as f64 * self.hop_s + self.window_s,
        }
    }

    /// The middle of window `index`, in seconds.
    pub fn centre_s(&self, index: usize) -> f64 {
        index as f64 * self.hop_s + 0.5 * self.window_s
    }

    /// Whether hop and window make a grid at all: a stored version could hold anything.
    fn has_grid(&self) -> bool {
        let usable = |seconds: f64| seconds.is_finite() && seconds > 0.0;
        usable(self.hop_s) && usable(self.window_s) && self.duration_s().is_finite()
    }
}

/// A stretch of a recording and how sure the classifier is of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScoredSpan {
    /// In seconds from the recording's start.
    pub span: Span,
    /// 0 to 1.
    pub score: f32,
}
