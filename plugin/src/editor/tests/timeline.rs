//! The timeline: selecting by mouse, stretches of bare time, zoom and the threshold line.

use earmark_core::protocol::{MarkKind, Target};
use earmark_core::scan::RegionShape;
use earmark_core::store::RegionId;
use egui::{Key, Pos2, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable};

use super::{TestWindow, open, reviewed};
use crate::editor::action::Outgoing;

/// Where `time_s` of the 60-second take is on the unzoomed timeline, in the waveform.
pub(super) fn at(harness: &Harness<'_, TestWindow>, time_s: f32) -> Pos2 {
    let strip = harness.get_by_label_contains("Timeline").rect();
    pos2(
        strip.left() + strip.width() * time_s / 60.0,
        strip.top() + 50.0,
    )
}

pub(super) fn drag(harness: &mut Harness<'_, TestWindow>, from: Pos2, to: Pos2) {
    harness.drag_at(from);
    harness.step();
    for part in [0.3, 0.7, 1.0] {
        harness.hover_at(from + (to - from) * part);
        harness.step();
    }
    harness.drop_at(to);
    harness.step();
}

#[test]
fn a_click_selects_the_region_under_the_pointer() {
    let mut harness = open(TestWindow::new(reviewed()));
    let inside = at(&harness, 4.5);
    harness.drag_at(inside);
    harness.step();
    harness.drop_at(inside);
    harness.step();
    harness.key_press(Key::N);
    harness.step();
    assert_eq!(
        harness.state().commands(),
        [harness
            .state()
            .view
            .select(&[RegionId(1).into()])
            .negative()]
    );
}

#[test]
fn dragging_over_bare_time_and_pressing_p_makes_the_first_example() {
    let mut view = reviewed();
    view.results.regions = std::sync::Arc::default();
    view.results.scores = None;
    view.results.versions.clear();
    view.learning.classifiers.clear();
    let mut opened = TestWindow::new(view);
    opened.last_class = String::from("door");
    let mut harness = open(opened);
    let (from, to) = (at(&harness, 30.0), at(&harness, 24.0));
    drag(&mut harness, from, to);
    // The second press of each key finds the stretch already marked and does nothing.
    for key in [Key::P, Key::P] {
        harness.key_press(key);
        harness.step();
    }
    drag(&mut harness, from, to);
    for key in [Key::N, Key::N] {
        harness.key_press(key);
        harness.step();
    }
    let targets = harness.state().targets();
    let [
        Target::Marked {
            kind: MarkKind::Positive { class },
            spans,
            marked: true,
            band: None,
        },
        Target::Marked {
            kind: MarkKind::Negative,
            spans: again,
            marked: true,
            band: None,
        },
    ] = targets.as_slice()
    else {
        panic!("{targets:?}");
    };
    assert_eq!(class, "door");
    let span = spans[0];
    assert!(
        (span.start_s() - 24.0).abs() < 0.1 && (span.end_s() - 30.0).abs() < 0.1,
        "{span:?}"
    );
    assert_eq!(spans, again);
}

#[test]
fn the_time_at_the_pointer_leaves_the_buttons_of_a_stretch_in_sight() {
    let mut harness = open(TestWindow::new(reviewed()));
    let (from, to) = (at(&harness, 30.0), at(&harness, 34.0));
    drag(&mut harness, from, to);
    let told =
        |harness: &Harness<'_, TestWindow>| harness.query_all_by_label_contains("score ").count();
    harness.run_steps(40);
    let with_stretch = told(&harness);
    let elsewhere = at(&harness, 52.0);
    harness.hover_at(elsewhere);
    harness.run_steps(40);
    assert_eq!(told(&harness), with_stretch + 1);
}

#[test]
fn a_selected_region_replaces_a_selected_stretch() {
    let mut harness = open(TestWindow::new(reviewed()));
    let (from, to) = (at(&harness, 20.0), at(&harness, 22.0));
    drag(&mut harness, from, to);
    harness.key_press(Key::ArrowDown);
    harness.step();
    harness.key_press(Key::N);
    harness.step();
    assert_eq!(
        harness.state().commands(),
        [harness
            .state()
            .view
            .select(&[RegionId(1).into()])
            .negative()]
    );
}

#[test]
fn the_threshold_line_is_dragged_and_the_slider_follows() {
    let mut harness = open(TestWindow::new(reviewed()));
    let line = harness.get_by_label("Threshold line").rect().center();
    drag(&mut harness, line, line - vec2(0.0, 16.0));
    assert!(
        harness.state().threshold > 0.55,
        "{}",
        harness.state().threshold
    );
    assert!(matches!(
        harness.state().sent.last(),
        Some(Outgoing::Threshold(_))
    ));
    assert_eq!(harness.state().commands(), []);
}

#[test]
fn zooming_keeps_the_time_under_the_pointer() {
    let mut harness = open(TestWindow::new(reviewed()));
    let pointer = at(&harness, 4.5);
    harness.hover_at(pointer);
    harness.step();
    for _ in 0..20 {
        harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: vec2(0.0, 40.0),
            phase: egui::TouchPhase::Move,
            modifiers: egui::Modifiers::NONE,
            source: egui::MouseWheelSource::Unknown,
        });
        harness.step();
    }
    let visible = harness.state().shell.visible().unwrap();
    assert!(visible.duration_s() < 20.0, "{visible:?}");
    assert!(visible.contains_s(4.5));
    // A region that is out of sight is brought into it by the keys.
    harness.key_press(Key::End);
    harness.step();
    assert!(
        harness
            .state()
            .shell
            .visible()
            .unwrap()
            .contains_s(4.0 + 6.5 * 7.0)
    );
}

#[test]
fn the_histogram_says_how_the_scores_are_spread_and_moves_the_threshold() {
    let mut harness = open(TestWindow::new(reviewed()));
    let histogram = harness.get_by_label_contains("Score histogram: ");
    let name = histogram.accesskit_node().label().unwrap();
    assert!(
        name.ends_with("1 example and 1 hard negative marked"),
        "{name}"
    );
    let rect = histogram.rect();
    let at = rect.left_center() + vec2(0.25 * rect.width(), 0.0);
    drag(&mut harness, rect.center(), at);
    assert_eq!(harness.state().threshold, 0.25);
}

#[test]
fn the_shape_of_regions_is_set_near_the_threshold() {
    let mut harness = open(TestWindow::new(reviewed()));
    harness.get_by_label("Shape of regions").click();
    harness.run_steps(3);
    harness.get_by_label("Join gaps up to");
    let field = harness.get_by_role_and_label(egui::accesskit::Role::SpinButton, "Shortest region");
    field.click();
    harness.run_steps(2);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    harness.run_steps(1);
    harness
        .get_by_role_and_label(egui::accesskit::Role::SpinButton, "Shortest region")
        .type_text("1.5");
    harness.run_steps(1);
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    let shape = RegionShape::new(0.2, 1.5);
    assert_eq!(
        harness.state().commands(),
        [harness.state().view.change(Target::RegionShape(shape))]
    );
}
