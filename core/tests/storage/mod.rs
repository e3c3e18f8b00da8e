//! Settings and disk space through the engine: chosen, looked at, emptied, and nothing lost that somebody made.

mod deletion;
mod retention;

use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};

use earmark_core::audio::bwf::{BwfWriter, NewTake};
use earmark_core::protocol::{Command, Severity, Show, Storage, Target};
use earmark_core::recorder::TakeId;
use earmark_core::settings::{SCALE_PERCENT, THEME, Theme};
use earmark_core::store::{NewNegative, SourceId, Store, TakeRow};
use earmark_core::time::{SampleIndex, SampleRate, Span};

use crate::session::Session;

/// Takes of a track long ago, in the folder's database, whose files were written so many hours ago.
fn old_takes(folder: &Path, takes: &[(&str, u64)]) -> SourceId {
    std::fs::create_dir_all(folder.join("takes")).unwrap();
    let mut store = Store::open(&folder.join("earmark.db")).unwrap();
    let source = SourceId::random();
    store.upsert_source(&source, "Room tone").unwrap();
    for (filename, hours) in takes {
        let path = folder.join("takes").join(filename);
        let id = TakeId::random();
        write_take(&path, &id.in_header());
        let written = SystemTime::now() - Duration::from_secs(hours * 3600);
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(written).unwrap();
        store
            .upsert_take(&TakeRow {
                id: id.to_string(),
                source,
                filename: (*filename).to_owned(),
                path,
                rate: SampleRate::new(44_100).unwrap(),
                channels: 1,
                start: SampleIndex(0),
                frames: FRAMES as u64,
                revision: 0,
                created_at: String::new(),
                gaps: Vec::new(),
            })
            .unwrap();
    }
    source
}

/// Frames of a take whose file has 1000 bytes.
const FRAMES: usize = 74;

/// A take as the recorder writes it.
fn write_take(path: &Path, id: &str) {
    let take = NewTake {
        rate: SampleRate::new(44_100).unwrap(),
        channels: 1,
        time_reference: SampleIndex(0),
        description: "Room tone",
        id,
    };
    let mut writer = BwfWriter::create_take(path, &take).unwrap();
    writer.write_at(0, &[0.25; FRAMES]).unwrap();
    drop(writer);
    assert_eq!(path.metadata().unwrap().len(), 1000);
}

fn mark(folder: &Path, filename: &str) {
    let mut store = Store::open(&folder.join("earmark.db")).unwrap();
    store
        .add_negative(&NewNegative {
            profile: "default",
            filename,
            span: Span::new(0.0, 1.0).unwrap(),
            source_path: &folder.join("takes").join(filename),
            source_model: "AISFX",
        })
        .unwrap();
}

#[test]
fn a_look_that_was_chosen_reaches_every_window_and_nonsense_is_refused_with_a_remedy() {
    let session = Session::begin();
    let choose = |value: Option<&str>| {
        session
            .instance
            .send(session.instance.view().change(Target::Setting {
                key: THEME,
                value: value.map(str::to_owned),
            }));
    };
    let wears = |theme| {
        session.wait_for("the look", |view| {
            let settings = view.storage.settings.as_ref();
            let appearance = settings.and_then(|settings| settings.appearance);
            appearance.is_some_and(|appearance| appearance.look.theme == theme)
        })
    };
    wears(Theme::Dark);
    choose(Some("light"));
    wears(Theme::Light);
    choose(None);
    wears(Theme::Dark);
    session
        .instance
        .send(session.instance.view().change(Target::Setting {
            key: SCALE_PERCENT,
            value: Some(String::from("1000")),
        }));
    let view = session.wait_for("the refusal", |view| view.health.status.is_some());
    let status = view.health.status.clone().unwrap();
    assert_eq!(status.severity, Severity::Error);
    assert!(status.text.contains("from 100 to 200"), "{status:?}");
}

#[test]
fn only_takes_that_nobody_needs_can_be_deleted_and_what_was_marked_since_stays() {
    let session = Session::begin_with(|folder| {
        old_takes(
            folder,
            &[
                ("idle.wav", 48),
                ("marked later.wav", 48),
                ("marked.wav", 48),
                ("today.wav", 1),
            ],
        );
        mark(folder, "marked.wav");
    });
    session.instance.send(Command::Show(Show::Survey));
    let view = session.wait_for("the survey", |view| view.storage.survey.is_some());
    let survey = view.storage.survey.clone().unwrap();
    let mut unmarked: Vec<_> = survey
        .takes
        .unmarked
        .iter()
        .map(|take| take.filename.as_str())
        .collect();
    unmarked.sort_unstable();
    assert_eq!(unmarked, ["idle.wav", "marked later.wav"]);
    assert_eq!(survey.takes.unmarked[0].source_name, "Room tone");
    assert_eq!((survey.takes.count, survey.takes.bytes), (4, 4000));
    assert!(survey.database.bytes > 0);

    mark(session.folder(), "marked later.wav");
    let filenames = ["idle.wav", "marked later.wav", "today.wav"];
    session
        .instance
        .send(Command::Storage(Storage::DeleteTakes {
            filenames: filenames.map(str::to_owned).to_vec(),
        }));
    let view = session.wait_for("the deletion", |view| view.health.status.is_some());
    let status = view.health.status.clone().unwrap();
    assert_eq!(status.severity, Severity::Warning);
    for kept in [
        "marked later.wav stays: it is in use, or was marked meanwhile",
        "today.wav stays: it was written to within a day",
    ] {
        assert!(status.text.contains(kept), "{status:?}");
    }
    let exists = |name: &str| session.folder().join("takes").join(name).exists();
    assert!(!exists("idle.wav"));
    assert!(exists("marked later.wav") && exists("marked.wav") && exists("today.wav"));
    session.wait_for("the next survey", |view| {
        let survey = view.storage.survey.as_ref();
        survey.is_some_and(|survey| survey.takes.count == 3 && survey.takes.unmarked.is_empty())
    });
}

#[test]
fn the_cache_is_emptied_and_its_size_looked_at_again() {
    let session = Session::begin_with(|folder| {
        std::fs::create_dir(folder.join("cache")).unwrap();
        std::fs::write(folder.join("cache/one.steps"), [0; 5000]).unwrap();
        std::fs::write(folder.join("cache/letter.txt"), "dear all").unwrap();
    });
    session.instance.send(Command::Show(Show::Survey));
    let size = |bytes| {
        session.wait_for("the size", |view| {
            let survey = view.storage.survey.as_ref();
            survey.is_some_and(|survey| survey.cache.bytes == bytes)
        })
    };
    size(5000);
    session.instance.send(Command::Storage(Storage::EmptyCache));
    let view = size(0);
    let status = view.health.status.clone().unwrap();
    assert!(status.text.contains("5.0 kB"), "{status:?}");
    assert!(session.folder().join("cache/letter.txt").exists());
}
