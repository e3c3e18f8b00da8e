//! A project opened where something it needs is not: what is missing is told, and missed no longer when it is back. All
//! with one window that stays open.

use std::path::{Path, PathBuf};
use std::process::Command as Process;

use earmark_core::platform;
use earmark_core::protocol::{Command, Compared, Note, Obstacle, Show, View, Work};
use earmark_core::store::SourceId;

use crate::session::Session;

/// Set for the child of a test: the folder it works in.
const FOLDER: &str = "EARMARK_TEST_MISSING";

fn tells(view: &View, words: &str) -> bool {
    let told = |obstacle: &&Obstacle| obstacle.what.contains(words) && !obstacle.remedy.is_empty();
    view.health.obstacles.iter().find(told).is_some()
}

/// A session that was closed with one take, and its source.
fn closed_with_a_take() -> (tempfile::TempDir, SourceId) {
    let (session, _) = Session::recorded();
    let source = session.instance.source();
    (session.end(), source)
}

#[test]
fn takes_that_were_moved_away_are_named_until_they_are_back() {
    let (folder, source) = closed_with_a_take();
    let (takes, away) = (folder.path().join("takes"), folder.path().join("away"));
    std::fs::rename(&takes, &away).unwrap();
    let session = Session::begin_in(folder, source);
    let view = session.wait_for("the obstacle", |view| {
        tells(view, "A take of this track is missing")
    });
    assert_eq!(
        view.source.takes.len(),
        1,
        "it is still known: {:?}",
        view.source.takes
    );
    assert!(view.results.waveform.is_empty());

    std::fs::rename(&away, &takes).unwrap();
    session.wait_for("the take, drawn", |view| {
        view.health.obstacles.is_empty() && !view.results.waveform.is_empty()
    });
    std::fs::rename(&takes, &away).unwrap();
    session.wait_for("the obstacle again", |view| tells(view, "is missing"));
}

#[test]
fn a_database_that_cannot_be_opened_is_named_until_it_is_in_its_place() {
    let (folder, source) = closed_with_a_take();
    let (database, away) = (
        folder.path().join("earmark.db"),
        folder.path().join("away.db"),
    );
    std::fs::rename(&database, &away).unwrap();
    // Nothing can be made where a folder is.
    std::fs::create_dir(&database).unwrap();
    let session = Session::begin_in(folder, source);
    session.wait_for("the obstacle", |view| tells(view, "earmark.db"));
    std::fs::remove_dir(&database).unwrap();
    std::fs::rename(&away, &database).unwrap();
    let view = session.wait_for("the take", |view| {
        view.health.obstacles.is_empty() && !view.source.takes.is_empty()
    });
    assert_eq!(view.source.takes.len(), 1);
}

#[test]
fn a_database_that_knows_nothing_of_the_project_is_named_until_the_right_one_is_there() {
    let (folder, source) = closed_with_a_take();
    let (database, away) = (
        folder.path().join("earmark.db"),
        folder.path().join("away.db"),
    );
    std::fs::rename(&database, &away).unwrap();
    let session = Session::begin_in(folder, source);
    session.instance.send(Command::Note(Note::ExpectTakes));
    session.wait_for("the obstacle", |view| tells(view, "earmark.db knows none"));
    std::fs::rename(&away, &database).unwrap();
    session.wait_for("the take", |view| {
        view.health.obstacles.is_empty() && view.source.takes.len() == 1
    });
}

#[test]
fn a_model_and_a_runtime_that_are_missing_are_named_until_they_are_installed() {
    let folder = tempfile::tempdir().unwrap();
    let installed = platform::resource_folders()
        .into_iter()
        .find(|resources| resources.join("models").is_dir())
        .expect("nothing is installed: run `cargo xtask setup`");
    std::os::unix::fs::symlink(installed, folder.path().join("installed")).unwrap();
    let child = Process::new(std::env::current_exe().unwrap())
        .args(["--exact", "missing::child_without_resources", "--nocapture"])
        .env(FOLDER, folder.path())
        .env(
            platform::RESOURCES_VARIABLE,
            folder.path().join("resources"),
        )
        .env("HOME", folder.path())
        .env_remove("XDG_DATA_HOME")
        .output()
        .unwrap();
    assert!(
        child.status.success(),
        "{}{}",
        String::from_utf8_lossy(&child.stdout),
        String::from_utf8_lossy(&child.stderr)
    );
}

