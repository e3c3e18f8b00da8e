//! Measures found regions against known events: event-based matching, and the metrics computed from it.
//!
//! Pure; any thread. **What a hit is:** a region hits a true event when they share at least half of the shorter of
//! the two. Regions are taken by descending score (of equal ones the earlier first); each claims, of the events it
//! hits and nobody has claimed, the one with which it shares most time, and is a true hit. A region that hits only
//! events already claimed is a *duplicate* and counts neither as true nor as false: it points at the right place, and
//! the user who reviews it loses a keypress but learns nothing wrong. Everything else is false. One region that
//! covers two events finds one of them. The scheme is that of event-based metrics in sound event detection (Mesaros,
//! Heittola and Virtanen, *Metrics for Polyphonic Sound Event Detection*, 2016) with an overlap criterion.

use super::ScoredSpan;
use super::ranking::{self, curve};
use crate::time::Span;

/// Share of the shorter of region and event that must overlap.
pub const HIT_OVERLAP: f64 = 0.5;
/// Forgives the rounding of times that went through a database or a label file, in seconds.
const ROUNDING_S: f64 = 1e-9;

/// When a region finds an event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HitRule {
    /// They share at least this much of the shorter one, 0 to 1. An event or region without length is hit by what contains it.
    Overlap { share: f64 },
    /// Their starts are at most so many seconds apart.
    Start { tolerance_s: f64 },
}

impl Default for HitRule {
    fn default() -> Self {
        Self::Overlap { share: HIT_OVERLAP }
    }
}

impl HitRule {
    /// Whether a region at `region` finds `event`.
    pub fn hits(self, region: Span, event: Span) -> bool {
        match self {
            Self::Start { tolerance_s } => {
                (region.start_s() - event.start_s()).abs() <= tolerance_s + ROUNDING_S
            }
            Self::Overlap { share } => {
                let shorter_s = region.duration_s().min(event.duration_s());
                if shorter_s > 0.0 {
                    let shared_s = region.overlap_s(event);
                    shared_s > 0.0 && shared_s >= share * shorter_s - ROUNDING_S
                } else {
                    region.contains_s(event.start_s()) || event.contains_s(region.start_s())
                }
            }
        }
    }
}

/// What became of one found region. Indices point into the `truth` that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Claimed this event.
    True(usize),
    /// Hits only events that a higher-scored region had claimed; this is the one it shares most time with.
    Duplicate(usize),
    /// Hits nothing.
    False,
}

/// Figures of one list of regions against the truth. Ratios are 0 to 1, and 0 where nothing could be divided by.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Evaluation {
    /// Regions given.
    pub regions: usize,
    /// Events known.
    pub events: usize,
    pub true_hits: usize,
    pub false_hits: usize,
    /// Further regions on events already found; neither true nor false.
    pub duplicates: usize,
    /// True hits of true and false hits.
    pub precision: f64,
    /// True hits of all events.
    pub recall: f64,
    pub f1: f64,
    /// Of exactly the regions given: regions cut at a threshold leave out the lower part of the curve. For the
    /// figure that compares classifiers, rank all candidates with [`average_precision`].
    pub average_precision: f64,
}

/// Measures `found` against `truth`.
pub fn evaluate(found: &[ScoredSpan], truth: &[Span]) -> Evaluation {
    evaluate_by(found, truth, HitRule::default())
}

/// Measures `found` against `truth`; `rule` says what a hit is.
pub fn evaluate_by(found: &[ScoredSpan], truth: &[Span], rule: HitRule) -> Evaluation {
    let verdicts = judge_by(found, truth, rule);
    let count = |wanted: fn(&Verdict) -> bool| verdicts.iter().filter(|v| wanted(v)).count();
    let true_hits = count(|v| matches!(v, Verdict::True(_)));
    let false_hits = count(|v| matches!(v, Verdict::False));
    let ratio = |part: usize, whole: usize| {
        if whole > 0 {
            part as f64 / whole as f64
        } else {
            0.0
        }
    };
    let (precision, recall) = (
        ratio(true_hits, true_hits + false_hits),
        ratio(true_hits, truth.len()),
    );
    Evaluation {
        regions: found.len(),
        events: truth.len(),
        true_hits,
        false_hits,
        duplicates: count(|v| matches!(v, Verdict::Duplicate(_))),
        precision,
        recall,
        f1: ranking::f1(precision, recall),
        average_precision: average_precision_by(found, truth, rule),
    }
}

