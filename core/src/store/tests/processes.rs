//! Processes that die in the midst of writing, and many that write at once.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::*;

/// Set for the child of a test: the database to work on.
const DATABASE: &str = "EARMARK_TEST_PROCESS_DATABASE";
/// Set for the child of a test: which child it is.
const NUMBER: &str = "EARMARK_TEST_PROCESS_NUMBER";
const KILLS: u32 = if cfg!(windows) { 60 } else { 200 };
const WRITERS: u32 = 8;
const SCANS: usize = 100;
const REGIONS: usize = 100;

/// A process of this very program that runs nothing but `test` of this folder.
pub(super) fn child(test: &str, database: &Path, number: u32) -> Child {
    child_below(&[], test, database, number)
}

/// The same below a command that ends in it.
pub(super) fn child_below(wrapper: &[&str], test: &str, database: &Path, number: u32) -> Child {
    let program = std::env::current_exe().unwrap();
    let mut words = wrapper
        .iter()
        .map(|word| OsString::from(*word))
        .chain([program.into()]);
    Command::new(words.next().unwrap())
        .args(words)
        .args(["--exact", &format!("store::tests::{test}")])
        .env(DATABASE, database)
        .env(NUMBER, number.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Database and number of the child that this process is, if it is one.
pub(super) fn child_work() -> Option<(PathBuf, u32)> {
    let database = std::env::var_os(DATABASE)?.into();
    let number = std::env::var(NUMBER).ok()?.parse().ok()?;
    Some((database, number))
}

pub(super) fn regions_of(number: usize) -> Vec<ScoredSpan> {
    (0..number)
        .map(|start| found(start as f64, start as f64 + 0.5, 0.5))
        .collect()
}

/// Versions of which not all rows, or none at all, are there; and rows that belong to no version.
pub(super) fn halves(path: &Path) -> i64 {
    stranger(path)
        .query_row(
            "SELECT (SELECT COUNT(*) FROM scans s WHERE s.region_count <>
                 (SELECT COUNT(*) FROM scan_results r
                  WHERE r.profile = s.profile AND r.filename = s.filename AND r.model = s.model
                      AND r.scan_timestamp = s.scan_timestamp))
              + (SELECT COUNT(*) FROM scan_results r WHERE NOT EXISTS
                 (SELECT 1 FROM scans s
                  WHERE r.profile = s.profile AND r.filename = s.filename AND r.model = s.model
                      AND r.scan_timestamp = s.scan_timestamp))",
            [],
            |row| row.get(0),
        )
        .unwrap()
}

/// Not a test of its own: the process that the next one kills.
#[test]
fn child_that_writes_until_it_is_killed() {
    let Some((path, number)) = child_work() else {
        return;
    };
    let mut store = Store::open(&path).unwrap();
    let mut random = fastrand::Rng::with_seed(u64::from(number));
    for mark in 0.. {
        save(&mut store, &regions_of(random.usize(0..60)));
        let start_s = f64::from(number) * 10_000.0 + f64::from(mark);
        add_negative(&mut store, start_s, MODEL);
        // Not through `println`, which the test harness holds back.
        let mut out = std::io::stdout().lock();
        writeln!(out, "saved {start_s}").unwrap();
        out.flush().unwrap();
    }
}

/// Longer than a process takes to begin and to write a few times. Windows starts programs more slowly.
const LONGEST_LIFE_US: u64 = if cfg!(windows) { 700_000 } else { 90_000 };

#[test]
fn a_process_killed_at_any_moment_leaves_whole_versions_and_every_mark_it_reported() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = fastrand::Rng::with_seed(3);
    let mut path = PathBuf::new();
    let mut reported = BTreeSet::new();
    let mut reported_in_all = 0;
    for round in 0..KILLS {
        // A new file now and then, so that some die while they make one.
        if round % 20 == 0 {
            path = folder.path().join(format!("earmark {round}.db"));
            reported.clear();
        }
        let mut writer = child(
            "processes::child_that_writes_until_it_is_killed",
            &path,
            round,
        );
        let lines = BufReader::new(writer.stdout.take().unwrap());
        let hearer = thread::spawn(move || lines.lines().map_while(Result::ok).collect::<Vec<_>>());
        pause(Duration::from_micros(random.u64(0..LONGEST_LIFE_US)));
        writer.kill().unwrap();
        writer.wait().unwrap();
        let marks = hearer.join().unwrap().into_iter().filter_map(|line| {
            let start_s: f64 = line.strip_prefix("saved ")?.parse().ok()?;
            Some(start_s as u64)
        });
        let before = reported.len();
        reported.extend(marks);
        reported_in_all += reported.len() - before;

        let store = Store::open(&path).unwrap();
        store.check_integrity().unwrap();
        assert_eq!(halves(&path), 0, "after kill {round}");
        let kept: BTreeSet<u64> = store
            .negatives(DEFAULT_PROFILE, None)
            .unwrap()
            .into_iter()
            .map(|mark| mark.start_s as u64)
            .collect();
        assert!(reported.is_subset(&kept), "after kill {round}");
        assert!(versions(&store).len() <= 5);
    }
    assert!(reported_in_all > 0, "some must have lived to write");
}