/// Not a test of its own: the process of the one above, which finds no resources at first.
#[test]
fn child_without_resources() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let mut session = Session::begin();
    let view = session.wait_for("the obstacles", |view| view.health.obstacles.len() == 2);
    assert!(
        tells(&view, "ONNX Runtime is missing"),
        "{:?}",
        view.health.obstacles
    );
    assert!(
        tells(&view, "No embedding model"),
        "{:?}",
        view.health.obstacles
    );
    session.play(&crate::session::soundscape());
    session.stop();
    let view = session.wait_for("the take", |view| {
        view.source.takes.iter().any(|take| !take.recording)
    });

    install(&folder);
    session.wait_for("nothing to be missing", |view| {
        view.health.obstacles.is_empty()
    });
    crate::confirm_three(&session, &view.source.takes[0].filename);
    crate::trained(&session, true);
}

fn install(folder: &Path) {
    std::fs::rename(folder.join("installed"), folder.join("resources")).unwrap();
}

/// What a plugin sends when a project is opened, before its window is.
#[test]
fn what_the_project_had_on_show_is_on_show_again() {
    let mut session = Session::begin();
    session.play(&crate::session::soundscape());
    session.stop();
    session.jump_to_s(100.0);
    session.play(&crate::session::soundscape()[..44_100]);
    session.stop();
    let view = session.wait_for("two takes", |view| {
        view.source.takes.len() == 2 && view.source.takes.iter().all(|take| !take.recording)
    });
    let first = view.source.takes[0].filename.clone();
    crate::confirm_three(&session, &first);
    crate::trained(&session, true);
    session.instance.send(Command::Show(Show::Take {
        filename: first.clone(),
    }));
    session.instance.send(Command::Work(Work::Scan));
    let view = session.wait_for("two versions", |view| {
        view.shown.take.as_ref() == Some(&first) && view.results.versions.len() == 2
    });
    let older = view.results.versions[1].row.timestamp.clone();
    let newer = view.results.versions[0].row.timestamp.clone();
    let source = session.instance.source();

    let session = Session::begin_in(session.end(), source);
    session.instance.send(Command::Show(Show::Take {
        filename: first.clone(),
    }));
    session
        .instance
        .send(Command::Show(Show::Version(Some(older.clone()))));
    let newer = Compared::Version(newer);
    session
        .instance
        .send(Command::Show(Show::Comparison(Some(newer.clone()))));
    session.wait_for("everything as it was", |view| {
        view.shown.take.as_ref() == Some(&first)
            && view.shown.version.as_ref() == Some(&older)
            && view
                .results
                .comparison
                .as_ref()
                .is_some_and(|with| with.with == newer)
    });
}

#[test]
fn takes_of_a_moved_folder_are_shown_again_once_they_are_found() {
    let (folder, source) = closed_with_a_take();
    let (takes, moved) = (folder.path().join("takes"), folder.path().join("moved"));
    std::fs::rename(&takes, &moved).unwrap();
    let session = Session::begin_in(folder, source);
    session.wait_for("the obstacle", |view| tells(view, "is missing"));
    session
        .instance
        .send(Command::Work(Work::FindRecordings(moved.clone())));
    let view = session.wait_for("the take, drawn", |view| {
        view.health.obstacles.is_empty() && !view.results.waveform.is_empty()
    });
    assert_eq!(view.source.takes.len(), 1);

    let session = Session::begin_in(session.end(), source);
    session.wait_for("the take, in the next session", |view| {
        view.health.obstacles.is_empty() && !view.results.waveform.is_empty()
    });
}
