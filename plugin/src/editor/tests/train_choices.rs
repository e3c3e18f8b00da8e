//! What is chosen in the Train panel: classes, model, name, margin and switches, and what is sent and shown of it.

use earmark_core::protocol::{BackgroundMargin, Command, Compared, Show, TrainRequest, Work};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::training::{door, open_train};
use super::{TestWindow, reviewed};

fn request(use_hard_negatives: bool) -> Command {
    Command::Work(Work::Train(door(use_hard_negatives)))
}

/// The trainings that were asked for.
fn trainings(harness: &Harness<'_, TestWindow>) -> Vec<TrainRequest> {
    let commands = harness.state().commands().into_iter();
    commands
        .filter_map(|command| match command {
            Command::Work(Work::Train(request)) => Some(request),
            _ => None,
        })
        .collect()
}

fn press_train(harness: &mut Harness<'_, TestWindow>) {
    harness.get_by_role_and_label(Role::Button, "Train").click();
    harness.run_steps(2);
}

/// Types `text` over what is in the field.
fn write(harness: &mut Harness<'_, TestWindow>, role: Role, label: &str, text: &str) {
    harness.get_by_role_and_label(role, label).scroll_to_me();
    harness.run_steps(6);
    harness.get_by_role_and_label(role, label).click();
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run_steps(1);
    harness.get_by_role_and_label(role, label).type_text(text);
    harness.run_steps(1);
    harness.key_press(Key::Enter);
    harness.run_steps(2);
}

#[test]
fn training_uses_hard_negatives_unless_they_are_unchecked() {
    let mut harness = open_train(reviewed());
    harness.get_by_role_and_label(Role::Button, "Train").click();
    harness.step();
    harness.get_by_label("Use hard negatives").click();
    harness.step();
    harness.get_by_role_and_label(Role::Button, "Train").click();
    harness.step();
    assert_eq!(harness.state().commands(), [request(true), request(false)]);
}

#[test]
fn classes_are_listed_with_their_files_and_clips_and_can_be_checked() {
    let mut harness = open_train(reviewed());
    harness.get_by_label("door (2 files, 12 clips)").click();
    harness.get_by_label("footstep (1 file, 4 clips)").click();
    harness.step();
    harness.get_by_label("Include scan exports").click();
    harness.step();
    harness.get_by_role_and_label(Role::Button, "Train").click();
    harness.step();
    assert_eq!(
        harness.state().commands(),
        [Command::Work(Work::Train(TrainRequest {
            positive_classes: vec![String::from("footstep")],
            include_scan_exports: true,
            ..TrainRequest::default()
        }))]
    );
}

#[test]
fn a_negative_class_is_chosen_among_the_others() {
    let mut harness = open_train(reviewed());
    harness.get_by_label("Negative class").click();
    harness.step();
    harness.step();
    harness
        .get_all_by_label("footstep (1 file, 4 clips)")
        .last()
        .unwrap()
        .click();
    harness.step();
    harness.get_by_role_and_label(Role::Button, "Train").click();
    harness.step();
    let commands = harness.state().commands();
    let [Command::Work(Work::Train(request))] = commands.as_slice() else {
        panic!("{commands:?}");
    };
    assert_eq!(request.negative_class.as_deref(), Some("footstep"));
}

#[test]
fn what_was_trained_on_last_is_checked_again() {
    let mut view = reviewed();
    view.learning.last_training = Some(TrainRequest {
        positive_classes: vec![String::from("footstep")],
        negative_class: Some(String::from("door")),
        use_hard_negatives: false,
        include_scan_exports: true,
        name: String::from("steps"),
        background_margin: BackgroundMargin::new(2.5),
    });
    let expected = view.learning.last_training.clone().unwrap();
    let mut harness = open_train(view);
    harness.get_by_role_and_label(Role::Button, "Train").click();
    harness.step();
    assert_eq!(
        harness.state().commands(),
        [Command::Work(Work::Train(expected))]
    );
}

#[test]
fn the_margin_around_the_examples_is_set_in_seconds_and_kept_within_bounds() {
    let mut harness = open_train(reviewed());
    let label = "Background margin";
    write(&mut harness, Role::SpinButton, label, "2.5");
    press_train(&mut harness);
    write(&mut harness, Role::SpinButton, label, "9000");
    press_train(&mut harness);
    let margins: Vec<f64> = trainings(&harness)
        .iter()
        .map(|request| request.background_margin.seconds())
        .collect();
    assert_eq!(margins, [2.5, 600.0]);
    assert_eq!(
        harness.state().considered(),
        [Some(door(true))],
        "it changes no count, so nothing is counted again"
    );
}

#[test]
fn a_classifier_gets_the_name_that_was_typed() {
    let mut harness = open_train(reviewed());
    write(&mut harness, Role::TextInput, "Name", " creaking doors ");
    press_train(&mut harness);
    assert_eq!(trainings(&harness)[0].name, "creaking doors");
    assert_eq!(harness.state().considered(), [Some(door(true))]);
}

#[test]
fn the_model_is_chosen_in_the_panel_too() {
    let mut harness = open_train(reviewed());
    harness.get_by_label("Model").click();
    harness.run_steps(2);
    harness.get_by_label("HUBERT_XLARGE").click();
    harness.run_steps(2);
    assert_eq!(
        harness.state().commands(),
        [Command::Show(Show::Model {
            model: String::from("HUBERT_XLARGE")
        })]
    );
}

#[test]
fn a_classifier_is_listed_with_its_name_and_what_was_chosen_for_it() {
    let mut view = reviewed();
    let newest = &mut view.learning.classifiers[0];
    newest.name = String::from("creaking doors");
    newest.background_margin_s = Some(2.5);
    newest.negative_class = Some(String::from("footstep"));
    newest.used_hard_negatives = false;
    let harness = open_train(view);
    harness.get_by_label("creaking doors");
    harness.get_by_label(
        "door · 12 positive, 0 negative, 4 hard, 300 background at least 2.5 s away · negative class footstep · without hard negatives",
    );
    harness.get_by_label("door · 12 positive, 0 negative, 4 hard, 300 background");
}

#[test]
fn the_panel_compares_with_the_version_before() {
    let mut harness = open_train(reviewed());
    let label = "Compare with previous version";
    harness.get_by_label(label).scroll_to_me();
    harness.run_steps(6);
    harness.get_by_label(label).click();
    harness.run_steps(2);
    let with = Some(Compared::Version(String::from("20260131_142202_000000")));
    assert_eq!(
        harness.state().commands(),
        [Command::Show(Show::Comparison(with))]
    );

    let mut alone = reviewed();
    alone.results.versions.truncate(1);
    let harness = open_train(alone);
    assert!(harness.query_by_label(label).is_none());
}

#[test]
fn the_hard_negatives_are_managed_from_the_panel() {
    let mut harness = open_train(reviewed());
    harness.get_by_label("Manage…").click();
    harness.run_steps(3);
    harness.get_by_label("Close Hard negatives");
}
