//! Copies of the database beside it: made, kept and found again.
//!
//! Two kinds: one before a file of 8-cut's is adopted, which is kept for good, and one a day, of which the newest
//! [`KEPT`] are kept. A copy gets its name only after it is complete and was found intact, so a damaged database never
//! replaces a good copy.
//!
//! Making a copy reads the whole file while others write. Worker threads only, because it takes seconds.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup as Copying, StepResult};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _};

use super::{Store, StoreError, clock};
use crate::platform::whole_file::{Draft, Existing};

/// How many daily copies are kept.
const KEPT: usize = 3;
/// What the name of a copy in the making ends with.
const UNFINISHED: &str = "partial";
/// Pages copied between two looks at whether to go on: 4 MB with SQLite's usual page.
const STEP_PAGES: i32 = 1024;
/// Instructions of SQLite's machine between two such looks while the copy is checked; some milliseconds.
const CHECK_STEPS: i32 = 100_000;
/// How long the copy waits for others who keep the file from being read.
const PATIENCE: Duration = Duration::from_secs(5);

/// The setting that says on which day the last daily copy was made. In the database, because its writers are many
/// processes and only one of them is to make the copy.
const DAY: &str = "backup_day";
const TAKE_DAY: &str = "INSERT INTO settings (key, value) VALUES (?1, ?2)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value <> excluded.value";
const HOLDS_ANYTHING: &str = "SELECT EXISTS (SELECT 1 FROM hard_negatives)
     OR EXISTS (SELECT 1 FROM processed) OR EXISTS (SELECT 1 FROM scan_results)
     OR EXISTS (SELECT 1 FROM unsure_marks) OR EXISTS (SELECT 1 FROM region_notes)";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[TAKE_DAY];

/// Why a copy was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    Adoption,
    Day,
}

impl Occasion {
    fn word(self) -> &'static str {
        match self {
            Self::Adoption => "before-earmark",
            Self::Day => "backup",
        }
    }
}

/// A copy of the database beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    pub path: PathBuf,
    /// When it was made: `20260131_142233`, local time.
    pub stamp: String,
    occasion: Occasion,
}

impl Store {
    /// The copies beside the database at `path`, the newest first, sound or not.
    pub fn backups(path: &Path) -> Vec<Backup> {
        let Some(folder) = path.parent() else {
            return Vec::new();
        };
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut found: Vec<Backup> = entries
            .filter_map(|entry| backup_of(path, &entry.path()))
            .collect();
        found.sort_by(|a, b| b.stamp.cmp(&a.stamp));
        found
    }

    /// The newest copy of the database at `path` that is whole. Reads it from end to end.
    ///
    /// # Errors
    /// [`StoreError::NoBackup`] when there is none.
    pub fn newest_sound_backup(path: &Path) -> Result<Backup, StoreError> {
        Self::backups(path)
            .into_iter()
            .find(|backup| match check(&backup.path, || false) {
                Ok(()) => true,
                Err(error) => {
                    tracing::warn!("{} is no use: {error}", backup.path.display());
                    false
                }
            })
            .ok_or_else(|| StoreError::NoBackup {
                path: path.to_owned(),
            })
    }

    /// Whether today's copy is this caller's to make: nobody has made it yet, and there is something to copy. Who is told
    /// so either calls [`Self::back_up`] or, when that failed, [`Self::leave_backup_to_others`].
    ///
    /// # Errors
    /// When the database refuses.
    pub fn take_todays_backup(&mut self) -> Result<bool, StoreError> {
        let today = clock::today();
        if self.setting(DAY)?.as_ref() == Some(&today) {
            return Ok(false);
        }
        self.write(|tx| {
            let holds_anything: bool = tx.query_row(HOLDS_ANYTHING, [], |row| row.get(0))?;
            // Another process may have been quicker since the look above.
            Ok(holds_anything && tx.prepare_cached(TAKE_DAY)?.execute((DAY, &today))? > 0)
        })
    }

    /// Today's copy was not made after all.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn leave_backup_to_others(&mut self) -> Result<(), StoreError> {
        self.set_setting(DAY, "")
    }

    /// Copies the database at `path` beside it, checks the copy, and lets go of daily copies beyond the newest three.
    /// `None` when `stop` said to stop. Others may write meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the copy, and so the database, is damaged; [`StoreError::Backup`] when it could not
    /// be made.
    pub fn back_up(
        path: &Path,
        stop: impl Fn() -> bool + Clone + Send + 'static,
    ) -> Result<Option<PathBuf>, StoreError> {
        let made = make(path, Occasion::Day, stop)?;
        if made.is_some() {
            tidy(path);
        }
        Ok(made)
    }
}

/// Copies the database with SQLite's online backup, named with the occasion and the date.
pub(super) fn make(
    path: &Path,
    occasion: Occasion,
    stop: impl Fn() -> bool + Clone + Send + 'static,
) -> Result<Option<PathBuf>, StoreError> {
    let backup = free_name(path, occasion.word());
    let failed = |detail: String| StoreError::Backup {
        path: path.to_owned(),
        backup: backup.clone(),
        detail,
    };
    // SQLite opens the draft itself, and a second handle that closes would take its locks away: so ours goes at once.
    let (draft, _) =
        Draft::copy_of(path, &backup, UNFINISHED).map_err(|error| failed(error.to_string()))?;
    let made = copy(path, draft.path(), &stop)
        .map_err(|error| refused(path, error, failed))
        .and_then(|whole| match check(draft.path(), stop) {
            _ if !whole => Ok(false),
            Ok(()) => Ok(true),
            Err(error) if is(&error, ErrorCode::OperationInterrupted) => Ok(false),
            Err(error) => Err(refused(path, error, failed)),
        });
    for companion in ["-wal", "-shm", "-journal"] {
        // Best effort: a whole copy has none any more.
        let _ = fs::remove_file(with_suffix(draft.path(), companion));
    }
    if !made? {
        return Ok(None);
    }
    draft
        .publish(&backup, Existing::Keep)
        .map_err(|refused| failed(refused.error.to_string()))?;
    tracing::info!("{} was copied to {}", path.display(), backup.display());
    Ok(Some(backup))
}

