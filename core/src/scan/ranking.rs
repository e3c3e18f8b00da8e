//! Precision and recall of a ranked list, shared by the measures over regions and over training examples.
//!
//! Pure; any thread. Definitions as in Manning, Raghavan and Schütze, *Introduction to Information Retrieval*
//! (2008), chapter 8; equal scores form one step of the curve, because no threshold can part them.

/// One step of a precision-recall curve: what cutting at `threshold` (inclusive) would give.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Step {
    pub threshold: f32,
    pub precision: f64,
    pub recall: f64,
}

impl Step {
    /// Harmonic mean of precision and recall; 0 when both are.
    pub fn f1(&self) -> f64 {
        f1(self.precision, self.recall)
    }
}

/// Harmonic mean of precision and recall; 0 when both are.
pub(crate) fn f1(precision: f64, recall: f64) -> f64 {
    let sum = precision + recall;
    if sum > 0.0 {
        2.0 * precision * recall / sum
    } else {
        0.0
    }
}

/// The curve of `(score, is true)` in any order, against `relevant` things that could have been found.
/// Highest threshold first; empty when nothing is relevant. `NaN` scores are left out.
pub(crate) fn curve(judged: &[(f32, bool)], relevant: usize) -> Vec<Step> {
    if relevant == 0 {
        return Vec::new();
    }
    let mut ranked: Vec<(f32, bool)> = judged
        .iter()
        .copied()
        .filter(|(score, _)| !score.is_nan())
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut seen, mut hits) = (0usize, 0usize);
    let equal = ranked.chunk_by(|a, b| a.0 == b.0);
    equal
        .filter_map(|step| {
            let &(threshold, _) = step.first()?;
            seen += step.len();
            hits += step.iter().filter(|(_, is_true)| *is_true).count();
            Some(Step {
                threshold,
                precision: hits as f64 / seen as f64,
                recall: hits as f64 / relevant as f64,
            })
        })
        .collect()
}

/// Area under the curve without interpolation: each step's precision weighted by the recall it adds.
pub(crate) fn average_precision(curve: &[Step]) -> f64 {
    let mut reached = 0.0;
    let mut area = 0.0;
    for step in curve {
        area += (step.recall - reached) * step.precision;
        reached = step.recall;
    }
    area
}

/// The best precision of any threshold that still reaches `recall`; `None` when none does.
pub(crate) fn precision_at_recall(curve: &[Step], recall: f64) -> Option<f64> {
    // Recalls are quotients of counts: a half asked for may be a rounding away from a half reached.
    let reaching = curve.iter().filter(|step| step.recall >= recall - 1e-12);
    reaching.map(|step| step.precision).max_by(f64::total_cmp)
}

/// The step with the highest F1; of equal ones the highest threshold. Its threshold is moved halfway to the next lower
/// score: what lies between the two is cut alike, and the middle leaves room for scores not seen yet. `None` for an
/// empty curve.
pub(crate) fn best_f1(curve: &[Step]) -> Option<Step> {
    let best = curve.iter().enumerate().rev();
    let (index, best) = best.max_by(|a, b| a.1.f1().total_cmp(&b.1.f1()))?;
    let next = curve.get(index + 1).unwrap_or(best);
    Some(Step {
        threshold: 0.5 * (best.threshold + next.threshold),
        ..*best
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_threshold_lies_between_the_scores_it_parts() {
        let judged = [
            (0.9, true),
            (0.8, true),
            (0.2, false),
            (0.1, true),
            (f32::NAN, false),
        ];
        let curve = curve(&judged, 3);
        assert_eq!(curve.len(), 4);
        let best = best_f1(&curve).unwrap();
        // Three of four true at 0.1: F1 6/7; both of two at 0.8: F1 4/5.
        assert_eq!((best.threshold, best.recall), (0.1, 1.0));

        let parted = [(0.9, true), (0.8, true), (0.2, false)];
        let best = best_f1(&super::curve(&parted, 2)).unwrap();
        assert_eq!((best.threshold, best.f1()), (0.5, 1.0));
    }

    #[test]
    fn nothing_relevant_gives_no_curve() {
        assert!(curve(&[(0.5, false)], 0).is_empty());
        assert_eq!(best_f1(&[]), None);
        assert_eq!(average_precision(&[]), 0.0);
    }
}
