//! Runs of windows that score at least the threshold, and where the sound in them begins and ends.
//!
//! Pure; any thread.

use super::{Edge, WindowScores};

/// A sound ends where the score has fallen to this share of the highest: windows reach beyond it (`docs/learning.md`).
pub(super) const EDGE_SHARE: f32 = 0.7;

/// A region being built, in seconds.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    pub start_s: f64,
    pub end_s: f64,
    /// The edges by the sound itself; the same where it was not looked at.
    pub fitted: (f64, f64),
    pub score: f32,
}

/// The regions before they are joined and widened, by start; neighbours may touch. See [`super::regions()`].
pub(super) fn runs(scores: &WindowScores, threshold: f32) -> Vec<Draft> {
    let values = &scores.scores;
    let raised = raised_windows(values, threshold);
    let mut before = None;
    let mut drafts = Vec::with_capacity(raised.len());
    for (place, run) in raised.iter().enumerate() {
        let next = raised.get(place + 1);
        let behind = next.map(|next| lowest_between(values, run.last, next.first));
        let highest = values.get(run.first..=run.last).unwrap_or_default();
        let highest = highest.iter().copied().fold(threshold, f32::max);
        let level = threshold.min(EDGE_SHARE * highest);
        let start_s = edge_s(scores, run.first, before, level, Edge::Start);
        let end_s = edge_s(scores, run.last, behind, level, Edge::End);
        drafts.push(Draft {
            start_s,
            end_s,
            fitted: (
                scores.fitted_s(Edge::Start, start_s),
                scores.fitted_s(Edge::End, end_s),
            ),
            score: highest,
        });
        before = behind;
    }
    drafts
}

/// Indices of the first and the last window of a run.
struct Run {
    first: usize,
    last: usize,
}

fn raised_windows(values: &[f32], threshold: f32) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (index, &score) in values.iter().enumerate() {
        // Neither a score nor a threshold that is no number is at or above anything.
        if score >= threshold {
            match runs.last_mut().filter(|run| run.last + 1 == index) {
                Some(run) => run.last = index,
                None => runs.push(Run {
                    first: index,
                    last: index,
                }),
            }
        }
    }
    runs
}

/// The window with the lowest score between two runs, one that was not scored before all others.
fn lowest_between(values: &[f32], last: usize, next: usize) -> usize {
    let rank = |index: &usize| values.get(*index).copied().filter(|score| !score.is_nan());
    (last + 1..next)
        .min_by(|a, b| {
            let (a, b) = (rank(a), rank(b));
            let low = f32::NEG_INFINITY;
            a.unwrap_or(low).total_cmp(&b.unwrap_or(low))
        })
        .unwrap_or(last)
}

/// Where the score falls to `level` on the way from window `from` outwards; at `bound` at the latest, or at the edge of the
/// recording.
fn edge_s(scores: &WindowScores, from: usize, bound: Option<usize>, level: f32, edge: Edge) -> f64 {
    let (side, edge_of_recording_s) = match edge {
        Edge::Start => (-1.0, 0.0),
        Edge::End => (1.0, scores.duration_s()),
    };
    let outwards = |index: usize| match edge {
        Edge::Start => index.checked_sub(1),
        Edge::End => Some(index + 1),
    };
    let value = |index: usize| scores.scores.get(index).copied();
    let mut at = from;
    while Some(at) != bound {
        let next = outwards(at).and_then(|next| Some((next, value(next)?)));
        let Some((next, beyond)) = next else {
            return edge_of_recording_s;
        };
        if beyond.is_nan() {
            return scores.centre_s(at) + side * 0.5 * scores.hop_s;
        }
        if beyond < level {
            let score = value(at).unwrap_or(level);
            let share = f64::from((score - level) / (score - beyond));
            return scores.centre_s(at) + side * share * scores.hop_s;
        }
        at = next;
    }
    scores.centre_s(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_runs_over_a_shallow_valley_meet_at_its_lowest_window() {
        let valley = WindowScores {
            hop_s: 0.5,
            window_s: 1.0,
            scores: vec![0.0, 0.9, 0.7, 0.65, 0.75, 0.9, 0.0],
            ..WindowScores::default()
        };
        let drafts = runs(&valley, 0.8);
        assert_eq!(drafts.len(), 2);
        assert_eq!(drafts[0].end_s, valley.centre_s(3));
        assert_eq!(drafts[1].start_s, valley.centre_s(3));
    }

    #[test]
    fn an_edge_beside_what_was_not_scored_is_half_a_hop_away() {
        let torn = WindowScores {
            hop_s: 0.5,
            window_s: 1.0,
            scores: vec![0.0, f32::NAN, 0.9, f32::NAN, 0.0],
            ..WindowScores::default()
        };
        let drafts = runs(&torn, 0.5);
        let edges: Vec<(f64, f64)> = drafts.iter().map(|one| (one.start_s, one.end_s)).collect();
        assert_eq!(edges, [(1.25, 1.75)]);
    }
}
