//! What stands where: the first run, obstacles, status, help, and every state of the window drawn once.

use earmark_core::protocol::{
    Command, Compared, ComparisonView, HealthView, Note, Obstacle, Offer, RegionChange, Severity,
    Show, Status, Storage, View,
};
use earmark_core::time::Span;
use egui::{Key, Role};
use egui_kittest::kittest::Queryable;

use super::{TestWindow, open, reviewed};

#[test]
fn the_first_window_explains_the_four_steps() {
    let mut opened = TestWindow::new(View::default());
    opened.capture = None;
    let mut harness = open(opened);
    harness.step();
    for step in ["Play", "Give examples", "Train", "Review"] {
        harness.get_by_label(step);
    }
    harness.get_by_label_contains("waiting for the host");
}

#[test]
fn an_obstacle_is_shown_with_its_remedy() {
    let view = View {
        health: HealthView {
            obstacles: vec![Obstacle {
                what: String::from("The ONNX runtime is missing."),
                remedy: String::from("Run cargo xtask setup."),
                offers: Vec::new(),
            }],
            ..HealthView::default()
        },
        ..View::default()
    };
    let harness = open(TestWindow::new(view));
    harness.get_by_label("The ONNX runtime is missing.");
    harness.get_by_label("Run cargo xtask setup.");
}

#[test]
fn a_damaged_database_offers_what_the_program_can_do_about_it() {
    let mut view = reviewed();
    view.health.waiting = 2;
    view.health.obstacles = vec![Obstacle {
        what: String::from("2 marks wait for the database: it is damaged"),
        remedy: String::from("Restore the backup."),
        offers: vec![
            Offer::ExportMemory,
            Offer::RestoreBackup {
                made_at: String::from("2026-01-31 14:22:33"),
            },
            Offer::StartNewDatabase,
        ],
    }];
    let mut harness = open(TestWindow::new(view));
    harness.get_by_label("2 marks wait for the database: it is damaged");
    for button in [
        "Save a copy",
        "Restore backup (2026-01-31 14:22:33)",
        "Start a new database",
    ] {
        harness.get_by_role_and_label(Role::Button, button).click();
        harness.step();
    }
    assert_eq!(
        harness.state().commands(),
        [
            Command::Storage(Storage::ExportMemory),
            Command::Storage(Storage::RestoreBackup),
            Command::Storage(Storage::StartNewDatabase)
        ]
    );
}

#[test]
fn a_status_shows_its_remedy_and_can_be_dismissed() {
    let mut view = reviewed();
    view.health.status = Some(Status {
        severity: Severity::Warning,
        text: String::from("2 clips were left out: their files are gone."),
        remedy: String::from("Bring them back and train again."),
    });
    let mut harness = open(TestWindow::new(view));
    harness.get_by_label_contains("Bring them back");
    harness.get_by_label("Dismiss message").click();
    harness.step();
    assert_eq!(
        harness.state().commands(),
        [Command::Note(Note::StatusRead)]
    );
}

#[test]
fn undo_and_redo_are_offered_only_when_there_is_something_to_undo() {
    let mut harness = open(TestWindow::new(reviewed()));
    harness.get_by_label("Redo").click();
    harness.step();
    harness.get_by_label("Undo").click();
    harness.step();
    assert_eq!(harness.state().commands(), [Command::Undo]);
}

#[test]
fn the_question_mark_opens_and_closes_the_help() {
    let mut harness = open(TestWindow::new(reviewed()));
    for _ in 0..2 {
        harness.event(egui::Event::Text(String::from("?")));
        harness.step();
        harness.step();
        let opened = harness.query_by_label("Close Help").is_some();
        harness.key_press(Key::Escape);
        harness.step();
        harness.step();
        assert!(opened);
    }
    assert!(harness.query_by_label("Close Help").is_none());
}

#[test]
fn the_header_says_how_much_waits_to_be_searched_and_nothing_while_the_model_keeps_up() {
    let mut view = reviewed();
    view.source.behind_s = 1.4;
    let harness = open(TestWindow::new(view.clone()));
    assert!(harness.query_by_label_contains("to scan").is_none());
    view.source.behind_s = 151.2;
    let harness = open(TestWindow::new(view));
    harness.get_by_label("◔ 00:02:31 to scan");
}

#[test]
fn the_profile_is_switched_from_the_header() {
    let mut harness = open(TestWindow::new(reviewed()));
    harness.get_by_label("Profile").click();
    harness.step();
    harness.step();
    harness.get_by_label("foley").click();
    harness.step();
    assert_eq!(
        harness.state().commands(),
        [Command::Show(Show::Profile {
            profile: String::from("foley")
        })]
    );
}

