//! The shared database, each figure beside the same work done without care: SQLite as it is when nothing is set (rollback
//! journal, every statement a transaction of its own), or the questions asked with 8-cut's indexes only.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use earmark_core::scan::{ScoredSpan, WindowScores};
use earmark_core::store::{DEFAULT_PROFILE, NewScan, Store};
use earmark_core::time::Span;
use rusqlite::Connection;

use super::effort::{Effort, say};
use super::{Figure, median, side_by_side};

pub(super) type Failure = Box<dyn std::error::Error>;

const FILE: &str = "Dialogue 1.wav";
pub(super) const MODEL: &str = "AISFX";
const VERSIONS_KEPT: usize = 5;

/// Files x models x versions x regions of the large database: a million rows.
const FILES: usize = 200;
const MODELS: usize = 2;
const REGIONS: usize = 500;
const NEGATIVES: usize = 100_000;

/// Tables and indexes as 8-cut has them, and none of ours.
const NAIVE_TABLES: &str = "CREATE TABLE scan_results (
        id INTEGER PRIMARY KEY AUTOINCREMENT, filename TEXT NOT NULL,
        profile TEXT NOT NULL DEFAULT 'default', model TEXT NOT NULL, start_time REAL NOT NULL,
        end_time REAL NOT NULL, score REAL NOT NULL, disabled INTEGER NOT NULL DEFAULT 0,
        orig_start_time REAL, orig_end_time REAL, scan_timestamp TEXT NOT NULL DEFAULT '');
    CREATE TABLE hard_negatives (
        id INTEGER PRIMARY KEY AUTOINCREMENT, filename TEXT NOT NULL,
        profile TEXT NOT NULL DEFAULT 'default', start_time REAL NOT NULL,
        source_path TEXT NOT NULL DEFAULT '', source_model TEXT NOT NULL DEFAULT '');
    CREATE INDEX idx_scan_file_profile_model ON scan_results (filename, profile, model);
    CREATE INDEX idx_hardneg_file_profile ON hard_negatives (filename, profile);";
const INSERT_REGION: &str = "INSERT INTO scan_results
        (filename, profile, model, start_time, end_time, score, scan_timestamp)
    VALUES (?1, 'default', ?2, ?3, ?4, ?5, ?6)";

/// Saving a scan of 1,000 regions, pruning included.
pub fn save(_: Effort) -> Result<Vec<Figure>, Failure> {
    let folder = tempfile::tempdir()?;
    let mut store = Store::open(&folder.path().join("ours.db"))?;
    let naive = naive_database(&folder.path().join("naive.db"))?;
    let (regions, scores) = (regions(1_000)?, scores());
    // Full from the start, so that every round prunes.
    for _ in 0..VERSIONS_KEPT {
        store.save_scan(&scan(FILE, &regions, &scores), VERSIONS_KEPT)?;
    }
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 1..=5 {
        say(format!("round {round} of 5"));
        // The other side leaves the disk busy with a thousand commits: that falls on the first of these, not on their median.
        for _ in 0..21 {
            let begun = Instant::now();
            store.save_scan(&scan(FILE, &regions, &scores), VERSIONS_KEPT)?;
            ours.push(begun.elapsed());
        }
        let begun = Instant::now();
        save_naively(&naive, FILE, &regions, &format!("{round:06}"))?;
        theirs.push(begun.elapsed());
    }
    Ok(vec![milliseconds(
        "db_save_1000_ms",
        median(ours),
        median(theirs),
        "autocommit for every row, default journal",
    )])
}

