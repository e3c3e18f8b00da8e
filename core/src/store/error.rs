//! What can go wrong with the database, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::ErrorCode;

use crate::limits::LimitError;

/// Why a call to the [`Store`](super::Store) failed. Nothing that a failed call was to change has changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process wrote for longer than the store is willing to wait.
    #[error(
        "the database {path} has been locked by another program for {} s: let that program finish or close it, then try again",
        waited.as_secs()
    )]
    Locked { path: PathBuf, waited: Duration },
    /// The file is not an SQLite database.
    #[error(
        "{path} is not a database: choose another database file, or move this one away and Earmark creates a new one"
    )]
    NotADatabase { path: PathBuf },
    /// An SQLite database, but with neither Earmark's nor 8-cut's tables.
    #[error(
        "{path} is a database of another program ({detail}): choose another database file for Earmark"
    )]
    ForeignDatabase { path: PathBuf, detail: String },
    /// Written by a later Earmark.
    #[error(
        "the database {path} was written by a newer Earmark (schema {found}, this one knows up to {known}): update Earmark, or choose another database file"
    )]
    NewerSchema {
        path: PathBuf,
        found: u32,
        known: u32,
    },
    /// File or folder may not be written.
    #[error(
        "the database {path} is read-only: make the file, its folder and the files beside it that begin with its name writable, or choose another database file"
    )]
    ReadOnly { path: PathBuf },
    /// No space left.
    #[error("the disk that holds the database {path} is full: free some space and try again")]
    DiskFull { path: PathBuf },
    /// Pages that contradict each other.
    #[error(
        "the database {path} is damaged ({detail}): restore the backup with its button or `earmark restore-backup`, or move the file away and Earmark creates a new one"
    )]
    Corrupt { path: PathBuf, detail: String },
    /// The file or its folder cannot be opened or made.
    #[error(
        "the database {path} cannot be opened ({detail}): check that its folder exists and may be written, or choose another database file"
    )]
    Missing { path: PathBuf, detail: String },
    /// The file was removed from its path after it was opened.
    #[error(
        "the database {path} was deleted or moved away while it was open: put it back, or restore the backup, or start a new one"
    )]
    Gone { path: PathBuf },
    /// Another file has taken its place since it was opened.
    #[error(
        "the database {path} was replaced by another file while it was open: try again to go on with the new one"
    )]
    Replaced { path: PathBuf },
    /// The copy that precedes the adoption of a file could not be made.
    #[error(
        "no backup copy of {path} could be made at {backup} ({detail}), so the database was left as it is: free some space there and try again"
    )]
    Backup {
        path: PathBuf,
        backup: PathBuf,
        detail: String,
    },
    /// There is nothing to put in the place of a damaged file.
    #[error(
        "no intact backup of the database {path} lies beside it, so nothing was changed: start a new database, or move the file away and Earmark creates a new one"
    )]
    NoBackup { path: PathBuf },
    /// A backup, or nothing, was to take the file's place.
    #[error(
        "the database {path} could not be replaced ({detail}), so it is where it was: close the other programs that have it open, check that its folder may be written, and try again"
    )]
    NotReplaced { path: PathBuf, detail: String },
    /// Reading or writing the file failed.
    #[error(
        "the disk that holds the database {path} failed ({detail}): check the disk, then try again"
    )]
    Disk { path: PathBuf, detail: String },
    /// Two takes with one file name: results could not be told apart.
    #[error(
        "another take is already called {filename} in the database {path}: give this one another file name"
    )]
    NameTaken { path: PathBuf, filename: String },
    /// `default` always exists.
    #[error(
        "the profile default is always there and keeps its name: duplicate it under another name, or make another profile"
    )]
    ProfileProtected,
    /// Asked for by a name that no profile has.
    #[error("there is no profile {profile}: `earmark profiles` lists what there is")]
    NoSuchProfile { profile: String },
    /// The name of a new profile is another one's.
    #[error("there is a profile {profile} already: choose another name, or delete that one first")]
    ProfileExists { profile: String },
    /// An empty, overlong or unprintable name.
    #[error(transparent)]
    ProfileName(#[from] LimitError),
    /// A folder to look for recordings in that cannot be read.
    #[error(
        "the folder {folder} cannot be searched ({detail}): name the folder that the recordings are in now"
    )]
    NoSuchFolder { folder: PathBuf, detail: String },
    /// No home folder to put the database in.
    #[error("no folder for the database could be found: set EARMARK_DB to the path of a file")]
    NoHome,
    /// The work was begun without one.
    #[error("this work uses no database: run it without --shard to use one")]
    NoDatabase,
    /// Anything SQLite reports that has no remedy of its own.
    #[error(
        "the database {path} gave an unexpected error ({source}): run `earmark doctor` to find out more"
    )]
    Unexpected {
        path: PathBuf,
        source: rusqlite::Error,
    },
}

