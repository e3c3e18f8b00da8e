//! The embedding models that results in this database came from.

use super::rows::all;
use super::{Store, StoreError, clock};

/// A model that has been used on this database.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelRow {
    /// The name of its result tab: `AISFX`.
    pub key: String,
    /// For people.
    pub name: String,
    pub sha256: String,
    pub dims: u32,
    /// Seconds from one vector to the next.
    pub step_s: f64,
    pub window_s: f64,
}

const UPSERT: &str = "INSERT INTO models (key, sha256, name, dims, step_s, window_s, last_used)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
     ON CONFLICT (key) DO UPDATE SET sha256 = excluded.sha256, name = excluded.name,
         dims = excluded.dims, step_s = excluded.step_s, window_s = excluded.window_s,
         last_used = excluded.last_used";
const IS_USED: &str = "SELECT EXISTS (SELECT 1 FROM models WHERE key = ?1)
     OR EXISTS (SELECT 1 FROM classifiers WHERE model = ?1)
     OR EXISTS (SELECT 1 FROM hard_negatives WHERE source_model = ?1)
     OR EXISTS (SELECT 1 FROM scan_results WHERE model = ?1)";
const EVERY: &str = "SELECT key, name, sha256, dims, step_s, window_s FROM models ORDER BY key";

impl Store {
    /// Remembers that a model is in use.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn remember_model(&mut self, model: &ModelRow) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.prepare_cached(UPSERT)?.execute((
                &model.key,
                &model.sha256,
                &model.name,
                model.dims,
                model.step_s,
                model.window_s,
                clock::local_now(),
            ))?;
            Ok(())
        })
    }

    /// Whether anything in the database came from the model `key`, whichever program put it there. May read a whole table:
    /// ask it about a model that is not installed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn knows_model(&self, key: &str) -> Result<bool, StoreError> {
        self.read(|db| db.query_row(IS_USED, [key], |row| row.get(0)))
    }

    /// All models ever used, in alphabetical order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn models(&self) -> Result<Vec<ModelRow>, StoreError> {
        self.read(|db| {
            all(db, EVERY, [], |row| {
                Ok(ModelRow {
                    key: row.get(0)?,
                    name: row.get(1)?,
                    sha256: row.get(2)?,
                    dims: row.get(3)?,
                    step_s: row.get(4)?,
                    window_s: row.get(5)?,
                })
            })
        })
    }
}
