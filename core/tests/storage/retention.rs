//! Retention deletes only what the user chose, only after the chosen number of days, and nothing that the user made.

use std::path::Path;
use std::time::Duration;

use earmark_core::cache::{CacheKey, EmbeddingCache, RowLayout, StepMap};
use earmark_core::config::Config;
use earmark_core::platform::Places;
use earmark_core::protocol::{Command, InUse, Show, Target};
use earmark_core::scan::{ScoredSpan, WindowScores};
use earmark_core::settings::{EMBEDDINGS_GB, UNMARKED_TAKES_DAYS};
use earmark_core::store::{NewClip, NewRegionNote, NewScan, NewUnsure, Store, StoreHandle};
use earmark_core::time::Span;
use earmark_core::worker::Worker;

use super::{mark, old_takes};
use crate::session::Session;

const MONTH_H: u64 = 31 * 24;

fn store(folder: &Path) -> Store {
    Store::open(&folder.join("earmark.db")).unwrap()
}

/// As this user chose in an earlier session.
fn keep_for_30_days(folder: &Path) {
    let places = Places {
        unmarked_takes_days: Some(30),
        ..Places::default()
    };
    places.save_to(&folder.join("places.json")).unwrap();
}

fn choose(session: &Session, days: &str) {
    session
        .instance
        .send(session.instance.view().change(Target::Setting {
            key: UNMARKED_TAKES_DAYS,
            value: Some(days.to_owned()),
        }));
}

fn takes_left(folder: &Path) -> Vec<String> {
    let takes = store(folder).takes().unwrap().into_iter();
    let mut left: Vec<String> = takes
        .filter(|take| take.path.is_file())
        .map(|take| take.filename)
        .collect();
    left.sort();
    left
}

/// Everything that somebody can make of a take, one take each.
fn make_something_of_each(folder: &Path) {
    mark(folder, "negative.wav");
    let mut store = store(folder);
    let span = Span::new(0.0, 1.0).unwrap();
    let path = |name: &str| folder.join("takes").join(name);
    store
        .add_clip(&NewClip {
            filename: "positive.wav",
            span,
            output_path: &folder.join("clips/door/x/1.wav"),
            source_path: &path("positive.wav"),
            profile: "another",
            scan_export: false,
            spread_s: 0.0,
            label: "",
        })
        .unwrap();
    store
        .add_unsure(&[NewUnsure {
            profile: "default",
            filename: "unsure.wav",
            span,
            source_model: "AISFX",
        }])
        .unwrap();
    store
        .add_region_note(&NewRegionNote {
            profile: "default",
            filename: "noted.wav",
            span,
            text: "a breath",
        })
        .unwrap();
    for name in ["pinned.wav", "edited.wav", "scanned.wav"] {
        let saved = store
            .save_scan(
                &NewScan {
                    filename: name,
                    profile: "default",
                    model: "AISFX",
                    source_path: &path(name),
                    regions: &[ScoredSpan { span, score: 0.9 }],
                    threshold: 0.5,
                    classifier: None,
                    scores: &WindowScores::default(),
                },
                5,
            )
            .unwrap();
        let timestamp = &saved.timestamp;
        match name {
            "pinned.wav" => {
                store
                    .set_pinned(name, "default", "AISFX", timestamp, true)
                    .unwrap();
            }
            "edited.wav" => {
                let regions = store.regions(name, "default", "AISFX", timestamp).unwrap();
                store.set_disabled(&[regions[0].id], true).unwrap();
            }
            _ => {}
        }
    }
}

