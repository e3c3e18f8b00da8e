//! The figures of one search.

use earmark_core::scan::{
    RegionSettings, WindowScores, average_precision, evaluate, peaks, precision_at_recall, regions,
};
use earmark_core::time::Span;
use serde::Serialize;

/// Peaks whose scores are tried as thresholds: several times as many as there are events of any target.
const RANKED: usize = 100;

/// How well one file was searched. Ratios are 0 to 1.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// Of all peaks of the scores, ranked.
    pub average_precision: f64,
    pub precision_at_half_recall: f64,
    /// Of the regions at the threshold that is best for this file, which a user does not know.
    pub best_f1: f64,
    /// Of the regions at 0.5.
    pub f1_at_half: f64,
    /// Of the regions at the threshold that the classifier suggests.
    pub f1_at_suggested: Option<f64>,
}

impl Figures {
    pub fn of(scores: &WindowScores, truth: &[Span], suggested: Option<f32>) -> Self {
        let candidates = peaks(scores);
        let f1_at = |threshold: f32| {
            let settings = RegionSettings {
                threshold,
                ..RegionSettings::default()
            };
            evaluate(&regions(scores, &settings), truth).f1
        };
        // Between two peaks' scores nothing changes but the extent of regions.
        let best_f1 = candidates.iter().take(RANKED).map(|peak| f1_at(peak.score));
        Self {
            average_precision: average_precision(&candidates, truth),
            precision_at_half_recall: precision_at_recall(&candidates, truth, 0.5)
                .unwrap_or_default(),
            best_f1: best_f1.fold(0.0, f64::max),
            f1_at_half: f1_at(0.5),
            f1_at_suggested: suggested.map(f1_at),
        }
    }
}
