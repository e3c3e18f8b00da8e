//! Deleting a profile, for good or so that it can be brought back.

use rusqlite::types::ToSql;
use rusqlite::{Connection, Transaction};

use super::kept::KeptRows;
use super::profiles::{
    HIDE_MISSING_DATES, NO_DATE, SHOW_MISSING_DATES, TABLES, UNMAKE, count, empty, exists, make,
    missing, unprotected,
};
use super::rows::{all, u64_from};
use super::{ProfileRows, Store, StoreError};

/// The column that says which profile a row is of.
const KEY: [&str; 1] = ["profile"];
/// What a row takes besides its scores or weights, roughly, in bytes.
const ROW_BYTES: u64 = 500;
const LARGE_BYTES: &str = "SELECT
     COALESCE((SELECT SUM(LENGTH(scores)) FROM scans WHERE profile = ?1), 0)
     + COALESCE((SELECT SUM(LENGTH(bytes)) FROM classifiers WHERE profile = ?1), 0)";
const LENT: &str =
    "SELECT s.id, s.classifier_id FROM classifiers c JOIN scans s ON s.classifier_id = c.id
     WHERE c.profile = ?1 AND s.profile <> ?1";
const RETURN_LENT: &str =
    "UPDATE scans SET classifier_id = ?2 WHERE id = ?1 AND classifier_id IS NULL";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[LARGE_BYTES, LENT, RETURN_LENT];

/// A profile that was deleted, with everything it takes to bring it back.
#[derive(Debug, Clone, PartialEq)]
pub struct RemovedProfile {
    name: String,
    /// How much there was in it.
    rows: ProfileRows,
    tables: Vec<(&'static str, KeptRows)>,
    /// Scans of other profiles, and the classifier of this one that each came from.
    lent: Vec<(i64, i64)>,
}

impl RemovedProfile {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How much there was in it.
    pub fn rows(&self) -> &ProfileRows {
        &self.rows
    }

    /// How much memory it takes, roughly, in bytes.
    pub fn size_bytes(&self) -> usize {
        let tables = self.tables.iter();
        tables.map(|(_, rows)| rows.size_bytes()).sum()
    }
}

impl Store {
    /// Deletes a profile with everything in it, for good, and returns what that was. No file on disk is touched.
    /// Ask first: [`Self::profile_rows`] says how much it will be.
    ///
    /// # Errors
    /// [`StoreError::ProfileProtected`] for `default`, [`StoreError::NoSuchProfile`], or when the database cannot be
    /// written; then nothing is deleted.
    pub fn delete_profile(&mut self, name: &str) -> Result<ProfileRows, StoreError> {
        unprotected(name)?;
        self.write(|tx| {
            if !exists(tx, name)? {
                return Ok(Err(missing(name)));
            }
            let deleted = count(tx, name)?;
            delete(tx, name)?;
            Ok(Ok(deleted))
        })?
    }

    /// Deletes a profile as [`Self::delete_profile`] does, and returns it to be brought back.
    ///
    /// # Errors
    /// As [`Self::delete_profile`].
    pub fn remove_profile(&mut self, name: &str) -> Result<RemovedProfile, StoreError> {
        unprotected(name)?;
        self.write(|tx| {
            if !exists(tx, name)? {
                return Ok(Err(missing(name)));
            }
            // A trigger would date the marks that have no date when they come back.
            tx.execute(HIDE_MISSING_DATES, (name, NO_DATE))?;
            let tables = TABLES
                .into_iter()
                .map(|table| KeptRows::read(tx, table, &KEY, &[name]).map(|rows| (table, rows)));
            let removed = RemovedProfile {
                name: name.to_owned(),
                rows: count(tx, name)?,
                tables: tables.collect::<Result<_, _>>()?,
                lent: all(tx, LENT, [name], |row| Ok((row.get(0)?, row.get(1)?)))?,
            };
            delete(tx, name)?;
            Ok(Ok(removed))
        })?
    }

    /// Brings a removed profile back with everything that was in it, under the identities it had.
    ///
    /// # Errors
    /// [`StoreError::ProfileExists`] when there is one of its name again, or when the database cannot be written; then
    /// no part of it is back.
    pub fn bring_profile_back(&mut self, removed: &RemovedProfile) -> Result<(), StoreError> {
        let name = &removed.name;
        self.write(|tx| {
            if exists(tx, name)? {
                return Ok(Err(StoreError::ProfileExists {
                    profile: name.clone(),
                }));
            }
            // The last numbers of versions of a profile that is not listed, as when it was made.
            empty(tx, name)?;
            let key: [&dyn ToSql; 1] = [name];
            // The other way round than deleting: scans refer to classifiers.
            for (table, rows) in removed.tables.iter().rev() {
                rows.insert(tx, table, &KEY, &key)?;
            }
            tx.execute(SHOW_MISSING_DATES, (name, NO_DATE))?;
            for (scan, classifier) in &removed.lent {
                tx.prepare_cached(RETURN_LENT)?
                    .execute((scan, classifier))?;
            }
            make(tx, name)?;
            Ok(Ok(()))
        })?
    }

    /// How much memory a profile would take as a [`RemovedProfile`], roughly, in bytes.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn profile_bytes(&self, name: &str) -> Result<u64, StoreError> {
        self.read(|db| bytes(db, name))
    }
}

fn bytes(db: &Connection, name: &str) -> rusqlite::Result<u64> {
    let large = db.query_row(LARGE_BYTES, [name], |row| row.get(0).map(u64_from))?;
    let rows = count(db, name)?.total();
    Ok(large.saturating_add(rows.saturating_mul(ROW_BYTES)))
}

fn delete(tx: &Transaction<'_>, name: &str) -> rusqlite::Result<()> {
    empty(tx, name)?;
    tx.execute(UNMAKE, [name])?;
    Ok(())
}
