//! Files that 8-cut wrote, from its first version to its latest.

use super::*;

/// Dumps of every shape that 8-cut's file has had, the oldest first: what it holds, and the statements that make it.
const SHAPES: &[(&str, &str)] = &[
    ("an empty file", ""),
    (
        "file names only",
        "CREATE TABLE processed (filename TEXT NOT NULL, processed_at TEXT NOT NULL);
         INSERT INTO processed VALUES ('a.mp4', '2026-04-06T10:00:00');",
    ),
    (
        "unique file names",
        "CREATE TABLE processed (filename TEXT NOT NULL UNIQUE, processed_at TEXT NOT NULL);
         CREATE INDEX idx_filename ON processed (filename);
         INSERT INTO processed VALUES ('a.mp4', '2026-04-06T10:00:00');",
    ),
    (
        "clips",
        "CREATE TABLE processed (id INTEGER PRIMARY KEY AUTOINCREMENT, filename TEXT NOT NULL,
             start_time REAL NOT NULL, output_path TEXT NOT NULL, processed_at TEXT NOT NULL);
         CREATE INDEX idx_filename ON processed (filename);
         INSERT INTO processed VALUES (7, 'a.mp4', 1.5, '/x/Clap/vid_001/clip_001_0.mp4', '2026-04-06');",
    ),
    (
        "clips with labels",
        "CREATE TABLE processed (id INTEGER PRIMARY KEY AUTOINCREMENT, filename TEXT NOT NULL,
             start_time REAL NOT NULL, output_path TEXT NOT NULL, label TEXT NOT NULL DEFAULT '',
             category TEXT NOT NULL DEFAULT '', processed_at TEXT NOT NULL);
         INSERT INTO processed (id, filename, start_time, output_path, processed_at)
             VALUES (7, 'a.mp4', 1.5, '/x/Clap/vid_001/clip_001_0.mp4', '2026-04-06');",
    ),
    (
        "clips with a format",
        "CREATE TABLE processed (id INTEGER PRIMARY KEY AUTOINCREMENT, filename TEXT NOT NULL,
             start_time REAL NOT NULL, output_path TEXT NOT NULL, label TEXT NOT NULL DEFAULT '',
             category TEXT NOT NULL DEFAULT '', short_side INTEGER, portrait_ratio TEXT NOT NULL DEFAULT '',
             crop_center REAL NOT NULL DEFAULT 0.5, format TEXT NOT NULL DEFAULT 'MP4',
             clip_count INTEGER NOT NULL DEFAULT 3, spread REAL NOT NULL DEFAULT 3.0,
             processed_at TEXT NOT NULL);
         INSERT INTO processed (id, filename, start_time, output_path, processed_at)
             VALUES (7, 'a.mp4', 1.5, '/x/Clap/vid_001/clip_001_0.mp4', '2026-04-06');",
    ),
    (
        "profiles, hidden files and sources",
        "CREATE TABLE processed (id INTEGER PRIMARY KEY AUTOINCREMENT, filename TEXT NOT NULL,
             start_time REAL NOT NULL, output_path TEXT NOT NULL, label TEXT NOT NULL DEFAULT '',
             category TEXT NOT NULL DEFAULT '', short_side INTEGER DEFAULT 512,
             portrait_ratio TEXT NOT NULL DEFAULT '', crop_center REAL NOT NULL DEFAULT 0.5,
             format TEXT NOT NULL DEFAULT 'MP4', clip_count INTEGER NOT NULL DEFAULT 3,
             spread REAL NOT NULL DEFAULT 3.0, profile TEXT NOT NULL DEFAULT 'default',
             source_path TEXT NOT NULL DEFAULT '', processed_at TEXT NOT NULL);
         CREATE INDEX idx_filename ON processed (filename);
         CREATE TABLE hidden_files (filename TEXT NOT NULL, profile TEXT NOT NULL DEFAULT 'default',
             PRIMARY KEY (filename, profile));
         INSERT INTO hidden_files VALUES ('b.mp4', 'default');
         INSERT INTO processed (id, filename, start_time, output_path, processed_at)
             VALUES (7, 'a.mp4', 1.5, '/x/Clap/vid_001/clip_001_0.mp4', '2026-04-06');",
    ),
    (
        "the first scans and hard negatives",
        "CREATE TABLE processed (id INTEGER PRIMARY KEY AUTOINCREMENT, filename TEXT NOT NULL,
             start_time REAL NOT NULL, output_path TEXT NOT NULL, label TEXT NOT NULL DEFAULT '',
             category TEXT NOT NULL DEFAULT '', short_side INTEGER DEFAULT 512,
             portrait_ratio TEXT NOT NULL DEFAULT '', crop_center REAL NOT NULL DEFAULT 0.5,
             format TEXT NOT NULL DEFAULT 'MP4', clip_count INTEGER NOT NULL DEFAULT 3,
             spread REAL NOT NULL DEFAULT 3.0, profile TEXT NOT NULL DEFAULT 'default',
             source_path TEXT NOT NULL DEFAULT '', processed_at TEXT NOT NULL);
         CREATE TABLE hidden_files (filename TEXT NOT NULL, profile TEXT NOT NULL DEFAULT 'default',
             PRIMARY KEY (filename, profile));
         CREATE TABLE scan_results (id INTEGER PRIMARY KEY AUTOINCREMENT, filename TEXT NOT NULL,
             profile TEXT NOT NULL DEFAULT 'default', model TEXT NOT NULL, start_time REAL NOT NULL,
             end_time REAL NOT NULL, score REAL NOT NULL);
         CREATE INDEX idx_scan_file_profile_model ON scan_results (filename, profile, model);
         CREATE TABLE hard_negatives (id INTEGER PRIMARY KEY AUTOINCREMENT, filename TEXT NOT NULL,
             profile TEXT NOT NULL DEFAULT 'default', start_time REAL NOT NULL,
             source_path TEXT NOT NULL DEFAULT '');
         INSERT INTO processed (id, filename, start_time, output_path, processed_at)
             VALUES (7, 'a.mp4', 1.5, '/x/Clap/vid_001/clip_001_0.mp4', '2026-04-06');
         INSERT INTO scan_results (id, filename, model, start_time, end_time, score)
             VALUES (3, 'a.mp4', 'BEATS', 2.0, 4.0, 0.75);
         INSERT INTO hard_negatives (id, filename, start_time) VALUES (5, 'a.mp4', 9.25);",
    ),
    (
        "regions that can be disabled and resized",
        "CREATE TABLE scan_results (id INTEGER PRIMARY KEY AUTOINCREMENT, filename TEXT NOT NULL,
             profile TEXT NOT NULL DEFAULT 'default', model TEXT NOT NULL, start_time REAL NOT NULL,
             end_time REAL NOT NULL, score REAL NOT NULL, disabled INTEGER NOT NULL DEFAULT 0,
             orig_start_time REAL, orig_end_time REAL);
         CREATE TABLE hard_negatives (id INTEGER PRIMARY KEY AUTOINCREMENT, filename TEXT NOT NULL,
             profile TEXT NOT NULL DEFAULT 'default', start_time REAL NOT NULL,
             source_path TEXT NOT NULL DEFAULT '');
         INSERT INTO scan_results (id, filename, model, start_time, end_time, score)
             VALUES (3, 'a.mp4', 'BEATS', 2.0, 4.0, 0.75);
         INSERT INTO hard_negatives (id, filename, start_time) VALUES (5, 'a.mp4', 9.25);",
    ),
    (
        "scan history",
        "CREATE TABLE scan_results (id INTEGER PRIMARY KEY AUTOINCREMENT, filename TEXT NOT NULL,
             profile TEXT NOT NULL DEFAULT 'default', model TEXT NOT NULL, start_time REAL NOT NULL,
             end_time REAL NOT NULL, score REAL NOT NULL, disabled INTEGER NOT NULL DEFAULT 0,
             orig_start_time REAL, orig_end_time REAL, scan_timestamp TEXT NOT NULL DEFAULT '');
         CREATE TABLE hard_negatives (id INTEGER PRIMARY KEY AUTOINCREMENT, filename TEXT NOT NULL,
             profile TEXT NOT NULL DEFAULT 'default', start_time REAL NOT NULL,
             source_path TEXT NOT NULL DEFAULT '');
         INSERT INTO scan_results (id, filename, model, start_time, end_time, score)
             VALUES (3, 'a.mp4', 'BEATS', 2.0, 4.0, 0.75);
         INSERT INTO hard_negatives (id, filename, start_time) VALUES (5, 'a.mp4', 9.25);",
    ),
    (
        "the latest, in WAL mode",
        "PRAGMA journal_mode = WAL;
         CREATE TABLE processed (id INTEGER PRIMARY KEY AUTOINCREMENT, filename TEXT NOT NULL,
             start_time REAL NOT NULL, output_path TEXT NOT NULL, label TEXT NOT NULL DEFAULT '',
             category TEXT NOT NULL DEFAULT '', short_side INTEGER DEFAULT 512,
             portrait_ratio TEXT NOT NULL DEFAULT '', crop_center REAL NOT NULL DEFAULT 0.5,
             format TEXT NOT NULL DEFAULT 'MP4', clip_count INTEGER NOT NULL DEFAULT 3,
             clip_duration REAL NOT NULL DEFAULT 8.0, spread REAL NOT NULL DEFAULT 3.0,
             profile TEXT NOT NULL DEFAULT 'default', source_path TEXT NOT NULL DEFAULT '',
             scan_export INTEGER NOT NULL DEFAULT 0, processed_at TEXT NOT NULL);
         CREATE INDEX idx_filename ON processed (filename);
         CREATE INDEX idx_profile_filename ON processed (profile, filename);
         CREATE TABLE hidden_files (filename TEXT NOT NULL, profile TEXT NOT NULL DEFAULT 'default',
             PRIMARY KEY (filename, profile));
         CREATE TABLE scan_results (id INTEGER PRIMARY KEY AUTOINCREMENT, filename TEXT NOT NULL,
             profile TEXT NOT NULL DEFAULT 'default', model TEXT NOT NULL, start_time REAL NOT NULL,
             end_time REAL NOT NULL, score REAL NOT NULL, disabled INTEGER NOT NULL DEFAULT 0,
             orig_start_time REAL, orig_end_time REAL, scan_timestamp TEXT NOT NULL DEFAULT '');
         CREATE INDEX idx_scan_file_profile_model ON scan_results (filename, profile, model);
         CREATE TABLE hard_negatives (id INTEGER PRIMARY KEY AUTOINCREMENT, filename TEXT NOT NULL,
             profile TEXT NOT NULL DEFAULT 'default', start_time REAL NOT NULL,
             source_path TEXT NOT NULL DEFAULT '', source_model TEXT NOT NULL DEFAULT '');
         CREATE INDEX idx_hardneg_file_profile ON hard_negatives (filename, profile);
         INSERT INTO processed (id, filename, start_time, output_path, processed_at)
             VALUES (7, 'a.mp4', 1.5, '/x/Clap/vid_001/clip_001_0.mp4', '2026-04-06');
         INSERT INTO scan_results (id, filename, model, start_time, end_time, score)
             VALUES (3, 'a.mp4', 'BEATS', 2.0, 4.0, 0.75);
         INSERT INTO hard_negatives (id, filename, start_time) VALUES (5, 'a.mp4', 9.25);",
    ),
];

