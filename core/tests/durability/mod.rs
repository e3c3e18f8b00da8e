//! Marks while the database cannot take them: damaged, gone, replaced. Those that need a disk of their own or other
//! rights run in processes of their own (`disks`).

#[cfg(target_os = "linux")]
mod disks;

use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use earmark_core::protocol::{Command, Obstacle, Offer, RegionState, Storage, View};
use earmark_core::store::{NewNegative, SourceId, Store};

use super::editing::{PROFILE, ids, with_versions};
use super::session::Session;
use super::span;

fn database(session: &Session) -> PathBuf {
    session.folder().join("earmark.db")
}

/// The one obstacle that speaks of the database.
fn obstacle(view: &View) -> Option<&Obstacle> {
    view.health
        .obstacles
        .iter()
        .find(|one| one.offers.contains(&Offer::ExportMemory))
}

fn mark(session: &Session, filename: &str, start_s: f64) {
    session.instance.send(
        session
            .instance
            .view()
            .stretch(filename, span(start_s, start_s + 1.0))
            .negative(),
    );
}

fn marks_in(path: &Path) -> usize {
    let store = Store::open(path).unwrap();
    store.check_integrity().unwrap();
    store.negatives(PROFILE, None).unwrap().len()
}

fn takes_in(path: &Path, source: SourceId) -> usize {
    Store::open(path).unwrap().takes_of(&source).unwrap().len()
}

