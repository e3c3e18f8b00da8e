//! How good found spans are against known ones. Pure.
//!
//! The demo measures for itself, from what the command line prints, as an outsider would. A span hits an event when
//! they share at least half of the shorter of the two; spans claim events by descending score, one each; a further
//! span on a claimed event counts neither as true nor as false.

use serde::{Deserialize, Serialize};

/// Something found: seconds from the recording's start, and a score of 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Found {
    pub start_s: f64,
    pub end_s: f64,
    pub score: f64,
}

impl Found {
    /// Seconds shared with a span; negative when they are apart.
    pub fn shared_s(&self, (start_s, end_s): (f64, f64)) -> f64 {
        self.end_s.min(end_s) - self.start_s.max(start_s)
    }

    fn hits(&self, event: (f64, f64)) -> bool {
        let shorter_s = (self.end_s - self.start_s).min(event.1 - event.0);
        let shared_s = self.shared_s(event);
        shared_s > 0.0 && shared_s >= 0.5 * shorter_s - 1e-9
    }
}

/// Figures of one version, 0 to 1 but for the count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figures {
    pub regions: usize,
    pub precision: f64,
    pub recall: f64,
    /// Of all peaks of the scores, so that the threshold does not matter.
    pub average_precision: f64,
    /// The best precision at which half of the events are found; `None` if no threshold finds so many.
    pub precision_at_half_recall: Option<f64>,
    /// The same for three quarters of them.
    pub precision_at_three_quarters_recall: Option<f64>,
}

/// Measure `regions`, and the ranking that `peaks` gives, against `truth`.
pub fn measure(regions: &[Found], peaks: &[Found], truth: &[(f64, f64)]) -> Figures {
    let at_threshold = curve(regions, truth).last().copied().unwrap_or_default();
    let ranking = curve(peaks, truth);
    Figures {
        regions: regions.len(),
        precision: at_threshold.precision,
        recall: at_threshold.recall,
        average_precision: average_precision(&ranking),
        precision_at_half_recall: precision_at(&ranking, 0.5),
        precision_at_three_quarters_recall: precision_at(&ranking, 0.75),
    }
}

/// What is false among `found`, highest score first. Spans that so much as touch an event are left out: nobody who
/// listens would mark those.
pub fn false_hits(found: &[Found], truth: &[(f64, f64)]) -> Vec<Found> {
    let touches = |found: &Found| truth.iter().any(|event| found.shared_s(*event) > 0.0);
    let mut wrong: Vec<_> = found
        .iter()
        .filter(|found| !touches(found))
        .copied()
        .collect();
    wrong.sort_by(|a, b| b.score.total_cmp(&a.score));
    wrong
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Point {
    precision: f64,
    recall: f64,
}

/// Precision and recall after each span, by descending score.
fn curve(found: &[Found], truth: &[(f64, f64)]) -> Vec<Point> {
    let mut ranked = found.to_vec();
    ranked.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then(a.start_s.total_cmp(&b.start_s))
    });
    let mut claimed = vec![false; truth.len()];
    let (mut right, mut wrong) = (0.0, 0.0);
    let mut points = Vec::new();
    for span in ranked {
        let events = truth
            .iter()
            .zip(&mut claimed)
            .filter(|(event, _)| span.hits(**event));
        let best = events.max_by(|a, b| {
            let (shared_a, shared_b) = (span.shared_s(*a.0), span.shared_s(*b.0));
            b.1.cmp(&a.1).then(shared_a.total_cmp(&shared_b))
        });
        match best {
            Some((_, claimed)) if !*claimed => {
                *claimed = true;
                right += 1.0;
            }
            Some(_) => {}
            None => wrong += 1.0,
        }
        let seen: f64 = right + wrong;
        points.push(Point {
            precision: if seen > 0.0 { right / seen } else { 0.0 },
            recall: right / truth.len().max(1) as f64,
        });
    }
    points
}

/// The sum of precision times gained recall.
fn average_precision(curve: &[Point]) -> f64 {
    let before = std::iter::once(0.0).chain(curve.iter().map(|point| point.recall));
    curve
        .iter()
        .zip(before)
        .map(|(point, before)| point.precision * (point.recall - before))
        .sum()
}

fn precision_at(curve: &[Point], recall: f64) -> Option<f64> {
    let enough = curve.iter().filter(|point| point.recall >= recall - 1e-9);
    enough.map(|point| point.precision).max_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(start_s: f64, score: f64) -> Found {
        Found {
            start_s,
            end_s: start_s + 1.0,
            score,
        }
    }

    const TRUTH: [(f64, f64); 4] = [(10.0, 11.0), (20.0, 20.2), (30.0, 31.0), (40.0, 41.0)];

    #[test]
    fn figures_follow_the_ranking() {
        // Right, wrong, right, a second one on the first event, wrong.
        let spans = [
            found(10.2, 0.9),
            found(50.0, 0.8),
            found(19.5, 0.7),
            found(9.6, 0.6),
            found(60.0, 0.5),
        ];
        let figures = measure(&spans[..3], &spans, &TRUTH);
        assert_eq!((figures.regions, figures.recall), (3, 0.5));
        assert!((figures.precision - 2.0 / 3.0).abs() < 1e-9);
        assert!((figures.average_precision - (0.25 + 0.25 * 2.0 / 3.0)).abs() < 1e-9);
        assert_eq!(figures.precision_at_half_recall, Some(2.0 / 3.0));
        assert_eq!(figures.precision_at_three_quarters_recall, None);
    }

    #[test]
    fn nothing_found_is_no_error() {
        let figures = measure(&[], &[], &TRUTH);
        assert_eq!(
            (
                figures.regions,
                figures.precision,
                figures.average_precision
            ),
            (0, 0.0, 0.0)
        );
    }

    #[test]
    fn false_hits_come_worst_first_and_touch_no_event() {
        let spans = [
            found(50.0, 0.3),
            found(60.0, 0.8),
            found(10.9, 0.9),
            found(9.5, 0.7),
        ];
        let wrong: Vec<_> = false_hits(&spans, &TRUTH)
            .iter()
            .map(|found| found.start_s)
            .collect();
        assert_eq!(wrong, [60.0, 50.0]);
    }
}
