//! The shared database: everything Earmark remembers, in one SQLite file that other plugin instances, other processes
//! and the desktop application 8-cut read and write at the same time.
//!
//! This room is the only user of SQL. A [`Store`] owns one connection and is held by the engine worker (or by the
//! command line); every call may block for as long as another process writes, up to [`BUSY_WAIT`], so it must never
//! be called on the audio or the GUI thread. Writes are one IMMEDIATE transaction each: what a call returned from
//! is on disk, and a crash leaves either all of it or nothing.
//!
//! One module per family of tables; `open`, `migrate` and `adopt` bring a file into shape.

mod adopt;
mod backup;
mod bands;
mod choices;
mod classifiers;
mod clips;
mod clock;
mod edits;
mod error;
mod folders;
mod forget;
mod handle;
mod homes;
mod ids;
mod journal;
mod library;
mod location;
mod merged;
mod migrate;
mod models;
mod negatives;
mod open;
mod packs;
mod presence;
mod profiles;
mod queue;
mod recordings;
mod region_notes;
mod regions;
mod restore;
mod restored_version;
mod rows;
mod scanned_files;
mod scans;
mod search;
mod settings;
mod shapes;
mod sources;
mod statistics;
mod takes;
mod training;
mod transaction;
mod unsure;
mod versions;
mod writing;

#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use open::Patience;
use presence::Presence;
use queue::{Queue, Turn};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use writing::Tx;

pub use backup::Backup;
pub use bands::{MarkBand, NewMarkBand};
pub use classifiers::{ClassifierRow, MarksSeen, NewClassifier};
pub use clips::{ClassStats, Clip, NewClip, VideoColumns};
pub use clock::local_now;
pub use error::StoreError;
pub use folders::{class_of, clip_folders_on_disk};
pub use forget::RecordingRows;
pub use handle::StoreHandle;
pub use homes::{Claims, Files, Homes, OnDisk};
pub use ids::{
    BandId, ClassifierId, ClipId, LibraryFolderId, NegativeId, RegionId, RegionNoteId, SourceId,
    UnsureId,
};
pub use journal::{Recorded, Reversed, RowJournal};
pub use library::{LibraryFile, LibraryFolder};
pub use merged::{Merged, MergedResult};
pub use models::ModelRow;
pub use negatives::{HardNegative, NewNegative, SAME_SPOT_S, UNSAID_LENGTH_S};
pub use packs::ImportedClassifier;
pub use profiles::{DEFAULT_PROFILE, ProfileRows};
pub use recordings::{FoundFile, NamedFile, is_same_recording};
pub use region_notes::{LONGEST_NOTE, NewRegionNote, RegionNote};
pub use regions::{RegionEdit, RegionRecord, RegionRow};
pub use restore::Restored;
pub use restored_version::RestoredVersion;
pub use scanned_files::ScannedFile;
pub use scans::{NewScan, ScoredVersion};
pub use sources::{FoundSources, ResolvedSources, SaidSources};
pub use statistics::{
    ENOUGH_POSITIVES, FileStatistics, TOLERABLE_IMBALANCE, TrainingStatistics, TrainingWarning,
};
pub use takes::{SourceRow, TakeRow};
pub use training::{LabelledSpan, TrainingMarks, TrainingRecording, TrainingRequest};
pub use transaction::StoreTransaction;
pub use unsure::{NewUnsure, UnsureMark};
pub use versions::{BEFORE_HISTORY, SavedScan, ScanVersion};

/// How long a call waits for other writers before it gives up with [`StoreError::Locked`].
pub const BUSY_WAIT: Duration = Duration::from_secs(30);

/// One connection to the shared database.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    backup: Option<PathBuf>,
    presence: Presence,
    patience: Patience,
    queue: Queue,
    /// The length of the log at which it is emptied next, in bytes.
    log_due_at: Cell<u64>,
    /// A [`StoreTransaction`] is open: every call belongs to it.
    in_transaction: Cell<bool>,
}

