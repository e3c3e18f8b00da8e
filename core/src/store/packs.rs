//! Classifiers that came in a pack: entered once, beside those that are there, with what the pack said about itself.

use rusqlite::OptionalExtension as _;
use serde_json::Value;

use super::classifiers::insert;
use super::{ClassifierId, ClassifierRow, NewClassifier, Store, StoreError};

/// What became of a classifier that was to be entered.
#[derive(Debug, Clone, PartialEq)]
pub enum ImportedClassifier {
    /// It is the newest version now.
    New(Box<ClassifierRow>),
    /// The very same one was there already; nothing changed.
    There { id: ClassifierId, version: u32 },
}

impl ImportedClassifier {
    /// Its row.
    pub fn id(&self) -> ClassifierId {
        match self {
            Self::New(row) => row.id,
            Self::There { id, .. } => *id,
        }
    }
}

const SAME: &str = "SELECT id, version FROM classifiers
     WHERE profile = ?1 AND model = ?2 AND model_sha256 = ?3 AND bytes = ?4 ORDER BY version DESC LIMIT 1";
const SAY_ORIGIN: &str = "UPDATE classifiers SET origin = ?2 WHERE id = ?1";
const ORIGIN: &str = "SELECT origin FROM classifiers WHERE id = ?1";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[SAME, SAY_ORIGIN, ORIGIN];

impl Store {
    /// Enters a classifier that came in a pack as the next version, with where it came `from`, unless the very same one is there.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn import_classifier(
        &mut self,
        new: &NewClassifier<'_>,
        from: &Value,
    ) -> Result<ImportedClassifier, StoreError> {
        self.write(|tx| {
            let key = (new.profile, new.model, new.model_sha256, new.bytes);
            let same = tx.prepare_cached(SAME)?.query_row(key, |row| {
                Ok(ImportedClassifier::There {
                    id: row.get(0)?,
                    version: row.get(1)?,
                })
            });
            if let Some(there) = same.optional()? {
                return Ok(there);
            }
            let row = insert(tx, new)?;
            tx.prepare_cached(SAY_ORIGIN)?
                .execute((row.id, from.to_string()))?;
            Ok(ImportedClassifier::New(Box::new(row)))
        })
    }

    /// What the pack of a classifier said about itself, as JSON text; `None` when it was trained in this database.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn classifier_origin(&self, id: ClassifierId) -> Result<Option<String>, StoreError> {
        self.read(|db| {
            let origin = db.prepare_cached(ORIGIN)?.query_row([id], |row| row.get(0));
            Ok(origin.optional()?.flatten())
        })
    }
}
