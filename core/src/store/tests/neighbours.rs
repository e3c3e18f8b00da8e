//! The same file in other hands at the same time: other instances, other processes, 8-cut.

use std::process::Command;
use std::sync::Barrier;
use std::thread;

use super::*;

/// Set for the child of a test that needs a second process: the database to work on.
const CHILD_DATABASE: &str = "EARMARK_TEST_CHILD_DATABASE";
const OF_8CUT: &str = "CREATE TABLE hard_negatives (id INTEGER PRIMARY KEY AUTOINCREMENT,
         filename TEXT NOT NULL, profile TEXT NOT NULL DEFAULT 'default', start_time REAL NOT NULL,
         source_path TEXT NOT NULL DEFAULT '');
     INSERT INTO hard_negatives (filename, start_time) VALUES ('a.mp4', 9.25);";

#[test]
fn two_instances_may_open_a_new_or_foreign_file_at_the_same_instant() {
    for round in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("earmark.db");
        let adopting = round % 2 == 1;
        if adopting {
            stranger(&path).execute_batch(OF_8CUT).unwrap();
        }
        let start = Barrier::new(4);
        thread::scope(|scope| {
            for instance in 0..4 {
                let (path, start) = (&path, &start);
                scope.spawn(move || {
                    start.wait();
                    let mut store = Store::open(path).unwrap();
                    add_negative(&mut store, f64::from(instance) * 10.0, MODEL);
                });
            }
        });
        let store = Store::open(&path).unwrap();
        let marks = store.negatives(DEFAULT_PROFILE, None).unwrap().len();
        assert_eq!(marks, 4 + usize::from(adopting));
        assert_eq!(backups(folder.path()).len(), usize::from(adopting));
        store.check_integrity().unwrap();
    }
}

/// Not a test of its own: the other process of the next one, which starts it by name.
#[test]
fn child_that_saves_scans() {
    let Some(path) = std::env::var_os(CHILD_DATABASE) else {
        return;
    };
    let mut store = Store::open(Path::new(&path)).unwrap();
    for _ in 0..20 {
        save(&mut store, &[found(1.0, 2.0, 0.5), found(3.0, 4.0, 0.5)]);
    }
}

