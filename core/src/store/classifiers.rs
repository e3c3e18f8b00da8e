//! Classifiers: every trained version, with its weights, its examples in numbers, and its metrics.

use rusqlite::types::Type;
use rusqlite::{OptionalExtension as _, Row, params};
use serde::Serialize;
use serde_json::Value;

use super::rows::{all, u64_from};
use super::{ClassifierId, Store, StoreError, Tx, clock};

/// What a training made.
#[derive(Debug, Clone, Copy)]
pub struct NewClassifier<'a> {
    pub profile: &'a str,
    pub model: &'a str,
    /// What the user calls it; empty when it has no name.
    pub name: &'a str,
    /// The classes whose clips were the sound.
    pub classes: &'a [String],
    pub negative_class: Option<&'a str>,
    /// How many examples of each kind, as JSON.
    pub counts: &'a Value,
    /// Cross-validation figures as JSON; `None` when there were too few recordings to hold any out.
    pub metrics: Option<&'a Value>,
    /// How long the training took.
    pub seconds: f32,
    /// The serialised classifier.
    pub bytes: &'a [u8],
    /// Checksum of the embedding model that the vectors came from.
    pub model_sha256: &'a str,
    pub used_hard_negatives: bool,
    /// Background windows lay at least so many seconds from every positive.
    pub background_margin_s: f64,
    pub marks_seen: MarksSeen,
}

/// The newest marks of each kind when a training gathered what it learned from; 0 for none. What is newer came after it, whatever
/// the clock said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MarksSeen {
    pub clips: i64,
    pub hard_negatives: i64,
    pub unsure: i64,
}

/// A classifier version, without its weights.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassifierRow {
    pub id: ClassifierId,
    pub profile: String,
    pub model: String,
    /// Counts up from 1 per profile and model.
    pub version: u32,
    /// What the user calls it; empty when it has no name.
    pub name: String,
    /// `2026-04-19 15:36:31`, local time.
    pub created_at: String,
    pub classes: Vec<String>,
    pub negative_class: Option<String>,
    pub used_hard_negatives: bool,
    pub counts: Value,
    pub metrics: Option<Value>,
    pub seconds: f32,
    pub model_sha256: String,
    pub size_bytes: u64,
    /// The version that this one is a copy of, if the user went back to it.
    pub copy_of: Option<u32>,
    /// Background windows lay at least so many seconds from every positive; `None` when it was trained before there was a
    /// choice.
    pub background_margin_s: Option<f64>,
    /// `None` when it was trained before these were kept.
    #[serde(skip)]
    pub marks_seen: Option<MarksSeen>,
}

macro_rules! columns {
    () => {
        "id, profile, model, version, created_at, classes, negative_class, used_hard_negatives, counts,
         metrics, seconds, model_sha256, length(bytes), copy_of, name, background_margin_s,
         clips_seen, hard_negatives_seen, unsure_seen"
    };
}

const INSERT: &str = concat!(
    "INSERT INTO classifiers (profile, model, version, created_at, classes, negative_class,
         used_hard_negatives, counts, metrics, seconds, model_sha256, bytes, name, background_margin_s,
         clips_seen, hard_negatives_seen, unsure_seen)
     SELECT ?1, ?2,
         1 + COALESCE((SELECT MAX(version) FROM classifiers WHERE profile = ?1 AND model = ?2), 0),
         ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16
     RETURNING ",
    columns!()
);
const OF_MODEL: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM classifiers WHERE profile = ?1 AND model = ?2 ORDER BY version DESC"
);
const LATEST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM classifiers WHERE profile = ?1 AND model = ?2 ORDER BY version DESC LIMIT 1"
);
/// A copy of a copy is one of the original.
const RESTORE: &str = concat!(
    "INSERT INTO classifiers (profile, model, version, created_at, classes, negative_class,
         used_hard_negatives, counts, metrics, seconds, model_sha256, bytes, name, background_margin_s,
         clips_seen, hard_negatives_seen, unsure_seen, origin, copy_of)
     SELECT profile, model,
         1 + (SELECT MAX(version) FROM classifiers WHERE profile = ?1 AND model = ?2),
         ?4, classes, negative_class, used_hard_negatives, counts, metrics, seconds, model_sha256,
         bytes, name, background_margin_s, clips_seen, hard_negatives_seen, unsure_seen, origin,
         COALESCE(copy_of, version)
     FROM classifiers WHERE profile = ?1 AND model = ?2 AND version = ?3
     RETURNING ",
    columns!()
);
const NEWEST_MARKS: &str = "SELECT (SELECT COALESCE(MAX(id), 0) FROM processed),
         (SELECT COALESCE(MAX(id), 0) FROM hard_negatives),
         (SELECT COALESCE(MAX(id), 0) FROM unsure_marks)";
