//! Files with saved versions that are no takes: those that a user dropped on a window, or that a search of the library saved.

use std::path::PathBuf;

use rusqlite::Row;

use super::rows::{all, path_from, usize_from};
use super::{Store, StoreError};

/// A file with versions, as its newest one by a model says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannedFile {
    pub filename: String,
    /// Where it was last seen, as far as that is known.
    pub path: Option<PathBuf>,
    /// When the newest version was saved: `20260419_153631_123456`, local time.
    pub timestamp: String,
    /// The N of `[vN]`.
    pub number: u32,
    /// Regions of the newest version.
    pub regions: usize,
}

const SCANNED: &str = "WITH newest AS (
         SELECT s.filename, MAX(s.scan_timestamp) AS saved, s.number, s.source_path FROM scans s
         WHERE s.profile = ?1 AND s.model = ?2
             AND NOT EXISTS (SELECT 1 FROM takes t WHERE t.filename = s.filename)
         GROUP BY s.filename ORDER BY saved DESC LIMIT ?3)
     SELECT newest.filename,
         COALESCE((SELECT r.path FROM recordings r WHERE r.name = newest.filename), newest.source_path),
         newest.saved, newest.number,
         (SELECT COUNT(*) FROM scan_results r WHERE r.profile = ?1 AND r.filename = newest.filename
              AND r.model = ?2 AND r.scan_timestamp = newest.saved)
     FROM newest ORDER BY newest.saved DESC";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[SCANNED];

impl Store {
    /// The files with versions of `profile` by `model` that are no takes, the last scanned first, so many at most.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn scanned_beside_takes(
        &self,
        profile: &str,
        model: &str,
        most: usize,
    ) -> Result<Vec<ScannedFile>, StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.read(|db| all(db, SCANNED, (profile, model, most), file_from))
    }
}

fn file_from(row: &Row<'_>) -> rusqlite::Result<ScannedFile> {
    Ok(ScannedFile {
        filename: row.get(0)?,
        path: path_from(row.get(1)?),
        timestamp: row.get(2)?,
        number: row.get(3)?,
        regions: usize_from(row.get(4)?),
    })
}