#[test]
fn processes_that_open_a_new_file_at_once_and_save_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("earmark.db");
    let children: Vec<_> = (0..3)
        .map(|_| {
            Command::new(std::env::current_exe().unwrap())
                .args([
                    "--exact",
                    "store::tests::neighbours::child_that_saves_scans",
                ])
                .env(CHILD_DATABASE, &path)
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let store = Store::open(&path).unwrap();
    let found = versions(&store);
    let numbers: Vec<u32> = found.iter().map(|version| version.number).collect();
    assert_eq!(numbers, [60, 59, 58, 57, 56]);
    assert!(found.iter().all(|version| version.regions == 2));
    assert!(found.is_sorted_by(|newer, older| newer.timestamp > older.timestamp));
    store.check_integrity().unwrap();
}

#[test]
fn a_change_by_anybody_else_shows_in_the_data_version() {
    let (_folder, mut store) = new_store();
    let mut other = Store::open(store.path()).unwrap();
    let before = store.data_version().unwrap();
    save(&mut store, &[]);
    assert_eq!(
        store.data_version().unwrap(),
        before,
        "own changes are known"
    );
    add_negative(&mut other, 1.0, MODEL);
    assert_ne!(store.data_version().unwrap(), before);
}

#[test]
fn a_mark_of_8cuts_history_shows_as_a_version_with_a_number_that_stays() {
    let (_folder, mut store) = new_store();
    let by_8cut = stranger(store.path());
    let insert = |timestamp: &str| {
        by_8cut
            .execute(
                "INSERT INTO scan_results (filename, profile, model, start_time, end_time, score,
                     orig_start_time, orig_end_time, scan_timestamp)
                 VALUES (?1, 'default', ?2, 1.0, 2.0, 0.75, 1.0, 2.0, ?3)",
                (FILE, MODEL, timestamp),
            )
            .unwrap();
    };
    insert("");
    insert("20260419_153631");
    insert("20260420_153631_000001");
    let numbers = |store: &Store| versions(store).iter().map(|v| v.number).collect::<Vec<_>>();
    assert_eq!(numbers(&store), [2, 1, 0]);
    assert_eq!(save(&mut store, &[]).number, 3);
    assert_eq!(numbers(&store), [3, 2, 1, 0]);
    assert_eq!(versions(&store)[3].timestamp, BEFORE_HISTORY);
    let scores = store
        .scores(FILE, DEFAULT_PROFILE, MODEL, "20260419_153631")
        .unwrap();
    assert!(scores.is_none(), "8-cut keeps no scores");

    // 8-cut prunes a version that has a row of ours: it is gone, and does not pass for one that found nothing.
    by_8cut
        .execute(
            "DELETE FROM scan_results WHERE scan_timestamp = '20260419_153631'",
            [],
        )
        .unwrap();
    assert_eq!(numbers(&store), [3, 2, 0]);
    for _ in 0..3 {
        save(&mut store, &[]);
    }
    assert_eq!(
        numbers(&store),
        [6, 5, 4, 3, 2],
        "before history is the oldest"
    );
    let remains: i64 = by_8cut
        .query_row("SELECT COUNT(*) FROM scans WHERE number = 1", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(remains, 0);
}

/// What 8-cut does with the file, in our own words. Each must go on working beside an Earmark that has it open.
#[test]
fn statements_of_8cut_go_on_working() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".8cut.db");
    stranger(&path).execute_batch(OF_8CUT).unwrap();
    let mut store = Store::open(&path).unwrap();
    let saved = save(&mut store, &[found(1.0, 2.0, 0.75), found(4.0, 6.0, 0.5)]);

    let by_8cut = stranger(&path);
    by_8cut
        .pragma_update(None, "synchronous", "NORMAL")
        .unwrap();
    // On opening: everything it would add is there.
    let before: i64 = by_8cut
        .query_row("PRAGMA schema_version", [], |row| row.get(0))
        .unwrap();
    by_8cut
        .execute_batch(
            "CREATE INDEX IF NOT EXISTS idx_filename ON processed (filename);
             CREATE INDEX IF NOT EXISTS idx_profile_filename ON processed (profile, filename);
             CREATE INDEX IF NOT EXISTS idx_scan_file_profile_model
                 ON scan_results (filename, profile, model);
             CREATE INDEX IF NOT EXISTS idx_hardneg_file_profile ON hard_negatives (filename, profile);
             CREATE TABLE IF NOT EXISTS hidden_files (filename TEXT NOT NULL,
                 profile TEXT NOT NULL DEFAULT 'default', PRIMARY KEY (filename, profile))",
        )
        .unwrap();
    let after: i64 = by_8cut
        .query_row("PRAGMA schema_version", [], |row| row.get(0))
        .unwrap();
    assert_eq!(before, after);

    // It reads our scan as its latest version.
    let latest: (String, i64) = by_8cut
        .query_row(
            "SELECT r.scan_timestamp, COUNT(*) FROM scan_results r JOIN (
                 SELECT model, MAX(scan_timestamp) AS latest FROM scan_results
                 WHERE filename = ?1 AND profile = 'default' GROUP BY model) m
                 ON r.model = m.model AND r.scan_timestamp = m.latest
             WHERE r.filename = ?1 AND r.profile = 'default'",
            [FILE],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!(latest, (saved.timestamp.clone(), 2));

    // It exports a clip, hides a file, marks, edits and deletes.
    by_8cut
        .execute(
            "INSERT INTO processed (filename, start_time, output_path, label, category, short_side,
                 portrait_ratio, crop_center, format, clip_count, clip_duration, spread, profile,
                 source_path, scan_export, processed_at)
             VALUES (?1, 1.0, '/x/Clap/vid_001/clip_001_0.mp4', 'clap', '', NULL, '', 0.5, 'MP4', 3, 8.0,
                 3.0, 'default', '/v/a.mp4', 0, '2026-04-19T13:36:31.000000+00:00')",
            [FILE],
        )
        .unwrap();
    by_8cut
        .execute(
            "INSERT OR IGNORE INTO hidden_files (filename, profile) VALUES (?1, 'default')",
            [FILE],
        )
        .unwrap();
    let marked = by_8cut
        .execute(
            "INSERT INTO hard_negatives (filename, profile, start_time, source_path, source_model)
             VALUES (?1, 'default', 4.0, '', 'BEATS')",
            [FILE],
        )
        .unwrap();
    assert_eq!(marked, 1, "the trigger is not counted");
    let id = by_8cut.last_insert_rowid();
    assert_eq!(
        store.negatives(DEFAULT_PROFILE, None).unwrap()[0].id,
        NegativeId(id)
    );

    let rows = regions(&store, &saved.timestamp);
    by_8cut
        .execute(
            "UPDATE scan_results SET disabled = 1 WHERE id = ?1",
            [rows[0].id.0],
        )
        .unwrap();
    by_8cut
        .execute(
            "UPDATE scan_results SET start_time = 4.5, end_time = 6.5 WHERE id = ?1",
            [rows[1].id.0],
        )
        .unwrap();
    let rows = regions(&store, &saved.timestamp);
    assert!(rows[0].disabled);
    assert_eq!(
        (rows[1].span, rows[1].original),
        (span(4.5, 6.5), Some(span(4.0, 6.0)))
    );
    by_8cut
        .execute("DELETE FROM scan_results WHERE id = ?1", [rows[0].id.0])
        .unwrap();
    assert_eq!(versions(&store)[0].regions, 1);
    by_8cut
        .execute(
            "DELETE FROM hard_negatives WHERE filename = ?1 AND profile = 'default' AND start_time = 4.0",
            [FILE],
        )
        .unwrap();
    assert_eq!(store.negatives(DEFAULT_PROFILE, None).unwrap().len(), 1);

    // It copies a profile, then deletes it.
    by_8cut
        .execute_batch(
            "INSERT INTO hard_negatives (filename, profile, start_time, source_path, source_model)
                 SELECT filename, 'copy', start_time, source_path, source_model
                 FROM hard_negatives WHERE profile = 'default';
             INSERT INTO scan_results (filename, profile, model, start_time, end_time, score, disabled,
                     orig_start_time, orig_end_time, scan_timestamp)
                 SELECT filename, 'copy', model, start_time, end_time, score, disabled, orig_start_time,
                     orig_end_time, scan_timestamp
                 FROM scan_results WHERE profile = 'default';",
        )
        .unwrap();
    assert_eq!(store.profiles().unwrap(), ["copy", DEFAULT_PROFILE]);
    assert_eq!(store.versions(FILE, "copy", MODEL).unwrap().len(), 1);
    by_8cut
        .execute_batch(
            "DELETE FROM processed WHERE profile = 'copy'; DELETE FROM scan_results WHERE profile = 'copy';
             DELETE FROM hard_negatives WHERE profile = 'copy'; DELETE FROM hidden_files WHERE profile = 'copy';",
        )
        .unwrap();
    assert!(store.versions(FILE, "copy", MODEL).unwrap().is_empty());
    assert_eq!(
        store.classes(DEFAULT_PROFILE, false).unwrap()[0].name,
        "Clap"
    );
    store.check_integrity().unwrap();
}
