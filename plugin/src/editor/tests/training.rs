//! The Train panel, and what the rows around the results send.

use std::path::PathBuf;
use std::sync::Arc;

use earmark_core::classifier::CurvePoint;
use earmark_core::protocol::{
    Command, Compared, JobKind, JobView, Show, TrainRequest, TrainingCounts, TrainingFileView,
    TrainingView, View, Work,
};
use earmark_core::store::{FileStatistics, TrainingWarning};
use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT, Queryable};

use super::{TestWindow, open, reviewed};

pub fn open_train(view: View) -> egui_kittest::Harness<'static, TestWindow> {
    let mut harness = open(TestWindow::new(view));
    harness.get_by_label("Train…").click();
    harness.run_steps(5);
    harness
}

pub fn door(use_hard_negatives: bool) -> TrainRequest {
    TrainRequest {
        positive_classes: vec![String::from("door")],
        use_hard_negatives,
        ..TrainRequest::default()
    }
}

fn file(filename: &str, numbers: [usize; 4], recording_found: bool) -> TrainingFileView {
    let [positives, negatives, hard_negatives, soft] = numbers;
    TrainingFileView {
        marks: FileStatistics {
            filename: filename.to_owned(),
            source_path: Some(PathBuf::from("/takes").join(filename)),
            positives,
            negatives,
            hard_negatives,
            soft,
            unsure: 0,
        },
        recording_found,
    }
}

/// As [`reviewed`], with the engine's figures for a training on doors.
pub fn counted(files: Vec<TrainingFileView>, warnings: Vec<TrainingWarning>) -> View {
    let mut view = reviewed();
    let mut total = FileStatistics::default();
    for file in &files {
        total.positives += file.marks.positives;
        total.negatives += file.marks.negatives;
        total.hard_negatives += file.marks.hard_negatives;
        total.soft += file.marks.soft;
    }
    view.learning.training = Some(TrainingView {
        request: door(true),
        counts: Some(Arc::new(TrainingCounts {
            classes: view.marks.classes.clone(),
            total,
            files,
            warnings,
        })),
    });
    view
}

pub fn three_files() -> Vec<TrainingFileView> {
    vec![
        file("attic.wav", [1, 0, 0, 0], true),
        file("cellar.wav", [9, 0, 1, 2], true),
        file("kitchen.wav", [2, 0, 3, 0], false),
    ]
}

/// Presses what may have to be scrolled into sight first.
fn click(harness: &mut egui_kittest::Harness<'_, TestWindow>, label: &str) {
    harness.get_by_label(label).scroll_to_me();
    harness.run_steps(6);
    harness.get_by_label(label).click();
    harness.run_steps(3);
}

#[test]
fn train_says_why_it_cannot_be_pressed() {
    let mut without_classes = reviewed();
    without_classes.marks.classes.clear();
    let mut without_clips = reviewed();
    without_clips.learning.classifiers.clear();
    for class in &mut without_clips.marks.classes {
        class.clips = 0;
    }
    let mut unchecked = reviewed();
    unchecked.learning.classifiers.clear();
    for (view, reason) in [
        (without_classes, "There are no examples yet"),
        (without_clips, "There are no examples yet"),
        (unchecked, "Check at least one class"),
    ] {
        let harness = open_train(view);
        harness.get_by_label_contains(reason);
        let train = harness.get_by_role_and_label(Role::Button, "Train");
        assert!(train.accesskit_node().is_disabled(), "{reason}");
    }
}

#[test]
fn a_class_without_clips_is_not_offered() {
    let mut view = reviewed();
    view.marks.classes[1].clips = 0;
    let harness = open_train(view);
    harness.get_by_label_contains("door (2 files, 12 clips)");
    assert!(harness.query_by_label_contains("footstep").is_none());
}

#[test]
fn the_engine_is_asked_to_count_while_the_panel_is_open_and_whenever_a_choice_changes() {
    let mut harness = open_train(reviewed());
    assert_eq!(harness.state().considered(), [Some(door(true))]);
    click(&mut harness, "Use hard negatives");
    assert_eq!(
        harness.state().considered(),
        [Some(door(true)), Some(door(false))]
    );
    harness.state_mut().view.learning.training = Some(TrainingView {
        request: door(false),
        counts: None,
    });
    click(&mut harness, "Close Train");
    assert_eq!(harness.state().considered().last(), Some(&None));
}

