//! The Import panel: label files that are dropped, pasted, typed or clicked, what they would mark, and the import.

use std::path::PathBuf;
use std::sync::Arc;

use earmark_core::protocol::{
    ClockNeed, Command, JobKind, JobView, Labels, LabelsFile, LabelsLeftOut, LabelsPlan,
    LabelsRequest, LabelsState, LabelsView, MarkAs, Times, View,
};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::export::folder;
use super::files::{drop_these, hover_with};
use super::versions::{click, settle};
use super::{TestWindow, open, reviewed};

pub fn label_files() -> Vec<PathBuf> {
    ["/labels/kitchen.txt", "/labels/regions.csv"]
        .map(PathBuf::from)
        .to_vec()
}

fn request() -> LabelsRequest {
    LabelsRequest {
        files: label_files(),
        ..LabelsRequest::default()
    }
}

fn plan() -> LabelsPlan {
    let left_out = |why: &str, lines: &[u64], is_fault| LabelsLeftOut {
        why: why.to_owned(),
        count: lines.len(),
        lines: lines.to_vec(),
        is_fault,
    };
    LabelsPlan {
        files: vec![
            LabelsFile {
                path: PathBuf::from("/labels/kitchen.txt"),
                format: Some("Audacity labels"),
                new: 14,
                there: 3,
                kinds: vec![(String::from("door"), 12), (String::from("negative"), 2)],
                recordings: vec![String::from("kitchen.wav")],
                left_out: vec![
                    left_out(
                        "it ends at 75.2 s, after the recording (kitchen.wav)",
                        &[18, 19],
                        true,
                    ),
                    left_out("nobody judged this region", &[4], false),
                ],
                ..LabelsFile::default()
            },
            LabelsFile {
                path: PathBuf::from("/labels/regions.csv"),
                problem: Some(String::from(
                    "/labels/regions.csv: the times are measures and beats: give the project's tempo",
                )),
                need: Some(ClockNeed::Tempo),
                ..LabelsFile::default()
            },
        ],
        new: 14,
        there: 3,
        replaced: 1,
    }
}

/// A window whose engine says `state` of the two files.
fn with_state(state: LabelsState) -> View {
    let mut view = reviewed();
    view.labels = Some(LabelsView {
        number: 7,
        request: request(),
        profile: String::from("default"),
        state,
    });
    view
}

/// The files were read, and nothing is marked.
pub fn planned() -> View {
    with_state(LabelsState::Planned(Arc::new(plan())))
}

fn job(stage: &str) -> JobView {
    JobView {
        kind: JobKind::Adding,
        stage: stage.to_owned(),
        fraction: 0.4,
        remaining_s: None,
    }
}

/// The import is at work.
pub fn importing() -> View {
    with_state(LabelsState::Importing(
        job("writing clips"),
        Arc::new(plan()),
    ))
}

/// The panel after the files were dropped, with what `view` says of them.
pub fn read(view: View) -> Harness<'static, TestWindow> {
    let mut harness = open(TestWindow::stopped(reviewed()));
    harness.run_steps(2);
    drop_these(&mut harness, label_files());
    harness.state_mut().view = view;
    settle(&mut harness);
    harness
}

fn asked(harness: &Harness<'_, TestWindow>) -> Vec<Labels> {
    let commands = harness.state().commands().into_iter();
    let asked = commands.filter_map(|command| match command {
        Command::Labels(asked) => Some(asked),
        _ => None,
    });
    asked.collect()
}

fn last_request(harness: &Harness<'_, TestWindow>) -> LabelsRequest {
    match asked(harness).pop() {
        Some(Labels::Read(request)) => request,
        other => panic!("{other:?}"),
    }
}

#[test]
fn dropped_label_files_are_read_and_nothing_is_marked_before_the_button_is_pressed() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    hover_with(&mut harness, label_files());
    harness.get_by_label("Drop 2 label files to import");
    drop_these(&mut harness, label_files());
    assert_eq!(asked(&harness), [Labels::Read(request())]);
    assert!(harness.query_by_label_contains("added files?").is_none());
    harness.get_by_label("Reading the label files…");
    harness.state_mut().view = planned();
    settle(&mut harness);
    harness.get_by_label("Audacity labels, for kitchen.wav");
    harness.get_by_label("14 will be marked: 12 door, 2 negative");
    harness.get_by_label("3 are there already");
    harness.get_by_label_contains("2 left out (lines 18, 19): it ends at");
    harness.get_by_label_contains("give the project's tempo");
    harness.get_by_label("into the profile default; 1 other mark is replaced");
    click(&mut harness, "Import 14 labels");
    assert_eq!(asked(&harness)[1..], [Labels::Import { number: 7 }]);
    assert!(harness.state().targets().is_empty());
}

#[test]
fn pasted_label_files_are_read_as_dropped_ones_are() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    harness.run_steps(2);
    let text = String::from("file:///labels/kitchen.txt\n/labels/regions.csv\n");
    harness.event(egui::Event::Paste(text));
    settle(&mut harness);
    assert_eq!(asked(&harness), [Labels::Read(request())]);
}