/// From name to name by the index, as all profiles are found.
const PROFILES: &str = "WITH RECURSIVE found (name) AS (
         SELECT MIN(profile) FROM classifiers
         UNION ALL
         SELECT (SELECT MIN(c.profile) FROM classifiers c WHERE c.profile > found.name)
         FROM found WHERE found.name IS NOT NULL)
     SELECT name FROM found
     WHERE name IS NOT NULL
         AND EXISTS (SELECT 1 FROM classifiers c WHERE c.profile = found.name AND c.model = ?1)";
const BYTES: &str = "SELECT bytes FROM classifiers WHERE id = ?1";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[OF_MODEL, LATEST, RESTORE, NEWEST_MARKS, PROFILES, BYTES];

impl Store {
    /// Saves a classifier as the next version of its profile and model.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn save_classifier(
        &mut self,
        new: &NewClassifier<'_>,
    ) -> Result<ClassifierRow, StoreError> {
        self.write(|tx| insert(tx, new))
    }

    /// The newest marks of all profiles.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn newest_marks(&self) -> Result<MarksSeen, StoreError> {
        self.read(|db| {
            db.prepare_cached(NEWEST_MARKS)?.query_row((), |row| {
                Ok(MarksSeen {
                    clips: row.get(0)?,
                    hard_negatives: row.get(1)?,
                    unsure: row.get(2)?,
                })
            })
        })
    }

    /// Makes an earlier classifier the newest again, as a copy under the next version; the ones between stay. `None` when there
    /// is no such version.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn restore_classifier(
        &mut self,
        profile: &str,
        model: &str,
        version: u32,
    ) -> Result<Option<ClassifierRow>, StoreError> {
        self.write(|tx| {
            tx.prepare_cached(RESTORE)?
                .query_row(
                    (profile, model, version, clock::local_now()),
                    classifier_from,
                )
                .optional()
        })
    }

    /// The classifier versions of a profile and model, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn classifiers(
        &self,
        profile: &str,
        model: &str,
    ) -> Result<Vec<ClassifierRow>, StoreError> {
        self.read(|db| all(db, OF_MODEL, (profile, model), classifier_from))
    }

    /// The profiles that have a classifier by `model`, in alphabetical order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn profiles_with_classifier(&self, model: &str) -> Result<Vec<String>, StoreError> {
        self.read(|db| all(db, PROFILES, [model], |row| row.get(0)))
    }

    /// The newest classifier of a profile and model; `None` before the first training.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn latest_classifier(
        &self,
        profile: &str,
        model: &str,
    ) -> Result<Option<ClassifierRow>, StoreError> {
        self.read(|db| {
            db.prepare_cached(LATEST)?
                .query_row((profile, model), classifier_from)
                .optional()
        })
    }

    /// The serialised classifier; `None` when it is gone.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn classifier_bytes(&self, id: ClassifierId) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|db| {
            db.prepare_cached(BYTES)?
                .query_row([id], |row| row.get(0))
                .optional()
        })
    }
}

/// Enters a classifier as the next version of its profile and model.
pub(super) fn insert(tx: &Tx<'_>, new: &NewClassifier<'_>) -> rusqlite::Result<ClassifierRow> {
    tx.prepare_cached(INSERT)?.query_row(
        params![
            new.profile,
            new.model,
            clock::local_now(),
            serde_json::json!(new.classes).to_string(),
            new.negative_class,
            new.used_hard_negatives,
            new.counts.to_string(),
            new.metrics.map(Value::to_string),
            new.seconds,
            new.model_sha256,
            new.bytes,
            new.name.trim(),
            new.background_margin_s,
            new.marks_seen.clips,
            new.marks_seen.hard_negatives,
            new.marks_seen.unsure,
        ],
        classifier_from,
    )
}

fn classifier_from(row: &Row<'_>) -> rusqlite::Result<ClassifierRow> {
    let metrics: Option<String> = row.get(9)?;
    Ok(ClassifierRow {
        id: row.get(0)?,
        profile: row.get(1)?,
        model: row.get(2)?,
        version: row.get(3)?,
        created_at: row.get(4)?,
        classes: json(5, &row.get::<_, String>(5)?)?,
        negative_class: row.get(6)?,
        used_hard_negatives: row.get(7)?,
        counts: json(8, &row.get::<_, String>(8)?)?,
        metrics: metrics.map(|metrics| json(9, &metrics)).transpose()?,
        seconds: row.get(10)?,
        model_sha256: row.get(11)?,
        size_bytes: u64_from(row.get(12)?),
        copy_of: row.get(13)?,
        name: row.get(14)?,
        background_margin_s: row.get(15)?,
        marks_seen: marks_seen_from(row)?,
    })
}

fn marks_seen_from(row: &Row<'_>) -> rusqlite::Result<Option<MarksSeen>> {
    let (clips, hard_negatives, unsure): (Option<i64>, Option<i64>, Option<i64>) =
        (row.get(16)?, row.get(17)?, row.get(18)?);
    Ok(match (clips, hard_negatives, unsure) {
        (Some(clips), Some(hard_negatives), Some(unsure)) => Some(MarksSeen {
            clips,
            hard_negatives,
            unsure,
        }),
        _ => None,
    })
}

fn json<T: serde::de::DeserializeOwned>(column: usize, text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}
