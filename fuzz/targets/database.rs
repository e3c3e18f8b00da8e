//! Columns of the shared database, which 8-cut and other programs write to: whatever one cell holds, no other row is hidden by it.
#![no_main]

use std::cell::RefCell;
use std::path::Path;

use earmark_core::scan::{RegionShape, ScoredSpan, WindowScores};
use earmark_core::store::{
    DEFAULT_PROFILE, FoundFile, ModelRow, NewClassifier, NewClip, NewNegative, NewRegionNote,
    NewScan, NewUnsure, SourceId, Store, TakeRow, TrainingRequest,
};
use earmark_core::time::{SampleIndex, SampleRate, Span};
use earmark_fuzz::FOLDER;
use libfuzzer_sys::fuzz_target;
use rusqlite::backup::Backup;
use rusqlite::types::Value;
use rusqlite::{Connection, params};

/// The recording whose rows stay as they are, and the one whose rows are damaged.
const SOUND: &str = "sound.wav";
const DAMAGED: &str = "damaged.wav";
const MODEL: &str = "AISFX";
const OTHER_MODEL: &str = "OTHER";

thread_local! {
    static BENCH: RefCell<Bench> = RefCell::new(Bench::new());
}

fuzz_target!(|bytes: &[u8]| {
    let [column, kind, value @ ..] = bytes else {
        return;
    };
    BENCH.with_borrow_mut(|bench| bench.damage(usize::from(*column), *kind, value));
});

struct Bench {
    store: Store,
    stranger: Connection,
    /// The database as it was before the damage.
    template: Connection,
    /// Table, column, and the condition for the row that is damaged.
    columns: Vec<(String, String, String)>,
    sound_source: SourceId,
}

impl Bench {
    fn new() -> Self {
        let path = FOLDER.path().join("earmark.db");
        let mut store = Store::open(&path).expect("a new database");
        let sound_source = SourceId::random();
        fill(&mut store, SOUND, MODEL, sound_source);
        fill(&mut store, DAMAGED, OTHER_MODEL, SourceId::random());
        let stranger = Connection::open(&path).expect("a second connection");
        stranger
            .execute_batch("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF")
            .expect("settings of a connection");
        let columns = columns(&stranger);
        let mut template = Connection::open_in_memory().expect("memory");
        copy(&stranger, &mut template);
        Self {
            store,
            stranger,
            template,
            columns,
            sound_source,
        }
    }

    fn damage(&mut self, column: usize, kind: u8, value: &[u8]) {
        copy(&self.template, &mut self.stranger);
        let (table, column, row) = &self.columns[column % self.columns.len()];
        let number = value
            .first_chunk()
            .map_or(0, |bytes| i64::from_le_bytes(*bytes));
        let (expression, value) = match kind % 6 {
            0 | 1 => (
                "?1",
                Value::Text(String::from_utf8_lossy(value).into_owned()),
            ),
            // Text that is not UTF-8.
            2 => ("CAST(?1 AS TEXT)", Value::Blob(value.to_vec())),
            3 => ("?1", Value::Blob(value.to_vec())),
            4 => ("?1", Value::Integer(number)),
            _ => ("?1", Value::Real(f64::from_bits(number as u64))),
        };
        let sql = format!("UPDATE {table} SET \"{column}\" = {expression} WHERE {row}");
        // The tables themselves refuse some values.
        if self.stranger.execute(&sql, params![value]).is_ok() {
            read_all(&self.store, self.sound_source);
        }
    }
}