#[test]
fn what_a_training_would_learn_from_is_shown_with_its_warnings_in_words() {
    let harness = open_train(counted(
        three_files(),
        vec![
            TrainingWarning::FewPositives { positives: 2 },
            TrainingWarning::OnlyNegatives {
                files: vec![String::from("hall.wav")],
            },
        ],
    ));
    harness.get_by_label("12 clips · 0 negative clips · 4 hard negatives · 2 other clips");
    harness.get_by_label_contains("Warning: there are only 2 examples of the sound");
    harness.get_by_label_contains("Note: hall.wav has only negatives");
    harness.get_by_label_contains(
        "Warning: 1 recording is missing (kitchen.wav). Earmark trains with their clips, \
         but without 3 hard negatives.",
    );
    let train = harness.get_by_role_and_label(Role::Button, "Train");
    assert!(!train.accesskit_node().is_disabled());
}

#[test]
fn train_cannot_be_pressed_when_no_clip_counts() {
    let files = vec![file("kitchen.wav", [0, 0, 3, 0], true)];
    let harness = open_train(counted(files, vec![TrainingWarning::NoPositives]));
    harness.get_by_label_contains("Cannot train: there are no examples of the sound");
    harness.get_by_label_contains("have no usable clips");
    let train = harness.get_by_role_and_label(Role::Button, "Train");
    assert!(train.accesskit_node().is_disabled());
}

#[test]
fn a_folder_is_searched_for_missing_recordings_once_it_is_named() {
    let mut harness = open_train(counted(three_files(), Vec::new()));
    click(&mut harness, "Find recordings");
    click(&mut harness, "Folder to search");
    harness
        .get_by_label("Folder to search")
        .type_text(" /new home ");
    harness.run_steps(2);
    click(&mut harness, "Find recordings");
    assert_eq!(
        harness.state().commands(),
        [Command::Work(Work::FindRecordings(PathBuf::from(
            "/new home"
        )))]
    );

    let all_found = vec![file("attic.wav", [1, 0, 0, 0], true)];
    let harness = open_train(counted(all_found, Vec::new()));
    assert!(harness.query_by_label("Find recordings").is_none());
}

/// The files in the table from top to bottom.
fn listed(harness: &egui_kittest::Harness<'_, TestWindow>) -> Vec<String> {
    let mut rows: Vec<(f32, String)> = harness
        .get_all_by_label_contains(", recording ")
        .map(|row| (row.rect().top(), row.accesskit_node().label().unwrap()))
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let name = |label: String| label.split(':').next().unwrap().to_owned();
    rows.into_iter().map(|(_, label)| name(label)).collect()
}

#[test]
fn the_files_of_a_training_are_listed_and_sorted_by_name_count_and_what_is_missing() {
    let mut harness = open_train(counted(three_files(), Vec::new()));
    click(&mut harness, "Details per file (3)");
    harness.get_by_label(
        "kitchen.wav: 2 clips · 0 negative clips · 3 hard negatives · 0 other clips, recording missing",
    );
    assert_eq!(listed(&harness), ["attic.wav", "cellar.wav", "kitchen.wav"]);
    for (sort, order) in [
        ("clips", ["cellar.wav", "kitchen.wav", "attic.wav"]),
        ("clips", ["attic.wav", "kitchen.wav", "cellar.wav"]),
        ("hard negatives", ["kitchen.wav", "cellar.wav", "attic.wav"]),
        (
            "missing recordings",
            ["kitchen.wav", "attic.wav", "cellar.wav"],
        ),
        ("file", ["attic.wav", "cellar.wav", "kitchen.wav"]),
    ] {
        click(&mut harness, &format!("Sort by {sort}"));
        assert_eq!(listed(&harness), order, "{sort}");
    }
}

#[test]
fn a_thousand_files_can_be_walked_through_by_key_and_only_those_in_sight_are_drawn() {
    let files = (0..1_000)
        .map(|number| file(&format!("{number:04}.wav"), [1, 0, 0, 0], true))
        .collect();
    let mut harness = open_train(counted(files, Vec::new()));
    click(&mut harness, "Details per file (1000)");
    assert!(listed(&harness).len() < 30);
    harness.get_by_label_contains("0000.wav:").focus();
    harness.run_steps(2);
    for _ in 0..40 {
        harness.key_press(Key::Tab);
        harness.run_steps(2);
    }
    harness.get_by_label("/takes/0040.wav");
}

#[test]
fn advice_about_a_training_stands_beside_its_version() {
    let mut view = reviewed();
    view.learning.classifiers[0].notes = vec![String::from("there are only 3 examples")];
    let harness = open_train(view);
    harness.get_by_label("Warning: there are only 3 examples");
}

