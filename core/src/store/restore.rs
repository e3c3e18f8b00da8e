//! Another file in the place of a database that is damaged or gone. No database is deleted or overwritten: what is replaced
//! is moved aside with its log, under a dated name.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::backup::{Backup, free_name, with_suffix};
use super::{Store, StoreError};
use crate::platform::real_path;
use crate::platform::whole_file::{Draft, Existing};

/// What became of a database that a backup took the place of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    pub backup: Backup,
    /// Where the former file is now; `None` when there was none.
    pub aside: Option<PathBuf>,
}

impl Store {
    /// Puts a copy of `backup` in the place of the database at `path`, which is moved aside. Nobody in this process may
    /// have it open; other processes notice that it was replaced.
    ///
    /// # Errors
    /// [`StoreError::NotReplaced`]; the database is then where it was.
    pub fn restore_backup(path: &Path, backup: Backup) -> Result<Restored, StoreError> {
        let real = real(path);
        // Copied before anything is moved: until here a failure changes nothing. The backup itself stays.
        let put = copy_beside(&backup.path, &real)
            .and_then(|draft| Ok((draft, set_aside(&real)?)))
            .and_then(|(draft, aside)| put_in_place(draft, &real, aside));
        match put {
            Ok(aside) => Ok(Restored { backup, aside }),
            Err(error) => Err(not_replaced(path, &error)),
        }
    }

    /// Moves the database at `path` aside, so that opening it makes a new one. Returns where it is now; `None` when there
    /// was none. Nobody in this process may have it open.
    ///
    /// # Errors
    /// [`StoreError::NotReplaced`]; the database is then where it was.
    pub fn move_aside(path: &Path) -> Result<Option<PathBuf>, StoreError> {
        set_aside(&real(path)).map_err(|error| not_replaced(path, &error))
    }
}

/// The file itself, where `path` is a link: SQLite keeps its log beside that one.
fn real(path: &Path) -> PathBuf {
    real_path(path).unwrap_or_else(|_| path.to_owned())
}

/// Moves a database with its log aside. The log goes first: whoever opened what is at `path` in between must not find
/// the log of another file beside it.
fn set_aside(path: &Path) -> io::Result<Option<PathBuf>> {
    let aside = free_name(path, "damaged");
    let mut moved = Vec::new();
    for suffix in ["-wal", "-shm", ""] {
        let (from, to) = (with_suffix(path, suffix), with_suffix(&aside, suffix));
        match fs::rename(&from, &to) {
            Ok(()) => moved.push((from, to)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                for (from, to) in moved {
                    fs::rename(to, from)?;
                }
                return Err(error);
            }
        }
    }
    Ok(moved.iter().any(|(from, _)| from == path).then_some(aside))
}

/// A copy of `backup` that waits for the place of `database`, and lets read those who may read what is copied.
fn copy_beside(backup: &Path, database: &Path) -> io::Result<Draft> {
    let (draft, mut file) = Draft::copy_of(backup, database, "restore")?;
    io::copy(&mut File::open(backup)?, &mut file)?;
    file.sync_all()?;
    Ok(draft)
}

/// Gives the finished copy its name; if that fails, what was moved aside comes back.
fn put_in_place(draft: Draft, path: &Path, aside: Option<PathBuf>) -> io::Result<Option<PathBuf>> {
    let Err(refused) = draft.publish(path, Existing::Keep) else {
        return Ok(aside);
    };
    let error = match refused.error {
        taken if taken.kind() == io::ErrorKind::AlreadyExists => {
            io::Error::other("another program has just made a new one")
        }
        other => other,
    };
    if let Some(aside) = aside.filter(|_| !path.exists()) {
        for suffix in ["-wal", "-shm", ""] {
            let from = with_suffix(&aside, suffix);
            if from.exists() {
                fs::rename(from, with_suffix(path, suffix))?;
            }
        }
    }
    Err(error)
}

fn not_replaced(path: &Path, error: &io::Error) -> StoreError {
    StoreError::NotReplaced {
        path: path.to_owned(),
        detail: error.to_string(),
    }
}
