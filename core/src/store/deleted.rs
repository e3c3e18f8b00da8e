//! Deleting a version so that it can be brought back whole: its rows under the identities they had.
//!
//! Pruning deletes for good and does not use this.

use rusqlite::Transaction;
use rusqlite::types::ToSql;

use super::kept::KeptRows;
use super::versions::{self, Key};
use super::{Store, StoreError};

/// The columns that say which version a row is of, as every row of a [`DeletedVersion`] has them.
const KEY: [&str; 4] = ["profile", "filename", "model", "scan_timestamp"];
const IS_THERE: &str = "SELECT
     EXISTS (SELECT 1 FROM scans WHERE profile = ?1 AND filename = ?2 AND model = ?3 AND scan_timestamp = ?4)
     OR EXISTS (SELECT 1 FROM scan_results
         WHERE profile = ?1 AND filename = ?2 AND model = ?3 AND scan_timestamp = ?4)";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[IS_THERE];

/// A version that was deleted, with everything it takes to bring it back. A version of ten hours with ten thousand
/// regions takes about 3 MB.
#[derive(Debug, Clone, PartialEq)]
pub struct DeletedVersion {
    profile: String,
    filename: String,
    model: String,
    timestamp: String,
    /// At most one: provenance, number and scores. 8-cut's versions may have none.
    scan: KeptRows,
    regions: KeptRows,
}

impl DeletedVersion {
    /// The version as it is, before it is deleted.
    pub(super) fn read(
        tx: &Transaction<'_>,
        key: Key<'_>,
        timestamp: &str,
    ) -> rusqlite::Result<Self> {
        let of = [key.profile, key.filename, key.model, timestamp];
        Ok(Self {
            profile: key.profile.to_owned(),
            filename: key.filename.to_owned(),
            model: key.model.to_owned(),
            timestamp: timestamp.to_owned(),
            scan: KeptRows::read(tx, "scans", &KEY, &of)?,
            regions: KeptRows::read(tx, "scan_results", &KEY, &of)?,
        })
    }

    /// Which version of its results it is.
    pub fn timestamp(&self) -> &str {
        &self.timestamp
    }

    /// How much memory it takes, roughly, in bytes.
    pub fn size_bytes(&self) -> usize {
        self.scan.size_bytes() + self.regions.size_bytes()
    }
}

impl Store {
    /// Deletes a version with its regions, pinned or not, and returns it; `None` when there was nothing to delete.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn delete_version(
        &mut self,
        filename: &str,
        profile: &str,
        model: &str,
        timestamp: &str,
    ) -> Result<Option<DeletedVersion>, StoreError> {
        let key = Key {
            filename,
            profile,
            model,
        };
        self.write(|tx| {
            let deleted = DeletedVersion::read(tx, key, timestamp)?;
            Ok(versions::delete(tx, key, timestamp)?.then_some(deleted))
        })
    }

    /// Brings a deleted version back under the identities, date and number it had, with its regions, edits, scores and
    /// pin. Returns whether it did: a version that is there again already is left as it is. A classifier that is gone
    /// by now is no longer named as its origin.
    ///
    /// # Errors
    /// When the database cannot be written; then no part of it is back.
    pub fn restore_deleted_version(
        &mut self,
        deleted: &DeletedVersion,
    ) -> Result<bool, StoreError> {
        let key: [&dyn ToSql; 4] = [
            &deleted.profile,
            &deleted.filename,
            &deleted.model,
            &deleted.timestamp,
        ];
        self.write(|tx| {
            let is_there = tx
                .prepare_cached(IS_THERE)?
                .query_row(key, |row| row.get::<_, bool>(0))?;
            if is_there {
                return Ok(false);
            }
            deleted.scan.insert(tx, "scans", &KEY, &key)?;
            deleted.regions.insert(tx, "scan_results", &KEY, &key)?;
            Ok(true)
        })
    }
}
