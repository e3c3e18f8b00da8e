//! Made-up sounds in made-up backgrounds, and scores as windows over them would have.

use super::*;
use crate::scan::{RegionSettings, regions};

const HOP_S: f64 = 8192.0 / 44_100.0;
const STEPS: usize = 60;
/// Of the default model: half of what its frames overlap by.
const LAG_STEPS: f64 = 1.0 / 16.0;

/// A sound in some bands from frame `from` to frame `to`, over a background that moves a little.
fn spectra(from: usize, to: usize) -> Vec<[u8; FRAMES * BANDS]> {
    let mut random = fastrand::Rng::with_seed(5);
    let mut level = |frame: usize, band: usize| {
        let sounds = (from..to).contains(&frame) && (4..10).contains(&band);
        40 + random.u8(0..8) + if sounds { 90 } else { 0 }
    };
    let steps = 0..STEPS;
    steps
        .map(|step| from_fn(|at| level(step * FRAMES + at / BANDS, at % BANDS)))
        .collect()
}

/// A window scores by how much of its middle three steps the sound fills.
fn scores(from: usize, to: usize) -> WindowScores {
    let filled = |window: usize| {
        let middle = (window + 1) * FRAMES..(window + 4) * FRAMES;
        let frames = to.min(middle.end).saturating_sub(from.max(middle.start));
        0.02 + 0.9 * (frames as f32 / 10.0).min(1.0)
    };
    WindowScores {
        hop_s: HOP_S,
        window_s: 5.0 * HOP_S,
        scores: (0..STEPS - 4).map(filled).collect(),
        ..WindowScores::default()
    }
}

fn fit(scores: &mut WindowScores, spectra: &[[u8; FRAMES * BANDS]], windows: Range<usize>) {
    let spectrum = |step: u64| {
        spectra
            .get(step as usize)
            .map(<[u8; FRAMES * BANDS]>::as_slice)
    };
    let sound = Sound {
        spectrum: &spectrum,
        window_steps: 5,
        pooled: 1..4,
        lag_steps: LAG_STEPS,
    };
    fit_edges(scores, &Heard::about(windows, &sound));
}

fn seconds(frame: usize) -> f64 {
    (frame as f64 / FRAMES as f64 + LAG_STEPS) * HOP_S
}

#[test]
fn a_clear_sound_begins_and_ends_where_it_does_within_a_frame_or_two_at_any_threshold() {
    for (from, to) in [(100, 116), (101, 119), (90, 110), (103, 125)] {
        let mut scores = scores(from, to);
        let by_scores = regions(&scores, &RegionSettings::default());
        fit(&mut scores, &spectra(from, to), 0..STEPS);
        for threshold in [0.2, 0.5, 0.8] {
            let settings = RegionSettings {
                threshold,
                ..RegionSettings::default()
            };
            let found = regions(&scores, &settings);
            assert_eq!((found.len(), by_scores.len()), (1, 1));
            let span = found[0].span;
            let errors_s = [span.start_s() - seconds(from), span.end_s() - seconds(to)];
            assert!(
                errors_s.iter().all(|one| one.abs() < 0.1),
                "{from} {to} {threshold}: {errors_s:?}"
            );
        }
    }
}

#[test]
fn edges_fitted_piece_by_piece_are_those_fitted_at_once() {
    let spectra = spectra(100, 116);
    let mut whole = scores(100, 116);
    fit(&mut whole, &spectra, 0..STEPS);
    assert!(!whole.edges.is_empty());
    let mut pieces = scores(100, 116);
    for start in (0..STEPS).step_by(7) {
        fit(&mut pieces, &spectra, start..start + 7);
    }
    assert_eq!(pieces.edges, whole.edges);
    // What a live scan fitted before all was heard is fitted again once it was.
    let mut live = scores(100, 116);
    fit(&mut live, &spectra[..28], 0..STEPS);
    let heard_again = 28 - DEPENDS_ON as usize..STEPS;
    fit(&mut live, &spectra, heard_again);
    assert_eq!(live.edges, whole.edges);
}

#[test]
fn nothing_is_fitted_without_a_sound_or_below_every_threshold_that_counts() {
    let spectra = spectra(100, 116);
    let mut unheard = scores(100, 116);
    fit(&mut unheard, &[], 0..STEPS);
    assert!(unheard.edges.is_empty());
    let mut silent = scores(100, 116);
    fit(&mut silent, &[[0; FRAMES * BANDS]; STEPS], 0..STEPS);
    assert!(silent.edges.is_empty());
    let mut low = scores(100, 116);
    for score in &mut low.scores {
        *score *= 0.1;
    }
    fit(&mut low, &spectra, 0..STEPS);
    assert!(low.edges.is_empty());
    let mut unscored = scores(100, 116);
    unscored.scores.fill(f32::NAN);
    fit(&mut unscored, &spectra, 0..STEPS);
    assert!(unscored.edges.is_empty());
}
