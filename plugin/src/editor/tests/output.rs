//! The output in the menu and in the header.

use egui_kittest::kittest::Queryable;

use super::*;
use crate::params::OutputChoice;

#[test]
fn the_menu_sets_what_is_let_through_and_the_header_says_so() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    assert!(harness.query_by_label_contains("◧").is_none());
    for choice in ["Only what was found", "Send notes"] {
        harness.get_by_label("Menu").click();
        harness.run_steps(4);
        harness.get_by_label(choice).click();
        harness.run_steps(4);
    }
    let set = harness.state().output;
    assert_eq!((set.choice, set.notes), (OutputChoice::Only, true));
    harness.get_by_label("◧ only found");
}

#[test]
fn the_header_says_what_happens_to_a_take_that_is_not_scanned() {
    let mut unscanned = reviewed();
    unscanned.shown.version = None;
    for (choice, words) in [
        (OutputChoice::Only, "◧ only found · not scanned: silent"),
        (
            OutputChoice::Without,
            "◧ without found · not scanned: passes",
        ),
    ] {
        let mut opened = TestWindow::stopped(unscanned.clone());
        opened.output.choice = choice;
        let harness = open(opened);
        harness.get_by_label(words);
    }
}
