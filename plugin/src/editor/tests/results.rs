//! The results: times typed in place, and states left out of the list.

use earmark_core::protocol::{RegionState, Target};
use earmark_core::store::RegionId;
use egui::accesskit::Role;
use egui::{Key, Modifiers, Pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::{TestWindow, open, reviewed};
use crate::editor::action::Outgoing;

const START: &str = "Start of the region";
const END: &str = "End of the region";

/// Goes to the first region and types its start.
fn type_start(harness: &mut Harness<'_, TestWindow>, text: &str) {
    harness.key_press(Key::Home);
    harness.step();
    harness.key_press(Key::F2);
    harness.run_steps(2);
    retype(harness, START, text);
}

fn retype(harness: &mut Harness<'_, TestWindow>, field: &str, text: &str) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.step();
    harness
        .get_by_role_and_label(Role::TextInput, field)
        .type_text(text);
    harness.step();
}

pub(super) fn double_click(harness: &mut Harness<'_, TestWindow>, at: Pos2) {
    harness.hover_at(at);
    harness.step();
    // Both halves of a click in one frame: frames of the test are too far apart otherwise.
    for _ in 0..2 {
        let button = |pressed| egui::Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        let events = &mut harness.input_mut().events;
        events.extend([button(true), button(false)]);
        harness.step();
    }
    harness.run_steps(2);
}

#[test]
fn f2_types_the_start_of_the_region_that_the_keys_stand_on() {
    let mut harness = open(TestWindow::new(reviewed()));
    type_start(&mut harness, "1:00:03.5");
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    let targets = harness.state().targets();
    let [Target::Resized { region, span }] = &targets[..] else {
        panic!("{targets:?}");
    };
    assert_eq!(region.id, RegionId(1));
    assert_eq!((span.start_s(), span.end_s()), (3.5, 4.93));
    assert!(harness.query_by_label(START).is_none());
}

#[test]
fn tab_goes_on_to_the_end_and_what_was_not_changed_is_not_resized() {
    let mut harness = open(TestWindow::new(reviewed()));
    harness.key_press(Key::Home);
    harness.step();
    harness.key_press(Key::F2);
    harness.run_steps(2);
    harness.key_press(Key::Tab);
    harness.run_steps(3);
    assert_eq!(harness.state().commands(), []);
    retype(&mut harness, END, "01:00:06.000");
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    let targets = harness.state().targets();
    let [Target::Resized { span, .. }] = &targets[..] else {
        panic!("{targets:?}");
    };
    assert_eq!((span.start_s(), span.end_s()), (4.0, 6.0));
}

#[test]
fn what_makes_no_sense_says_why_and_escape_leaves_everything_as_it_was() {
    for (typed, why) in [
        ("soon", "“soon” is not a time: type it like 01:02:03.500"),
        (
            "1:00:09",
            "The region ends at 01:00:04.930: type an earlier start",
        ),
        (
            "59:00",
            "The take begins at 01:00:00.000: type a later time",
        ),
    ] {
        let mut harness = open(TestWindow::new(reviewed()));
        type_start(&mut harness, typed);
        harness.key_press(Key::Enter);
        harness.run_steps(3);
        harness.get_by_label(why);
        harness.get_by_role_and_label(Role::TextInput, START);
        harness.key_press(Key::Escape);
        harness.run_steps(2);
        assert!(harness.query_by_label(START).is_none());
        assert!(harness.query_by_label(why).is_none());
        assert_eq!(harness.state().commands(), []);
    }
}

#[test]
fn a_double_click_types_the_time_it_hits_and_elsewhere_shows_the_region() {
    let mut harness = open(TestWindow::new(reviewed()));
    let end = harness.get_by_label("01:00:11.430").rect();
    double_click(&mut harness, end.center());
    harness.get_by_role_and_label(Role::TextInput, END);
    assert_eq!(harness.state().shell.visible(), None);
    harness.key_press(Key::Escape);
    harness.run_steps(2);
    let score = harness.get_by_label("0.92").rect();
    double_click(&mut harness, score.center());
    assert!(harness.query_by_label(END).is_none());
    assert!(harness.state().shell.visible().unwrap().contains_s(10.6));
}

#[test]
fn states_are_left_out_of_the_list_by_a_menu_that_counts_them() {
    let mut harness = open(TestWindow::new(reviewed()));
    let rows = |harness: &Harness<'_, TestWindow>| {
        let rows = harness.query_all_by(|node| {
            node.role() == Role::Row && node.label().is_some_and(|name| name.starts_with("Region "))
        });
        rows.count()
    };
    assert_eq!(rows(&harness), 8);
    harness.get_by_label("States").click();
    harness.run_steps(2);
    harness.get_by_label("⊗ negative (1)");
    harness.get_by_label("○ found (5)").click();
    harness.run_steps(3);
    assert_eq!(rows(&harness), 3);
    let filter = harness.state().filter;
    assert!(!filter.lists(RegionState::Found) && filter.lists(RegionState::Positive));
    assert!(
        matches!(harness.state().sent.last(), Some(Outgoing::StateFilter(sent)) if *sent == filter)
    );
    // The menu stays open for the next one; all come back at once.
    harness.get_by_label("All states").click();
    harness.run_steps(3);
    assert_eq!(rows(&harness), 8);
}

#[test]
fn what_is_not_listed_is_not_selected_with_all() {
    let mut opened = TestWindow::stopped(reviewed());
    for state in [RegionState::Found, RegionState::Disabled] {
        opened.filter = opened.filter.toggled(state);
    }
    let mut harness = open(opened);
    harness.step();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.step();
    harness.key_press(Key::Delete);
    harness.step();
    assert_eq!(
        harness.state().commands(),
        [harness
            .state()
            .view
            .select(&[RegionId(2).into(), RegionId(4).into()])
            .disabled()]
    );
}

#[test]
fn an_exported_region_says_so_beside_its_state() {
    let mut view = reviewed();
    let mut regions = view.results.regions.as_ref().clone();
    regions[0].exported = true;
    view.results.regions = std::sync::Arc::new(regions);
    let harness = open(TestWindow::new(view));
    harness.get_by_label("○ found · exported");
}