/// Listing the versions and loading the active one among a million result rows.
pub fn load(_: Effort) -> Result<Vec<Figure>, Failure> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("ours.db");
    let store = Store::open(&path)?;
    say("writing a million rows, twice");
    fill_results(&path)?;
    let naive = naive_database(&folder.path().join("naive.db"))?;
    naive.execute("ATTACH ?1 AS ours", [path.to_string_lossy()])?;
    naive.execute_batch(
        "INSERT INTO main.scan_results SELECT id, filename, profile, model, start_time, end_time, score,
             disabled, orig_start_time, orig_end_time, scan_timestamp FROM ours.scan_results;
         DETACH ours;",
    )?;
    let file = format!("{}.wav", FILES / 2);
    let (ours, theirs) = side_by_side(
        7,
        || -> Result<(), Failure> {
            let versions = store.versions(&file, DEFAULT_PROFILE, "M1")?;
            let active = versions.first().ok_or("no version")?;
            let found = store.regions(&file, DEFAULT_PROFILE, "M1", &active.timestamp)?;
            same(versions.len() + found.len(), VERSIONS_KEPT + REGIONS)
        },
        || {
            let versions = count_rows(
                &naive,
                "SELECT scan_timestamp, COUNT(*), MAX(score) FROM scan_results
                 WHERE filename = ?1 AND profile = 'default' AND model = 'M1'
                 GROUP BY scan_timestamp ORDER BY scan_timestamp DESC",
                &file,
            )?;
            let found = count_rows(
                &naive,
                "SELECT r.* FROM scan_results r JOIN (
                     SELECT model, MAX(scan_timestamp) AS latest FROM scan_results
                     WHERE filename = ?1 AND profile = 'default' GROUP BY model) newest
                     ON r.model = newest.model AND r.scan_timestamp = newest.latest
                 WHERE r.filename = ?1 AND r.profile = 'default' AND r.model = 'M1' ORDER BY r.start_time",
                &file,
            )?;
            same(versions + found, VERSIONS_KEPT + REGIONS)
        },
    )?;
    Ok(vec![milliseconds(
        "db_load_active_1m_ms",
        ours,
        theirs,
        "the join on the newest timestamp, with 8-cut's indexes only",
    )])
}

/// Showing the marks of one model, and deleting them, among 100,000 hard negatives.
pub fn negatives(_: Effort) -> Result<Vec<Figure>, Failure> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("ours.db");
    let mut store = Store::open(&path)?;
    say(format!("writing {NEGATIVES} hard negatives, twice"));
    Connection::open(&path)?.execute_batch(&fill_negatives(", 'then'", ", created_at"))?;
    let naive = naive_database(&folder.path().join("naive.db"))?;
    naive.execute_batch(&fill_negatives("", ""))?;
    let of_model = NEGATIVES / 100;

    say("listing");
    let (our_filter, their_filter) = side_by_side(
        9,
        || -> Result<(), Failure> {
            same(
                store.negatives(DEFAULT_PROFILE, Some("M7"))?.len(),
                of_model,
            )
        },
        || {
            let listed = count_rows(
                &naive,
                "SELECT * FROM hard_negatives WHERE profile = 'default' AND source_model = ?1 ORDER BY id DESC",
                "M7",
            )?;
            same(listed, of_model)
        },
    )?;

    let mut round = 0;
    let mut naive_round = 0;
    say("deleting");
    let (our_delete, their_delete) = side_by_side(
        5,
        || -> Result<(), Failure> {
            round += 1;
            let model = format!("M{round}");
            let removed = store.clear_negatives(DEFAULT_PROFILE, Some(&model))?;
            same(removed.len(), of_model)
        },
        || {
            naive_round += 1;
            let model = format!("M{naive_round}");
            let mut ids = naive.prepare(
                "SELECT id FROM hard_negatives WHERE profile = 'default' AND source_model = ?1",
            )?;
            let ids: Vec<i64> = ids
                .query_map([&model], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            for id in &ids {
                naive.execute("DELETE FROM hard_negatives WHERE id = ?1", [id])?;
            }
            same(ids.len(), of_model)
        },
    )?;
    Ok(vec![
        milliseconds(
            "db_filter_100k_negatives_ms",
            our_filter,
            their_filter,
            "reading the table, with 8-cut's indexes only",
        ),
        milliseconds(
            "db_delete_100k_negatives_ms",
            our_delete,
            their_delete,
            "1,000 rows one by one in autocommit, default journal, with 8-cut's indexes only",
        ),
    ])
}

pub(super) fn milliseconds(
    name: &'static str,
    ours: Duration,
    theirs: Duration,
    against: &str,
) -> Figure {
    let (value, naive) = (ours.as_secs_f64() * 1e3, theirs.as_secs_f64() * 1e3);
    Figure {
        name,
        value,
        unit: "ms",
        against: format!("{against}: {naive:.2} ms"),
        ratio: value / naive,
    }
}