impl StoreError {
    /// Whether the file at the path is no longer the one that was opened, so that it must be opened anew.
    pub fn is_of_another_file(&self) -> bool {
        matches!(self, Self::Gone { .. } | Self::Replaced { .. })
    }

    /// Whether the file, its disk or another program is the cause, rather than the call itself: the same call succeeds once
    /// that is repaired, so it is worth keeping and trying again.
    pub fn is_mendable(&self) -> bool {
        match self {
            Self::Locked { .. }
            | Self::NotADatabase { .. }
            | Self::ForeignDatabase { .. }
            | Self::NewerSchema { .. }
            | Self::ReadOnly { .. }
            | Self::DiskFull { .. }
            | Self::Corrupt { .. }
            | Self::Missing { .. }
            | Self::Gone { .. }
            | Self::Replaced { .. }
            | Self::Backup { .. }
            | Self::Disk { .. } => true,
            Self::NoBackup { .. }
            | Self::NotReplaced { .. }
            | Self::NameTaken { .. }
            | Self::ProfileProtected
            | Self::NoSuchProfile { .. }
            | Self::ProfileExists { .. }
            | Self::ProfileName(_)
            | Self::NoSuchFolder { .. }
            | Self::NoHome
            | Self::NoDatabase
            | Self::Unexpected { .. } => false,
        }
    }

    /// A copy of the error, if it says that the file itself is damaged: nothing more is written to that file.
    pub fn damage(&self) -> Option<Self> {
        match self {
            Self::Corrupt { path, detail } => Some(Self::Corrupt {
                path: path.clone(),
                detail: detail.clone(),
            }),
            Self::NotADatabase { path } => Some(Self::NotADatabase { path: path.clone() }),
            _ => None,
        }
    }

    /// The error for what SQLite reported about the file at `path`, `waited` after the call began.
    pub(super) fn from_sqlite(path: &Path, waited: Duration, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        let detail = source.to_string();
        let extended = source.sqlite_error().map(|error| error.extended_code);
        if extended == Some(rusqlite::ffi::SQLITE_READONLY_DBMOVED) {
            return Self::Gone { path };
        }
        if extended == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE) {
            // The log's index could not grow: the file system has no room for 32 kB.
            return Self::DiskFull { path };
        }
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Locked { path, waited }
            }
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Corrupt { path, detail },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly { path },
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            Some(ErrorCode::CannotOpen) => Self::Missing { path, detail },
            Some(ErrorCode::SystemIoFailure) => Self::Disk { path, detail },
            _ => Self::Unexpected { path, source },
        }
    }

    /// The error for a folder that could not be made.
    pub(super) fn from_folder(path: &Path, source: &io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull => Self::DiskFull { path },
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path },
            _ => Self::Missing {
                path,
                detail: source.to_string(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi;

    fn mapped(code: std::ffi::c_int) -> StoreError {
        let source = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        StoreError::from_sqlite(Path::new("some.db"), Duration::from_secs(31), source)
    }

    #[test]
    fn every_refusal_of_sqlite_is_told_apart() {
        assert!(matches!(
            mapped(ffi::SQLITE_BUSY),
            StoreError::Locked { .. }
        ));
        assert!(matches!(
            mapped(ffi::SQLITE_FULL),
            StoreError::DiskFull { .. }
        ));
        assert!(matches!(
            mapped(ffi::SQLITE_READONLY),
            StoreError::ReadOnly { .. }
        ));
        assert!(matches!(
            mapped(ffi::SQLITE_READONLY_DIRECTORY),
            StoreError::ReadOnly { .. }
        ));
        assert!(mapped(ffi::SQLITE_READONLY_DBMOVED).is_of_another_file());
        assert!(matches!(
            mapped(ffi::SQLITE_NOTADB),
            StoreError::NotADatabase { .. }
        ));
        assert!(matches!(
            mapped(ffi::SQLITE_CORRUPT),
            StoreError::Corrupt { .. }
        ));
        assert!(matches!(
            mapped(ffi::SQLITE_CANTOPEN),
            StoreError::Missing { .. }
        ));
        assert!(matches!(
            mapped(ffi::SQLITE_IOERR_FSYNC),
            StoreError::Disk { .. }
        ));
    }

    #[test]
    fn a_locked_database_says_how_long_it_waited_and_what_to_do() {
        let message = mapped(ffi::SQLITE_BUSY).to_string();
        assert!(
            message.contains("some.db") && message.contains("31 s"),
            "{message}"
        );
        assert!(message.contains("close it"), "{message}");
    }
}