impl Store {
    /// Opens the database at `path`, creating folder and file where they are missing and bringing an older file, or
    /// one that 8-cut wrote, into shape. Before the first change to a file that Earmark did not create, a copy is made
    /// beside it ([`Self::backup`]).
    ///
    /// # Errors
    /// Every way in which a file can be unusable has its own [`StoreError`]; nothing is changed in such a file.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_waiting(path, BUSY_WAIT)
    }

    /// As [`Self::open`], with another patience for other writers than [`BUSY_WAIT`].
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_waiting(path: &Path, busy_wait: Duration) -> Result<Self, StoreError> {
        // The working folder belongs to the host, which may change it.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let (connection, patience, backup) = open::open(&path, busy_wait)?;
        let presence = Presence::of(&connection, &path)?;
        let queue = Queue::beside(connection.path().map_or(&*path, Path::new));
        Ok(Self {
            connection,
            path,
            backup,
            presence,
            patience,
            queue,
            log_due_at: Cell::new(0),
            in_transaction: Cell::new(false),
        })
    }

    /// Closes a store whose file is no longer the one at its path ([`StoreError::is_of_another_file`]), so that another
    /// one may be opened there. What was saved goes with the file to where it is now.
    pub fn let_go(self) {
        self.presence.let_go(self.connection);
    }

    /// Waits so long for other writers from now on.
    pub fn set_busy_wait(&mut self, busy_wait: Duration) {
        self.patience.set(busy_wait);
    }

    /// Where the database is by default: `EARMARK_DB`, else `chosen` (the path from the settings),
    /// else 8-cut's `~/.8cut.db` if it exists, else `earmark.db` in the user's data folder.
    ///
    /// # Errors
    /// [`StoreError::NoHome`] when none of these is known.
    pub fn default_path(chosen: Option<&Path>) -> Result<PathBuf, StoreError> {
        location::default_path(chosen)
    }

    /// The file this store is open on.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The copy that opening made before it adopted a file of 8-cut's; `None` when there was nothing to copy.
    pub fn backup(&self) -> Option<&Path> {
        self.backup.as_deref()
    }

    /// Changes whenever another connection (of this process, of another one, of 8-cut) has changed the file.
    ///
    /// # Errors
    /// When the file cannot be read any longer.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        self.read(|db| db.query_row("PRAGMA data_version", [], |row| row.get(0)))
    }

    /// Versions of SQLite and of the layout of the tables.
    pub fn versions_in_use(&self) -> String {
        format!("SQLite {}, layout {}", rusqlite::version(), migrate::KNOWN)
    }

    /// Reads the whole file and checks that it is intact. Takes seconds on a large file; meant for `earmark doctor`.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] with SQLite's first finding.
    pub fn check_integrity(&self) -> Result<(), StoreError> {
        let finding: String =
            self.read(|db| db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)))?;
        if finding == "ok" {
            Ok(())
        } else {
            Err(StoreError::Corrupt {
                path: self.path.clone(),
                detail: finding,
            })
        }
    }

    /// Runs `work` on one unchanging picture of the database.
    fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let begun = Instant::now();
        let failed = |error| StoreError::from_sqlite(&self.path, begun.elapsed(), error);
        if self.in_transaction.get() {
            return work(&self.connection).map_err(failed);
        }
        self.presence.check(&self.path)?;
        (|| {
            let tx = Transaction::new_unchecked(&self.connection, TransactionBehavior::Deferred)?;
            let found = work(&tx)?;
            tx.commit()?;
            Ok(found)
        })()
        .map_err(failed)
    }

    /// Runs `work` as one transaction, or as a part of the [`StoreTransaction`] that is open. The transaction takes the
    /// writer's place at once: one that only later turns out to write could lose that place to another process and fail
    /// half way.
    fn write<T>(&self, work: impl FnOnce(&Tx<'_>) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let begun = Instant::now();
        let failed = |error| StoreError::from_sqlite(&self.path, begun.elapsed(), error);
        if self.in_transaction.get() {
            return work(&Tx::within(&self.connection)).map_err(failed);
        }
        self.presence.check(&self.path)?;
        let (_turn, tx) = self
            .in_turn(|| {
                Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)
            })
            .map_err(failed)?;
        let made = work(&Tx::within(&tx)).map_err(failed)?;
        // Seconds may have gone by while others wrote.
        self.presence.check(&self.path)?;
        tx.commit().map_err(failed)?;
        self.keep_log_short();
        Ok(made)
    }

    /// Begins a transaction when it is this writer's turn. The turn lasts until it is dropped, after the commit: SQLite then
    /// moves its log into the database, which it can finish only while nobody writes.
    fn in_turn<T>(
        &self,
        begin: impl FnOnce() -> rusqlite::Result<T>,
    ) -> rusqlite::Result<(Option<Turn>, T)> {
        let begun = Instant::now();
        let patience = self.patience.get();
        let turn = self.queue.wait_for_turn(patience);
        let left = patience.saturating_sub(begun.elapsed());
        Ok((turn, self.patience.during(left, begin)?))
    }

    /// Empties SQLite's log when it is due. What was committed is committed, whatever becomes of the log.
    fn keep_log_short(&self) {
        if let Err(error) = open::keep_log_short(
            &self.connection,
            self.presence.log_bytes(),
            &self.log_due_at,
            &self.patience,
        ) {
            tracing::warn!("the log of {} is not emptied: {error}", self.path.display());
        }
    }
}
