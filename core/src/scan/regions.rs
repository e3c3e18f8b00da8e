//! Makes regions from window scores at a threshold, and finds the scores' peaks for ranking.
//!
//! Pure; any thread; fast enough to run while the user drags the threshold.

use super::runs::{Draft, runs};
use super::{ScoredSpan, WindowScores};
use crate::time::Span;

/// A region that would become shorter than this by its sound keeps the edges of its scores.
const LEAST_LENGTH_HOPS: f64 = 0.25;

/// How scores become regions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegionSettings {
    /// Windows at or above this score, 0 to 1, belong to a region.
    pub threshold: f32,
    /// Regions no further apart than this, in seconds, become one.
    pub fuse_gap_s: f64,
    /// Shorter regions are widened to this, in seconds, about their middle.
    pub min_length_s: f64,
}

impl Default for RegionSettings {
    /// A threshold of even odds; the gap bridges one dipping window of the default model (hop 0.186 s); half a second
    /// is the shortest stretch that is comfortable to audition.
    fn default() -> Self {
        Self {
            threshold: 0.5,
            fuse_gap_s: 0.2,
            min_length_s: 0.5,
        }
    }
}

/// The regions of a recording, by start, none overlapping another.
///
/// A run of windows at or above the threshold becomes a region; its score is the run's highest. Edges follow the score at
/// the resolution of the hop, and finer: taking each window's score for the score of its middle, a region ends where the
/// line from middle to middle falls to 0.7 of the run's highest score, or to the threshold if that is lower. A share of the
/// maximum is what the width of a peak is measured at elsewhere, and it makes the edge of a clear event depend little on
/// where the threshold stands: a window is raised as soon as part of the event is in it, so a high threshold alone would cut
/// off what fades. On the demo's soundscape, 19 events of half a second to one and a half, the mean error of both edges
/// together fell from 0.46 s to 0.41 s at a threshold of 0.5 and from 0.41 s to 0.36 s at 0.7, where edges lay half a hop
/// beyond the run before, and stayed at 0.43 s at 0.3.
///
/// No region grows past the lowest window between its run and the next. One whose run touches the first (last) window
/// reaches to the recording's start (end), because there the windows that would have shown how far the event extends do
/// not exist. `NaN` ends a run, half a hop from the last window's middle. Scores on no usable grid (hop or window not positive)
/// give no regions.
///
/// Where the sound was looked at (`boundary`), the edges then go to where it begins and ends: after regions are joined, so that the
/// sound decides about edges and not about which regions there are. Two that would overlap meet in the middle between their edges by the
/// scores.
pub fn regions(scores: &WindowScores, settings: &RegionSettings) -> Vec<ScoredSpan> {
    if !scores.has_grid() {
        return Vec::new();
    }
    let duration_s = scores.duration_s();
    let mut drafts = runs(scores, settings.threshold);
    fuse(&mut drafts, settings.fuse_gap_s.max(0.0));
    sharpen(&mut drafts, LEAST_LENGTH_HOPS * scores.hop_s);
    for draft in &mut drafts {
        widen(draft, settings.min_length_s, duration_s);
    }
    // Widened neighbours may have grown into each other; touching ones stay two.
    fuse(&mut drafts, -f64::EPSILON * duration_s);
    drafts.into_iter().filter_map(finish).collect()
}

/// The local maxima of the scores, highest first (of equal ones the earlier first): each is its window's span.
///
/// Greedy non-maximum suppression: a peak silences every window that starts less than a window's length from it,
/// so that peaks never overlap. A window that scores lower than a neighbour is not a peak, so that the flanks of a silenced peak do
/// not count as findings of their own. These are the candidates to rank for average precision, and their highest
/// false ones are the hard negatives worth marking.
pub fn peaks(scores: &WindowScores) -> Vec<ScoredSpan> {
    if !scores.has_grid() {
        return Vec::new();
    }
    let values = &scores.scores;
    let at = |index: Option<usize>| index.and_then(|i| values.get(i)).copied();
    let mut order: Vec<(usize, f32)> = (0..values.len())
        .filter_map(|i| at(Some(i)).map(|score| (i, score)))
        .filter(|&(i, score)| {
            let neighbours = [at(i.checked_sub(1)), at(i.checked_add(1))];
            !score.is_nan() && !neighbours.into_iter().flatten().any(|other| other > score)
        })
        .collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));

    // Windows nearer than this many hops overlap; the tolerance forgives a window that is a rounded multiple of the hop.
    let reach = (scores.window_s / scores.hop_s - 1e-6).ceil().max(1.0) as usize;
    let mut silenced = vec![false; values.len()];
    let mut found = Vec::new();
    for (index, score) in order {
        if silenced.get(index).copied().unwrap_or(true) {
            continue;
        }
        let first = index.saturating_sub(reach - 1);
        let last = index.saturating_add(reach).min(values.len());
        if let Some(near) = silenced.get_mut(first..last) {
            near.fill(true);
        }
        let start_s = index as f64 * scores.hop_s;
        found.extend(finish(Draft {
            start_s,
            end_s: start_s + scores.window_s,
            fitted: (start_s, start_s + scores.window_s),
            score,
        }));
    }
    found
}