#[test]
fn t_opens_the_panel_and_shift_t_trains_on_what_it_says() {
    let mut harness = open(TestWindow::new(reviewed()));
    harness.key_press(Key::T);
    harness.run_steps(3);
    harness.get_by_label("Examples of the sound");
    harness.key_press_modifiers(Modifiers::SHIFT, Key::T);
    harness.run_steps(3);
    let commands = harness.state().commands();
    let [Command::Work(Work::Train(request))] = &commands[..] else {
        panic!("{commands:?}");
    };
    assert!(!request.positive_classes.is_empty());
    assert!(request.use_hard_negatives);
}

#[test]
fn a_training_at_work_shows_its_stage_and_can_be_cancelled() {
    let mut view = reviewed();
    view.activity.job = Some(JobView {
        kind: JobKind::Training,
        stage: String::from("reading 12 clips"),
        fraction: 0.4,
        remaining_s: Some(11.2),
    });
    let mut harness = open_train(view);
    harness.get_by_label("reading 12 clips · 12 s left");
    harness.get_by_label("training  40 % · 12 s left");
    harness.get_by_label("Cancel training").click();
    harness.step();
    harness.get_by_label("Cancel job").click();
    harness.step();
    assert_eq!(
        harness.state().commands(),
        [Command::Work(Work::Cancel), Command::Work(Work::Cancel)]
    );
}

#[test]
fn versions_can_be_switched_and_compared() {
    let mut harness = open(TestWindow::new(reviewed()));
    for (drop_down, entry) in [("Version", "v2 "), ("Compare with", "v1 ")] {
        harness.get_by_label(drop_down).click();
        harness.step();
        harness.step();
        harness.get_by_label_contains(entry).click();
        harness.step();
        harness.step();
    }
    let timestamp = |number: u32| Some(format!("20260131_1422{number:02}_000000"));
    assert_eq!(
        harness.state().commands(),
        [
            Command::Show(Show::Version(timestamp(2))),
            Command::Show(Show::Comparison(timestamp(1).map(Compared::Version))),
        ]
    );
}

#[test]
fn a_tab_is_labelled_with_its_regions_and_version_and_switches_the_model() {
    let mut harness = open(TestWindow::new(reviewed()));
    harness.get_by_label("AISFX (12) [v3]");
    harness.get_by_label("HUBERT_XLARGE (9) [v1]").click();
    harness.step();
    assert_eq!(
        harness.state().commands(),
        [Command::Show(Show::Model {
            model: String::from("HUBERT_XLARGE")
        })]
    );
}

#[test]
fn scan_waits_for_audio_and_for_the_job_at_work() {
    let mut harness = open(TestWindow::new(reviewed()));
    harness.get_by_label("Scan").click();
    harness.step();
    assert_eq!(harness.state().commands(), [Command::Work(Work::Scan)]);

    let harness = open(TestWindow::new(View::default()));
    let scan = harness.get_by_label("Scan");
    assert!(scan.accesskit_node().is_disabled());
}

#[test]
fn the_suggested_threshold_is_one_click_and_then_out_of_the_way() {
    let mut harness = open(TestWindow::new(reviewed()));
    harness.get_by_label("Use suggested 0.42").click();
    harness.step();
    harness.step();
    assert_eq!(harness.state().threshold, 0.42);
    assert!(harness.query_by_label("Use suggested 0.42").is_none());

    let mut unmeasured = reviewed();
    for classifier in &mut unmeasured.learning.classifiers {
        classifier.metrics = None;
    }
    let harness = open(TestWindow::new(unmeasured));
    assert!(harness.query_by_label_contains("Use suggested").is_none());
}

#[test]
fn the_train_panel_draws_and_reads_out_what_each_threshold_of_the_newest_classifier_gives() {
    let mut view = reviewed();
    let point = |threshold, precision, recall| CurvePoint {
        threshold,
        precision,
        recall,
    };
    let metrics = view.learning.classifiers[0].metrics.as_mut();
    metrics.expect("figures").curve = vec![
        point(0.9, 1.0, 0.3),
        point(0.5, 0.9, 0.8),
        point(0.1, 0.4, 1.0),
    ];
    let harness = open_train(view);
    harness.get_by_label(
        "Precision of classifier 3 on held-out examples: 1.00 at recall 0.25, 0.90 at recall 0.50, \
         0.90 at recall 0.75, 0.40 at recall 1.00. The suggested threshold 0.42 finds 80 %",
    );

    let harness = open_train(reviewed());
    assert!(
        harness
            .query_by_label_contains("on held-out examples")
            .is_none(),
        "an earlier version measured no curve"
    );
}
