//! What reaches the eye besides regions: spectrograms, what a hand has resized, and what was exported.

use std::path::Path;

use earmark_core::audio::ROWS;
use earmark_core::frequency::{FrequencyAxis, FrequencyScale};
use earmark_core::protocol::{Command, RegionState, Show, SpectrogramWish};
use earmark_core::store::{NewClip, Store};

use super::editing::{PROFILE, ids, with_versions};
use super::session::Session;
use super::span;

#[test]
fn a_spectrogram_is_drawn_of_what_is_looked_at_last_and_goes_when_nobody_looks() {
    let (session, view) = Session::recorded();
    let filename = view.source.takes[0].filename.clone();
    let wish = |from_s, to_s| {
        Command::Show(Show::Spectrogram(Some(SpectrogramWish {
            filename: filename.clone(),
            span: span(from_s, to_s),
            columns: 300,
            axis: FrequencyAxis::new(FrequencyScale::Mel, None, 24_000.0),
        })))
    };
    // As somebody zooms: only the last one is waited for.
    for step in 0..20 {
        session
            .instance
            .send(wish(0.0, 6.0 - 0.1 * f64::from(step)));
    }
    session.instance.send(wish(1.0, 3.0));
    let view = session.wait_for("the last stretch", |view| {
        let shown = view.results.spectrogram.as_ref();
        shown.is_some_and(|shown| shown.picture.span == span(1.0, 3.0))
    });
    let shown = view.results.spectrogram.clone().unwrap();
    assert_eq!(shown.filename, filename);
    assert_eq!(shown.picture.levels.len(), 300 * ROWS);
    assert!(shown.picture.levels.iter().any(|level| *level > 100));
    session
        .instance
        .send(Command::Show(Show::Spectrogram(None)));
    session.wait_for("the waveform again", |view| {
        view.results.spectrogram.is_none()
    });
}

#[test]
fn a_resized_region_remembers_what_was_found_until_the_hand_takes_it_back() {
    let (session, _, _) = with_versions();
    let view = session.instance.view();
    assert!(
        view.results
            .regions
            .iter()
            .all(|region| region.original.is_none())
    );
    session.instance.send(
        session
            .instance
            .view()
            .resize(ids(&view)[1].region().unwrap(), span(3.5, 5.5))
            .unwrap(),
    );
    let view = session.wait_for("the longer region", |view| {
        view.results.regions[1].span == span(3.5, 5.5)
    });
    assert_eq!(view.results.regions[1].original, Some(span(4.0, 5.0)));
    session.instance.send(Command::Undo);
    session.wait_for("the region as it was found", |view| {
        view.results.regions[1].span == span(4.0, 5.0) && view.results.regions[1].original.is_none()
    });
}

#[test]
fn a_region_whose_clip_went_out_unheard_is_shown_as_exported() {
    let (session, take, _) = with_versions();
    let mut store = Store::open(&session.folder().join("earmark.db")).unwrap();
    store
        .add_clip(&NewClip {
            filename: &take,
            span: span(4.0, 5.0),
            output_path: Path::new("/exports/scan/door_001/clip.wav"),
            source_path: Path::new(&take),
            profile: PROFILE,
            spread_s: 0.0,
            scan_export: true,
            label: "door",
        })
        .unwrap();
    let view = session.wait_for("the export", |view| view.results.regions[1].exported);
    assert!(!view.results.regions[0].exported && !view.results.regions[2].exported);
    assert_eq!(view.results.regions[0].state, RegionState::Found);
}