fn fuse(drafts: &mut Vec<Draft>, gap_s: f64) {
    drafts.dedup_by(|next, kept| {
        let near = next.start_s - kept.end_s <= gap_s;
        if near {
            if next.end_s >= kept.end_s {
                kept.end_s = next.end_s;
                kept.fitted.1 = next.fitted.1;
            }
            kept.score = kept.score.max(next.score);
        }
        near
    });
}

/// Moves edges to where the sound begins and ends.
fn sharpen(drafts: &mut [Draft], least_length_s: f64) {
    let coarse: Vec<(f64, f64)> = drafts.iter().map(|one| (one.start_s, one.end_s)).collect();
    for draft in drafts.iter_mut() {
        let (start_s, end_s) = draft.fitted;
        let is_about = start_s < draft.end_s && end_s > draft.start_s;
        if is_about && end_s - start_s >= least_length_s {
            (draft.start_s, draft.end_s) = draft.fitted;
        }
    }
    let middles = coarse.windows(2).map(|pair| match pair {
        [(_, end_s), (start_s, _)] => 0.5 * (end_s + start_s),
        _ => f64::NAN,
    });
    for (index, middle_s) in middles.enumerate() {
        if let Some([before, behind]) = drafts.get_mut(index..index + 2)
            && before.end_s > behind.start_s
        {
            (before.end_s, behind.start_s) = (middle_s, middle_s);
        }
    }
    for (draft, (start_s, end_s)) in drafts.iter_mut().zip(coarse) {
        if draft.end_s - draft.start_s < least_length_s {
            (draft.start_s, draft.end_s) = (start_s, end_s);
        }
    }
}

/// Widens about the middle, then moves back inside the recording what stuck out of it.
fn widen(draft: &mut Draft, min_length_s: f64, duration_s: f64) {
    // `max` first: it turns NaN into 0, where `min` would turn it into the whole recording.
    let length_s = min_length_s.max(0.0).min(duration_s);
    let missing_s = length_s - (draft.end_s - draft.start_s);
    if missing_s <= 0.0 {
        return;
    }
    draft.start_s = (draft.start_s - 0.5 * missing_s).clamp(0.0, duration_s - length_s);
    draft.end_s = draft.start_s + length_s;
}