/// The damaged row of every table that has one, column by column.
fn columns(db: &Connection) -> Vec<(String, String, String)> {
    let tables = [
        ("processed", "filename = 'damaged.wav'"),
        ("hard_negatives", "filename = 'damaged.wav'"),
        ("mark_bands", "filename = 'damaged.wav'"),
        ("unsure_marks", "filename = 'damaged.wav'"),
        ("region_notes", "filename = 'damaged.wav'"),
        ("scans", "filename = 'damaged.wav'"),
        ("scan_results", "filename = 'damaged.wav'"),
        ("scan_serials", "filename = 'damaged.wav'"),
        ("takes", "filename = 'damaged.wav'"),
        ("sources", "name = 'damaged.wav'"),
        ("recordings", "name LIKE '%damaged.wav'"),
        ("classifiers", "model = 'OTHER'"),
        ("models", "key = 'OTHER'"),
        ("training_choices", "model = 'OTHER'"),
        ("region_shapes", "model = 'OTHER'"),
        ("settings", "key = 'damaged.wav'"),
        ("profiles", "name = 'damaged.wav'"),
    ];
    let mut columns = Vec::new();
    for (table, row) in tables {
        let found: i64 = db
            .query_row(
                &format!("SELECT COUNT(*) FROM {table} WHERE {row}"),
                [],
                |row| row.get(0),
            )
            .expect("a table of Earmark's");
        assert!(found > 0, "{table} has no row to damage");
        let mut names = db
            .prepare("SELECT name FROM pragma_table_info(?1)")
            .expect("names of columns");
        let names = names
            .query_map([table], |row| row.get::<_, String>(0))
            .expect("names of columns");
        columns.extend(names.map(|name| (table.into(), name.expect("a name"), row.into())));
    }
    columns
}

fn copy(from: &Connection, to: &mut Connection) {
    let backup = Backup::new(from, to).expect("a copy");
    backup.step(-1).expect("a copy");
}

/// One row of everything about `filename`.
fn fill(store: &mut Store, filename: &str, model: &str, source: SourceId) {
    let path = Path::new("/takes").join(filename);
    let span = Span::new(1.0, 2.0).expect("a span");
    let scores = WindowScores {
        hop_s: 0.25,
        window_s: 1.0,
        scores: vec![0.25, 0.75, 1.0],
        ..WindowScores::default()
    };
    let regions = [ScoredSpan { span, score: 0.75 }];
    let take = TakeRow {
        id: format!("id of {filename}"),
        source,
        filename: filename.into(),
        path: path.clone(),
        rate: SampleRate::new(48_000).expect("a rate"),
        channels: 2,
        start: SampleIndex(0),
        frames: 480_000,
        revision: 1,
        created_at: String::new(),
        gaps: vec![10..20],
    };
    store.upsert_source(&source, filename).expect("a source");
    store.upsert_take(&take).expect("a take");
    let foreign = FOLDER.path().join(format!("foreign {filename}"));
    std::fs::write(&foreign, filename).expect("the temporary folder can be written");
    let found = FoundFile::at(&foreign).expect("a file");
    store.enter_recording(&found).expect("a recording");
    let saved = store.save_classifier(&NewClassifier {
        profile: DEFAULT_PROFILE,
        model,
        name: "",
        classes: &[String::from("door")],
        negative_class: None,
        counts: &serde_json::json!({}),
        metrics: None,
        seconds: 1.0,
        bytes: b"bytes",
        model_sha256: "",
        used_hard_negatives: true,
        background_margin_s: 1.0,
        marks_seen: Default::default(),
    });
    let classifier = saved.expect("a classifier").id;
    let scan = NewScan {
        filename,
        source_path: &path,
        profile: DEFAULT_PROFILE,
        model,
        regions: &regions,
        scores: &scores,
        threshold: 0.5,
        classifier: Some(classifier),
    };
    store.save_scan(&scan, 5).expect("a version");
    let clip = NewClip {
        filename,
        span,
        output_path: Path::new("/clips/door/vid_001/door_1.wav"),
        source_path: &path,
        profile: DEFAULT_PROFILE,
        scan_export: false,
        spread_s: 0.0,
        label: "",
    };
    store.add_clip(&clip).expect("a clip");
    let negative = NewNegative {
        profile: DEFAULT_PROFILE,
        filename,
        span: Span::new(5.0, 6.0).expect("a span"),
        source_path: &path,
        source_model: model,
    };
    store.add_negative(&negative).expect("a hard negative");
    let unsure = NewUnsure {
        profile: DEFAULT_PROFILE,
        filename,
        span: Span::new(8.0, 9.0).expect("a span"),
        source_model: model,
    };
    store.add_unsure(&[unsure]).expect("an unsure mark");
    let note = NewRegionNote {
        profile: DEFAULT_PROFILE,
        filename,
        span: Span::new(8.0, 9.0).expect("a span"),
        text: "a breath",
    };
    store.add_region_note(&note).expect("a note");
    let row = ModelRow {
        key: model.into(),
        name: model.into(),
        sha256: String::new(),
        dims: 512,
        step_s: 0.1,
        window_s: 1.0,
    };
    store.remember_model(&row).expect("a model");
    let choices = serde_json::json!({"classes": ["door"]});
    store
        .remember_training_choices(DEFAULT_PROFILE, model, &choices)
        .expect("choices");
    store
        .set_region_shape(DEFAULT_PROFILE, model, RegionShape::default())
        .expect("a shape");
    store.set_setting(filename, "value").expect("a setting");
    store.create_profile(filename).expect("a profile");
}