/// What became of each of `found`, in its order. The false ones with the highest scores are the worst mistakes.
pub fn judge(found: &[ScoredSpan], truth: &[Span]) -> Vec<Verdict> {
    judge_by(found, truth, HitRule::default())
}

/// The same; `rule` says what a hit is. Of events that share as much time with a region, the one whose start is nearest is claimed.
pub fn judge_by(found: &[ScoredSpan], truth: &[Span], rule: HitRule) -> Vec<Verdict> {
    let mut order: Vec<usize> = (0..found.len()).collect();
    let key = |index: &usize| {
        found
            .get(*index)
            .map_or((f32::NAN, 0.0), |r| (r.score, r.span.start_s()))
    };
    order.sort_by(|a, b| {
        let ((score_a, start_a), (score_b, start_b)) = (key(a), key(b));
        score_b
            .total_cmp(&score_a)
            .then(start_a.total_cmp(&start_b))
    });
    let mut claimed = vec![false; truth.len()];
    let mut verdicts = vec![Verdict::False; found.len()];
    for index in order {
        let (Some(region), Some(verdict)) = (found.get(index), verdicts.get_mut(index)) else {
            continue;
        };
        // Free events before claimed ones, then by shared time.
        let best = truth
            .iter()
            .enumerate()
            .filter(|(_, event)| rule.hits(region.span, **event))
            .map(|(i, event)| {
                (
                    !claimed.get(i).copied().unwrap_or(true),
                    region.span.overlap_s(*event),
                    -(region.span.start_s() - event.start_s()).abs(),
                    i,
                )
            })
            .max_by(|a, b| {
                let by_time = a.1.total_cmp(&b.1).then(a.2.total_cmp(&b.2));
                a.0.cmp(&b.0).then(by_time).then(b.3.cmp(&a.3))
            });
        if let Some((free, _, _, event)) = best {
            *verdict = if free {
                Verdict::True(event)
            } else {
                Verdict::Duplicate(event)
            };
            if let Some(taken) = claimed.get_mut(event) {
                *taken = true;
            }
        }
    }
    verdicts
}

/// Whether a region at `region` finds `event`: they share at least half of the shorter one. An event or region
/// without length is hit by what contains it.
pub fn hits(region: Span, event: Span) -> bool {
    HitRule::default().hits(region, event)
}

/// Event average precision, 0 to 1: the area under the precision-recall curve of all `candidates` ranked by score.
/// Pass everything that could ever be found ([`super::peaks`], or regions cut at a threshold near 0), or the lower part
/// of the curve is missing. Equal scores are one step. 0 without events.
pub fn average_precision(candidates: &[ScoredSpan], truth: &[Span]) -> f64 {
    average_precision_by(candidates, truth, HitRule::default())
}

/// The same; `rule` says what a hit is.
pub fn average_precision_by(candidates: &[ScoredSpan], truth: &[Span], rule: HitRule) -> f64 {
    ranking::average_precision(&candidate_curve(candidates, truth, rule))
}

/// The best precision of any threshold at which at least `recall` (0 to 1) of the events are found; `None` when no
/// threshold finds so many.
pub fn precision_at_recall(candidates: &[ScoredSpan], truth: &[Span], recall: f64) -> Option<f64> {
    let curve = candidate_curve(candidates, truth, HitRule::default());
    ranking::precision_at_recall(&curve, recall)
}

