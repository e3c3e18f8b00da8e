//! Checks that the file that a store has open is still the one at its path, and closes one that is not.
//!
//! Where a file can be deleted, moved or replaced while it is open, SQLite goes on reading and writing the one it opened,
//! wherever that is now: a mark would be "saved" where nobody ever finds it. So every call checks first, and every write
//! checks again before it commits.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use super::backup::with_suffix;
use super::{StoreError, clock};
use crate::platform::FileIdentity;

/// Other programs may still have the removed file open; its log is not worth a long wait.
const PATIENCE: Duration = Duration::from_millis(200);

/// The files behind a connection as they were when it was opened.
#[derive(Debug)]
pub(super) struct Presence {
    database: FileIdentity,
    /// SQLite's write-ahead log and its index, with where they are; links in the database's path are resolved there.
    companions: Vec<(PathBuf, FileIdentity)>,
}

impl Presence {
    /// Looks at the files of a connection to the database at `path`.
    pub(super) fn of(connection: &Connection, path: &Path) -> Result<Self, StoreError> {
        let database = FileIdentity::of(path).map_err(|_| StoreError::Gone {
            path: path.to_owned(),
        })?;
        // The log comes into being with the first look into the database.
        connection
            .query_row("SELECT COUNT(*) FROM sqlite_schema", [], |_| Ok(()))
            .map_err(|error| StoreError::from_sqlite(path, Duration::ZERO, error))?;
        let base = connection.path().map_or_else(|| path.into(), PathBuf::from);
        let companions = ["-wal", "-shm"]
            .into_iter()
            .map(|suffix| with_suffix(&base, suffix))
            .filter_map(|companion| {
                let identity = FileIdentity::of(&companion).ok()?;
                Some((companion, identity))
            })
            .collect();
        Ok(Self {
            database,
            companions,
        })
    }

    /// Says whether the file at `path` is the one that was opened.
    pub(super) fn check(&self, path: &Path) -> Result<(), StoreError> {
        match FileIdentity::of(path) {
            Ok(identity) if identity == self.database => Ok(()),
            Ok(_) => Err(StoreError::Replaced {
                path: path.to_owned(),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(StoreError::Gone {
                path: path.to_owned(),
            }),
            // SQLite has its own words for a disk or folder that cannot be reached.
            Err(_) => Ok(()),
        }
    }

    /// How long SQLite's write-ahead log is now; 0 where there is none.
    pub(super) fn log_bytes(&self) -> u64 {
        self.companions
            .first()
            .and_then(|(log, _)| std::fs::metadata(log).ok())
            .map_or(0, |log| log.len())
    }

    /// Closes a connection to a file that has been removed from its path. What was committed goes into the file itself,
    /// wherever it is now; and its log gives up its name, because SQLite would take it for that of the next file at this
    /// path and write the one's pages into the other.
    pub(super) fn let_go(self, connection: Connection) {
        let emptied = connection.busy_timeout(PATIENCE).and_then(|()| {
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
                row.get::<_, i64>(0)
            })
        });
        if let Err(error) = emptied {
            tracing::warn!("the log of a removed database could not be emptied: {error}");
        }
        drop(connection);
        for (companion, identity) in self.companions {
            // Not that of a file which somebody else has opened here since.
            if FileIdentity::of(&companion).is_ok_and(|now| now == identity)
                && let Err(error) = put_away(&companion)
            {
                tracing::warn!("{} is in the way: {error}", companion.display());
            }
        }
    }
}

/// Removes a log; one that still holds something (another program has it open) is kept under another name.
fn put_away(companion: &Path) -> io::Result<()> {
    let is_log = companion.to_string_lossy().ends_with("-wal");
    if is_log && std::fs::metadata(companion)?.len() > 0 {
        let suffix = format!(".of-removed-{}", clock::file_stamp());
        return std::fs::rename(companion, with_suffix(companion, &suffix));
    }
    std::fs::remove_file(companion)
}
