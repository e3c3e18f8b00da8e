//! Marks on bare waveform: listed and drawn like regions, marked out by keyboard, taken back by their own keys.

use std::sync::Arc;

use earmark_core::protocol::{
    Command, Compared, ComparisonView, Play, RegionState, RegionView, Show, ShownId, View,
};
use earmark_core::store::{ClipId, NegativeId, RegionId};
use earmark_core::time::Span;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable};

use super::{TestWindow, open, reviewed};
use crate::editor::action::Outgoing;

const CLIP: ShownId = ShownId::Clip(ClipId(7));
const NEGATIVE: ShownId = ShownId::Negative(NegativeId(9));

fn settle(harness: &mut Harness<'_, TestWindow>) {
    harness.run_steps(4);
}

fn press(harness: &mut Harness<'_, TestWindow>, keys: &[Key]) {
    for &key in keys {
        harness.key_press(key);
        settle(harness);
    }
}

fn mark(id: ShownId, state: RegionState, start_s: f64) -> RegionView {
    RegionView {
        id: Some(id),
        state,
        class: (state == RegionState::Positive).then(|| String::from("door")),
        ..RegionView::found(Span::new(start_s, start_s + 0.5).unwrap(), f32::NAN)
    }
}

/// A take that nobody has searched, with an example and a hard negative chosen by ear.
pub fn marked_before_any_scan() -> View {
    let mut view = reviewed();
    view.results.regions = Arc::new(vec![
        mark(CLIP, RegionState::Positive, 4.0),
        mark(NEGATIVE, RegionState::Negative, 17.0),
    ]);
    view.results.versions.clear();
    view.shown.version = None;
    view.results.scores = None;
    view.learning.classifiers.clear();
    view.results.tabs.truncate(1);
    view.results.tabs[0].version = None;
    view.results.tabs[0].regions = 0;
    view.marks.since_training = 2;
    view
}

fn unsearched() -> Harness<'static, TestWindow> {
    let mut opened = TestWindow::stopped(marked_before_any_scan());
    opened.last_class = String::from("door");
    open(opened)
}

#[test]
fn marks_are_listed_before_the_first_scan_below_the_next_step() {
    let mut harness = unsearched();
    harness.get_by_label("Mark 1, 01:00:04.000, score –, positive");
    harness.get_by_label("● positive · door · mark only");
    harness.get_by_label("Step 3 of 4: Train");
    harness
        .get_by_label("Mark 2, 01:00:17.000, score –, negative")
        .click();
    settle(&mut harness);
    press(&mut harness, &[Key::Space]);
    let commands = harness.state().commands();
    let [Command::Play(Play::Stretch { span, .. })] = commands.as_slice() else {
        panic!("{commands:?}");
    };
    assert_eq!((span.start_s(), span.end_s()), (17.0, 17.5));
}

#[test]
fn the_key_of_a_mark_takes_it_back_and_delete_removes_it() {
    let mut harness = unsearched();
    press(
        &mut harness,
        &[Key::Home, Key::P, Key::ArrowDown, Key::N, Key::U],
    );
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    settle(&mut harness);
    // There is nothing to merge and nothing to resize.
    press(&mut harness, &[Key::M, Key::F2, Key::Delete]);
    assert_eq!(
        harness.state().commands(),
        [
            harness.state().view.select(&[CLIP]).positive("door"),
            harness.state().view.select(&[NEGATIVE]).negative(),
            harness.state().view.select(&[NEGATIVE]).unsure(),
            harness.state().view.select(&[CLIP, NEGATIVE]).disabled()
        ]
    );
    assert!(harness.query_by_label("Start of the region").is_none());
}

#[test]
fn the_mark_under_the_pointer_is_selected_on_the_timeline() {
    let mut harness = unsearched();
    let inside = super::timeline::at(&harness, 17.2);
    harness.drag_at(inside);
    harness.step();
    harness.drop_at(inside);
    settle(&mut harness);
    press(&mut harness, &[Key::N]);
    assert_eq!(
        harness.state().commands(),
        [harness.state().view.select(&[NEGATIVE]).negative()]
    );
}

fn put_playhead(harness: &mut Harness<'_, TestWindow>, in_take_s: f64) {
    if let Some(capture) = &mut harness.state_mut().capture {
        capture.playhead_s = Some(3600.0 + in_take_s);
    }
    settle(harness);
}

fn timeline(harness: &Harness<'_, TestWindow>) -> String {
    let strip = harness.get_by_label_contains("Timeline");
    strip.accesskit_node().label().unwrap_or_default()
}

