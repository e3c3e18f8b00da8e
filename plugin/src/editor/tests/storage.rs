//! What is kept on the machine: what Earmark deletes for its age, and what the user deletes by name.

use std::sync::Arc;

use earmark_core::protocol::{Command, Deletion, RetentionSurvey, Storage, View};
use earmark_core::settings::UNMARKED_TAKES_DAYS;
use egui::{Key, Role};
use egui_kittest::kittest::Queryable as _;

use super::settings::{asked, chose, open_settings, surveyed};

/// As [`surveyed`]: somebody chose that old takes go, and some have gone.
pub fn retained() -> View {
    let mut view = surveyed();
    let survey = view.storage.survey.as_mut().map(Arc::make_mut).unwrap();
    survey.retention = RetentionSurvey {
        due_takes: vec![String::from("test.wav")],
        takes_went: Some(Deletion {
            at: String::from("2026-01-12 10:00:00"),
            count: 3,
            bytes: 1_200_000_000,
        }),
        due_embeddings: 88_000_000,
        embeddings_went: None,
    };
    view
}

#[test]
fn what_goes_by_itself_is_said_before_and_after() {
    let mut harness = open_settings(retained());
    harness.get_by_label("▲ The next cleanup will delete 1 unmarked take (9.0 MB).");
    harness.get_by_label("The next cleanup will delete 88.0 MB of embeddings.");
    harness.get_by_label("Last cleanup of takes: 3 (1.2 GB) on 2026-01-12 10:00:00");
    assert!(
        harness
            .query_by_label_contains("Last cleanup of embeddings")
            .is_none()
    );
    harness
        .get_by_role_and_label(Role::SpinButton, "Keep unmarked takes (days)")
        .focus();
    harness.run_steps(2);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    harness.event(egui::Event::Text(String::from("30")));
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    assert_eq!(
        asked(&harness),
        [chose(&super::reviewed(), UNMARKED_TAKES_DAYS, Some("30"))]
    );
}

#[test]
fn takes_go_only_by_name_and_after_a_question() {
    let mut harness = open_settings(surveyed());
    for label in [
        "Delete cached embeddings",
        "Unmarked takes (2)…",
        "test.wav  9.0 MB",
        "Delete 1 take…",
    ] {
        harness.get_by_label(label).click_accesskit();
        harness.run_steps(2);
    }
    assert_eq!(asked(&harness), [Command::Storage(Storage::EmptyCache)]);
    harness.get_by_label("Delete 1 take (9.0 MB) for good?");
    harness.get_by_label("test.wav");
    harness.get_by_label("Keep it");
    harness.get_by_label("Delete 1 take").click_accesskit();
    harness.run_steps(2);
    let deleted = Command::Storage(Storage::DeleteTakes {
        filenames: vec![String::from("test.wav")],
    });
    assert_eq!(
        asked(&harness),
        [Command::Storage(Storage::EmptyCache), deleted]
    );
}
