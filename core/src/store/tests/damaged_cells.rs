//! What one damaged cell may hide: its own row, and no other. SQLite keeps any value in any column, and any program may write one.
//! The fuzz target `database` does the same with random values.

use rusqlite::backup::Backup;

use super::*;
use crate::frequency::Band;
use crate::scan::RegionShape;
use crate::time::{SampleIndex, SampleRate};

/// The recording whose rows stay as they are, and the one whose rows are damaged.
const SOUND: &str = "sound.wav";
const DAMAGED: &str = "damaged.wav";
const OTHER_MODEL: &str = "OTHER";

/// One row of everything about `filename`.
fn fill(store: &mut Store, filename: &str, model: &str) {
    let path = Path::new("/takes").join(filename);
    let source = SourceId::random();
    store.upsert_source(&source, filename).unwrap();
    let take = TakeRow {
        id: format!("id of {filename}"),
        source,
        filename: filename.into(),
        path: path.clone(),
        rate: SampleRate::new(48_000).unwrap(),
        channels: 2,
        start: SampleIndex(0),
        frames: 480_000,
        revision: 1,
        created_at: String::new(),
        gaps: vec![10..20, 30..40],
    };
    store.upsert_take(&take).unwrap();
    let classifier = NewClassifier {
        profile: DEFAULT_PROFILE,
        model,
        name: "",
        classes: &[String::from("Clap")],
        negative_class: None,
        counts: &serde_json::json!({}),
        metrics: None,
        seconds: 1.0,
        bytes: b"bytes",
        model_sha256: "",
        used_hard_negatives: true,
        background_margin_s: 1.0,
        marks_seen: MarksSeen::default(),
    };
    let classifier = store.save_classifier(&classifier).unwrap().id;
    let (regions, scores) = ([found(1.0, 2.0, 0.75)], scores());
    let scan = NewScan {
        filename,
        source_path: &path,
        model,
        classifier: Some(classifier),
        ..new_scan(&regions, &scores)
    };
    store.save_scan(&scan, 5).unwrap();
    add_clip(store, filename, 1.0, "/x/Clap/vid_001/clip.wav");
    let spot = span(5.0, 6.0);
    store
        .add_negative(&NewNegative {
            profile: DEFAULT_PROFILE,
            filename,
            span: spot,
            source_path: &path,
            source_model: model,
        })
        .unwrap();
    store
        .add_unsure(&[NewUnsure {
            profile: DEFAULT_PROFILE,
            filename,
            span: span(8.0, 9.0),
            source_model: model,
        }])
        .unwrap();
    let band = Band::new(300.0, 900.0).unwrap();
    store
        .add_bands(&[NewMarkBand {
            profile: DEFAULT_PROFILE,
            filename,
            span: span(8.0, 9.0),
            band,
        }])
        .unwrap();
    store
        .add_region_note(&NewRegionNote {
            profile: DEFAULT_PROFILE,
            filename,
            span: span(8.0, 9.0),
            text: "a breath",
        })
        .unwrap();
    store
        .remember_model(&ModelRow {
            key: model.into(),
            name: model.into(),
            sha256: String::new(),
            dims: 512,
            step_s: 0.1,
            window_s: 1.0,
        })
        .unwrap();
    store
        .remember_training_choices(DEFAULT_PROFILE, model, &serde_json::json!({}))
        .unwrap();
    store
        .set_region_shape(DEFAULT_PROFILE, model, RegionShape::default())
        .unwrap();
    store.set_setting(filename, "value").unwrap();
    store.create_profile(filename).unwrap();
}

/// Table, column, and the condition for the row that is damaged.
fn cells(db: &Connection) -> Vec<(&'static str, String, &'static str)> {
    let by_filename = "filename = 'damaged.wav'";
    let tables = [
        ("processed", by_filename),
        ("hard_negatives", by_filename),
        ("unsure_marks", by_filename),
        ("region_notes", by_filename),
        ("mark_bands", by_filename),
        ("scans", by_filename),
        ("scan_results", by_filename),
        ("scan_serials", by_filename),
        ("takes", by_filename),
        ("sources", "name = 'damaged.wav'"),
        ("classifiers", "model = 'OTHER'"),
        ("models", "key = 'OTHER'"),
        ("training_choices", "model = 'OTHER'"),
        ("region_shapes", "model = 'OTHER'"),
        ("settings", "key = 'damaged.wav'"),
        ("profiles", "name = 'damaged.wav'"),
    ];
    let mut cells = Vec::new();
    for (table, row) in tables {
        let mut columns = db
            .prepare("SELECT name FROM pragma_table_info(?1)")
            .unwrap();
        let names = columns.query_map([table], |row| row.get(0)).unwrap();
        cells.extend(names.map(|name| (table, name.unwrap(), row)));
    }
    cells
}