/// Not a test of its own: one of the many writers of the next one.
#[test]
fn child_that_saves_many_scans() {
    let Some((path, number)) = child_work() else {
        return;
    };
    let mut store = Store::open(&path).unwrap();
    let (filename, regions, scores) = (format!("{number}.wav"), regions_of(REGIONS), scores());
    let scan = NewScan {
        filename: &filename,
        ..new_scan(&regions, &scores)
    };
    for _ in 0..SCANS {
        store.save_scan(&scan, usize::MAX).unwrap();
    }
}

#[test]
fn many_processes_that_save_at_once_beside_readers_lose_nothing_and_keep_the_log_bounded() {
    let (_folder, store) = new_store();
    let path = store.path();
    let done = AtomicBool::new(false);
    let mut longest_log_bytes = 0;
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let reader = Store::open(path).unwrap();
                while !done.load(Ordering::Relaxed) {
                    for version in reader.versions("0.wav", DEFAULT_PROFILE, MODEL).unwrap() {
                        assert_eq!(version.regions, REGIONS, "never half a version");
                    }
                    pause(Duration::from_millis(2));
                }
            });
        }
        let mut writers: Vec<Child> = (0..WRITERS)
            .map(|number| child("processes::child_that_saves_many_scans", path, number))
            .collect();
        let log = PathBuf::from(format!("{}-wal", path.display()));
        while writers.iter_mut().any(|w| w.try_wait().unwrap().is_none()) {
            longest_log_bytes = std::fs::metadata(&log)
                .map_or(0, |log| log.len())
                .max(longest_log_bytes);
            pause(Duration::from_millis(5));
        }
        done.store(true, Ordering::Relaxed);
        for mut writer in writers {
            assert!(writer.wait().unwrap().success());
        }
    });
    for number in 0..WRITERS {
        let found = store
            .versions(&format!("{number}.wav"), DEFAULT_PROFILE, MODEL)
            .unwrap();
        assert_eq!(found.len(), SCANS);
        assert!(found.iter().all(|version| version.regions == REGIONS));
    }
    assert_eq!(halves(path), 0);
    store.check_integrity().unwrap();
    let written_bytes = std::fs::metadata(path).unwrap().len();
    assert!(
        longest_log_bytes < 64 * 1024 * 1024,
        "{longest_log_bytes} bytes of log for {written_bytes} bytes of database"
    );
}

#[test]
fn a_reader_that_stays_stops_no_writer_and_the_log_is_emptied_when_it_goes() {
    let (_folder, mut store) = new_store();
    let reader = stranger(store.path());
    reader
        .execute_batch("BEGIN; SELECT COUNT(*) FROM scans")
        .unwrap();
    let log = PathBuf::from(format!("{}-wal", store.path().display()));
    let log_bytes = || std::fs::metadata(&log).unwrap().len();
    let regions = regions_of(20_000);
    while log_bytes() < 20 * 1024 * 1024 {
        save(&mut store, &regions);
    }
    reader.execute_batch("COMMIT").unwrap();
    let was_emptied = (0..12).any(|_| {
        save(&mut store, &regions);
        log_bytes() < 16 * 1024 * 1024
    });
    assert!(was_emptied);
    store.check_integrity().unwrap();
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test thread that lets another process go on"
)]
pub(super) fn pause(time: Duration) {
    thread::sleep(time);
}
