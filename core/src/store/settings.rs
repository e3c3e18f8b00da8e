//! Settings that belong to the database rather than to one instance.

use rusqlite::OptionalExtension as _;

use super::{Store, StoreError};

const GET: &str = "SELECT value FROM settings WHERE key = ?1";
const SET: &str = "INSERT INTO settings (key, value) VALUES (?1, ?2)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[GET, SET];

impl Store {
    /// The value of a setting; `None` when it was never set.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.read(|db| {
            db.prepare_cached(GET)?
                .query_row([key], |row| row.get(0))
                .optional()
        })
    }

    /// Sets a setting.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_setting(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.prepare_cached(SET)?.execute((key, value))?;
            Ok(())
        })
    }
}
