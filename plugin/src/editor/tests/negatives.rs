//! The hard-negatives manager.

use earmark_core::engine::command::Command;
use earmark_core::store::NegativeId;
use egui::{Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::{Bench, open, reviewed};

fn open_manager() -> Harness<'static, Bench> {
    // A click would play as well.
    let mut bench = Bench::new(reviewed());
    bench.review.mode = None;
    let mut harness = open(bench);
    harness.get_by_label("Negatives (4)…").click();
    settle(&mut harness);
    harness
}

fn settle(harness: &mut Harness<'_, Bench>) {
    harness.run_steps(4);
}

fn choose_model(harness: &mut Harness<'_, Bench>, model: &str) {
    harness.get_by_label("Source model").click();
    settle(harness);
    harness.get_by_role_and_label(Role::Button, model).click();
    settle(harness);
}

#[test]
fn clear_all_does_nothing_before_it_is_confirmed() {
    let mut harness = open_manager();
    harness.get_by_label("Clear All…").click();
    settle(&mut harness);
    assert_eq!(harness.state().commands(), []);
    harness.get_by_label("Remove all 4 hard negatives of the profile default?");
    harness.get_by_label("Keep them").click();
    settle(&mut harness);
    assert!(harness.query_by_label("Remove 4").is_none());
    harness.get_by_label("Clear All…").click();
    settle(&mut harness);
    harness.get_by_label("Remove 4").click();
    settle(&mut harness);
    assert_eq!(
        harness.state().commands(),
        [Command::ClearNegatives { source_model: None }]
    );
}

#[test]
fn clear_all_names_and_obeys_the_model_filter() {
    let mut harness = open_manager();
    choose_model(&mut harness, "AISFX (2)");
    harness.get_by_label("2 shown of 4");
    harness.get_by_label("Clear All…").click();
    settle(&mut harness);
    harness.get_by_label(
        "Remove 2 hard negatives of the profile default, marked in AISFX? The other 2 stay.",
    );
    harness.get_by_label("Remove 2").click();
    settle(&mut harness);
    assert_eq!(
        harness.state().commands(),
        [Command::ClearNegatives {
            source_model: Some(String::from("AISFX"))
        }]
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
    harness.get_by_label("1 shown of 4");
    harness.get_by_label("Clear All…").click();
    settle(&mut harness);
    harness.get_by_label("Remove 1").click();
    settle(&mut harness);
    assert_eq!(
        harness.state().commands(),
        [Command::RemoveNegatives {
            negatives: vec![NegativeId(3)]
        }]
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
        [Command::RemoveNegatives {
            negatives: vec![NegativeId(3), NegativeId(4)]
        }]
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
        [Command::RemoveNegatives {
            negatives: vec![NegativeId(3)]
        }]
    );
}

#[test]
fn negatives_of_an_unknown_model_can_be_filtered_too() {
    let mut harness = open_manager();
    choose_model(&mut harness, "(unknown) (1)");
    harness.get_by_label("1 shown of 4");
}
