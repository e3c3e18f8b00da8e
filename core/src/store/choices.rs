//! The choices of a profile's last training with a model, so that the user need not make them again.

use rusqlite::OptionalExtension as _;
use serde_json::Value;

use super::{Store, StoreError};

const GET: &str = "SELECT choices FROM training_choices WHERE profile = ?1 AND model = ?2";
const SET: &str = "INSERT INTO training_choices (profile, model, choices) VALUES (?1, ?2, ?3)
     ON CONFLICT (profile, model) DO UPDATE SET choices = excluded.choices";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[GET, SET];

impl Store {
    /// The choices of the last training; `None` before the first. Damaged JSON counts as none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn training_choices(
        &self,
        profile: &str,
        model: &str,
    ) -> Result<Option<Value>, StoreError> {
        let text: Option<String> = self.read(|db| {
            db.prepare_cached(GET)?
                .query_row((profile, model), |row| row.get(0))
                .optional()
        })?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Keeps the choices of a training, in the place of the last one's.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn remember_training_choices(
        &mut self,
        profile: &str,
        model: &str,
        choices: &Value,
    ) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.prepare_cached(SET)?
                .execute((profile, model, choices.to_string()))?;
            Ok(())
        })
    }
}