#[test]
fn a_drop_of_audio_and_texts_means_examples_until_the_panel_has_labels() {
    let mixed = || {
        vec![
            PathBuf::from("/s/kitchen.wav"),
            PathBuf::from("/s/notes.txt"),
        ]
    };
    let mut harness = open(TestWindow::stopped(reviewed()));
    hover_with(&mut harness, mixed());
    harness.get_by_label("Drop 2 files as examples");
    drop_these(&mut harness, mixed());
    harness.get_by_label("Which class are the 2 added files?");
    let mut harness = read(planned());
    hover_with(&mut harness, vec![PathBuf::from("/s/kitchen.wav")]);
    harness.get_by_label("Drop 1 file that the labels are about");
    drop_these(&mut harness, vec![PathBuf::from("/s/kitchen.wav")]);
    let request = last_request(&harness);
    assert_eq!(request.recordings, [PathBuf::from("/s/kitchen.wav")]);
    assert_eq!(request.files, label_files());
}

#[test]
fn every_choice_is_sent_and_a_needed_figure_as_well() {
    let mut harness = read(planned());
    click(&mut harness, "Mark as");
    click(&mut harness, "positive");
    assert_eq!(last_request(&harness).mark_as, MarkAs::Positive);
    click(&mut harness, "Times count from");
    click(&mut harness, "project's start");
    assert_eq!(last_request(&harness).times, Times::Project);
    harness.get_by_label("Class").click();
    settle(&mut harness);
    harness.event(egui::Event::Text(String::from("creak")));
    harness.run_steps(2);
    harness.key_press(egui::Key::Enter);
    settle(&mut harness);
    let request = last_request(&harness);
    assert_eq!(request.class, "creak");
    if let Some(labels) = &mut harness.state_mut().view.labels {
        labels.request = request;
    }
    settle(&mut harness);
    harness.get_by_label("Tempo in BPM").scroll_to_me();
    settle(&mut harness);
    click(&mut harness, "Tempo in BPM");
    harness.event(egui::Event::Text(String::from("120")));
    harness.run_steps(2);
    harness.key_press(egui::Key::Enter);
    settle(&mut harness);
    assert_eq!(last_request(&harness).clock.tempo_bpm, Some(120.0));
}

#[test]
fn reading_and_importing_show_how_far_they_are_and_can_be_cancelled() {
    let mut harness = read(with_state(LabelsState::Reading(job("finding recordings"))));
    harness.get_by_label("finding recordings");
    click(&mut harness, "Cancel reading");
    harness.state_mut().view = importing();
    settle(&mut harness);
    harness.get_by_label("writing clips");
    click(&mut harness, "Cancel import");
    assert_eq!(asked(&harness)[1..], [Labels::Cancel, Labels::Cancel]);
    harness.state_mut().view = with_state(LabelsState::Cancelled);
    settle(&mut harness);
    harness.get_by_label("Cancelled, and nothing was marked.");
    click(&mut harness, "Read again");
    assert_eq!(asked(&harness)[3..], [Labels::Read(request())]);
}

#[test]
fn what_was_imported_is_said_and_undone_and_forgotten_with_the_panel() {
    let mut view = with_state(LabelsState::Imported(String::from("Imported 14 marks.")));
    view.marks.undo = Some(String::from("importing 14 marks"));
    let mut harness = read(view);
    harness.get_by_label("Imported 14 marks.");
    click(&mut harness, "Undo import");
    assert!(harness.state().commands().contains(&Command::Undo));
    click(&mut harness, "Close Import");
    assert_eq!(asked(&harness).last(), Some(&Labels::Forget));
}

#[test]
fn labels_that_are_all_there_cannot_be_imported_again() {
    let plan = LabelsPlan {
        new: 0,
        replaced: 0,
        ..plan()
    };
    let mut harness = read(with_state(LabelsState::Planned(Arc::new(plan))));
    harness.get_by_label("Everything is there already.");
    click(&mut harness, "Import 0 labels");
    assert_eq!(asked(&harness).len(), 1);
}

#[test]
fn files_are_typed_or_found_in_a_folder_and_taken_from_the_list() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    harness.run_steps(2);
    click(&mut harness, "Menu");
    click(&mut harness, "Import labels…");
    harness.get_by_label("Mark what label files say.");
    click(&mut harness, "Label file or recording");
    harness.event(egui::Event::Text(String::from("/labels/kitchen.txt")));
    harness.run_steps(2);
    harness.key_press(egui::Key::Enter);
    settle(&mut harness);
    click(&mut harness, "Browse…");
    let found = folder();
    let clicked = found.path.join("before.csv");
    harness.state_mut().view.activity.folder = Some(Arc::new(found));
    settle(&mut harness);
    click(&mut harness, "Label file before.csv");
    let files = last_request(&harness).files;
    assert_eq!(files, [PathBuf::from("/labels/kitchen.txt"), clicked]);
    harness.get_by_label("Remove kitchen.txt").scroll_to_me();
    settle(&mut harness);
    click(&mut harness, "Remove kitchen.txt");
    assert_eq!(last_request(&harness).files.len(), 1);
    click(&mut harness, "Remove before.csv");
    assert_eq!(asked(&harness).last(), Some(&Labels::Forget));
}