/// The files that an export left in the takes folder, as JSON.
fn exports(folder: &Path) -> Vec<serde_json::Value> {
    std::fs::read_dir(folder.join("takes"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .map(|path| serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
        .collect()
}

/// Overwrites every page but the first while others have the file open, as a failing disk does.
fn spoil(path: &Path) {
    let stranger = rusqlite::Connection::open(path).unwrap();
    stranger
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    let page: u32 = stranger
        .query_row("PRAGMA page_size", [], |row| row.get(0))
        .unwrap();
    let length = std::fs::metadata(path).unwrap().len();
    let mut file = std::fs::File::options().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(page.into())).unwrap();
    let rest = usize::try_from(length - u64::from(page)).unwrap();
    file.write_all(&vec![0x5a; rest]).unwrap();
    // A change of the first page: the others no longer trust the pages they remember.
    stranger.execute_batch("PRAGMA user_version = 7").unwrap();
}

#[test]
fn marks_in_a_damaged_database_wait_are_exported_and_go_into_the_restored_backup() {
    let (session, filename, _) = with_versions();
    let path = database(&session);
    mark(&session, &filename, 10.0);
    session.wait_for("the first mark", |view| view.marks.negatives.len() == 1);
    let backup = Store::back_up(&path, || false).unwrap().unwrap();
    mark(&session, &filename, 12.0);
    let view = session.wait_for("the second mark", |view| view.marks.negatives.len() == 2);
    let regions = ids(&view);

    spoil(&path);
    session.wait_for("the damage", |view| obstacle(view).is_some());
    session
        .instance
        .send(session.instance.view().select(&[regions[0]]).negative());
    session
        .instance
        .send(session.instance.view().select(&[regions[2]]).disabled());
    let view = session.wait_for("the marks that wait", |view| view.health.waiting == 2);
    let shown = obstacle(&view).unwrap();
    assert!(
        shown.what.contains("2 marks wait") && shown.what.contains("damaged"),
        "{shown:?}"
    );
    assert!(
        matches!(
            &shown.offers[..],
            [_, Offer::RestoreBackup { .. }, Offer::StartNewDatabase]
        ),
        "{shown:?}"
    );
    assert_eq!(
        view.results.regions.len(),
        3 + 2,
        "what was read stays on show"
    );
    assert!(view.results.regions[0].waiting && !view.results.regions[1].waiting);

    session
        .instance
        .send(Command::Storage(Storage::ExportMemory));
    session.wait_for("where it was exported to", |view| {
        view.health
            .status
            .as_ref()
            .is_some_and(|status| status.text.contains("earmark-export-"))
    });
    let export = exports(session.folder()).remove(0);
    assert_eq!(export["shown"][0]["filename"], filename.as_str());
    assert_eq!(export["shown"][0]["regions"][1]["start_s"], 4.0);
    assert_eq!(export["hard_negatives"].as_array().unwrap().len(), 2);
    assert_eq!(export["waiting"].as_array().unwrap().len(), 2);
    assert_eq!(export["waiting"][1]["regions"][0]["state"], "disabled");

    session
        .instance
        .send(Command::Storage(Storage::RestoreBackup));
    let view = session.wait_for("everything that waited", |view| {
        view.health.waiting == 0 && view.marks.negatives.len() == 2 && obstacle(view).is_none()
    });
    assert_eq!(view.results.regions[0].state, RegionState::Negative);
    assert_eq!(view.results.regions[2].state, RegionState::Disabled);
    assert_eq!(marks_in(&path), 2, "one of the backup and one that waited");
    assert!(backup.exists());
    let kept = std::fs::read_dir(session.folder()).unwrap();
    let is_aside = |name: String| name.starts_with("earmark.damaged-") && name.ends_with(".db");
    assert_eq!(
        kept.filter(|entry| {
            is_aside(entry.as_ref().unwrap().file_name().into_string().unwrap())
        })
        .count(),
        1
    );
}

#[test]
fn without_a_backup_a_new_database_takes_what_waits_and_the_takes_of_the_session() {
    let (session, filename, _) = with_versions();
    let path = database(&session);
    spoil(&path);
    session.wait_for("the damage", |view| obstacle(view).is_some());
    mark(&session, &filename, 10.0);
    let view = session.wait_for("the mark that waits", |view| view.health.waiting == 1);
    let offers = &obstacle(&view).unwrap().offers;
    assert_eq!(offers[..], [Offer::ExportMemory, Offer::StartNewDatabase]);
    session
        .instance
        .send(Command::Storage(Storage::RestoreBackup));
    session.wait_for("a refusal", |view| {
        view.health
            .status
            .as_ref()
            .is_some_and(|status| status.text.contains("no intact backup"))
    });
    assert_eq!(session.instance.view().health.waiting, 1);
    session
        .instance
        .send(Command::Storage(Storage::StartNewDatabase));
    session.wait_for("the mark", |view| {
        view.health.waiting == 0 && view.marks.negatives.len() == 1 && obstacle(view).is_none()
    });
    assert_eq!(marks_in(&path), 1);
    assert_eq!(takes_in(&path, session.instance.source()), 1);
    // A second click comes too late to do harm.
    session
        .instance
        .send(Command::Storage(Storage::StartNewDatabase));
    session.wait_for("a word that all is well", |view| {
        view.health
            .status
            .as_ref()
            .is_some_and(|status| status.text.contains("nothing was replaced"))
    });
    assert_eq!(marks_in(&path), 1);
}

#[cfg(unix)] // Elsewhere the system keeps an open file where it is.
#[test]
fn marks_wait_for_a_database_that_was_moved_away_and_go_into_it_when_it_is_back() {
    let (session, filename, _) = with_versions();
    let path = database(&session);
    let regions = ids(&session.instance.view());
    mark(&session, &filename, 10.0);
    let view = session.wait_for("a mark", |view| view.marks.negatives.len() == 1);
    let away = session.folder().join("away.db");
    std::fs::rename(&path, &away).unwrap();

    session
        .instance
        .send(session.instance.view().select(&[regions[1]]).disabled());
    session
        .instance
        .send(view.remove_negatives(&[view.marks.negatives[0].id]));
    mark(&session, &filename, 12.0);
    let view = session.wait_for("three that wait", |view| view.health.waiting == 3);
    let shown = obstacle(&view).unwrap();
    assert!(shown.what.contains("moved away"), "{shown:?}");
    assert!(shown.remedy.starts_with("Put it back"), "{shown:?}");
    assert!(!path.exists(), "nothing hides the loss");

    std::fs::rename(&away, &path).unwrap();
    let view = session.wait_for("nothing that waits", |view| {
        view.health.waiting == 0
            && obstacle(view).is_none()
            && view.results.regions[1].state == RegionState::Disabled
    });
    let starts: Vec<f64> = view.marks.negatives.iter().map(|row| row.start_s).collect();
    assert_eq!(starts, [12.0]);
}

#[cfg(unix)]
#[test]
fn marks_given_while_the_database_was_replaced_go_into_the_new_one() {
    let (session, filename, _) = with_versions();
    let path = database(&session);
    let other = session.folder().join("other.db");
    Store::open(&other)
        .unwrap()
        .add_negative(&NewNegative {
            profile: PROFILE,
            filename: "elsewhere.wav",
            span: span(1.0, 2.0),
            source_path: Path::new("/elsewhere.wav"),
            source_model: "AISFX",
        })
        .unwrap();
    std::fs::rename(&other, &path).unwrap();
    mark(&session, &filename, 10.0);
    session.wait_for("both marks", |view| {
        view.health.waiting == 0 && view.marks.negatives.len() == 2
    });
    assert_eq!(marks_in(&path), 2);
    assert_eq!(takes_in(&path, session.instance.source()), 1);
}

#[cfg(unix)]
#[test]
fn what_still_waits_when_the_host_closes_is_left_in_a_file() {
    let (session, filename, _) = with_versions();
    std::fs::remove_file(database(&session)).unwrap();
    mark(&session, &filename, 10.0);
    session.wait_for("the mark that waits", |view| view.health.waiting == 1);
    let folder = session.end();
    let export = exports(folder.path()).remove(0);
    assert_eq!(export["waiting"][0]["what"], "mark as not the sound");
    assert_eq!(export["waiting"][0]["regions"][0]["start_s"], 10.0);
}

#[test]
fn a_database_with_something_in_it_is_backed_up_once_when_it_is_opened() {
    let prepare = |folder: &Path| {
        let mut store = Store::open(&folder.join("earmark.db")).unwrap();
        store
            .add_negative(&NewNegative {
                profile: PROFILE,
                filename: "elsewhere.wav",
                span: span(1.0, 2.0),
                source_path: Path::new("/elsewhere.wav"),
                source_model: "AISFX",
            })
            .unwrap();
    };
    let session = Session::begin_with(prepare);
    let path = database(&session);
    session.wait_for("the backup", |_| Store::backups(&path).len() == 1);
    let view = session.wait_for("an open database", |view| view.marks.negatives.len() == 1);
    assert!(view.health.status.is_none(), "{:?}", view.health.status);
    assert_eq!(marks_in(&Store::backups(&path)[0].path), 1);
}

#[test]
fn a_confirmation_waits_while_its_clip_cannot_be_written() {
    let (session, filename, _) = with_versions();
    let clips = session.folder().join("clips");
    std::fs::write(&clips, "in the way").unwrap();
    session.instance.send(
        session
            .instance
            .view()
            .stretch(&filename, span(10.0, 11.0))
            .positive("warble"),
    );
    mark(&session, &filename, 12.0);
    let view = session.wait_for("both that wait, and why", |view| {
        view.health.waiting == 2 && obstacle(view).is_some()
    });
    let shown = obstacle(&view).unwrap();
    assert!(shown.what.contains("a clip cannot be written"), "{shown:?}");
    std::fs::remove_file(&clips).unwrap();
    session.wait_for("both", |view| {
        view.health.waiting == 0 && view.marks.classes.len() == 1 && view.marks.negatives.len() == 1
    });
}