fn candidate_curve(candidates: &[ScoredSpan], truth: &[Span], rule: HitRule) -> Vec<ranking::Step> {
    let verdicts = judge_by(candidates, truth, rule);
    let judged: Vec<(f32, bool)> = candidates
        .iter()
        .zip(verdicts)
        .filter_map(|(candidate, verdict)| match verdict {
            Verdict::True(_) => Some((candidate.score, true)),
            Verdict::Duplicate(_) => None,
            Verdict::False => Some((candidate.score, false)),
        })
        .collect();
    curve(&judged, truth.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start_s: f64, end_s: f64) -> Span {
        Span::new(start_s, end_s).unwrap()
    }

    fn found(list: &[(f64, f64, f32)]) -> Vec<ScoredSpan> {
        list.iter()
            .map(|&(a, b, score)| ScoredSpan {
                span: span(a, b),
                score,
            })
            .collect()
    }

    #[test]
    fn average_precision_agrees_with_an_example_worked_by_hand() {
        let truth = [
            span(0.0, 1.0),
            span(10.0, 11.0),
            span(20.0, 21.0),
            span(30.0, 31.0),
        ];
        // Ranked: true, false, true, true, false; the fourth event is never found.
        let candidates = found(&[
            (0.0, 1.0, 0.9),
            (5.0, 6.0, 0.8),
            (10.0, 11.0, 0.7),
            (20.0, 21.0, 0.6),
            (25.0, 26.0, 0.5),
        ]);
        // 1/4 * (1/1 + 2/3 + 3/4)
        let expected = 0.25 * (1.0 + 2.0 / 3.0 + 0.75);
        assert!((average_precision(&candidates, &truth) - expected).abs() < 1e-12);
        assert_eq!(precision_at_recall(&candidates, &truth, 0.25), Some(1.0));
        assert_eq!(precision_at_recall(&candidates, &truth, 0.5), Some(0.75));
        assert_eq!(precision_at_recall(&candidates, &truth, 1.0), None);
    }

    #[test]
    fn equal_scores_are_one_step_whatever_their_order() {
        let truth = [span(0.0, 1.0)];
        let one = found(&[(0.0, 1.0, 0.5), (5.0, 6.0, 0.5)]);
        let other = found(&[(5.0, 6.0, 0.5), (0.0, 1.0, 0.5)]);
        assert_eq!(average_precision(&one, &truth), 0.5);
        assert_eq!(average_precision(&other, &truth), 0.5);
    }

    #[test]
    fn a_second_region_on_a_found_event_is_neither_true_nor_false() {
        let truth = [span(0.0, 4.0)];
        let regions = found(&[(0.0, 1.0, 0.6), (2.0, 3.0, 0.9), (8.0, 9.0, 0.7)]);
        assert_eq!(
            judge(&regions, &truth),
            [Verdict::Duplicate(0), Verdict::True(0), Verdict::False]
        );
        let figures = evaluate(&regions, &truth);
        assert_eq!(
            (figures.true_hits, figures.false_hits, figures.duplicates),
            (1, 1, 1)
        );
        assert_eq!((figures.precision, figures.recall), (0.5, 1.0));
        assert!((figures.f1 - 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn two_regions_on_two_neighbouring_events_find_both() {
        // The higher one overlaps both events but claims the one it shares more with.
        let truth = [span(0.0, 1.0), span(1.2, 2.2)];
        let regions = found(&[(0.4, 1.8, 0.9), (0.0, 1.0, 0.8)]);
        let figures = evaluate(&regions, &truth);
        assert_eq!(figures.true_hits, 2);
    }

    #[test]
    fn a_hit_needs_half_of_the_shorter_one() {
        let event = span(0.0, 1.0);
        assert!(hits(span(0.5, 1.5), event));
        assert!(!hits(span(0.6, 1.6), event));
        assert!(
            hits(span(-5.0, 5.0), event),
            "a long region that contains the event"
        );
        assert!(hits(span(0.4, 0.5), event), "a short region inside it");
        assert!(hits(event, span(0.3, 0.3)), "an event marked as a point");
    }

    #[test]
    fn another_rule_finds_other_events() {
        let event = span(1.0, 2.0);
        for (rule, near, far) in [
            (
                HitRule::Overlap { share: 0.9 },
                span(1.05, 2.05),
                span(1.2, 2.2),
            ),
            (
                HitRule::Overlap { share: 0.0 },
                span(1.9, 2.9),
                span(2.0, 3.0),
            ),
            (
                HitRule::Start { tolerance_s: 0.2 },
                span(0.8, 0.9),
                span(1.3, 2.0),
            ),
        ] {
            assert!(rule.hits(near, event) && !rule.hits(far, event), "{rule:?}");
        }
        // Of two events within the tolerance the nearer one is claimed.
        let truth = [span(1.0, 1.1), span(1.3, 1.4)];
        let regions = found(&[(1.25, 1.28, 0.9), (1.15, 1.2, 0.8)]);
        let rule = HitRule::Start { tolerance_s: 0.5 };
        assert_eq!(
            judge_by(&regions, &truth, rule),
            [Verdict::True(1), Verdict::True(0)]
        );
    }

    #[test]
    fn nothing_found_or_nothing_to_find_gives_zeros() {
        assert_eq!(evaluate(&[], &[]), Evaluation::default());
        let nothing_there = evaluate(&found(&[(0.0, 1.0, 0.9)]), &[]);
        assert_eq!(
            (nothing_there.false_hits, nothing_there.precision),
            (1, 0.0)
        );
        assert_eq!(evaluate(&[], &[span(0.0, 1.0)]).recall, 0.0);
    }
}
