//! Eight processes on one database: how long one of them waits, and whether anything is lost.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use earmark_core::store::{DEFAULT_PROFILE, Store};
use rusqlite::Connection;

use super::Figure;
use super::database::{
    Failure, MODEL, count_rows, milliseconds, naive_database, regions, same, save_naively, scan,
    scores,
};
use super::effort::{Effort, say};

/// The contention measurement starts this program again with this variable set to what the process is to do.
const WRITER: &str = "EARMARK_MEASURE_WRITER";
const WRITERS: usize = 8;
const SCANS: usize = 100;
const REGIONS_PER_SCAN: usize = 100;
/// The naive way is so slow that it gets a fraction of the work.
const NAIVE_SCANS: usize = 5;

/// The longest that any of eight processes waited for one of its scans to be saved.
pub fn measure(_: Effort) -> Result<Vec<Figure>, Failure> {
    let folder = tempfile::tempdir()?;
    let ours = folder.path().join("ours.db");
    let store = Store::open(&ours)?;
    say(format!("{WRITERS} processes save {SCANS} scans each"));
    let (our_wait, our_total) = run_writers("ours", &ours, || {
        for number in 0..WRITERS {
            store.versions(&format!("{number}.wav"), DEFAULT_PROFILE, MODEL)?;
        }
        Ok(())
    })?;
    for number in 0..WRITERS {
        let saved = store.versions(&format!("{number}.wav"), DEFAULT_PROFILE, MODEL)?;
        let rows: usize = saved.iter().map(|version| version.regions).sum();
        same(rows, SCANS * REGIONS_PER_SCAN)?;
    }
    store.check_integrity()?;

    let theirs = folder.path().join("naive.db");
    let naive = naive_database(&theirs)?;
    naive.busy_timeout(Duration::from_secs(60))?;
    say(format!(
        "{WRITERS} processes save {NAIVE_SCANS} scans each, row by row"
    ));
    let (their_wait, their_total) = run_writers("naive", &theirs, || {
        count_rows(
            &naive,
            "SELECT 1 FROM scan_results WHERE filename = ?1",
            "0.wav",
        )?;
        Ok(())
    })?;
    let lost = WRITERS * NAIVE_SCANS * REGIONS_PER_SCAN
        - count_rows(&naive, "SELECT 1 FROM scan_results WHERE ?1 <> ''", "any")?;
    Ok(vec![milliseconds(
        "db_8proc_worst_wait_ms",
        our_wait,
        their_wait,
        &format!(
            "{WRITERS} processes, {SCANS} scans of {REGIONS_PER_SCAN} regions each, in {:.1} s; autocommit for every row, default journal, {NAIVE_SCANS} scans each, {lost} rows lost, in {:.1} s",
            our_total.as_secs_f64(),
            their_total.as_secs_f64()
        ),
    )])
}

/// What a process that [`measure`] started does: `true` when this is one.
///
/// # Errors
/// When anything is not saved.
pub fn be_a_writer() -> Result<bool, Failure> {
    let Ok(work) = std::env::var(WRITER) else {
        return Ok(false);
    };
    let mut parts = work.splitn(3, ' ');
    let (kind, number, path) = (parts.next(), parts.next(), parts.next());
    let filename = format!("{}.wav", number.ok_or("no number")?);
    let path = Path::new(path.ok_or("no path")?);
    let (regions, scores) = (regions(REGIONS_PER_SCAN)?, scores());
    let mut worst = Duration::ZERO;
    if kind == Some("ours") {
        let mut store = Store::open(path)?;
        for _ in 0..SCANS {
            let begun = Instant::now();
            store.save_scan(&scan(&filename, &regions, &scores), usize::MAX)?;
            worst = worst.max(begun.elapsed());
        }
    } else {
        let naive = Connection::open(path)?;
        naive.busy_timeout(Duration::from_secs(60))?;
        for timestamp in 0..NAIVE_SCANS {
            let begun = Instant::now();
            // What the busy handler gives up on at once (a deadlock of two readers that want to write) is lost.
            drop(save_naively(
                &naive,
                &filename,
                &regions,
                &timestamp.to_string(),
            ));
            worst = worst.max(begun.elapsed());
        }
    }
    println!("{}", worst.as_micros());
    Ok(true)
}

/// Worst wait and total time of [`WRITERS`] processes on the database at `path`, while this one reads it.
fn run_writers(
    kind: &str,
    path: &Path,
    mut read: impl FnMut() -> Result<(), Failure>,
) -> Result<(Duration, Duration), Failure> {
    let begun = Instant::now();
    let mut writers = Vec::new();
    for number in 0..WRITERS {
        writers.push(
            Command::new(std::env::current_exe()?)
                .env(WRITER, format!("{kind} {number} {}", path.display()))
                .stdout(Stdio::piped())
                .spawn()?,
        );
    }
    while writers.iter_mut().any(|w| matches!(w.try_wait(), Ok(None))) {
        read()?;
        pause(Duration::from_millis(5));
    }
    let mut worst = Duration::ZERO;
    for writer in writers {
        let output = writer.wait_with_output()?;
        if !output.status.success() {
            return Err(io::Error::other("a writer failed; its message is above").into());
        }
        let waited = String::from_utf8(output.stdout)?.trim().parse()?;
        worst = worst.max(Duration::from_micros(waited));
    }
    Ok((worst, begun.elapsed()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a reader that looks now and then"
)]
fn pause(time: Duration) {
    std::thread::sleep(time);
}
