//! What changed between two versions of a result.
//!
//! Pure; any thread.

use super::ScoredSpan;

/// Above this intersection over union two regions count as the same one, in the same place.
const KEPT_IOU: f64 = 0.8;

/// How the regions of one version relate to those of another; all indices, pairs are `(from, to)`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// In both, with an intersection over union of at least 0.8. By `from` index.
    pub kept: Vec<(usize, usize)>,
    /// In both, overlapping less than that. By `from` index.
    pub moved: Vec<(usize, usize)>,
    /// Only in `to`, ascending.
    pub new: Vec<usize>,
    /// Only in `from`, ascending.
    pub gone: Vec<usize>,
}

/// Pairs each region of `from` with at most one of `to`: of all pairs that overlap, the ones with the greatest
/// intersection over union first (of equal ones the earlier `from`, then the earlier `to`). The order of the inputs
/// does not matter to who is paired with whom, nor do regions of one version that overlap each other.
pub fn compare(from: &[ScoredSpan], to: &[ScoredSpan]) -> Comparison {
    let mut pairs = overlapping(from, to);
    pairs.sort_by(|a, b| b.2.total_cmp(&a.2).then((a.0, a.1).cmp(&(b.0, b.1))));

    let (mut from_left, mut to_left) = (vec![true; from.len()], vec![true; to.len()]);
    let mut comparison = Comparison::default();
    for (f, t, iou) in pairs {
        if let (Some(f_left), Some(t_left)) = (from_left.get_mut(f), to_left.get_mut(t))
            && *f_left
            && *t_left
        {
            (*f_left, *t_left) = (false, false);
            let list = if iou >= KEPT_IOU {
                &mut comparison.kept
            } else {
                &mut comparison.moved
            };
            list.push((f, t));
        }
    }
    comparison.kept.sort_unstable();
    comparison.moved.sort_unstable();
    let indices = |left: Vec<bool>| {
        (0..left.len())
            .zip(left)
            .filter(|p| p.1)
            .map(|p| p.0)
            .collect()
    };
    comparison.gone = indices(from_left);
    comparison.new = indices(to_left);
    comparison
}

/// Every `(from, to, intersection over union)` that shares any time.
fn overlapping(from: &[ScoredSpan], to: &[ScoredSpan]) -> Vec<(usize, usize, f64)> {
    let mut by_start: Vec<(usize, &ScoredSpan)> = to.iter().enumerate().collect();
    by_start.sort_by(|a, b| a.1.span.start_s().total_cmp(&b.1.span.start_s()));
    let longest_s = to.iter().map(|r| r.span.duration_s()).fold(0.0, f64::max);
    let mut pairs = Vec::new();
    for (f, region) in from.iter().enumerate() {
        // Nothing that starts earlier than the longest region's length before this one can reach it.
        let earliest_s = region.span.start_s() - longest_s;
        let first = by_start.partition_point(|(_, r)| r.span.start_s() < earliest_s);
        let near = by_start.iter().skip(first);
        for &(t, other) in near.take_while(|(_, r)| r.span.start_s() < region.span.end_s()) {
            let iou = region.span.iou(other.span);
            if iou > 0.0 {
                pairs.push((f, t, iou));
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;
    use proptest::prelude::*;

    fn spans(list: &[(f64, f64)]) -> Vec<ScoredSpan> {
        list.iter()
            .map(|&(a, b)| ScoredSpan {
                span: Span::new(a, b).unwrap(),
                score: 0.5,
            })
            .collect()
    }

    #[test]
    fn regions_are_kept_moved_new_or_gone() {
        let from = spans(&[(0.0, 1.0), (5.0, 6.0), (10.0, 11.0)]);
        let to = spans(&[(0.05, 1.05), (5.5, 6.5), (20.0, 21.0)]);
        let expected = Comparison {
            kept: vec![(0, 0)],
            moved: vec![(1, 1)],
            new: vec![2],
            gone: vec![2],
        };
        assert_eq!(compare(&from, &to), expected);
    }

    #[test]
    fn a_region_that_split_keeps_its_larger_part_and_gains_a_new_one() {
        let from = spans(&[(0.0, 10.0)]);
        let to = spans(&[(0.0, 1.0), (1.5, 10.0)]);
        let expected = Comparison {
            kept: vec![(0, 1)],
            new: vec![0],
            ..Comparison::default()
        };
        assert_eq!(compare(&from, &to), expected);
    }

    #[test]
    fn the_better_fit_wins_even_when_a_long_region_covers_both() {
        let from = spans(&[(4.0, 5.0)]);
        let to = spans(&[(0.0, 10.0), (4.0, 5.0)]);
        assert_eq!(compare(&from, &to).kept, [(0, 1)]);
    }

    #[test]
    fn touching_regions_are_strangers() {
        let both = compare(&spans(&[(0.0, 1.0)]), &spans(&[(1.0, 2.0)]));
        assert_eq!((both.new, both.gone), (vec![0], vec![0]));
    }

    proptest! {
        #[test]
        fn every_region_appears_exactly_once_and_swapping_versions_mirrors_the_result(
            a in proptest::collection::vec((0.0f64..50.0, 0.01f64..5.0), 0..30),
            b in proptest::collection::vec((0.0f64..50.0, 0.01f64..5.0), 0..30),
        ) {
            let build = |list: &[(f64, f64)]| {
                spans(&list.iter().map(|&(s, d)| (s, s + d)).collect::<Vec<_>>())
            };
            let (a, b) = (build(&a), build(&b));
            let there = compare(&a, &b);
            prop_assert_eq!(there.kept.len() + there.moved.len() + there.gone.len(), a.len());
            prop_assert_eq!(there.kept.len() + there.moved.len() + there.new.len(), b.len());
            let back = compare(&b, &a);
            prop_assert_eq!(there.kept.len(), back.kept.len());
            prop_assert_eq!(there.new, back.gone);
        }
    }
}