fn columns_of(db: &Connection, table: &str) -> Vec<(String, String, bool, Option<String>)> {
    let sql = "SELECT name, type, \"notnull\", dflt_value FROM pragma_table_info(?1) ORDER BY name";
    let mut statement = db.prepare(sql).unwrap();
    statement
        .query_map([table], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

fn objects_of(db: &Connection) -> Vec<(String, String)> {
    let sql = "SELECT type, name FROM sqlite_schema
         WHERE name NOT LIKE 'sqlite_%' AND name <> 'processed_before_clips' ORDER BY type, name";
    let mut statement = db.prepare(sql).unwrap();
    statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

fn count(db: &Connection, table: &str) -> i64 {
    db.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| {
        row.get(0)
    })
    .unwrap()
}

#[test]
fn every_file_that_8cut_ever_wrote_ends_up_in_the_shape_of_a_new_one() {
    let (_folder, new) = new_store();
    let expected = stranger(new.path());
    for (shape, dump) in SHAPES {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".8cut.db");
        stranger(&path).execute_batch(dump).unwrap();
        drop(Store::open(&path).unwrap());

        let adopted = stranger(&path);
        assert_eq!(objects_of(&adopted), objects_of(&expected), "{shape}");
        for table in [
            "processed",
            "hidden_files",
            "scan_results",
            "hard_negatives",
        ] {
            let mut columns = columns_of(&adopted, table);
            let mut wanted = columns_of(&expected, table);
            // One 8-cut made this column without a default; it cannot be given one afterwards and needs none.
            for (name, _, _, default) in columns.iter_mut().chain(&mut wanted) {
                if name == "short_side" {
                    *default = None;
                }
            }
            assert_eq!(columns, wanted, "{table} of {shape}");
        }
    }
}

#[test]
fn no_row_is_lost_or_changed_by_adoption() {
    for (shape, dump) in SHAPES {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".8cut.db");
        stranger(&path).execute_batch(dump).unwrap();
        let store = Store::open(&path).unwrap();

        if dump.contains("VALUES (7,") {
            let clips = store.clips_in(DEFAULT_PROFILE, "a.mp4").unwrap();
            assert_eq!(clips.len(), 1, "{shape}");
            assert_eq!(
                (clips[0].id, clips[0].span.start_s()),
                (ClipId(7), 1.5),
                "{shape}"
            );
            assert_eq!(clips[0].class(), Some("Clap"), "{shape}");
        }
        if dump.contains("VALUES (3,") {
            let versions = store.versions("a.mp4", DEFAULT_PROFILE, "BEATS").unwrap();
            assert_eq!(versions.len(), 1, "{shape}");
            assert_eq!(
                (versions[0].timestamp.as_str(), versions[0].number),
                (BEFORE_HISTORY, 0)
            );
            let regions = store
                .regions("a.mp4", DEFAULT_PROFILE, "BEATS", BEFORE_HISTORY)
                .unwrap();
            assert_eq!(
                (regions[0].id, regions[0].span),
                (RegionId(3), span(2.0, 4.0)),
                "{shape}"
            );
            assert!(
                !regions[0].disabled && regions[0].original.is_none(),
                "{shape}"
            );
        }
        if dump.contains("VALUES (5,") {
            let negatives = store.negatives(DEFAULT_PROFILE, None).unwrap();
            assert_eq!(
                (negatives[0].id, negatives[0].start_s),
                (NegativeId(5), 9.25),
                "{shape}"
            );
            assert_eq!(
                (negatives[0].created_at.as_str(), negatives[0].end_s),
                ("", None)
            );
        }
        if dump.contains("2026-04-06T10") {
            assert_eq!(
                count(&stranger(&path), "processed_before_clips"),
                1,
                "{shape}"
            );
        }
    }
}

