//! Forgetting a recording: what a profile holds about it goes, in one transaction.
//!
//! For good: nothing here can be taken back, so whoever calls it asks first. No file is touched, neither the recording nor
//! the clips that were made of it.

use std::path::PathBuf;

use rusqlite::Connection;
use serde::Serialize;

use super::rows::{all, path_from, u64_from};
use super::{Store, StoreError};

/// Every table whose rows belong to a recording of a profile.
const TABLES: [&str; 10] = [
    "processed",
    "scan_results",
    "hard_negatives",
    "unsure_marks",
    "region_notes",
    "mark_bands",
    "hidden_files",
    "scans",
    "scan_serials",
    "clip_folders",
];
const PATHS: &str = "SELECT source_path FROM processed WHERE profile = ?1 AND filename = ?2
     UNION SELECT source_path FROM hard_negatives WHERE profile = ?1 AND filename = ?2
     UNION SELECT source_path FROM scans WHERE profile = ?1 AND filename = ?2
     UNION SELECT path FROM takes WHERE filename = ?2";
const IS_TAKE: &str = "SELECT EXISTS (SELECT 1 FROM takes WHERE filename = ?1)";
/// Another profile may still know the take.
const FORGET_TAKE: &str = "DELETE FROM takes WHERE filename = ?1
     AND NOT EXISTS (SELECT 1 FROM processed WHERE filename = ?1)
     AND NOT EXISTS (SELECT 1 FROM scan_results WHERE filename = ?1)
     AND NOT EXISTS (SELECT 1 FROM hard_negatives WHERE filename = ?1)
     AND filename NOT IN (SELECT filename FROM unsure_marks)
     AND filename NOT IN (SELECT filename FROM region_notes)
     AND filename NOT IN (SELECT filename FROM scans)";

/// How much a profile knows about one recording.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RecordingRows {
    pub clips: u64,
    /// Regions of all versions, disabled ones included.
    pub regions: u64,
    pub versions: u64,
    pub hard_negatives: u64,
    pub unsure: u64,
    pub notes: u64,
    /// Whether the profile leaves it out of its lists.
    pub is_hidden: bool,
    /// Whether it is a take, which all profiles share.
    pub is_take: bool,
    /// Where it was seen last.
    pub paths: Vec<PathBuf>,
}

impl RecordingRows {
    /// Whether the profile knows nothing about the recording.
    pub fn is_empty(&self) -> bool {
        let marks = self.clips + self.hard_negatives + self.unsure + self.notes;
        marks + self.regions + self.versions == 0 && !self.is_hidden && !self.is_take
    }
}

impl Store {
    /// How much `profile` knows about the recording `filename`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn recording_rows(
        &self,
        profile: &str,
        filename: &str,
    ) -> Result<RecordingRows, StoreError> {
        self.read(|db| count(db, profile, filename))
    }

    /// Deletes all results, marks and notes of the recording `filename` in `profile`, and returns how many there were. With
    /// `take_is_gone` the take of that name is forgotten too, unless another profile has results, marks or notes of it.
    ///
    /// # Errors
    /// When the database cannot be written; then nothing is deleted.
    pub fn forget_recording(
        &mut self,
        profile: &str,
        filename: &str,
        take_is_gone: bool,
    ) -> Result<RecordingRows, StoreError> {
        self.write(|tx| {
            let mut rows = count(tx, profile, filename)?;
            for table in TABLES {
                tx.execute(
                    &format!("DELETE FROM {table} WHERE profile = ?1 AND filename = ?2"),
                    (profile, filename),
                )?;
            }
            rows.is_take = take_is_gone && tx.execute(FORGET_TAKE, [filename])? > 0;
            Ok(rows)
        })
    }
}

fn count(db: &Connection, profile: &str, filename: &str) -> rusqlite::Result<RecordingRows> {
    let in_table = |table: &str| {
        db.query_row(
            &format!("SELECT COUNT(*) FROM {table} WHERE profile = ?1 AND filename = ?2"),
            [profile, filename],
            |row| row.get(0).map(u64_from),
        )
    };
    let paths = all(db, PATHS, [profile, filename], |row| {
        row.get(0).map(path_from)
    })?;
    Ok(RecordingRows {
        clips: in_table("processed")?,
        regions: in_table("scan_results")?,
        versions: in_table("scans")?,
        hard_negatives: in_table("hard_negatives")?,
        unsure: in_table("unsure_marks")?,
        notes: in_table("region_notes")?,
        is_hidden: in_table("hidden_files")? > 0,
        is_take: db.query_row(IS_TAKE, [filename], |row| row.get(0))?,
        paths: paths.into_iter().flatten().collect(),
    })
}
