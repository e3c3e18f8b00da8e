//! Marking regions: the keys, the selection, the question for a class.

use earmark_core::protocol::{Command, RegionState};
use earmark_core::store::RegionId;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;

use super::{TestWindow, open, reviewed};
use crate::review::SortBy;

fn press(harness: &mut egui_kittest::Harness<'_, TestWindow>, keys: &[Key]) {
    for key in keys {
        harness.key_press(*key);
        harness.step();
    }
}

fn click_region(
    harness: &mut egui_kittest::Harness<'_, TestWindow>,
    name: &str,
    modifiers: Modifiers,
) {
    harness
        .get_by_label_contains(name)
        .click_modifiers(modifiers);
    harness.step();
    harness.step();
}

#[test]
fn n_marks_the_selected_region_as_a_hard_negative() {
    let mut harness = open(TestWindow::new(reviewed()));
    click_region(&mut harness, "Region 3,", Modifiers::NONE);
    press(&mut harness, &[Key::N]);
    assert_eq!(
        harness.state().commands(),
        [harness
            .state()
            .view
            .select(&[RegionId(3).into()])
            .negative()]
    );
}

#[test]
fn keys_that_arrive_in_one_slow_frame_act_in_the_order_in_which_they_were_pressed() {
    let mut harness = open(TestWindow::new(reviewed()));
    click_region(&mut harness, "Region 1,", Modifiers::NONE);
    let keys = [
        Key::ArrowDown,
        Key::N,
        Key::ArrowDown,
        Key::ArrowDown,
        Key::N,
    ];
    let pressed = keys.map(|key| egui::Event::Key {
        key,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    });
    harness.input_mut().events.extend(pressed);
    harness.step();
    let toggled = [2, 4].map(|id| {
        harness
            .state()
            .view
            .select(&[RegionId(id).into()])
            .negative()
    });
    assert_eq!(harness.state().commands(), toggled);
}

#[test]
fn keys_without_a_selection_send_nothing() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    press(&mut harness, &[Key::N, Key::P, Key::Space, Key::Delete]);
    assert_eq!(harness.state().commands(), []);
}

#[test]
fn shift_and_ctrl_click_mark_several_at_once() {
    let mut harness = open(TestWindow::new(reviewed()));
    click_region(&mut harness, "Region 1,", Modifiers::NONE);
    click_region(&mut harness, "Region 3,", Modifiers::SHIFT);
    click_region(&mut harness, "Region 5,", Modifiers::COMMAND);
    press(&mut harness, &[Key::Delete]);
    let regions = [1, 2, 3, 5].map(|id| RegionId(id).into()).to_vec();
    assert_eq!(
        harness.state().commands(),
        [harness.state().view.select(&regions).disabled()]
    );
}

#[test]
fn a_whole_review_needs_only_the_keyboard() {
    let mut opened = TestWindow::new(reviewed());
    opened.last_class = String::from("door");
    let mut harness = open(opened);
    harness.step();
    // 1 is confirmed, 2 to 4 are passed over as far as they were judged, 3 is rejected, then back up and disabled.
    press(&mut harness, &[Key::S, Key::P, Key::S, Key::N]);
    press(
        &mut harness,
        &[Key::ArrowDown, Key::ArrowDown, Key::ArrowUp],
    );
    press(&mut harness, &[Key::Delete]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.step();
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    harness.step();
    let class = String::from("door");
    assert_eq!(
        harness.state().commands(),
        [
            harness
                .state()
                .view
                .select(&[RegionId(1).into()])
                .positive(&class),
            harness
                .state()
                .view
                .select(&[RegionId(3).into()])
                .negative(),
            harness
                .state()
                .view
                .select(&[RegionId(4).into()])
                .disabled(),
            Command::Undo,
            Command::Redo,
        ]
    );
}

#[test]
fn a_mark_goes_on_to_the_next_region_and_a_mark_taken_back_does_not() {
    let mut opened = TestWindow::stopped(reviewed());
    opened.review.advances = true;
    opened.last_class = String::from("door");
    let mut harness = open(opened);
    // 1 is judged, then 3, the next that nobody has judged; back on 4, which is a negative, the mark is taken away, and again.
    press(&mut harness, &[Key::S, Key::P, Key::N]);
    click_region(&mut harness, "Region 4,", Modifiers::NONE);
    press(&mut harness, &[Key::N, Key::N]);
    let toggle = |id| {
        harness
            .state()
            .view
            .select(&[RegionId(id).into()])
            .negative()
    };
    assert_eq!(
        harness.state().commands(),
        [
            harness
                .state()
                .view
                .select(&[RegionId(1).into()])
                .positive("door"),
            toggle(3),
            toggle(4),
            toggle(4),
        ]
    );
}

#[test]
fn ctrl_a_selects_all_and_escape_lets_go() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.step();
    harness.step();
    harness.get_by_label("8 selected");
    press(&mut harness, &[Key::Escape, Key::N]);
    assert_eq!(harness.state().commands(), []);
}

#[test]
fn p_asks_for_the_class_the_first_time_and_then_remembers_it() {
    let mut harness = open(TestWindow::new(reviewed()));
    click_region(&mut harness, "Region 1,", Modifiers::NONE);
    press(&mut harness, &[Key::P]);
    assert_eq!(harness.state().commands(), []);
    harness.step();
    harness.get_by_label("Class name").type_text("bell");
    harness.step();
    press(&mut harness, &[Key::Enter]);
    harness.step();
    click_region(&mut harness, "Region 3,", Modifiers::NONE);
    press(&mut harness, &[Key::P]);
    let confirm = |id: i64| {
        harness
            .state()
            .view
            .select(&[RegionId(id).into()])
            .positive("bell")
    };
    assert_eq!(harness.state().commands(), [confirm(1), confirm(3)]);
}