#[test]
fn only_old_takes_in_which_nobody_made_anything_go_and_not_before_they_were_shown() {
    let session = Session::begin_with(|folder| {
        old_takes(
            folder,
            &[
                ("edited.wav", MONTH_H),
                ("idle.wav", MONTH_H),
                ("negative.wav", MONTH_H),
                ("noted.wav", MONTH_H),
                ("pinned.wav", MONTH_H),
                ("positive.wav", MONTH_H),
                ("recent.wav", MONTH_H - 48),
                ("scanned.wav", MONTH_H),
                ("unsure.wav", MONTH_H),
            ],
        );
        make_something_of_each(folder);
        old_takes(folder, &[("on another disk.wav", MONTH_H)]);
        std::fs::remove_file(folder.join("takes/on another disk.wav")).unwrap();
    });
    session.instance.send(Command::Show(Show::Survey));
    session.wait_for("the survey", |view| view.storage.survey.is_some());
    assert_eq!(
        takes_left(session.folder()).len(),
        9,
        "all is kept unless it is chosen"
    );

    choose(&session, "30");
    let due = |view: &earmark_core::protocol::View| {
        let survey = view.storage.survey.clone();
        survey.map(|survey| {
            let mut due = survey.retention.due_takes.clone();
            due.sort();
            due
        })
    };
    session.wait_for("what would go", |view| {
        due(view) == Some(vec![String::from("idle.wav"), String::from("scanned.wav")])
    });
    assert_eq!(takes_left(session.folder()).len(), 9, "nothing goes yet");

    session.instance.send(Command::Show(Show::Survey));
    let view = session.wait_for("what went", |view| {
        let survey = view.storage.survey.as_ref();
        survey.is_some_and(|survey| survey.retention.takes_went.is_some())
    });
    let survey = view.storage.survey.clone().unwrap();
    let went = survey.retention.takes_went.as_ref().unwrap();
    assert_eq!((went.count, went.bytes), (2, 2000));
    assert!(survey.retention.due_takes.is_empty());
    assert_eq!(
        takes_left(session.folder()),
        [
            "edited.wav",
            "negative.wav",
            "noted.wav",
            "pinned.wav",
            "positive.wav",
            "recent.wav",
            "unsure.wav"
        ]
    );
    let known = store(session.folder()).take_by_filename("on another disk.wav");
    assert!(known.unwrap().is_some(), "the disk may come back");
}

#[test]
fn a_while_after_its_start_an_engine_lets_go_what_is_old_but_no_take_of_its_own_tracks() {
    let folder = tempfile::tempdir().unwrap();
    old_takes(folder.path(), &[("idle.wav", MONTH_H)]);
    let own = old_takes(folder.path(), &[("own.wav", MONTH_H)]);
    keep_for_30_days(folder.path());
    let session = Session::begin_as(folder, own, |config| {
        config.retention_after = Duration::ZERO;
    });
    let view = session.wait_for("the news", |view| view.health.status.is_some());
    let said = &view.health.status.as_ref().unwrap().text;
    assert!(said.contains("1 old take without marks"), "{said}");
    assert_eq!(takes_left(session.folder()), ["own.wav"]);
}

#[test]
fn restoring_a_backup_keeps_all_takes_until_somebody_chooses_again() {
    let folder = tempfile::tempdir().unwrap();
    keep_for_30_days(folder.path());
    let handle = StoreHandle::new(Some(folder.path().join("earmark.db")))
        .unwrap()
        .with_places(Some(folder.path().join("places.json")));
    handle.with(|_| Ok(())).unwrap();
    assert_eq!(handle.places().unmarked_takes_days, Some(30));
    Store::back_up(handle.path(), || false).unwrap().unwrap();
    handle.restore_backup().unwrap();
    assert_eq!(handle.places().unmarked_takes_days, None);
}

#[test]
fn embeddings_beyond_what_is_kept_go_but_not_those_of_takes_in_use() {
    let folder = tempfile::tempdir().unwrap();
    old_takes(folder.path(), &[("idle.wav", MONTH_H)]);
    let own = old_takes(folder.path(), &[("own.wav", MONTH_H)]);
    let cache = EmbeddingCache::new(folder.path().join("cache"));
    // Sparse, so that no disk fills up.
    for name in ["idle.wav", "own.wav"] {
        let key = CacheKey {
            recording: folder.path().join("takes").join(name).display().to_string(),
            fingerprint: String::new(),
            model_sha256: String::new(),
        };
        let mut map = StepMap::new(RowLayout::new([2]));
        map.insert(0, &[0.0, 1.0]);
        cache.save(&key, &mut map).unwrap();
    }
    for entry in std::fs::read_dir(folder.path().join("cache")).unwrap() {
        let file = std::fs::File::options()
            .write(true)
            .open(entry.unwrap().path());
        file.unwrap().set_len(700_000_000).unwrap();
    }
    let mut config = Config::from_environment().unwrap();
    config.cache_folder = folder.path().join("cache");
    let store = StoreHandle::new(Some(folder.path().join("earmark.db"))).unwrap();
    let mut worker = Worker::new(config, store.clone());
    let in_use = InUse {
        sources: [own].into(),
        ..InUse::default()
    };
    worker.trim_cache(&in_use).unwrap();
    assert_eq!(
        worker.survey(&in_use).cache.bytes,
        1_400_000_000,
        "10 GB may stay"
    );
    store
        .with(|store| store.set_setting(EMBEDDINGS_GB, "1"))
        .unwrap();
    assert_eq!(worker.survey(&in_use).retention.due_embeddings, 700_000_000);
    worker.trim_cache(&in_use).unwrap();
    let survey = worker.survey(&in_use);
    assert_eq!(survey.cache.bytes, 700_000_000);
    assert_eq!(survey.retention.embeddings_went.unwrap().count, 1);
}
