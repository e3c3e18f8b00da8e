//! Deleting a version so that it can be brought back whole: its rows under the identities they had.
//!
//! Pruning deletes too, but for good, and so does not come by here.

use rusqlite::types::{ToSql, Value};
use rusqlite::{Transaction, params_from_iter};

use super::rows::{all, quoted};
use super::versions::{self, Key};
use super::{Store, StoreError};

/// The columns that say which version a row is of, as every row of a [`DeletedVersion`] has them.
const KEY_COLUMNS: [&str; 4] = ["profile", "filename", "model", "scan_timestamp"];
const IS_THERE: &str = "SELECT
     EXISTS (SELECT 1 FROM scans WHERE profile = ?1 AND filename = ?2 AND model = ?3 AND scan_timestamp = ?4)
     OR EXISTS (SELECT 1 FROM scan_results
         WHERE profile = ?1 AND filename = ?2 AND model = ?3 AND scan_timestamp = ?4)";
const COLUMNS: &str = "SELECT name FROM pragma_table_info(?1)
     WHERE name NOT IN ('profile', 'filename', 'model', 'scan_timestamp')";

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
    scan: Rows,
    regions: Rows,
}

/// Rows of one table with all columns that it has, those of a later 8-cut included, but for the [`KEY_COLUMNS`].
#[derive(Debug, Clone, Default, PartialEq)]
struct Rows {
    columns: Vec<String>,
    /// Row after row.
    values: Vec<Value>,
}

impl DeletedVersion {
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
            let deleted = DeletedVersion {
                profile: profile.to_owned(),
                filename: filename.to_owned(),
                model: model.to_owned(),
                timestamp: timestamp.to_owned(),
                scan: Rows::read(tx, "scans", key, timestamp)?,
                regions: Rows::read(tx, "scan_results", key, timestamp)?,
            };
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
            deleted.scan.insert(tx, "scans", key)?;
            deleted.regions.insert(tx, "scan_results", key)?;
            Ok(true)
        })
    }
}

impl Rows {
    fn read(
        tx: &Transaction<'_>,
        table: &str,
        key: Key<'_>,
        timestamp: &str,
    ) -> rusqlite::Result<Self> {
        let columns: Vec<String> = all(tx, COLUMNS, [table], |row| row.get(0))?;
        let list: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
        let mut statement = tx.prepare_cached(&format!(
            "SELECT {} FROM {table}
             WHERE profile = ?1 AND filename = ?2 AND model = ?3 AND scan_timestamp = ?4 ORDER BY id",
            list.join(", ")
        ))?;
        let mut rows = statement.query((key.profile, key.filename, key.model, timestamp))?;
        let mut values = Vec::new();
        while let Some(row) = rows.next()? {
            for column in 0..columns.len() {
                values.push(row.get(column)?);
            }
        }
        Ok(Self { columns, values })
    }

    fn insert(
        &self,
        tx: &Transaction<'_>,
        table: &str,
        key: [&dyn ToSql; 4],
    ) -> rusqlite::Result<()> {
        let names: Vec<String> = KEY_COLUMNS
            .into_iter()
            .chain(self.columns.iter().map(String::as_str))
            .map(quoted)
            .collect();
        let places: Vec<String> = names
            .iter()
            .zip(1..)
            .map(|(name, place)| match name.as_str() {
                "\"classifier_id\"" => format!("(SELECT id FROM classifiers WHERE id = ?{place})"),
                _ => format!("?{place}"),
            })
            .collect();
        let mut insert = tx.prepare_cached(&format!(
            "INSERT INTO {table} ({}) VALUES ({})",
            names.join(", "),
            places.join(", ")
        ))?;
        for row in self.values.chunks(self.columns.len().max(1)) {
            let row = row.iter().map(|value| value as &dyn ToSql);
            insert.execute(params_from_iter(key.into_iter().chain(row)))?;
        }
        Ok(())
    }

    fn size_bytes(&self) -> usize {
        let held = self.values.iter().map(|value| match value {
            Value::Text(text) => text.capacity(),
            Value::Blob(bytes) => bytes.capacity(),
            Value::Null | Value::Integer(_) | Value::Real(_) => 0,
        });
        held.sum::<usize>() + self.values.len() * size_of::<Value>()
    }
}