#[test]
fn a_comparison_shows_totals_and_what_changed() {
    let harness = open(TestWindow::new(compared()));
    harness.get_by_label("+ 1 new");
    harness.get_by_label("− 1 gone");
    harness.get_by_label("+ new");
    harness.get_by_label("− gone");
}

#[test]
fn what_is_gone_is_listed_and_a_click_selects_its_stretch_to_be_played_and_marked() {
    let mut harness = open(TestWindow::stopped(compared()));
    harness.get_by_label("Gone region, 01:00:20.000").click();
    harness.run_steps(4);
    harness.key_press(Key::N);
    harness.run_steps(4);
    let span = Span::new(20.0, 21.0).unwrap();
    let view = &harness.state().view;
    assert_eq!(
        harness.state().commands(),
        [view.stretch("dialogue-1.wav", span).negative()]
    );
}

/// Regions with changes, for a comparison.
pub fn compared() -> View {
    let mut view = reviewed();
    let from = Span::new(10.0, 10.93).unwrap();
    let changes = [
        RegionChange::Kept,
        RegionChange::Moved { from },
        RegionChange::New,
    ];
    let mut regions = view.results.regions.to_vec();
    for (region, change) in regions.iter_mut().zip(changes) {
        region.change = Some(change);
    }
    view.results.regions = regions.into();
    view.results.comparison = Some(ComparisonView {
        with: Compared::Version(String::from("20260131_142202_000000")),
        with_number: 2,
        check: None,
        kept: 1,
        moved: 1,
        new: 1,
        gone: vec![Span::new(20.0, 21.0).unwrap()],
    });
    view
}

#[test]
fn in_the_smallest_window_every_panel_has_its_whole_height_and_the_states_stay_in_sight() {
    let (width, height) = crate::state::MIN_WINDOW_SIZE;
    let size = egui::vec2(width as f32, height as f32);
    for (opens, closes) in [
        ("Train…", "Close Train"),
        ("Negatives (4)…", "Close Hard negatives"),
        ("Export…", "Close Export"),
        ("Versions…", "Close Versions"),
        ("Settings", "Close Settings"),
        ("Help", "Close Help"),
    ] {
        let mut harness = open(TestWindow::stopped(compared()));
        harness.set_size(size);
        harness.run_steps(2);
        harness.get_by_label(opens).click();
        harness.run_steps(4);
        let rect = |label: &str| harness.get_by_label(label).rect();
        let heading = rect(closes);
        assert!(heading.bottom() < 0.2 * size.y, "{opens}: {heading}");
        let states = rect("Sort regions by state");
        assert!(states.right() < heading.left(), "{opens}: {states}");
    }
}

#[test]
fn the_tooltip_of_a_tab_names_the_sound() {
    let tooltip = |tab: &str, text: &str| {
        let mut harness = open(TestWindow::new(reviewed()));
        harness.get_by_label(tab).hover();
        harness.run_steps(60);
        harness.get_by_label(text);
    };
    tooltip("AISFX (12) [v3]", "AISFX finds door");
    tooltip(
        "HUBERT_XLARGE (9) [v1]",
        "Show the results of HUBERT_XLARGE",
    );
}

#[test]
fn the_header_and_the_tab_name_the_sound_of_the_shown_version() {
    let mut view = reviewed();
    view.learning.classifiers[1].classes = vec![String::from("footstep")];
    view.shown.version = Some(String::from("20260131_142202_000000"));
    let mut harness = open(TestWindow::stopped(view));
    harness.run_steps(2);
    harness.get_by_label("Finds footstep");
    harness.get_by_label("AISFX (12) [v3]").hover();
    harness.run_steps(60);
    harness.get_by_label("AISFX finds footstep");
    let harness = open(TestWindow::stopped(reviewed()));
    harness.get_by_label("Finds door");
    let harness = open(TestWindow::stopped(View::default()));
    assert!(harness.query_by_label_contains("Finds ").is_none());
}

#[test]
fn a_message_that_has_no_room_beside_the_buttons_gets_a_row_of_its_own() {
    let height = |text: &str| {
        let mut view = reviewed();
        view.health.status = Some(Status {
            severity: Severity::Error,
            text: text.to_owned(),
            remedy: String::new(),
        });
        let mut harness = open(TestWindow::new(view));
        harness.run_steps(2);
        let buttons = harness.get_by_label("Export…").rect();
        let message = harness.get_by_label(text).rect();
        assert!(message.right() < 1040.0, "{message}");
        buttons.center().y - message.center().y
    };
    assert!(height("Saved.").abs() < 4.0);
    let long =
        "The disk is full, so the clip was not written: free some space and press P once more.";
    assert!(height(long) > 10.0);
}