#[test]
fn i_and_o_mark_out_the_first_example_without_a_mouse() {
    let mut view = marked_before_any_scan();
    view.results.regions = Arc::default();
    let mut opened = TestWindow::new(view);
    opened.last_class = String::from("door");
    let mut harness = open(opened);
    put_playhead(&mut harness, 20.0);
    press(&mut harness, &[Key::I]);
    let spoken = timeline(&harness);
    assert!(spoken.contains("in at 01:00:20.000"), "{spoken}");
    put_playhead(&mut harness, 21.5);
    press(&mut harness, &[Key::O]);
    let spoken = timeline(&harness);
    assert!(
        spoken.contains("01:00:20.000 to 01:00:21.500 selected"),
        "{spoken}"
    );
    // The end is said again, then the stretch is an example, though the host plays on.
    put_playhead(&mut harness, 21.0);
    press(&mut harness, &[Key::O, Key::P]);
    let span = Span::new(20.0, 21.0).unwrap();
    assert_eq!(
        harness.state().commands(),
        [harness
            .state()
            .view
            .stretch("dialogue-1.wav", span)
            .positive("door")]
    );
    // One end alone is no stretch; Escape forgets it.
    press(&mut harness, &[Key::O, Key::Escape]);
    assert!(!timeline(&harness).contains("out at"));
    put_playhead(&mut harness, -5.0);
    press(&mut harness, &[Key::I]);
    assert!(!timeline(&harness).contains("in at"), "before the take");
    assert_eq!(harness.state().commands().len(), 1);
}

/// An empty version, in which nothing is left of one region.
fn all_gone() -> View {
    let mut view = reviewed();
    view.results.regions = Arc::default();
    view.results.comparison = Some(ComparisonView {
        with: Compared::Version(view.results.versions[1].row.timestamp.clone()),
        with_number: 2,
        check: None,
        kept: 0,
        moved: 0,
        new: 0,
        gone: vec![Span::new(20.0, 21.0).unwrap()],
    });
    view
}

#[test]
fn a_version_that_found_nothing_still_lists_what_is_gone() {
    let mut harness = open(TestWindow::stopped(all_gone()));
    harness.get_by_label("No regions at this threshold");
    harness.get_by_label("Gone region, 01:00:20.000").click();
    settle(&mut harness);
    press(&mut harness, &[Key::N]);
    // A comparison that opened by itself is left with one click, or with C.
    harness.get_by_label("Stop comparing").click();
    settle(&mut harness);
    press(&mut harness, &[Key::C]);
    let commands = harness.state().commands();
    assert!(
        matches!(
            commands.as_slice(),
            [
                Command::Change(_),
                Command::Show(Show::Comparison(None)),
                Command::Show(Show::Comparison(None))
            ]
        ),
        "{commands:?}"
    );
}

#[test]
fn ctrl_a_and_delete_mean_the_panel_that_was_touched_last() {
    let mut opened = TestWindow::stopped(reviewed());
    opened.review.mode = None;
    let mut harness = open(opened);
    let everything = |harness: &mut Harness<'_, TestWindow>| {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        settle(harness);
        harness.key_press(Key::Delete);
        settle(harness);
    };
    press(&mut harness, &[Key::Home]);
    harness.get_by_label("Negatives (4)…").click();
    settle(&mut harness);
    everything(&mut harness);
    press(&mut harness, &[Key::ArrowDown]);
    everything(&mut harness);
    harness
        .get_by_label_contains("Negative kitchen.wav")
        .click();
    settle(&mut harness);
    press(&mut harness, &[Key::Delete]);
    assert_eq!(
        harness.state().commands(),
        [
            harness
                .state()
                .view
                .remove_negatives(&[1, 2, 3, 4].map(NegativeId)),
            harness
                .state()
                .view
                .select(&(1..=8).map(|id| RegionId(id).into()).collect::<Vec<_>>())
                .disabled(),
            harness.state().view.remove_negatives(&[NegativeId(3)])
        ]
    );
}

#[test]
fn a_selected_mark_is_what_a_pad_means_while_the_transport_stands() {
    let mut harness = unsearched();
    press(&mut harness, &[Key::Home]);
    let pointed = harness
        .state()
        .sent
        .iter()
        .any(|one| matches!(one, Outgoing::PointAt { span, .. } if span.start_s() == 4.0));
    assert!(pointed, "a pad marks what is selected, marks too");
}