#[test]
fn a_backup_is_made_when_adopting_and_never_again() {
    for (shape, dump) in SHAPES.iter().filter(|(_, dump)| !dump.is_empty()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".8cut.db");
        let before = stranger(&path);
        before.execute_batch(dump).unwrap();
        let tables_before = objects_of(&before);

        let store = Store::open(&path).unwrap();
        let backup = store.backup().expect(shape).to_owned();
        assert_eq!(
            backups(folder.path()),
            std::slice::from_ref(&backup),
            "{shape}"
        );
        let name = backup.file_name().unwrap().to_string_lossy();
        assert!(
            name.starts_with(".8cut.before-earmark-2") && name.ends_with(".db"),
            "{name}"
        );
        let copy = stranger(&backup);
        assert_eq!(objects_of(&copy), tables_before, "{shape}");
        let table = if dump.contains("processed (") {
            "processed"
        } else {
            "scan_results"
        };
        assert_eq!(count(&copy, table), 1, "{shape}");
        drop(store);

        assert_eq!(Store::open(&path).unwrap().backup(), None, "{shape}");
        assert_eq!(backups(folder.path()).len(), 1, "{shape}");
    }
}

#[test]
fn a_new_file_needs_no_backup() {
    let (folder, store) = new_store();
    assert_eq!(store.backup(), None);
    assert!(backups(folder.path()).is_empty());
    std::fs::write(folder.path().join("empty.db"), "").unwrap();
    assert_eq!(
        Store::open(&folder.path().join("empty.db"))
            .unwrap()
            .backup(),
        None
    );
}

