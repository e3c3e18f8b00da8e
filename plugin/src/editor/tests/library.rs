//! The Library panel.

use std::path::PathBuf;
use std::sync::Arc;

use earmark_core::protocol::{
    AuditionMode, AuditionView, Command, JobKind, JobView, Library, LibraryFolderView,
    LibraryFound, LibraryHit, LibraryUpdateView, LibraryView, Play, ScannedFileView, Show,
    TakeView, View,
};
use earmark_core::time::{SampleRate, Span};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::export::folder;
use super::files::{drop_files, hover, paths};
use super::versions::{click, settle};
use super::{TestWindow, open, reviewed};

/// A library of two folders: one with two files that could not be indexed, and one whose disk is gone.
pub fn with_library() -> View {
    let mut view = reviewed();
    view.library.folders = Some(Arc::new(vec![
        LibraryFolderView {
            path: PathBuf::from("/home/me/Sounds"),
            files: 1_204,
            hours: 36.2,
            indexed: 1_150,
            failed: vec![
                (
                    PathBuf::from("/home/me/Sounds/doors/broken.wav"),
                    String::from("broken.wav is damaged: it says that it is WAV, and is not"),
                ),
                (
                    PathBuf::from("/home/me/Sounds/rain/roof.flac"),
                    String::from(
                        "it cannot be read (permission denied): check that you may read it",
                    ),
                ),
            ],
            fault: String::new(),
        },
        LibraryFolderView {
            path: PathBuf::from("/media/field/2025"),
            files: 310,
            hours: 120.5,
            indexed: 310,
            failed: Vec::new(),
            fault: String::from(
                "the folder is not there: connect its disk, or remove it from the library",
            ),
        },
    ]));
    view
}

/// The same while an update is at work.
pub fn being_indexed() -> View {
    let mut view = with_library();
    view.library.update = Some(LibraryUpdateView {
        job: JobView {
            kind: JobKind::Indexing,
            stage: String::from("indexing /home/me/Sounds/doors/wooden/slam 17.wav"),
            fraction: 0.42,
            remaining_s: Some(540.0),
        },
        gives_way: false,
    });
    view
}

/// A library that was searched, and a file that was dropped.
pub fn searched() -> View {
    let mut view = with_library();
    let hit = |name: &str, start_s: f64, score: f32| LibraryHit {
        path: PathBuf::from("/home/me/Sounds/doors").join(name),
        span: Span::new(start_s, start_s + 0.8).unwrap(),
        score,
    };
    view.library.found = Some(Arc::new(LibraryFound {
        profile: String::from("default"),
        hits: vec![
            hit("slam 17.wav", 12.3, 0.97),
            hit("a wooden door that creaks for a long time.wav", 3.0, 0.81),
        ],
        files: 1_460,
        saved: 0,
    }));
    view.library.scanned = Arc::new(vec![ScannedFileView {
        filename: String::from("interview.wav"),
        path: PathBuf::from("/home/me/interview.wav"),
        version: 2,
        regions: 7,
        date: String::from("2026-01-31 14:22:33"),
    }]);
    view
}

fn open_library(view: View) -> Harness<'static, TestWindow> {
    let mut harness = open(TestWindow::stopped(view));
    click(&mut harness, "Library…");
    harness
}

fn asked(harness: &Harness<'_, TestWindow>) -> Vec<Library> {
    let commands = harness.state().commands().into_iter();
    let asked = commands.filter_map(|command| match command {
        Command::Library(asked) => Some(asked),
        _ => None,
    });
    asked.collect()
}

#[test]
fn the_engine_is_told_while_the_panel_is_open_and_the_key_opens_it() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    harness.run_steps(2);
    harness.key_press(egui::Key::L);
    settle(&mut harness);
    harness.get_by_label("Reading the library…");
    harness.key_press(egui::Key::L);
    settle(&mut harness);
    let looks = |wanted| Command::Show(Show::Library { wanted });
    assert_eq!(harness.state().commands(), [looks(true), looks(false)]);
}

#[test]
fn an_empty_library_says_what_it_is_for_and_a_folder_is_added_by_its_path() {
    let mut view = reviewed();
    view.library.folders = Some(Arc::default());
    let mut harness = open_library(view);
    harness.get_by_label("The library has no folder yet.");
    assert!(harness.query_by_label("Update").is_none());
    click(&mut harness, "Add folder…");
    let found = folder();
    let path = found.path.clone();
    harness.state_mut().view.activity.folder = Some(Arc::new(found));
    settle(&mut harness);
    click(&mut harness, "Add this folder");
    assert_eq!(asked(&harness), [Library::Add(vec![path])]);
    assert!(harness.query_by_label("Add this folder").is_none());
}

#[test]
fn folders_dropped_on_the_open_panel_are_added_and_nobody_is_asked_for_a_class() {
    let mut harness = open_library(with_library());
    hover(&mut harness);
    harness.get_by_label("Drop 2 folders to add to the library");
    drop_files(&mut harness);
    assert_eq!(asked(&harness), [Library::Add(paths())]);
    assert!(harness.query_by_label_contains("added files?").is_none());
}

