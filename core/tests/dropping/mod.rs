//! Files that are dropped on a window: examples of a class that undo takes back together, and recordings that are scanned.

use std::path::{Path, PathBuf};

use earmark_core::protocol::{Command, Note, Severity, View, Work};
use earmark_core::store::{Clip, Store};

use super::session::{Session, WARBLE_AT_S, soundscape};
use super::{confirm_three, training};

const RATE_HZ: u32 = 44_100;

pub fn write(path: &Path, samples: &[f32]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE_HZ,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for &sample in samples {
        writer.write_sample(sample).unwrap();
    }
    writer.finalize().unwrap();
}

/// The warble alone.
fn warble() -> Vec<f32> {
    let first = (WARBLE_AT_S[0] * f64::from(RATE_HZ)) as usize;
    soundscape()[first..first + 30_000].to_vec()
}

fn clips(session: &Session) -> Vec<Clip> {
    let store = Store::open(&session.folder().join("earmark.db")).unwrap();
    store.clips("default", None).unwrap()
}

fn says(view: &View, words: &str) -> bool {
    let status = view.health.status.as_ref();
    status.is_some_and(|status| status.text.contains(words)) && view.activity.job.is_none()
}

fn add(session: &Session, paths: Vec<PathBuf>) {
    let class = String::from("warble");
    let add = Work::AddExamples { class, paths };
    session.instance.send(Command::Work(add));
}

#[test]
fn dropped_files_and_folders_become_examples_and_one_undo_takes_all_of_them_back() {
    let session = Session::begin();
    session.instance.send(Command::Note(Note::EditorOpened));
    let at = |name: &str| session.folder().join("dropped").join(name);
    write(&at("one.wav"), &warble());
    write(&at("more/two.wav"), &warble());
    std::fs::write(at("notes.txt"), "no sound").unwrap();
    add(&session, vec![at("one.wav"), at("notes.txt"), at("more")]);
    let view = session.wait_for("the examples", |view| {
        says(view, "Added 2 examples of warble.")
    });
    let status = view.health.status.clone().unwrap();
    assert!(
        status
            .text
            .contains("notes.txt is no audio file that Earmark can read."),
        "{status:?}"
    );
    assert_eq!(status.severity, Severity::Info);
    let undo = view.marks.undo.as_deref();
    assert_eq!(undo, Some("adding 2 examples of warble"));
    let added = clips(&session);
    assert_eq!(added.len(), 2);
    for clip in &added {
        assert_eq!(clip.class(), Some("warble"));
        assert!(clip.output_path.is_file() && clip.span.start_s() == 0.0);
    }
    session.wait_for("the class", |view| {
        view.marks.classes.iter().any(|class| class.clips == 2)
    });

    add(&session, vec![at("one.wav")]);
    session.wait_for("the answer", |view| {
        says(view, "It is an example of warble already.")
    });
    session.instance.send(Command::Undo);
    session.wait_for("undone", |view| {
        says(view, "Undid adding 2 examples of warble")
    });
    assert!(clips(&session).is_empty());
    session.instance.send(Command::Redo);
    session.wait_for("done again", |view| says(view, "again"));
    assert_eq!(clips(&session), added);
}

#[test]
fn a_drop_without_any_sound_says_so_and_changes_nothing() {
    let session = Session::begin();
    session.instance.send(Command::Note(Note::EditorOpened));
    let path = session.folder().join("notes.txt");
    std::fs::write(&path, "no sound").unwrap();
    add(&session, vec![path, session.folder().join("gone.wav")]);
    let view = session.wait_for("the words", |view| says(view, "notes.txt is no audio file"));
    let status = view.health.status.clone().unwrap();
    assert_eq!(status.severity, Severity::Warning);
    assert!(
        status.text.contains("gone.wav cannot be read."),
        "{status:?}"
    );
    assert_eq!(view.marks.undo, None);
    assert!(clips(&session).is_empty());
}

#[test]
fn files_dropped_to_be_searched_are_scanned_and_their_results_are_kept() {
    let (session, view) = Session::recorded();
    let path = session.folder().join("elsewhere.wav");
    write(&path, &soundscape());
    let scan = || Command::Work(Work::ScanFiles(vec![path.clone()]));
    session.instance.send(scan());
    session.wait_for("no classifier yet", |view| {
        says(view, "nothing has been learned")
    });
    confirm_three(&session, &view.source.takes[0].filename);
    session.instance.send(training(true));
    session.wait_for("a training", |view| {
        !view.learning.classifiers.is_empty()
            && !view.results.versions.is_empty()
            && view.activity.job.is_none()
    });
    session.instance.send(scan());
    session.wait_for("the scan", |view| says(view, "Scanned 1 recording: "));
    let store = Store::open(&session.folder().join("earmark.db")).unwrap();
    let versions = store.versions("elsewhere.wav", "default", "AISFX").unwrap();
    assert!(
        versions.len() == 1 && versions[0].regions > 3,
        "{versions:?}"
    );
}

#[test]
fn a_file_that_cannot_be_shown_is_told_and_a_copied_path_as_well() {
    let session = Session::begin();
    session.instance.send(Command::Note(Note::EditorOpened));
    let path = session.folder().join("gone.wav");
    let copied = Note::PathCopied { path: path.clone() };
    session.instance.send(Command::Note(copied));
    session.wait_for("the words", |view| says(view, "Copied "));
    session
        .instance
        .send(Command::Work(Work::ShowInFolder(path)));
    session.wait_for("the error", |view| says(view, "is not there any more"));
}