/// The sound rows are in every list that windows, trainings and the command line read.
fn read_all(store: &Store) {
    let profile = DEFAULT_PROFILE;
    let takes = store.takes().unwrap();
    let take = takes.iter().find(|take| take.filename == SOUND).unwrap();
    assert!(!store.takes_of(&take.source).unwrap().is_empty());
    store.unmarked_takes().unwrap();
    assert!(store.sources().unwrap().iter().any(|row| row.name == SOUND));
    let clips = store.clips(profile, None).unwrap();
    assert!(clips.iter().any(|clip| clip.filename == SOUND));
    let negatives = store.negatives(profile, None).unwrap();
    assert!(negatives.iter().any(|row| row.filename == SOUND));
    store.negative_counts(profile).unwrap();
    let unsure = store.unsure_marks(profile, None).unwrap();
    assert!(unsure.iter().any(|mark| mark.filename == SOUND));
    let notes = store.region_notes(profile, None).unwrap();
    assert!(notes.iter().any(|note| note.filename == SOUND));
    let bands = store.bands_in(profile, SOUND).unwrap();
    assert!(!bands.is_empty());
    store.bands_in(profile, DAMAGED).unwrap();
    store.classes(profile, true).unwrap();
    assert!(store.profiles().unwrap().iter().any(|name| name == SOUND));
    store.profile_rows(profile).unwrap();
    assert!(store.models().unwrap().iter().any(|row| row.key == MODEL));
    let request = TrainingRequest {
        profile: profile.into(),
        positive_classes: vec!["Clap".into()],
        negative_class: None,
        use_hard_negatives: true,
        include_scan_exports: true,
        window_s: 1.0,
    };
    let training = store.training_data(&request).unwrap();
    assert!(training.iter().any(|recording| recording.filename == SOUND));
    store.said_sources(profile).unwrap();
    for (filename, model) in [(SOUND, MODEL), (DAMAGED, OTHER_MODEL)] {
        store.recording_rows(profile, filename).unwrap();
        store.models_with_results(filename, profile).unwrap();
        store.scanned_files(profile).unwrap();
        let classifiers = store.classifiers(profile, model).unwrap();
        let versions = store.versions(filename, profile, model).unwrap();
        for version in &versions {
            let stamp = &version.timestamp;
            let regions = store.regions(filename, profile, model, stamp).unwrap();
            assert!(filename == DAMAGED || !regions.is_empty());
        }
        store.scored_versions(filename, profile, model).unwrap();
        assert!(filename == DAMAGED || !classifiers.is_empty() && !versions.is_empty());
    }
}

/// Found by fuzzing: bytes in a path, or a word for "pinned", hid every clip, or every version.
#[test]
fn a_damaged_cell_hides_its_own_row_and_no_other() {
    let (_folder, mut store) = new_store();
    fill(&mut store, SOUND, MODEL);
    fill(&mut store, DAMAGED, OTHER_MODEL);
    let mut other = stranger(store.path());
    other
        .execute_batch("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF")
        .unwrap();
    let mut whole = Connection::open_in_memory().unwrap();
    let copy = |from: &Connection, to: &mut Connection| {
        Backup::new(from, to).unwrap().step(-1).unwrap();
    };
    copy(&other, &mut whole);
    let (mut tried, mut failed) = (0, Vec::new());
    for (table, column, row) in cells(&other) {
        for damage in [
            "x'FFFE'",
            "CAST(x'FFFE' AS TEXT)",
            "'[[1,2]'",
            "-1e300",
            "9223372036854775807",
            "NULL",
        ] {
            copy(&whole, &mut other);
            let sql = format!("UPDATE {table} SET \"{column}\" = {damage} WHERE {row}");
            // The tables themselves refuse some values.
            if other.execute(&sql, ()).is_ok_and(|changed| changed > 0) {
                let read =
                    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| read_all(&store)));
                tried += 1;
                if read.is_err() {
                    failed.push(sql);
                }
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(tried > 400, "{tried}");
}
