//! The Train panel, and what the rows around the results send.

use earmark_core::engine::command::{Command, TrainRequest};
use earmark_core::engine::view::{JobKind, JobView, View};
use egui::Role;
use egui_kittest::kittest::{NodeT, Queryable};

use super::{Bench, open, reviewed};

fn open_train(view: View) -> egui_kittest::Harness<'static, Bench> {
    let mut harness = open(Bench::new(view));
    harness.get_by_label("Train…").click();
    harness.step();
    harness.step();
    harness
}

fn request(use_hard_negatives: bool) -> Command {
    Command::Train(TrainRequest {
        positive_classes: vec![String::from("door")],
        negative_class: None,
        use_hard_negatives,
        include_scan_exports: false,
    })
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
        [Command::Train(TrainRequest {
            positive_classes: vec![String::from("footstep")],
            negative_class: None,
            use_hard_negatives: true,
            include_scan_exports: true,
        })]
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
    let [Command::Train(request)] = commands.as_slice() else {
        panic!("{commands:?}");
    };
    assert_eq!(request.negative_class.as_deref(), Some("footstep"));
}

#[test]
fn train_says_why_it_cannot_be_pressed() {
    let mut without_classes = reviewed();
    without_classes.classes.clear();
    let mut without_clips = reviewed();
    without_clips.classifiers.clear();
    without_clips.classes.retain(|class| class.clips == 0);
    let mut unchecked = reviewed();
    unchecked.classifiers.clear();
    for (view, reason) in [
        (without_classes, "There are no examples yet"),
        (without_clips, "have no clips"),
        (unchecked, "Check at least one class"),
    ] {
        let harness = open_train(view);
        harness.get_by_label_contains(reason);
        let train = harness.get_by_role_and_label(Role::Button, "Train");
        assert!(train.accesskit_node().is_disabled(), "{reason}");
    }
}

#[test]
fn a_training_at_work_shows_its_stage_and_can_be_cancelled() {
    let mut view = reviewed();
    view.job = Some(JobView {
        kind: JobKind::Training,
        stage: String::from("reading 12 clips"),
        fraction: 0.4,
    });
    let mut harness = open_train(view);
    harness.get_by_label("reading 12 clips");
    harness.get_by_label("training  40 %");
    harness.get_by_label("Cancel training").click();
    harness.step();
    harness.get_by_label("Cancel job").click();
    harness.step();
    assert_eq!(
        harness.state().commands(),
        [Command::CancelJob, Command::CancelJob]
    );
}

#[test]
fn versions_can_be_switched_and_compared() {
    let mut harness = open(Bench::new(reviewed()));
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
            Command::ShowVersion {
                timestamp: timestamp(2)
            },
            Command::CompareWith {
                timestamp: timestamp(1)
            },
        ]
    );
}

#[test]
fn a_tab_is_labelled_with_its_regions_and_version_and_switches_the_model() {
    let mut harness = open(Bench::new(reviewed()));
    harness.get_by_label("AISFX (12) [v3]");
    harness.get_by_label("HUBERT_XLARGE (9) [v1]").click();
    harness.step();
    assert_eq!(
        harness.state().commands(),
        [Command::ShowModel {
            model: String::from("HUBERT_XLARGE")
        }]
    );
}

#[test]
fn scan_waits_for_audio_and_for_the_job_at_work() {
    let mut harness = open(Bench::new(reviewed()));
    harness.get_by_label("Scan").click();
    harness.step();
    assert_eq!(harness.state().commands(), [Command::Scan]);

    let harness = open(Bench::new(View::default()));
    let scan = harness.get_by_label("Scan");
    assert!(scan.accesskit_node().is_disabled());
}
