//! Opening a file as the shared database: what it is, who may write it, and how it is to be written.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{StoreError, migrate};

/// Enough for every statement of this room to stay prepared.
const PREPARED_STATEMENTS: usize = 96;

/// The log shrinks back to this after a large transaction, and is emptied when it has grown to this in any other way.
const LOG_SIZE_LIMIT_BYTES: u64 = 16 * 1024 * 1024;

/// How long emptying the log may wait its turn among writers, and then for readers; and how much more of it makes the next
/// try worth while.
const LOG_PATIENCE: Duration = Duration::from_secs(1);
const LOG_RETRY_BYTES: u64 = 4 * 1024 * 1024;

/// While others write for as long as a mark or a scan takes.
const SHORT_NAP: Duration = Duration::from_micros(500);

/// Who has kept the writer's place for this long will keep it longer, and need not be asked a thousand times a second.
const LONG_TRANSACTION: Duration = Duration::from_secs(2);
const LONG_NAP: Duration = Duration::from_millis(10);

/// How long a connection waits for others, which its busy handler asks for every time.
#[derive(Debug, Clone)]
pub(super) struct Patience(Arc<AtomicU64>);

impl Patience {
    fn new(patience: Duration) -> Self {
        let new = Self(Arc::default());
        new.set(patience);
        new
    }

    pub(super) fn get(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    pub(super) fn set(&self, patience: Duration) {
        let milliseconds = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX);
        self.0.store(milliseconds, Ordering::Relaxed);
    }

    /// Waits only so long while `work` runs.
    pub(super) fn during<T>(&self, shorter: Duration, work: impl FnOnce() -> T) -> T {
        let usual = self.get();
        self.set(shorter.min(usual));
        let made = work();
        self.set(usual);
        made
    }
}

/// A connection ready for use, and the backup copy if adopting the file made one.
pub(super) fn open(
    path: &Path,
    busy_wait: Duration,
) -> Result<(Connection, Patience, Option<PathBuf>), StoreError> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(|error| StoreError::from_folder(path, &error))?;
    }
    let begun = Instant::now();
    let failed = |error| StoreError::from_sqlite(path, begun.elapsed(), error);

    let patience = Patience::new(busy_wait);
    let mut connection = connect(path, &patience).map_err(failed)?;
    let backup = migrate::bring_up_to_date(&mut connection, path)?;
    use_write_ahead_log(&connection, path, begun + busy_wait).map_err(failed)?;
    // What SQLite keeps to undo one statement, and the journals of changes, would otherwise be files. Not before: an index
    // that a migration adds to a large table is sorted in files.
    connection
        .pragma_update(None, "temp_store", "MEMORY")
        .map_err(failed)?;
    Ok((connection, patience, backup))
}

/// A bare connection that waits for other writers. Nothing is read or changed yet.
pub(super) fn connect(path: &Path, patience: &Patience) -> rusqlite::Result<Connection> {
    // Not as a URI: a `?` or `%` in a folder's name means itself.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    // Before anything is read: reading makes a log with the rights of the file, which then stays read-only when the file
    // no longer is.
    if connection.is_readonly("main")? {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY);
        return Err(rusqlite::Error::SqliteFailure(code, None));
    }
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    connection.busy_handler(Some(wait_for_others(patience.clone())))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // FULL, not 8-cut's NORMAL: with a write-ahead log NORMAL may lose the latest commits when the power goes, and a
    // mark that was shown as saved must be on the disk. Marks come at the pace of a hand, so one more fsync is free.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", LOG_SIZE_LIMIT_BYTES as i64)?;
    Ok(connection)
}

/// Empties the log when it is due, so that it stays bounded beside many writers: what SQLite does by itself after a commit
/// succeeds only in a moment when nobody writes, and many writers who stand in no line leave none. `due_at` is the length at
/// which to try next; a reader that stays keeps the log from being emptied until it is done, so the next try waits for more
/// of it.
pub(super) fn keep_log_short(
    connection: &Connection,
    log_bytes: u64,
    due_at: &Cell<u64>,
    patience: &Patience,
) -> rusqlite::Result<()> {
    if log_bytes < due_at.get().max(LOG_SIZE_LIMIT_BYTES) {
        return Ok(());
    }
    let is_kept = patience.during(LOG_PATIENCE, || {
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
            row.get::<_, bool>(0)
        })
    });
    due_at.set(if is_kept? {
        log_bytes + LOG_RETRY_BYTES
    } else {
        LOG_SIZE_LIMIT_BYTES
    });
    Ok(())
}

/// For writers who do not stand in line ([`queue`](super::queue)), 8-cut above all.
///
/// SQLite's own patience sleeps longer the longer it has waited, up to 100 ms at a time. Among many short writers that
/// starves whoever has waited longest: a writer that has just committed takes the place again before the sleeper looks.
/// Short naps, of different length so that processes do not keep meeting, find the gap between two of them sooner.
#[expect(
    clippy::disallowed_methods,
    reason = "SQLite asks on the calling worker thread and has no other way to wait"
)]
fn wait_for_others(patience: Patience) -> impl FnMut(i32) -> bool + Send + 'static {
    let mut begun = Instant::now();
    move |times_before| {
        if times_before == 0 {
            begun = Instant::now();
        }
        let waited = begun.elapsed();
        if waited >= patience.get() {
            return false;
        }
        let nap = if waited < LONG_TRANSACTION {
            SHORT_NAP
        } else {
            LONG_NAP
        };
        thread::sleep(nap.mul_f64(0.5 + fastrand::f64()));
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
