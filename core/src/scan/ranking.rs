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

/// The step with the highest F1; of equal ones the highest threshold. `None` for an empty curve.
pub(crate) fn best_f1(curve: &[Step]) -> Option<Step> {
    curve
        .iter()
        .copied()
        .rev()
        .max_by(|a, b| a.f1().total_cmp(&b.f1()))
}
