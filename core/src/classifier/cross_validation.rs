//! Held-out decision values, and what is computed from them: the calibration and the metrics.
//!
//! Pure; any thread. Never evaluates an example with a machine that was fitted to its group. The space
//! is shared by all folds: it knows no labels.

use std::ops::ControlFlow;

use ndarray::{ArrayView2, Axis};

use super::calibration::Sigmoid;
use super::cholesky::SolverError;
use super::folds::Fold;
use super::machine::{Label, alphas, decisions};
use super::{CurvePoint, FitSettings, MOST_CURVE_POINTS, Metrics, Origin};
use crate::scan::ranking::{self, Step};

/// How far the suggested threshold lies from the machine's own boundary, a decision of 0, in parts of where the held-out examples
/// would put it: in a whole recording the sound is far rarer than among the examples, which want it too low
/// (`docs/learning.md`).
const TOWARDS_BOUNDARY: f32 = 0.5;

/// Why there are no held-out decisions.
pub(super) enum Stopped {
    Cancelled,
    Solver(SolverError),
}

/// The decision value of each example by the machine of the fold that held it out; `None` where no fold did. `kernel` is that
/// among all examples: the space is the same for all folds, so it is computed once.
/// `progress` is asked before every fold, with the number of folds done.
pub(super) fn held_out_decisions(
    kernel: ArrayView2<'_, f32>,
    labels: &[Label],
    folds: &[Fold],
    settings: &FitSettings,
    progress: &mut dyn FnMut(usize) -> ControlFlow<()>,
) -> Result<Vec<Option<f32>>, Stopped> {
    let mut held_out = vec![None; labels.len()];
    for (done, fold) in folds.iter().enumerate() {
        if progress(done).is_break() {
            return Err(Stopped::Cancelled);
        }
        let with_seen = kernel.select(Axis(1), &fold.fit);
        let among_seen = with_seen.select(Axis(0), &fold.fit);
        let seen_labels: Vec<Label> = fold
            .fit
            .iter()
            .filter_map(|i| labels.get(*i))
            .copied()
            .collect();
        let alphas = alphas(among_seen.view(), &seen_labels, settings).map_err(Stopped::Solver)?;
        let unseen = with_seen.select(Axis(0), &fold.held_out);
        let values = decisions(unseen.view(), &alphas);
        for (&index, value) in fold.held_out.iter().zip(values) {
            if let Some(decision) = held_out.get_mut(index) {
                *decision = Some(value);
            }
        }
    }
    Ok(held_out)
}

/// The sigmoid for these held-out decisions. Mixed copies take part: a scan sees sounds among others, not clean clips.
pub(super) fn calibrate(decisions: &[Option<f32>], labels: &[bool]) -> Sigmoid {
    let judged = decisions.iter().zip(labels);
    let (values, labels): (Vec<f32>, Vec<bool>) = judged
        .filter_map(|(decision, label)| Some(((*decision)?, *label)))
        .unzip();
    Sigmoid::fit(&values, &labels)
}

/// The figures for these held-out decisions, as scores of `sigmoid`. `None` when no positive clip was held out.
///
/// The threshold is chosen with the mixed copies among the positives: a threshold for clean clips would be too high for
/// a track.
pub(super) fn measure(
    decisions: &[Option<f32>],
    origins: &[Origin],
    sigmoid: &Sigmoid,
    folds: usize,
) -> Option<Metrics> {
    let judged: Vec<(f32, bool)> = decisions
        .iter()
        .zip(origins)
        .filter(|(_, origin)| **origin != Origin::Mixed)
        .filter_map(|(decision, origin)| Some(((*decision)?, origin.is_positive())))
        .collect();
    let positives = judged.iter().filter(|(_, positive)| *positive).count();
    // Ranked by decision value: scores near 0 and 1 round to the same number and would tie.
    let curve = ranking::curve(&judged, positives);
    let best = ranking::best_f1(&curve)?;
    let with_mixes: Vec<(f32, bool)> = decisions
        .iter()
        .zip(origins)
        .filter_map(|(decision, origin)| Some(((*decision)?, origin.is_positive())))
        .collect();
    let positives_with_mixes = with_mixes.iter().filter(|(_, positive)| *positive).count();
    let suggested = ranking::best_f1(&ranking::curve(&with_mixes, positives_with_mixes))?;
    Some(Metrics {
        folds: u32::try_from(folds).unwrap_or(u32::MAX),
        average_precision: ranking::average_precision(&curve) as f32,
        best_f1: best.f1() as f32,
        best_f1_threshold: sigmoid.probability(TOWARDS_BOUNDARY * suggested.threshold),
        precision_at_half_recall: ranking::precision_at_recall(&curve, 0.5)? as f32,
        curve: points_of(&curve, sigmoid),
    })
}

/// An even choice of the steps that gain recall, the last one among them: the others only lose precision.
fn points_of(curve: &[Step], sigmoid: &Sigmoid) -> Vec<CurvePoint> {
    let mut reached = 0.0;
    let gaining = curve.iter().filter(|step| {
        let gains = step.recall > reached;
        reached = step.recall;
        gains
    });
    let gaining: Vec<&Step> = gaining.collect();
    let count = gaining.len().min(MOST_CURVE_POINTS);
    let chosen = (1..=count).filter_map(|turn| gaining.get(turn * gaining.len() / count - 1));
    let points = chosen.map(|step| CurvePoint {
        threshold: sigmoid.probability(step.threshold),
        precision: step.precision as f32,
        recall: step.recall as f32,
    });
    points.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_gains_recall_from_point_to_point_and_ends_where_everything_is_found() {
        let step = |index: usize| Step {
            threshold: -(index as f32) / 100.0,
            precision: 0.5,
            // Every other step finds nothing new.
            recall: (index / 2) as f64 / 100.0,
        };
        let steps: Vec<Step> = (0..=200).map(step).collect();
        let points = points_of(&steps, &Sigmoid::default());
        assert_eq!(points.len(), MOST_CURVE_POINTS);
        assert!(
            points
                .windows(2)
                .all(|pair| pair[0].recall < pair[1].recall)
        );
        assert!(
            points
                .windows(2)
                .all(|pair| pair[0].threshold > pair[1].threshold)
        );
        assert_eq!(points.last().unwrap().recall, 1.0);
        assert_eq!(points_of(&steps[..5], &Sigmoid::default()).len(), 2);
        assert!(points_of(&[], &Sigmoid::default()).is_empty());
    }
}
