//! The hard-negatives manager.

use std::sync::Arc;

use earmark_core::audition::AuditionMode;
use earmark_core::protocol::{Command, Play, Target};
use earmark_core::store::NegativeId;
use earmark_core::time::Span;
use egui::{Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable};

use super::{TestWindow, open, reviewed};

fn open_manager() -> Harness<'static, TestWindow> {
    // A click would play as well.
    let mut opened = TestWindow::new(reviewed());
    opened.review.mode = None;
    let mut harness = open(opened);
    harness.get_by_label("Negatives (4)…").click();
    settle(&mut harness);
    harness
}

fn settle(harness: &mut Harness<'_, TestWindow>) {
    harness.run_steps(4);
}

fn choose_model(harness: &mut Harness<'_, TestWindow>, model: &str) {
    harness.get_by_label("Source model").click();
    settle(harness);
    harness.get_by_role_and_label(Role::Button, model).click();
    settle(harness);
}

#[test]
fn clear_all_does_nothing_before_it_is_confirmed() {
    let mut harness = open_manager();
    harness.get_by_label("Delete all…").click();
    settle(&mut harness);
    assert_eq!(harness.state().commands(), []);
    harness.get_by_label("Delete all 4 hard negatives of the profile default?");
    harness.get_by_label("Keep them").click();
    settle(&mut harness);
    assert!(harness.query_by_label("Delete 4").is_none());
    harness.get_by_label("Delete all…").click();
    settle(&mut harness);
    harness.get_by_label("Delete 4").click();
    settle(&mut harness);
    assert_eq!(
        harness.state().commands(),
        [harness
            .state()
            .view
            .change(Target::NegativesCleared { source_model: None })]
    );
}

#[test]
fn a_long_name_is_heard_and_shown_whole() {
    let long = "HUBERT_XLARGE_OF_A_LONG_NAME";
    let mut view = reviewed();
    for negative in Arc::make_mut(&mut view.marks.negatives) {
        negative.source_model = String::from("M");
    }
    Arc::make_mut(&mut view.marks.negatives)[0].source_model = String::from(long);
    let mut harness = open(TestWindow::new(view));
    harness.get_by_label("Negatives (4)…").click();
    settle(&mut harness);
    let count = |harness: &Harness<'_, TestWindow>| harness.query_all_by_label(long).count();
    assert_eq!(count(&harness), 1);
    harness.get_by_label(long).hover();
    harness.run_steps(60);
    assert_eq!(count(&harness), 2, "no tool tip");
}

#[test]
fn delete_all_names_and_obeys_the_model_filter() {
    let mut harness = open_manager();
    choose_model(&mut harness, "AISFX (2)");
    harness.get_by_label("2 of 4 shown");
    harness.get_by_label("Delete all…").click();
    settle(&mut harness);
    harness.get_by_label(
        "Delete 2 hard negatives of the profile default, marked in AISFX? Earmark keeps the other 2.",
    );
    harness.get_by_label("Delete 2").click();
    settle(&mut harness);
    assert_eq!(
        harness.state().commands(),
        [harness.state().view.change(Target::NegativesCleared {
            source_model: Some(String::from("AISFX"))
        })]
    );
}

#[test]
fn clearing_a_search_removes_only_what_it_shows() {
    let mut harness = open_manager();
    harness.get_by_label("Search negatives").click();
    settle(&mut harness);
    harness
        .get_by_label("Search negatives")
        .type_text("kitchen");
    settle(&mut harness);
    harness.get_by_label("1 of 4 shown");
    harness.get_by_label("Delete all…").click();
    settle(&mut harness);
    harness.get_by_label("Delete 1").click();
    settle(&mut harness);
    assert_eq!(
        harness.state().commands(),
        [harness.state().view.remove_negatives(&[NegativeId(3)])]
    );
}

#[test]
fn several_are_selected_and_deleted_together() {
    let mut harness = open_manager();
    harness
        .get_by_label_contains("Negative kitchen.wav")
        .click();
    settle(&mut harness);
    harness
        .get_by_label_contains("Negative old.wav")
        .click_modifiers(Modifiers::COMMAND);
    settle(&mut harness);
    harness.get_by_label("Delete selected (2)").click();
    settle(&mut harness);
    assert_eq!(
        harness.state().commands(),
        [harness
            .state()
            .view
            .remove_negatives(&[NegativeId(3), NegativeId(4)])]
    );
}

#[test]
fn the_delete_key_removes_what_is_selected_in_the_manager() {
    let mut harness = open_manager();
    harness
        .get_by_label_contains("Negative kitchen.wav")
        .click();
    settle(&mut harness);
    harness.key_press(Key::Delete);
    settle(&mut harness);
    assert_eq!(
        harness.state().commands(),
        [harness.state().view.remove_negatives(&[NegativeId(3)])]
    );
}

#[test]
fn negatives_of_an_unknown_model_can_be_filtered_too() {
    let mut harness = open_manager();
    choose_model(&mut harness, "(unknown) (1)");
    harness.get_by_label("1 of 4 shown");
}

#[test]
fn a_columns_title_sorts_by_it_and_pressed_again_backwards() {
    let mut harness = open_manager();
    let files = |harness: &Harness<'_, TestWindow>| -> Vec<String> {
        let mut rows: Vec<(f32, String)> = harness
            .get_all_by_label_contains("Negative ")
            .map(|row| {
                (
                    row.rect().top(),
                    row.accesskit_node().label().unwrap_or_default(),
                )
            })
            .collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        rows.into_iter().map(|(_, label)| label).collect()
    };
    let of = |names: [&str; 4]| names.map(|name| format!("Negative {name}"));
    let newest_first = of([
        "dialogue-1.wav, 00:00:10.000",
        "dialogue-1.wav, 00:00:20.000",
        "kitchen.wav, 00:00:30.000",
        "old.wav, 00:00:40.000",
    ]);
    assert_eq!(files(&harness), newest_first);
    for title in ["Sort negatives by date added", "Sort negatives by model"] {
        harness.get_by_label(title).click();
        settle(&mut harness);
        assert!(files(&harness)[0].contains("old.wav"), "{title}");
    }
    harness.get_by_label("Sort negatives by time").click();
    settle(&mut harness);
    assert_eq!(files(&harness), newest_first);
    harness.get_by_label("Sort negatives by time").click();
    settle(&mut harness);
    assert!(files(&harness)[0].contains("old.wav"));
}

#[test]
fn what_a_filter_hides_is_not_deleted_with_what_it_shows() {
    let mut harness = open_manager();
    harness
        .get_by_label_contains("Negative kitchen.wav")
        .click();
    settle(&mut harness);
    harness
        .get_by_label_contains("Negative old.wav")
        .click_modifiers(Modifiers::COMMAND);
    settle(&mut harness);
    choose_model(&mut harness, "HUBERT_XLARGE (1)");
    harness.get_by_label("Delete selected (1)").click();
    settle(&mut harness);
    assert_eq!(
        harness.state().commands(),
        [harness.state().view.remove_negatives(&[NegativeId(3)])]
    );
}

#[test]
fn a_click_plays_the_mark() {
    let mut harness = open_manager();
    harness.state_mut().review.mode = Some(AuditionMode::Replace);
    harness
        .get_by_label_contains("Negative kitchen.wav")
        .click();
    settle(&mut harness);
    assert_eq!(
        harness.state().commands(),
        [Command::Play(Play::Stretch {
            filename: String::from("kitchen.wav"),
            span: Span::new(30.0, 30.93).unwrap(),
            mode: AuditionMode::Replace,
        })]
    );
}