fn finish(draft: Draft) -> Option<ScoredSpan> {
    let span = Span::new(draft.start_s, draft.end_s).ok()?;
    Some(ScoredSpan {
        span,
        score: draft.score,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::{Edge, FittedEdges};
    use proptest::prelude::*;

    const HOP_S: f64 = 8192.0 / 44100.0;

    /// Scores on the default model's grid: five steps to a window.
    fn grid(scores: Vec<f32>) -> WindowScores {
        WindowScores {
            hop_s: HOP_S,
            window_s: 5.0 * HOP_S,
            scores,
            ..WindowScores::default()
        }
    }

    /// Max-pools one value per step into windows, as the embedding's pooling does.
    fn pooled(steps: &[f32]) -> WindowScores {
        grid(
            steps
                .windows(5)
                .map(|w| w.iter().copied().fold(f32::MIN, f32::max))
                .collect(),
        )
    }

    fn bare() -> RegionSettings {
        RegionSettings {
            threshold: 0.5,
            fuse_gap_s: 0.0,
            min_length_s: 0.0,
        }
    }

    fn hops(region: &ScoredSpan) -> (f64, f64) {
        (region.span.start_s() / HOP_S, region.span.end_s() / HOP_S)
    }

    #[test]
    fn a_short_event_gives_one_region_of_a_window_about_the_event() {
        let mut steps = vec![0.1; 40];
        steps[20] = 0.9;
        let found = regions(&pooled(&steps), &bare());
        assert_eq!(found.len(), 1);
        let (start, end) = hops(&found[0]);
        assert!(
            (start - 18.0).abs() < 0.1 && (end - 23.0).abs() < 0.1,
            "{start} {end}"
        );
        assert_eq!(found[0].score, 0.9);
    }

    #[test]
    fn an_event_anywhere_lies_inside_its_region_even_at_the_edges() {
        for event in 0..12 {
            let mut steps = vec![0.1; 12];
            steps[event] = 0.8;
            let found = regions(&pooled(&steps), &bare());
            assert_eq!(found.len(), 1);
            let (start, end) = hops(&found[0]);
            assert!(
                start <= event as f64 + 1e-9 && end >= event as f64 + 1.0 - 1e-9,
                "{event}: {start} {end}"
            );
        }
    }

    #[test]
    fn a_window_exactly_at_the_threshold_counts_and_the_score_is_the_highest() {
        let found = regions(&grid(vec![0.0, 0.5, 0.75, 0.6, 0.49, 0.0]), &bare());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].score, 0.75);
    }

    #[test]
    fn an_edge_lies_where_the_score_falls_to_seven_tenths_of_its_height_or_to_the_threshold() {
        let middle = |index: f64| index + 2.5;
        let clear = grid(vec![0.0, 0.1, 0.9, 1.0, 0.7, 0.3, 0.0]);
        let (start, end) = hops(&regions(&clear, &bare())[0]);
        assert!((start - middle(1.5)).abs() < 1e-6, "{start}");
        assert!((end - middle(4.5)).abs() < 1e-6, "{end}");
        // However high the threshold, no more is taken off a clear event.
        for threshold in [0.75, 0.95] {
            let high = RegionSettings {
                threshold,
                ..bare()
            };
            let (start, end) = hops(&regions(&clear, &high)[0]);
            assert!((start - middle(1.75)).abs() < 1e-6, "{start}");
            assert!((end - middle(4.0)).abs() < 1e-6, "{end}");
        }
        // A lower one lets it reach down to it.
        let low = RegionSettings {
            threshold: 0.2,
            ..bare()
        };
        let (start, end) = hops(&regions(&clear, &low)[0]);
        assert!((start - middle(1.125)).abs() < 1e-6, "{start}");
        assert!((end - middle(5.0 + 1.0 / 3.0)).abs() < 1e-6, "{end}");
    }

    #[test]
    fn a_window_not_scored_ends_a_run() {
        let found = regions(&grid(vec![0.0, 0.9, f32::NAN, 0.9, 0.0]), &bare());
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn runs_within_the_fuse_gap_become_one_and_wider_gaps_stay() {
        let scores = grid(vec![0.0, 0.9, 0.1, 0.8, 0.1, 0.1, 0.1, 0.7, 0.0]);
        let settings = RegionSettings {
            fuse_gap_s: 1.2 * HOP_S,
            ..bare()
        };
        let found = regions(&scores, &settings);
        assert_eq!(
            found.iter().map(|r| r.score).collect::<Vec<_>>(),
            [0.9, 0.7]
        );
    }

    #[test]
    fn the_default_settings_bridge_a_single_dip() {
        let found = regions(
            &grid(vec![0.0, 0.9, 0.1, 0.8, 0.0]),
            &RegionSettings::default(),
        );
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn regions_are_widened_to_the_minimum_inside_the_recording_and_fuse_where_they_meet() {
        let settings = RegionSettings {
            min_length_s: 8.0 * HOP_S,
            ..bare()
        };
        let near_end = regions(
            &grid(vec![0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.9, 0.0]),
            &settings,
        );
        let (start, end) = hops(&near_end[0]);
        assert!(
            (start - 4.0).abs() < 1e-9 && (end - 12.0).abs() < 1e-9,
            "{start} {end}"
        );

        let mut two = vec![0.0; 20];
        two[8] = 0.9;
        two[12] = 0.7;
        let met = regions(&grid(two), &settings);
        assert_eq!(met.len(), 1);
        assert_eq!(met[0].score, 0.9);
    }

    /// Edges by the sound, in sixteenths of a hop after the middle of a window's flank.
    fn fitted(scores: WindowScores, edges: &[(usize, Edge, i8)]) -> WindowScores {
        let mut fitted = FittedEdges::default();
        fitted.resize(scores.scores.len());
        for &(window, edge, offset) in edges {
            fitted.put(window, edge, Some(offset));
        }
        WindowScores {
            edges: fitted,
            ..scores
        }
    }

    #[test]
    fn edges_go_to_where_the_sound_begins_and_ends_whatever_the_threshold() {
        let scores = grid(vec![0.0, 0.0, 0.0, 0.9, 0.95, 0.9, 0.0, 0.0, 0.0]);
        let edges = [(3, Edge::Start, -16), (6, Edge::End, 8)];
        let scores = fitted(scores, &edges);
        for threshold in [0.2, 0.5, 0.8, 0.93] {
            let settings = RegionSettings {
                threshold,
                ..bare()
            };
            let (start, end) = hops(&regions(&scores, &settings)[0]);
            // The middles of both flanks are at 5 and 8 hops.
            assert!((start - 4.0).abs() < 1e-6 && (end - 8.5).abs() < 1e-6);
        }
    }

    #[test]
    fn the_sound_decides_about_edges_and_not_about_how_many_regions_there_are() {
        let valley = grid(vec![0.0, 0.9, 0.1, 0.1, 0.1, 0.8, 0.0, 0.0]);
        let count = |edges: &[(usize, Edge, i8)]| regions(&fitted(valley.clone(), edges), &bare());
        // Grown into each other, they meet in the middle between their edges by the scores.
        let grown = count(&[(2, Edge::End, 40), (5, Edge::Start, -40)]);
        let coarse = regions(&valley, &bare());
        assert_eq!((grown.len(), coarse.len()), (2, 2));
        let middle = 0.5 * (hops(&coarse[0]).1 + hops(&coarse[1]).0);
        assert!((hops(&grown[0]).1 - middle).abs() < 1e-6);
        assert!((hops(&grown[1]).0 - middle).abs() < 1e-6);
        // Edges that pass each other, or leave the region, are not believed.
        let crossed = count(&[(1, Edge::Start, 50), (2, Edge::End, -50)]);
        assert_eq!(crossed, coarse);
    }

    #[test]
    fn joined_regions_have_the_fitted_edges_of_the_first_and_the_last() {
        let scores = grid(vec![0.0, 0.0, 0.9, 0.1, 0.8, 0.0, 0.0]);
        let edges = [
            (2, Edge::Start, -8),
            (3, Edge::End, -16),
            (4, Edge::Start, 16),
            (5, Edge::End, 8),
        ];
        let found = regions(&fitted(scores, &edges), &RegionSettings::default());
        assert_eq!(found.len(), 1);
        let (start, end) = hops(&found[0]);
        assert!((start - 3.5).abs() < 1e-6 && (end - 7.5).abs() < 1e-6);
    }

    #[test]
    fn a_recording_of_one_window_is_one_region_or_none() {
        let whole = regions(&grid(vec![0.6]), &bare());
        assert_eq!(hops(&whole[0]), (0.0, 5.0));
        assert!(regions(&grid(vec![0.4]), &bare()).is_empty());
        assert!(regions(&grid(Vec::new()), &bare()).is_empty());
    }

    #[test]
    fn peaks_are_ranked_local_maxima_that_never_overlap() {
        let mut scores = vec![0.0; 30];
        scores[10] = 0.9;
        scores[11] = 0.8;
        scores[15] = 0.3; // free of window 10, and higher than its neighbours
        scores[26] = 0.95;
        scores[24] = 0.6; // a maximum, but in the reach of window 26
        scores[20] = f32::NAN;
        let found = peaks(&grid(scores));
        let tops: Vec<f32> = found.iter().take(3).map(|p| p.score).collect();
        assert_eq!(tops, [0.95, 0.9, 0.3]);
        for (i, a) in found.iter().enumerate() {
            for b in &found[i + 1..] {
                assert!(a.span.overlap_s(b.span) < 1e-9);
            }
        }
    }

    #[test]
    fn a_flank_of_a_peak_is_no_peak() {
        let ramp: Vec<f32> = (0..40)
            .map(|i| 1.0 - (i as f32 - 20.0).abs() / 40.0)
            .collect();
        assert_eq!(peaks(&grid(ramp)).len(), 1);
    }

    proptest! {
        #[test]
        fn whatever_the_scores_regions_are_ordered_disjoint_long_enough_and_inside(
            scores in proptest::collection::vec(
                prop_oneof![9 => 0.0f32..1.0, 1 => Just(f32::NAN)], 0..200),
            threshold in 0.0f32..1.0, gap in 0.0f64..2.0, min in 0.0f64..3.0,
            edges in proptest::collection::vec(any::<u8>(), 0..400),
        ) {
            let scores = WindowScores { edges: FittedEdges::from_bytes(&edges), ..grid(scores) };
            let settings = RegionSettings { threshold, fuse_gap_s: gap, min_length_s: min };
            let found = regions(&scores, &settings);
            let duration = scores.duration_s();
            for region in &found {
                prop_assert!(region.span.start_s() >= 0.0 && region.span.end_s() <= duration + 1e-9);
                prop_assert!(region.span.duration_s() >= min.min(duration) - 1e-9);
                prop_assert!(region.score >= threshold);
            }
            for pair in found.windows(2) {
                prop_assert!(pair[0].span.end_s() <= pair[1].span.start_s() + 1e-9);
            }
        }

        #[test]
        fn a_grid_of_nonsense_gives_nothing_and_does_not_panic(
            hop_s in any::<f64>(), window_s in any::<f64>(), gap in any::<f64>(), min in any::<f64>(),
        ) {
            let scores = WindowScores { hop_s, window_s, scores: vec![0.9, 0.1, 0.9], ..WindowScores::default() };
            let settings = RegionSettings { threshold: 0.5, fuse_gap_s: gap, min_length_s: min };
            regions(&scores, &settings);
            peaks(&scores);
        }
    }
}
