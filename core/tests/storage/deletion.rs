//! Deleting takes touches nothing but takes of Earmark's own in the folders of this user, whatever the database says.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use earmark_core::protocol::{Command, Severity, Show, Storage};
use earmark_core::recorder::{SourceLock, TakeId};
use earmark_core::settings::UNMARKED_TAKES_DAYS;
use earmark_core::store::{SourceId, Store, TakeRow};
use earmark_core::time::{SampleIndex, SampleRate};

use super::{old_takes, write_take};
use crate::session::Session;

const MONTH_H: u64 = 31 * 24;

/// A row that says that `path` is a take.
fn claim(folder: &Path, id: TakeId, filename: &str, path: PathBuf) {
    let mut store = Store::open(&folder.join("earmark.db")).unwrap();
    store
        .upsert_take(&TakeRow {
            id: id.to_string(),
            source: SourceId::random(),
            filename: filename.to_owned(),
            path,
            rate: SampleRate::new(44_100).unwrap(),
            channels: 1,
            start: SampleIndex(0),
            frames: 74,
            revision: 0,
            created_at: String::new(),
            gaps: Vec::new(),
        })
        .unwrap();
}

fn make_old(path: &Path) {
    let written = SystemTime::now() - Duration::from_secs(MONTH_H * 3600);
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(written).unwrap();
}

/// Files that a row of the database calls takes, and why each is none that may be deleted.
fn foreign_files(folder: &Path) -> Vec<(&'static str, PathBuf)> {
    let takes = folder.join("takes");
    std::fs::create_dir_all(&takes).unwrap();
    let (own, other) = (TakeId::random(), TakeId::random());
    let file = |name: &str| takes.join(name);
    let letter = folder.join("letter.txt");
    std::fs::write(&letter, "dear all").unwrap();
    claim(folder, own, "a letter.wav", letter.clone());

    let inside = file("letter.wav");
    std::fs::write(&inside, "dear all").unwrap();
    claim(folder, TakeId::random(), "letter.wav", inside.clone());

    // By another program: the same header but for the maker's name.
    let foreign = file("foreign.wav");
    let id = TakeId::random();
    write_take(&foreign, &id.in_header());
    let mut bytes = std::fs::read(&foreign).unwrap();
    let maker = bytes
        .windows(7)
        .position(|part| part == b"Earmark")
        .unwrap();
    bytes[maker..maker + 7].copy_from_slice(b"Another");
    std::fs::write(&foreign, bytes).unwrap();
    claim(folder, id, "foreign.wav", foreign.clone());

    let another = file("another.wav");
    write_take(&another, &other.in_header());
    claim(folder, TakeId::random(), "another.wav", another.clone());

    // What another program put behind the samples may be somebody's work.
    let edited = file("edited.wav");
    let id = TakeId::random();
    write_take(&edited, &id.in_header());
    let mut bytes = std::fs::read(&edited).unwrap();
    bytes.extend(b"LIST\x04\0\0\0adtl");
    let riff_bytes = (bytes.len() as u32 - 8).to_le_bytes();
    bytes[4..8].copy_from_slice(&riff_bytes);
    std::fs::write(&edited, bytes).unwrap();
    claim(folder, id, "edited.wav", edited.clone());

    let elsewhere = folder.join("elsewhere.wav");
    let id = TakeId::random();
    write_take(&elsewhere, &id.in_header());
    claim(folder, id, "elsewhere.wav", elsewhere.clone());

    let roundabout = folder.join("roundabout.wav");
    let id = TakeId::random();
    write_take(&roundabout, &id.in_header());
    let path = takes.join("..").join("roundabout.wav");
    claim(folder, id, "roundabout.wav", path);

    let mut files = vec![
        ("a letter.wav", letter),
        ("letter.wav", inside),
        ("foreign.wav", foreign),
        ("another.wav", another),
        ("edited.wav", edited),
        ("elsewhere.wav", elsewhere),
        ("roundabout.wav", roundabout),
    ];
    #[cfg(unix)]
    {
        let target = folder.join("target.wav");
        let id = TakeId::random();
        write_take(&target, &id.in_header());
        let link = file("link.wav");
        std::os::unix::fs::symlink(&target, &link).unwrap();
        claim(folder, id, "link.wav", link);
        files.push(("link.wav", target));
    }
    for (_, path) in &files {
        make_old(path);
    }
    files
}

