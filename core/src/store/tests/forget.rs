//! Forgetting a recording.

use super::*;
use crate::time::{SampleIndex, SampleRate};

const OTHER: &str = "Dialogue 2.wav";

/// Names of the tables that hold anything of `filename` in `profile`.
fn holding(store: &Store, profile: &str, filename: &str) -> Vec<String> {
    let db = stranger(store.path());
    let mut tables = db
        .prepare(
            "SELECT s.name FROM sqlite_schema s WHERE s.type = 'table'
             AND EXISTS (SELECT 1 FROM pragma_table_info(s.name) WHERE name = 'filename')
             AND EXISTS (SELECT 1 FROM pragma_table_info(s.name) WHERE name = 'profile')",
        )
        .unwrap();
    let tables: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert!(tables.len() >= 7, "{tables:?}");
    tables
        .into_iter()
        .filter(|table| {
            let sql = format!(
                "SELECT EXISTS (SELECT 1 FROM {table} WHERE profile = ?1 AND filename = ?2)"
            );
            db.query_row(&sql, [profile, filename], |row| row.get(0))
                .unwrap()
        })
        .collect()
}

fn with_everything() -> (TempDir, Store) {
    let (folder, mut store) = new_store();
    store
        .upsert_take(&TakeRow {
            id: String::from("1"),
            source: SourceId::random(),
            filename: FILE.to_owned(),
            path: PathBuf::from("/takes/Dialogue 1.wav"),
            rate: SampleRate::new(48_000).unwrap(),
            channels: 1,
            start: SampleIndex(0),
            frames: 48_000,
            revision: 0,
            created_at: String::new(),
            gaps: Vec::new(),
        })
        .unwrap();
    save(&mut store, &[found(1.0, 2.0, 0.5), found(3.0, 4.0, 0.6)]);
    add_clip(&mut store, FILE, 1.0, "/clips/door/vid_001/a.wav");
    add_clip(&mut store, OTHER, 1.0, "/clips/door/vid_002/a.wav");
    add_negative(&mut store, 3.0, MODEL);
    add_unsure(&mut store, 5.0, 6.0);
    add_note(&mut store, span(5.0, 6.0), "a breath");
    stranger(store.path())
        .execute(
            "INSERT INTO hidden_files (filename, profile) VALUES (?1, ?2)",
            [FILE, DEFAULT_PROFILE],
        )
        .unwrap();
    (folder, store)
}

#[test]
fn a_forgotten_recording_leaves_no_row_behind_and_no_other_recording_loses_one() {
    let (_folder, mut store) = with_everything();
    assert_eq!(holding(&store, DEFAULT_PROFILE, FILE).len(), 8);
    let counted = store.recording_rows(DEFAULT_PROFILE, FILE).unwrap();
    let numbers = (
        counted.clips,
        counted.regions,
        counted.versions,
        counted.hard_negatives,
        counted.unsure,
        counted.notes,
        counted.is_hidden,
        counted.is_take,
    );
    assert_eq!(numbers, (1, 2, 1, 1, 1, 1, true, true));
    assert!(
        counted
            .paths
            .contains(&PathBuf::from("/takes/Dialogue 1.wav")),
        "{:?}",
        counted.paths
    );

    let forgotten = store.forget_recording(DEFAULT_PROFILE, FILE, true).unwrap();
    assert_eq!(forgotten, counted);
    assert!(holding(&store, DEFAULT_PROFILE, FILE).is_empty());
    assert!(store.take_by_filename(FILE).unwrap().is_none());
    assert_eq!(holding(&store, DEFAULT_PROFILE, OTHER), ["processed"]);
    let nothing = store.recording_rows(DEFAULT_PROFILE, FILE).unwrap();
    assert!(nothing.is_empty(), "{nothing:?}");
}

#[test]
fn a_take_that_another_profile_knows_or_whose_file_is_there_stays() {
    let (_folder, mut store) = with_everything();
    store.duplicate_profile(DEFAULT_PROFILE, "film").unwrap();
    for take_is_gone in [false, true] {
        let forgotten = store
            .forget_recording(DEFAULT_PROFILE, FILE, take_is_gone)
            .unwrap();
        assert!(!forgotten.is_take);
        assert!(store.take_by_filename(FILE).unwrap().is_some());
    }
    assert_eq!(holding(&store, "film", FILE).len(), 8);
    assert!(store.forget_recording("film", FILE, true).unwrap().is_take);
}

#[test]
fn a_recording_that_cannot_be_forgotten_whole_keeps_everything() {
    let (_folder, mut store) = with_everything();
    let db = stranger(store.path());
    db.execute_batch(
        "CREATE TRIGGER no BEFORE DELETE ON scan_serials BEGIN SELECT RAISE(ABORT, 'no'); END;",
    )
    .unwrap();
    store
        .forget_recording(DEFAULT_PROFILE, FILE, true)
        .unwrap_err();
    assert_eq!(holding(&store, DEFAULT_PROFILE, FILE).len(), 8);
    assert!(store.take_by_filename(FILE).unwrap().is_some());
}