#[test]
fn the_class_can_be_picked_and_the_question_withdrawn() {
    let mut harness = open(TestWindow::new(reviewed()));
    click_region(&mut harness, "Region 1,", Modifiers::NONE);
    press(&mut harness, &[Key::P, Key::Escape]);
    harness.step();
    assert!(harness.query_by_label("Class name").is_none());
    press(&mut harness, &[Key::P]);
    harness.step();
    harness.get_by_label("footstep").click();
    harness.step();
    assert_eq!(
        harness.state().commands(),
        [harness
            .state()
            .view
            .select(&[RegionId(1).into()])
            .positive("footstep")]
    );
}

#[test]
fn shift_p_asks_again() {
    let mut opened = TestWindow::new(reviewed());
    opened.last_class = String::from("door");
    let mut harness = open(opened);
    click_region(&mut harness, "Region 1,", Modifiers::NONE);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::P);
    harness.step();
    harness.step();
    harness.get_by_label("Class name");
    assert_eq!(harness.state().commands(), []);
}

#[test]
fn a_text_field_takes_the_letter_n_without_marking_anything() {
    let mut harness = open(TestWindow::new(reviewed()));
    click_region(&mut harness, "Region 1,", Modifiers::NONE);
    harness.get_by_label("Source name").click();
    harness.step();
    harness.step();
    harness.key_press(Key::N);
    harness.event(egui::Event::Text(String::from("n")));
    harness.step();
    harness.step();
    assert_eq!(harness.state().commands(), []);
    let name = harness.get_by_label("Source name").value().unwrap();
    assert!(
        name.contains("Dialogue 1") && name.len() == "Dialogue 1n".len(),
        "{name}"
    );
}

#[test]
fn renaming_the_source_ends_with_enter_and_is_dropped_by_escape() {
    let mut harness = open(TestWindow::new(reviewed()));
    for (key, expected) in [(Key::Escape, 0), (Key::Enter, 1)] {
        harness.get_by_label("Source name").click();
        harness.step();
        harness.step();
        harness.get_by_label("Source name").type_text("!");
        harness.step();
        press(&mut harness, &[key]);
        harness.step();
        assert_eq!(harness.state().sent.len(), expected, "{key:?}");
    }
}

#[test]
fn provisional_regions_are_shown_but_cannot_be_marked() {
    let mut view = reviewed();
    let mut regions = view.results.regions.to_vec();
    regions.truncate(1);
    regions[0].id = None;
    regions[0].state = RegionState::Provisional;
    view.results.regions = regions.into();
    let mut harness = open(TestWindow::new(view));
    harness.step();
    harness.get_by_label("◌ provisional");
    press(&mut harness, &[Key::S, Key::N, Key::Delete]);
    assert_eq!(harness.state().commands(), []);
}

#[test]
fn u_and_its_button_leave_a_region_undecided() {
    let mut view = reviewed();
    let mut regions = view.results.regions.to_vec();
    regions[2].state = RegionState::Unsure;
    view.results.regions = regions.into();
    let mut harness = open(TestWindow::stopped(view));
    harness.get_by_label_contains("◐ unsure");
    click_region(&mut harness, "Region 1,", Modifiers::NONE);
    press(&mut harness, &[Key::U]);
    harness.get_by_label("Unsure").click();
    harness.step();
    let unsure = harness.state().view.select(&[RegionId(1).into()]).unsure();
    assert_eq!(harness.state().commands(), [unsure.clone(), unsure]);
}

#[test]
fn the_table_is_sorted_by_its_titles_and_s_follows_that_order() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    harness.get_by_label("5 regions to review");
    harness.get_by_label("Sort regions by score").click();
    harness.step();
    harness.step();
    harness.get_by_label("Sort regions by score").click();
    harness.step();
    harness.step();
    let order = harness.state().order;
    assert_eq!((order.by, order.reversed), (SortBy::Score, true));
    // The worst first: 8, 7, then 5, because 6 was disabled.
    press(&mut harness, &[Key::S, Key::S, Key::S, Key::U]);
    assert_eq!(
        harness.state().commands(),
        [harness.state().view.select(&[RegionId(5).into()]).unsure()]
    );
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowUp);
    harness.step();
    press(&mut harness, &[Key::N]);
    assert_eq!(
        harness.state().commands()[1],
        harness
            .state()
            .view
            .select(&[RegionId(5).into(), RegionId(6).into()])
            .negative(),
        "Shift extends along the rows"
    );
}

#[test]
fn the_most_uncertain_comes_next_when_the_order_says_so() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    harness.state_mut().threshold = 0.76;
    harness.get_by_label("Review order").click();
    harness.step();
    harness.step();
    harness.get_by_label("by uncertainty").click();
    harness.step();
    harness.step();
    harness.get_by_label("Next to review").click();
    harness.step();
    press(&mut harness, &[Key::U]);
    // Scores fall by 0.05 from 0.97: the fifth has 0.77.
    let regions = vec![RegionId(5).into()];
    assert_eq!(
        harness.state().commands(),
        [harness.state().view.select(&regions).unsure()]
    );
}