#[test]
fn whatever_a_database_calls_a_take_only_a_take_of_ours_in_our_folder_can_be_deleted() {
    let mut files = Vec::new();
    let session = Session::begin_with(|folder| {
        files = foreign_files(folder);
        old_takes(folder, &[("idle.wav", MONTH_H)]);
        let places = folder.join("places.json");
        std::fs::write(places, r#"{"unmarked_takes_days": 30}"#).unwrap();
    });
    // Twice: what is due is shown first and deleted then.
    for _ in 0..2 {
        session.instance.send(Command::Show(Show::Survey));
    }
    let view = session.wait_for("what went", |view| {
        let survey = view.storage.survey.as_ref();
        survey.is_some_and(|survey| survey.retention.takes_went.is_some())
    });
    let survey = view.storage.survey.clone().unwrap();
    assert_eq!(survey.retention.takes_went.as_ref().unwrap().count, 1);
    assert!(survey.takes.unmarked.is_empty(), "{survey:?}");

    let filenames = files.iter().map(|(name, _)| (*name).to_owned());
    session
        .instance
        .send(Command::Storage(Storage::DeleteTakes {
            filenames: filenames.collect(),
        }));
    let view = session.wait_for("the refusal", |view| {
        let status = view.health.status.as_ref();
        status.is_some_and(|status| status.severity == Severity::Warning)
    });
    let status = view.health.status.clone().unwrap();
    assert!(status.text.starts_with("Deleted 0 takes"), "{status:?}");
    let store = Store::open(&session.folder().join("earmark.db")).unwrap();
    for (name, path) in &files {
        assert!(path.exists(), "{name}");
        assert!(store.take_by_filename(name).unwrap().is_some(), "{name}");
        assert!(
            status.text.contains(&format!("{name} stays: ")),
            "{name}: {status:?}"
        );
    }
    assert!(!session.folder().join("takes/idle.wav").exists());
}

#[test]
fn a_database_cannot_switch_the_deletion_of_takes_on() {
    let session = Session::begin_with(|folder| {
        old_takes(folder, &[("idle.wav", MONTH_H)]);
        let mut store = Store::open(&folder.join("earmark.db")).unwrap();
        store.set_setting(UNMARKED_TAKES_DAYS, "1").unwrap();
    });
    for _ in 0..2 {
        session.instance.send(Command::Show(Show::Survey));
        let view = session.wait_for("the survey", |view| view.storage.survey.is_some());
        let survey = view.storage.survey.clone().unwrap();
        assert!(survey.retention.due_takes.is_empty(), "{survey:?}");
        assert!(survey.retention.takes_went.is_none(), "{survey:?}");
    }
    let settings = session.instance.view().storage.settings.clone().unwrap();
    assert_eq!(settings.get(UNMARKED_TAKES_DAYS).unwrap().value(), "0");
    assert!(session.folder().join("takes/idle.wav").exists());
}

#[test]
fn a_take_whose_disk_is_away_and_one_that_another_program_records_keep_row_and_file() {
    let mut lock = None;
    let session = Session::begin_with(|folder| {
        old_takes(folder, &[("away.wav", MONTH_H)]);
        // What is left of a disk that was unplugged: a folder without files.
        std::fs::rename(folder.join("takes"), folder.join("disk")).unwrap();
        let source = old_takes(folder, &[("open.wav", MONTH_H)]);
        lock = SourceLock::acquire(&folder.join("earmark.live"), &source.to_string());
    });
    session
        .instance
        .send(Command::Storage(Storage::DeleteTakes {
            filenames: vec!["away.wav".into(), "open.wav".into()],
        }));
    let view = session.wait_for("the refusal", |view| view.health.status.is_some());
    let status = view.health.status.clone().unwrap();
    for kept in [
        "away.wav stays: it is not there now",
        "open.wav stays: it is in use by another program",
    ] {
        assert!(status.text.contains(kept), "{status:?}");
    }
    let store = Store::open(&session.folder().join("earmark.db")).unwrap();
    assert_eq!(store.takes().unwrap().len(), 2);
    assert!(session.folder().join("takes/open.wav").exists());

    // Nobody records it any longer.
    drop(lock);
    session
        .instance
        .send(Command::Storage(Storage::DeleteTakes {
            filenames: vec!["open.wav".into()],
        }));
    session.wait_for("the deletion", |view| {
        let status = view.health.status.as_ref();
        status.is_some_and(|status| status.text == "Deleted 1 take")
    });
}
