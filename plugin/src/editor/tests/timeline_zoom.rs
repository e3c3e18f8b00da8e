//! The timeline: closer and further by keys, buttons, pinch and bar, and the ways to write times.

use earmark_core::time::Span;
use egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable};

use super::timeline::{at, drag};
use super::{TestWindow, open, reviewed};
use crate::editor::action::Outgoing;
use crate::timecode::{Tempo, TimeFormat};

fn visible(harness: &Harness<'_, TestWindow>) -> Option<Span> {
    harness.state().shell.visible()
}

fn press(harness: &mut Harness<'_, TestWindow>, key: Key) {
    harness.key_press(key);
    harness.step();
}

#[test]
fn keys_zoom_in_and_out_to_the_selection_and_to_everything() {
    let mut harness = open(TestWindow::new(reviewed()));
    press(&mut harness, Key::Plus);
    press(&mut harness, Key::Equals);
    let closer = visible(&harness).unwrap();
    assert!(
        (closer.duration_s() - 60.0 / 2.25).abs() < 1e-9,
        "{closer:?}"
    );
    press(&mut harness, Key::Minus);
    assert!(visible(&harness).unwrap().duration_s() > closer.duration_s());
    press(&mut harness, Key::Num0);
    assert_eq!(visible(&harness), None);
    press(&mut harness, Key::Home);
    press(&mut harness, Key::Z);
    let on_it = visible(&harness).unwrap();
    assert!(on_it.start_s() < 4.0 && on_it.end_s() > 4.93 && on_it.duration_s() < 1.5);
    press(&mut harness, Key::Num0);
    assert_eq!(visible(&harness), None);
    assert_eq!(harness.state().commands(), []);
}

#[test]
fn buttons_zoom_as_the_keys_do() {
    let mut harness = open(TestWindow::new(reviewed()));
    harness.get_by_label("Zoom in (+)").click();
    harness.run_steps(2);
    assert!(visible(&harness).is_some());
    harness.get_by_label("Show whole take (F)").click();
    harness.run_steps(2);
    assert_eq!(visible(&harness), None);
}

#[test]
fn alt_and_the_arrows_scroll_and_so_does_the_bar_below() {
    let mut harness = open(TestWindow::new(reviewed()));
    assert!(harness.query_by_label("Timeline scroll").is_none());
    harness
        .state_mut()
        .shell
        .recall_zoom(Span::new(10.0, 20.0).ok());
    harness.step();
    harness.key_press_modifiers(Modifiers::ALT, Key::ArrowRight);
    harness.step();
    assert_eq!(visible(&harness).unwrap().start_s(), 12.5);
    harness.key_press_modifiers(Modifiers::ALT, Key::ArrowLeft);
    harness.step();
    assert_eq!(visible(&harness).unwrap().start_s(), 10.0);
    let bar = harness.get_by_label("Timeline scroll").rect();
    let grip = bar.left_center() + vec2(bar.width() * 15.0 / 60.0, 0.0);
    drag(
        &mut harness,
        grip,
        grip + vec2(bar.width() * 30.0 / 60.0, 0.0),
    );
    let scrolled = visible(&harness).unwrap();
    assert!((scrolled.start_s() - 40.0).abs() < 1.5, "{scrolled:?}");
    assert!((scrolled.duration_s() - 10.0).abs() < 1e-9);
}

#[test]
fn two_fingers_zoom_at_the_pointer() {
    let mut harness = open(TestWindow::new(reviewed()));
    harness.hover_at(at(&harness, 45.0));
    harness.step();
    harness.event(egui::Event::Zoom(2.0));
    harness.step();
    let closer = visible(&harness).unwrap();
    assert!((closer.duration_s() - 30.0).abs() < 0.5, "{closer:?}");
    assert!(closer.contains_s(45.0));
}

#[test]
fn times_are_written_as_chosen_everywhere() {
    let mut opened = TestWindow::new(reviewed());
    opened.tempo = Some(Tempo {
        bpm: 120.0,
        numerator: 4,
        denominator: 4,
        origin_quarters: 0.0,
    });
    let mut harness = open(opened);
    harness.get_by_label_contains("Region 1, 01:00:04.000");
    for (chosen, format, start) in [
        ("samples", TimeFormat::Samples, "172992000"),
        ("h:m:s:f 25", TimeFormat::Frames25, "01:00:04:00"),
        ("bars", TimeFormat::Bars, "1803.1.000"),
    ] {
        harness.get_by_label("Time format").click();
        harness.run_steps(2);
        harness.get_by_label(chosen).click();
        harness.run_steps(2);
        assert_eq!(
            harness.state().sent.last(),
            Some(&Outgoing::TimeFormat(format))
        );
        harness.get_by_label_contains(&format!("Region 1, {start}"));
        let strip = harness.get_by_label_contains("Timeline, ");
        let spoken = strip.accesskit_node().label().unwrap();
        assert!(!spoken.contains("from 01:00:00.000"), "{spoken}");
    }
}

#[test]
fn bars_are_offered_once_the_host_has_told_its_tempo() {
    let mut opened = TestWindow::new(reviewed());
    opened.time_format = TimeFormat::Bars;
    let mut harness = open(opened);
    // A project that was saved with bars is shown by the clock meanwhile.
    harness.get_by_label_contains("Region 1, 01:00:04.000");
    harness.get_by_label("Time format").click();
    harness.run_steps(2);
    assert!(harness.get_by_label("bars").accesskit_node().is_disabled());
}
