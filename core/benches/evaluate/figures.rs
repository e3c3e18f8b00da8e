//! The figures of one search.

use earmark_core::scan::evaluate::{Verdict, judge};
use earmark_core::scan::{
    FittedEdges, RegionSettings, ScoredSpan, WindowScores, average_precision, evaluate, peaks,
    precision_at_recall, regions,
};
use earmark_core::time::Span;
use serde::Serialize;

/// Peaks whose scores are tried as thresholds: several times as many as there are events of any target.
const RANKED: usize = 100;
/// Hits that you look at before you decide whether the list is any good.
pub const FIRST_HITS: usize = 10;

/// Whether an event counts as clear.
type IsClear<'a> = &'a dyn Fn(&Span) -> bool;

/// How well one file was searched. Ratios are 0 to 1.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// Of all peaks of the scores, ranked.
    pub average_precision: f64,
    pub precision_at_half_recall: f64,
    /// How many of the first ten hits are the sound.
    pub precision_of_first_ten: f64,
    /// Of the regions at the threshold that is best for this file, which a user does not know.
    pub best_f1: f64,
    /// Of the regions at 0.5.
    pub f1_at_half: f64,
    /// Of the regions at the threshold that the classifier suggests.
    pub f1_at_suggested: Option<f64>,
    /// Seconds by which both edges together miss the event, over the regions that found one at the suggested threshold.
    pub edge_error_s: Option<f64>,
    /// The same over clear events: of a usual length, with no other event on them.
    pub clear_edge_error_s: Option<f64>,
    /// The same over all events, with the edges that the scores alone give.
    pub edge_error_by_scores_s: Option<f64>,
}

impl Figures {
    /// Of a file's scores, given what is to be found and which of it is clear.
    pub fn of(
        scores: &WindowScores,
        (truth, is_clear): (&[Span], IsClear<'_>),
        suggested: Option<f32>,
    ) -> Self {
        let candidates = peaks(scores);
        let regions_at = |threshold: f32| regions_of(scores, threshold);
        let by_scores = WindowScores {
            edges: FittedEdges::default(),
            ..scores.clone()
        };
        let f1_at = |threshold: f32| evaluate(&regions_at(threshold), truth).f1;
        // Between two peaks' scores nothing changes but the extent of regions.
        let best_f1 = candidates.iter().take(RANKED).map(|peak| f1_at(peak.score));
        Self {
            average_precision: average_precision(&candidates, truth),
            precision_at_half_recall: precision_at_recall(&candidates, truth, 0.5)
                .unwrap_or_default(),
            precision_of_first_ten: precision_of_first(FIRST_HITS, &candidates, truth),
            best_f1: best_f1.fold(0.0, f64::max),
            f1_at_half: f1_at(0.5),
            f1_at_suggested: suggested.map(f1_at),
            edge_error_s: suggested
                .and_then(|threshold| edge_error_s(&regions_at(threshold), truth, &|_| true)),
            clear_edge_error_s: suggested
                .and_then(|threshold| edge_error_s(&regions_at(threshold), truth, is_clear)),
            edge_error_by_scores_s: suggested.and_then(|threshold| {
                edge_error_s(&regions_of(&by_scores, threshold), truth, &|_| true)
            }),
        }
    }
}

/// The share of the sound among the first `count` of `hits`. A further hit on an event that was found counts as none.
pub fn precision_of_first(count: usize, hits: &[ScoredSpan], truth: &[Span]) -> f64 {
    let counted = judge(hits, truth)
        .into_iter()
        .filter(|verdict| !matches!(verdict, Verdict::Duplicate(_)));
    let is_true = |verdict: &Verdict| matches!(verdict, Verdict::True(_));
    counted.take(count).filter(is_true).count() as f64 / count as f64
}

fn regions_of(scores: &WindowScores, threshold: f32) -> Vec<ScoredSpan> {
    let settings = RegionSettings {
        threshold,
        ..RegionSettings::default()
    };
    regions(scores, &settings)
}

/// Of those events that count; `None` when no region found any.
fn edge_error_s(found: &[ScoredSpan], truth: &[Span], counts: IsClear<'_>) -> Option<f64> {
    let verdicts = judge(found, truth);
    let errors_s = found.iter().zip(verdicts).filter_map(|(region, verdict)| {
        let Verdict::True(event) = verdict else {
            return None;
        };
        let event = truth.get(event).filter(|event| counts(event))?;
        let start_s = (region.span.start_s() - event.start_s()).abs();
        let end_s = (region.span.end_s() - event.end_s()).abs();
        Some(start_s + end_s)
    });
    let errors_s: Vec<f64> = errors_s.collect();
    let count = errors_s.len() as f64;
    (count > 0.0).then(|| errors_s.iter().sum::<f64>() / count)
}