/// Reads everything as windows, trainings and the command line do. What belongs to the sound rows is in every list.
fn read_all(store: &Store, sound_source: SourceId) {
    let profile = DEFAULT_PROFILE;
    let takes = store.takes().expect("takes");
    assert!(takes.iter().any(|take| take.filename == SOUND));
    assert_eq!(
        store.takes_of(&sound_source).expect("takes")[0].filename,
        SOUND
    );
    assert!(store.unmarked_takes().is_ok());
    assert!(store.take_by_filename(SOUND).expect("a take").is_some());
    let _ = store.take_by_filename(DAMAGED);
    let sources = store.sources().expect("sources");
    assert!(sources.iter().any(|source| source.id == sound_source));
    for clips in [
        store.clips(profile, None),
        store.clips(profile, Some("door")),
    ] {
        assert!(
            clips
                .expect("clips")
                .iter()
                .any(|clip| clip.filename == SOUND)
        );
    }
    let negatives = store.negatives(profile, None).expect("negatives");
    assert!(negatives.iter().any(|negative| negative.filename == SOUND));
    store.negative_counts(profile).expect("counts");
    let unsure = store.unsure_marks(profile, None).expect("unsure marks");
    assert!(unsure.iter().any(|mark| mark.filename == SOUND));
    let notes = store.region_notes(profile, None).expect("notes");
    assert!(notes.iter().any(|note| note.filename == SOUND));
    store.classes(profile, true).expect("classes");
    assert!(
        store
            .profiles()
            .expect("profiles")
            .iter()
            .any(|name| name == SOUND)
    );
    store.profile_rows(profile).expect("rows");
    let models = store.models().expect("models");
    assert!(models.iter().any(|model| model.key == MODEL));
    for (filename, model) in [(SOUND, MODEL), (DAMAGED, OTHER_MODEL)] {
        read_results(store, filename, model);
    }
    let request = TrainingRequest {
        profile: profile.into(),
        positive_classes: vec!["door".into()],
        negative_class: None,
        use_hard_negatives: true,
        include_scan_exports: true,
        window_s: 1.0,
    };
    let training = store.training_data(&request).expect("training data");
    assert!(training.iter().any(|recording| recording.filename == SOUND));
    store.training_statistics(&request).expect("statistics");
    store.said_sources(profile).expect("sources");
    let _ = store.setting(DAMAGED);
    assert_eq!(
        store.setting(SOUND).expect("a setting").as_deref(),
        Some("value")
    );
    let _ = store.recording_path(DAMAGED);
}

fn read_results(store: &Store, filename: &str, model: &str) {
    let profile = DEFAULT_PROFILE;
    store.recording_rows(profile, filename).expect("rows");
    let _ = store.models_with_results(filename, profile);
    store.scanned_files(profile).expect("files");
    let classifiers = store.classifiers(profile, model).expect("classifiers");
    let versions = store.versions(filename, profile, model).expect("versions");
    for version in &versions {
        let timestamp = &version.timestamp;
        let regions = store
            .regions(filename, profile, model, timestamp)
            .expect("regions");
        assert!(filename == DAMAGED || !regions.is_empty());
        for region in regions {
            let _ = store.region(region.id);
            let _ = store.hop_s_of(region.id);
        }
        let _ = store.scores(filename, profile, model, timestamp);
    }
    store
        .scored_versions(filename, profile, model)
        .expect("scores");
    let _ = store.training_choices(profile, model);
    let _ = store.region_shape(profile, model);
    let _ = store.latest_classifier(profile, model);
    if filename == SOUND {
        assert!(!classifiers.is_empty() && !versions.is_empty());
        assert!(store.region_shape(profile, model).is_ok());
        assert!(store.latest_classifier(profile, model).is_ok());
    }
}