fn is(error: &rusqlite::Error, code: ErrorCode) -> bool {
    error.sqlite_error_code() == Some(code)
}

/// A copy that is damaged says so of the database: pages are copied as they are.
fn refused(
    path: &Path,
    error: rusqlite::Error,
    failed: impl Fn(String) -> StoreError,
) -> StoreError {
    if is(&error, ErrorCode::DatabaseCorrupt) || is(&error, ErrorCode::NotADatabase) {
        return StoreError::from_sqlite(path, Duration::ZERO, error);
    }
    failed(error.to_string())
}

/// Whether all of it was copied before `stop` said to stop.
fn copy(path: &Path, draft: &Path, stop: &impl Fn() -> bool) -> rusqlite::Result<bool> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let from = Connection::open_with_flags(path, flags)?;
    from.busy_timeout(PATIENCE)?;
    // One unchanging picture: without it the copy would begin anew with everything that somebody writes.
    from.execute_batch("BEGIN; SELECT COUNT(*) FROM sqlite_schema;")?;
    let mut to = Connection::open(draft)?;
    let copying = Copying::new(&from, &mut to)?;
    loop {
        if stop() {
            return Ok(false);
        }
        if copying.step(STEP_PAGES)? == StepResult::Done {
            break;
        }
    }
    drop(copying);
    to.close().map_err(|(_, error)| error)?;
    Ok(true)
}

/// Reads the file at `path` from end to end and says whether it is a sound database of Earmark's or 8-cut's.
fn check(path: &Path, stop: impl Fn() -> bool + Send + 'static) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.progress_handler(CHECK_STEPS, Some(stop))?;
    let finding: String =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    let has_results = "SELECT 1 FROM sqlite_schema
         WHERE name IN ('processed', 'scan_results', 'hard_negatives', 'hidden_files')";
    let is_ours = connection
        .query_row(has_results, [], |_| Ok(()))
        .optional()?
        .is_some();
    let corrupt = |detail| {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
        Err(rusqlite::Error::SqliteFailure(code, Some(detail)))
    };
    match (finding.as_str(), is_ours) {
        ("ok", true) => Ok(()),
        ("ok", false) => corrupt(String::from("its tables are gone")),
        _ => corrupt(finding),
    }
}

/// Lets go of daily copies beyond the newest [`KEPT`], and of drafts that a process left when it was ended.
fn tidy(path: &Path) {
    let daily = Store::backups(path)
        .into_iter()
        .filter(|backup| backup.occasion == Occasion::Day)
        .skip(KEPT)
        .map(|backup| backup.path);
    let prefix = format!("{}.{}-", base(path), Occasion::Day.word());
    let unfinished = format!(".{UNFINISHED}");
    let today = clock::today();
    let entries = path.parent().and_then(|folder| fs::read_dir(folder).ok());
    let drafts = entries.into_iter().flatten().flatten().filter_map(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        let stamp = name.strip_prefix(&prefix)?.strip_suffix(&unfinished)?;
        (!stamp.starts_with(&today)).then(|| entry.path())
    });
    for superfluous in daily.chain(drafts) {
        if let Err(error) = fs::remove_file(&superfluous) {
            tracing::warn!("{} stays: {error}", superfluous.display());
        }
    }
}

/// What the names of all copies begin with. A database with another ending than `.db` keeps it there, so that copies of
/// `a.db` and `a.sqlite` are told apart.
fn base(path: &Path) -> String {
    let is_usual = path.extension().is_some_and(|ending| ending == "db");
    let name = if is_usual {
        path.file_stem()
    } else {
        path.file_name()
    };
    name.unwrap_or_default().to_string_lossy().into_owned()
}

fn backup_of(database: &Path, path: &Path) -> Option<Backup> {
    let name = path.file_name()?.to_string_lossy();
    let name = name.strip_suffix(".db")?;
    let rest = name.strip_prefix(&base(database))?.strip_prefix('.')?;
    [Occasion::Day, Occasion::Adoption]
        .into_iter()
        .find_map(|occasion| {
            let stamp = rest.strip_prefix(occasion.word())?.strip_prefix('-')?;
            Some(Backup {
                path: path.to_owned(),
                stamp: stamp.to_owned(),
                occasion,
            })
        })
}

/// A dated name beside `path` that nothing has yet.
pub(super) fn free_name(path: &Path, word: &str) -> PathBuf {
    let (base, stamp) = (base(path), clock::file_stamp());
    (1..)
        .map(|attempt| match attempt {
            1 => format!("{base}.{word}-{stamp}.db"),
            n => format!("{base}.{word}-{stamp}-{n}.db"),
        })
        .map(|name| path.with_file_name(name))
        .find(|name| !name.exists())
        .unwrap_or_else(|| path.with_extension(word))
}

/// `earmark.db-wal` from `earmark.db`.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