#[test]
fn a_file_of_an_earlier_earmark_gets_what_is_new_in_place_without_a_backup() {
    let (folder, store) = new_store();
    let path = store.path().to_owned();
    drop(store);
    let earlier = stranger(&path);
    let now = objects_of(&earlier);
    earlier
        .execute_batch(
            "DROP INDEX hidden_files_by_profile;
             DROP TABLE training_choices;
             DROP TABLE unsure_marks;
             DROP TABLE region_notes;
             DROP TABLE mark_bands;
             DROP TABLE region_shapes;
             DROP TABLE recordings;
             DROP TABLE clip_folders;
             DROP TABLE library_files;
             DROP TABLE library_folders;
             DROP TABLE merged_results;
             ALTER TABLE classifiers DROP COLUMN origin;
             DROP INDEX scans_by_filename;
             ALTER TABLE classifiers DROP COLUMN copy_of;
             ALTER TABLE classifiers DROP COLUMN name;
             ALTER TABLE classifiers DROP COLUMN background_margin_s;
             ALTER TABLE classifiers DROP COLUMN clips_seen;
             ALTER TABLE classifiers DROP COLUMN hard_negatives_seen;
             ALTER TABLE classifiers DROP COLUMN unsure_seen;
             ALTER TABLE scans DROP COLUMN edges;
             DELETE FROM earmark_schema WHERE version > 2;
             INSERT INTO hidden_files VALUES ('a.wav', 'default');",
        )
        .unwrap();
    let store = Store::open(&path).unwrap();
    assert_eq!(store.backup(), None);
    assert!(backups(folder.path()).is_empty());
    assert_eq!(objects_of(&earlier), now);
    assert_eq!(store.profile_rows(DEFAULT_PROFILE).unwrap().hidden_files, 1);
}

#[test]
fn a_damaged_file_is_not_adopted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".8cut.db");
    let by_8cut = stranger(&path);
    by_8cut.execute_batch(SHAPES[3].1).unwrap();
    by_8cut
        .execute_batch(
            "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
             INSERT INTO processed (filename, start_time, output_path, processed_at)
             SELECT 'b.mp4', i, '/x/Clap/vid_002/clip_' || i || '.mp4', '' FROM n",
        )
        .unwrap();
    drop(by_8cut);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0x5a);
    std::fs::write(&path, &bytes).unwrap();

    let refused = Store::open(&path).unwrap_err();
    assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused:?}");
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    assert!(backups(folder.path()).is_empty());
}