pub(super) fn scan<'a>(
    filename: &'a str,
    regions: &'a [ScoredSpan],
    scores: &'a WindowScores,
) -> NewScan<'a> {
    NewScan {
        filename,
        source_path: Path::new("/takes/Dialogue 1.wav"),
        profile: DEFAULT_PROFILE,
        model: MODEL,
        regions,
        scores,
        threshold: 0.5,
        classifier: None,
    }
}

pub(super) fn regions(number: usize) -> Result<Vec<ScoredSpan>, Failure> {
    (0..number)
        .map(|index| {
            let start_s = index as f64 * 1.5;
            Ok(ScoredSpan {
                span: Span::new(start_s, start_s + 1.0)?,
                score: 0.75,
            })
        })
        .collect()
}

/// Of an hour of audio.
pub(super) fn scores() -> WindowScores {
    WindowScores {
        hop_s: 0.186,
        window_s: 0.93,
        scores: vec![0.25; 19_000],
        ..WindowScores::default()
    }
}

/// SQLite as it comes.
pub(super) fn naive_database(path: &PathBuf) -> Result<Connection, rusqlite::Error> {
    let naive = Connection::open(path)?;
    naive.execute_batch(NAIVE_TABLES)?;
    Ok(naive)
}

pub(super) fn save_naively(
    naive: &Connection,
    filename: &str,
    regions: &[ScoredSpan],
    timestamp: &str,
) -> Result<(), rusqlite::Error> {
    for ScoredSpan { span, score } in regions {
        naive.execute(
            INSERT_REGION,
            (
                filename,
                MODEL,
                span.start_s(),
                span.end_s(),
                score,
                timestamp,
            ),
        )?;
    }
    naive.execute(
        "DELETE FROM scan_results WHERE filename = ?1 AND model = ?2 AND scan_timestamp NOT IN (
             SELECT DISTINCT scan_timestamp FROM scan_results WHERE filename = ?1 AND model = ?2
             ORDER BY scan_timestamp DESC LIMIT 5)",
        (filename, MODEL),
    )?;
    Ok(())
}

/// A million regions, in the order in which scans save them.
fn fill_results(path: &Path) -> Result<(), rusqlite::Error> {
    Connection::open(path)?.execute_batch(&format!(
        "BEGIN;
         CREATE TEMP TABLE numbers AS WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
             SELECT i FROM n;
         INSERT INTO scans (profile, filename, model, scan_timestamp, number, region_count)
             SELECT 'default', f.i || '.wav', 'M' || m.i, '20260419_15363' || v.i || '_000000', v.i + 1, {REGIONS}
             FROM numbers v, numbers f, numbers m WHERE v.i < {VERSIONS_KEPT} AND f.i < {FILES} AND m.i < {MODELS};
         INSERT INTO scan_results (filename, profile, model, start_time, end_time, score, scan_timestamp)
             SELECT s.filename, s.profile, s.model, r.i * 1.5, r.i * 1.5 + 1.0, 0.75, s.scan_timestamp
             FROM scans s, numbers r WHERE r.i < {REGIONS} ORDER BY s.id, r.i;
         COMMIT;"
    ))
}

/// A hundred models' marks, mixed.
fn fill_negatives(values: &str, columns: &str) -> String {
    format!(
        "INSERT INTO hard_negatives (filename, profile, start_time, source_path, source_model{columns})
         WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {NEGATIVES} - 1)
         SELECT (i % 200) || '.wav', 'default', i * 1.0, '/takes/' || (i % 200) || '.wav', 'M' || (i % 100){values} FROM n;"
    )
}

pub(super) fn count_rows(
    db: &Connection,
    sql: &str,
    parameter: &str,
) -> Result<usize, rusqlite::Error> {
    let mut statement = db.prepare_cached(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query([parameter])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        // Every value is read, as ours are.
        for column in 0..columns {
            std::hint::black_box(row.get_ref(column)?);
        }
        count += 1;
    }
    Ok(count)
}

pub(super) fn same(found: usize, expected: usize) -> Result<(), Failure> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{found} rows where {expected} should be").into())
}