#[test]
fn a_folder_shows_what_is_indexed_and_why_files_are_not_and_can_be_removed() {
    let mut harness = open_library(with_library());
    harness.get_by_label("1460 of 1514 files indexed, 156.7 hours");
    harness.get_by_label("1204 files · 36.2 hours · 1150 indexed");
    harness.get_by_label_contains("the folder is not there");
    assert!(harness.query_by_label("doors/broken.wav").is_none());
    click(&mut harness, "2 files of /home/me/Sounds not indexed");
    harness.get_by_label("doors/broken.wav");
    harness.get_by_label_contains("permission denied");
    let remove = "Remove /media/field/2025";
    harness.get_by_label(remove).scroll_to_me();
    settle(&mut harness);
    click(&mut harness, remove);
    let path = PathBuf::from("/media/field/2025");
    assert_eq!(asked(&harness), [Library::Remove(path)]);
}

#[test]
fn an_update_is_started_watched_stopped_paused_and_resumed() {
    let mut harness = open_library(with_library());
    click(&mut harness, "Update");
    harness.state_mut().view = being_indexed();
    settle(&mut harness);
    harness.get_by_label("Indexing 42 % · 9 min left");
    harness.get_by_label_contains("slam 17.wav");
    click(&mut harness, "Stop update");
    if let Some(update) = &mut harness.state_mut().view.library.update {
        update.gives_way = true;
    }
    settle(&mut harness);
    harness.get_by_label("waits until Earmark has scanned or trained");
    click(&mut harness, "Pause indexing");
    harness.state_mut().view.library = LibraryView {
        update: None,
        is_paused: true,
        ..with_library().library
    };
    settle(&mut harness);
    harness.get_by_label("▮▮ Indexing is paused");
    click(&mut harness, "Resume indexing");
    assert_eq!(
        asked(&harness),
        [
            Library::Update,
            Library::Cancel,
            Library::Pause,
            Library::Resume
        ]
    );
}

/// The view once `path` is shown beside the takes.
fn shown(path: &str, mut view: View) -> View {
    let filename = String::from("shown.wav");
    view.source.takes.push(TakeView {
        filename: filename.clone(),
        path: PathBuf::from(path),
        start_s: 0.0,
        duration_s: 40.0,
        rate: SampleRate::new(44_100).unwrap(),
        is_file: true,
        recording: false,
        gaps: Vec::new(),
    });
    view.shown.take = Some(filename);
    view
}

#[test]
fn the_library_is_searched_and_a_hit_is_played_and_shown_where_it_is() {
    let mut harness = open_library(searched());
    harness.get_by_label("for door");
    click(&mut harness, "Search library");
    click(&mut harness, "Save versions");
    click(&mut harness, "Search library");
    harness.get_by_label("Play hit 2").scroll_to_me();
    settle(&mut harness);
    click(&mut harness, "Play hit 1");
    let path = "/home/me/Sounds/doors/slam 17.wav";
    let span = Span::new(12.3, 12.3 + 0.8).unwrap();
    harness.state_mut().view.activity.audition = Some(AuditionView {
        filename: String::from(path),
        span,
    });
    settle(&mut harness);
    click(&mut harness, "Stop hit 1");
    harness.state_mut().view.activity.audition = None;
    settle(&mut harness);
    click(&mut harness, "Hit 1, slam 17.wav, 00:00:12.300, score 0.97");
    let played = Command::Play(Play::Stretch {
        filename: String::from(path),
        span,
        mode: AuditionMode::Replace,
    });
    let commands = harness.state().commands();
    assert_eq!(
        commands[1..],
        [
            Command::Library(Library::Search { saves: false }),
            Command::Library(Library::Search { saves: true }),
            played,
            Command::Play(Play::Stop),
            Command::Library(Library::Open(PathBuf::from(path))),
        ]
    );
    // Once it is shown, its stretch is selected, so that P marks it. It is not in the project, so nothing is at the playhead.
    harness.state_mut().view = shown(path, searched());
    harness.state_mut().last_class = String::from("door");
    settle(&mut harness);
    harness.key_press(egui::Key::P);
    settle(&mut harness);
    let marked = harness.state().targets();
    let Some(earmark_core::protocol::Target::Marked { spans, .. }) = marked.first() else {
        panic!("{marked:?}");
    };
    assert_eq!(spans.as_slice(), [span]);
}

#[test]
fn a_file_that_was_dropped_to_be_searched_is_listed_and_shown_and_not_taken_for_a_take() {
    let mut harness = open_library(searched());
    let row = "Scanned file interview.wav, version 2, 7 regions";
    harness.get_by_label(row).scroll_to_me();
    settle(&mut harness);
    click(&mut harness, row);
    let path = "/home/me/interview.wav";
    assert_eq!(asked(&harness), [Library::Open(PathBuf::from(path))]);
    harness.state_mut().view = shown(path, searched());
    settle(&mut harness);
    // The list of takes names it.
    let chooser = harness.get_by_role_and_label(egui::Role::ComboBox, "Take");
    let named = chooser.accesskit_node().description();
    assert_eq!(named.as_deref(), Some("shown.wav"));
}

#[test]
fn without_a_classifier_the_search_says_what_it_needs() {
    let mut view = searched();
    view.learning.classifiers.clear();
    view.library.found = Some(Arc::new(LibraryFound {
        profile: String::from("default"),
        hits: Vec::new(),
        files: 12,
        saved: 0,
    }));
    let mut harness = open_library(view);
    harness.get_by_label("Nothing found in 12 files");
    click(&mut harness, "Search library");
    assert!(asked(&harness).is_empty());
}

#[test]
fn what_keeps_the_library_from_being_indexed_is_said_in_the_panel() {
    let mut view = with_library();
    view.library.problem = String::from("the index could not be saved: free some disk space");
    let harness = open_library(view);
    harness.get_by_label("the index could not be saved: free some disk space");
}
