//! Opening a file as the shared database: what it is, who may write it, and how it is to be written.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{StoreError, migrate};

/// Enough for every statement of this room to stay prepared.
const PREPARED_STATEMENTS: usize = 96;

/// The log shrinks back to this after a large transaction, so that it stays bounded beside many readers.
const LOG_SIZE_LIMIT_BYTES: i64 = 16 * 1024 * 1024;

/// A connection ready for use, and the backup copy if adopting the file made one.
pub(super) fn open(
    path: &Path,
    busy_wait: Duration,
) -> Result<(Connection, Option<PathBuf>), StoreError> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(|error| StoreError::from_folder(path, &error))?;
    }
    let begun = Instant::now();
    let failed = |error| StoreError::from_sqlite(path, begun.elapsed(), error);

    let mut connection = connect(path, busy_wait).map_err(failed)?;
    if connection.is_readonly("main").map_err(failed)? {
        return Err(StoreError::ReadOnly {
            path: path.to_owned(),
        });
    }
    let backup = migrate::bring_up_to_date(&mut connection, path)?;
    use_write_ahead_log(&connection, path, begun + busy_wait).map_err(failed)?;
    Ok((connection, backup))
}

/// A bare connection that waits for other writers. Nothing is read or changed yet.
pub(super) fn connect(path: &Path, busy_wait: Duration) -> rusqlite::Result<Connection> {
    // Not as a URI: a `?` or `%` in a folder's name means itself.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    be_patient(&mut connection, busy_wait)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // FULL, not 8-cut's NORMAL: with a write-ahead log NORMAL may lose the latest commits when the power goes, and a
    // mark that was shown as saved must be on the disk. Marks come at the pace of a hand, so one more fsync is free.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", LOG_SIZE_LIMIT_BYTES)?;
    Ok(connection)
}

/// Gives a connection its patience for other writers.
pub(super) fn be_patient(connection: &mut Connection, busy_wait: Duration) -> rusqlite::Result<()> {
    connection.busy_handler(Some(wait_for_others(busy_wait)))
}

/// SQLite's own patience sleeps up to 100 ms at a time; with many short writers shorter naps, spread a little so that
/// processes do not keep meeting, find the gap between two of them sooner.
#[expect(
    clippy::disallowed_methods,
    reason = "SQLite asks on the calling worker thread and has no other way to wait"
)]
fn wait_for_others(busy_wait: Duration) -> impl FnMut(i32) -> bool + Send + 'static {
    let spread_ms = u64::from(std::process::id() % 5);
    let mut begun = Instant::now();
    move |times_before| {
        if times_before == 0 {
            begun = Instant::now();
        }
        if begun.elapsed() >= busy_wait {
            return false;
        }
        let nap_ms = 1 + u64::try_from(times_before).unwrap_or(0).min(10) + spread_ms;
        thread::sleep(Duration::from_millis(nap_ms));
        true
    }
}

/// Switches to the write-ahead log. SQLite does not ask the busy handler here, and two processes that open a new
/// file at the same instant do meet, so the waiting is done by hand.
#[expect(
    clippy::disallowed_methods,
    reason = "another process holds the file for a moment; there is nothing to wait on"
)]
fn use_write_ahead_log(
    connection: &Connection,
    path: &Path,
    deadline: Instant,
) -> rusqlite::Result<()> {
    loop {
        let set: rusqlite::Result<String> =
            connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0));
        match set {
            Ok(mode) => {
                if mode != "wal" {
                    // A network share, most likely. Slower, but as safe.
                    tracing::warn!("{} keeps its journal as `{mode}`", path.display());
                }
                return Ok(());
            }
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && Instant::now() < deadline =>
            {
                thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(error),
        }
    }
}
