//! Hard negatives: spots that the user marked as "not this sound" while reviewing results.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Row};
use serde::Serialize;

use super::rows::{all, all_valid, path_text, usize_from};
use super::{NegativeId, Store, StoreError, Tx, clock};
use crate::time::Span;

/// How long a hard negative is taken to be when the row does not say (8-cut's rows have a start only), in seconds.
pub const UNSAID_LENGTH_S: f64 = 1.0;
/// Two marks of a file whose starts and whose ends lie within this many seconds of each other are one mark. Well below the shortest window
/// of any model, well above what rounding does to a time.
pub const SAME_SPOT_S: f64 = 0.05;

/// A mark to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewNegative<'a> {
    pub profile: &'a str,
    pub filename: &'a str,
    /// In seconds from the recording's start.
    pub span: Span,
    pub source_path: &'a Path,
    /// The model in whose results it was marked; empty when it was not marked in any.
    pub source_model: &'a str,
}

/// A mark as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HardNegative {
    pub id: NegativeId,
    pub profile: String,
    pub filename: String,
    pub start_s: f64,
    /// `None` when 8-cut made the mark, which keeps no end.
    pub end_s: Option<f64>,
    #[serde(serialize_with = "crate::platform::serialize_optional_path")]
    pub source_path: Option<PathBuf>,
    /// Empty when nobody said.
    pub source_model: String,
    /// `2026-04-19 15:36:31`, local time; empty when it was made before dates were kept.
    pub created_at: String,
}

impl HardNegative {
    /// What is marked; `length_s` seconds from the start when the mark has no end of its own.
    pub fn span(&self, length_s: f64) -> Option<Span> {
        Span::new(self.start_s, self.end_s.unwrap_or(self.start_s + length_s)).ok()
    }
}

/// What [`negative_from`] reads, in its order.
macro_rules! columns {
    () => {
        "id, profile, filename, start_time, end_time, source_path, source_model, created_at"
    };
}

const OF_PROFILE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM hard_negatives WHERE profile = ?1 ORDER BY id DESC"
);
const OF_MODEL: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM hard_negatives WHERE profile = ?1 AND source_model = ?2 ORDER BY id DESC"
);
const OF_FILE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM hard_negatives WHERE profile = ?1 AND filename = ?2 ORDER BY start_time"
);
/// A mark that 8-cut made has no end; it is the mark that starts there.
const AT_SPOT: &str = "SELECT id FROM hard_negatives
     WHERE profile = ?1 AND filename = ?2 AND start_time BETWEEN ?3 AND ?4
         AND (end_time IS NULL OR end_time BETWEEN ?5 AND ?6) ORDER BY id LIMIT 1";
const COUNTS: &str = "SELECT source_model, COUNT(*) FROM hard_negatives
     WHERE profile = ?1 GROUP BY source_model ORDER BY source_model";
const INSERT: &str = "INSERT INTO hard_negatives
         (profile, filename, start_time, end_time, source_path, source_model, created_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const REMOVE: &str = concat!(
    "DELETE FROM hard_negatives WHERE id = ?1 RETURNING ",
    columns!()
);
const CLEAR: &str = concat!(
    "DELETE FROM hard_negatives WHERE profile = ?1 RETURNING ",
    columns!()
);
const CLEAR_MODEL: &str = concat!(
    "DELETE FROM hard_negatives WHERE profile = ?1 AND source_model = ?2 RETURNING ",
    columns!()
);

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    OF_PROFILE,
    OF_MODEL,
    OF_FILE,
    AT_SPOT,
    COUNTS,
    REMOVE,
    CLEAR,
    CLEAR_MODEL,
];

impl Store {
    /// Marks a spot and returns the mark's id; that of the mark that is there already, if the spot is marked.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn add_negative(&mut self, negative: &NewNegative<'_>) -> Result<NegativeId, StoreError> {
        self.write(|tx| add(tx, negative))
    }

    /// Marks several spots at once: all of them, or none if it fails. The ids are in the order of `negatives`.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn add_negatives(
        &mut self,
        negatives: &[NewNegative<'_>],
    ) -> Result<Vec<NegativeId>, StoreError> {
        self.write(|tx| negatives.iter().map(|negative| add(tx, negative)).collect())
    }

    /// The marks of `profile`, newest first; only those made in `source_model`'s results if one is given.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn negatives(
        &self,
        profile: &str,
        source_model: Option<&str>,
    ) -> Result<Vec<HardNegative>, StoreError> {
        self.read(|db| match source_model {
            None => all(db, OF_PROFILE, [profile], negative_from),
            Some(model) => all(db, OF_MODEL, (profile, model), negative_from),
        })
    }

    /// The marks of one file, by start.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn negatives_in(
        &self,
        profile: &str,
        filename: &str,
    ) -> Result<Vec<HardNegative>, StoreError> {
        self.read(|db| of_file(db, profile, filename))
    }

    /// The marks that `span` of a file covers: those that start where it starts (within [`SAME_SPOT_S`]) or that share
    /// at least half of the shorter one's length with it, so that a mark is found again after its region was resized.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn negatives_at(
        &self,
        profile: &str,
        filename: &str,
        span: Span,
    ) -> Result<Vec<HardNegative>, StoreError> {
        let mut found = self.negatives_in(profile, filename)?;
        found.retain(|mark| {
            let marked = mark.span(0.0);
            let shared = marked.is_some_and(|marked| marked.covers_most_of(span));
            shared || (mark.start_s - span.start_s()).abs() <= SAME_SPOT_S
        });
        Ok(found)
    }

    /// How many marks each model's results have in `profile`; the empty name for marks of unknown origin.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn negative_counts(&self, profile: &str) -> Result<Vec<(String, usize)>, StoreError> {
        self.read(|db| {
            all(db, COUNTS, [profile], |row| {
                Ok((row.get(0)?, usize_from(row.get(1)?)))
            })
        })
    }

    /// Removes marks and returns them. Those that are gone already are not returned.
    ///
    /// # Errors
    /// When the database cannot be written; then none is removed.
    pub fn remove_negatives(
        &mut self,
        ids: &[NegativeId],
    ) -> Result<Vec<HardNegative>, StoreError> {
        self.write(|tx| {
            let mut remove = tx.prepare_cached(REMOVE)?;
            let removed = ids
                .iter()
                .map(|id| remove.query_row([id], negative_from).optional());
            removed.filter_map(Result::transpose).collect()
        })
    }

    /// Removes all marks of `profile`, or only those made in `source_model`'s results, and returns them whole.
    ///
    /// # Errors
    /// When the database cannot be written; then none is removed.
    pub fn clear_negatives(
        &mut self,
        profile: &str,
        source_model: Option<&str>,
    ) -> Result<Vec<HardNegative>, StoreError> {
        self.write(|tx| match source_model {
            None => all(tx, CLEAR, [profile], negative_from),
            Some(model) => all(tx, CLEAR_MODEL, (profile, model), negative_from),
        })
    }
}

/// The marks of one file, by start; without those whose times are no numbers.
pub(super) fn of_file(
    db: &Connection,
    profile: &str,
    filename: &str,
) -> rusqlite::Result<Vec<HardNegative>> {
    all_valid(db, OF_FILE, (profile, filename), |row| {
        negative_from(row).map(|negative| negative.start_s.is_finite().then_some(negative))
    })
}

/// All marks of a profile, for training.
pub(super) fn of_profile(db: &Connection, profile: &str) -> rusqlite::Result<Vec<HardNegative>> {
    all(db, OF_PROFILE, [profile], negative_from)
}

fn negative_from(row: &Row<'_>) -> rusqlite::Result<HardNegative> {
    Ok(HardNegative {
        id: row.get(0)?,
        profile: row.get(1)?,
        filename: row.get(2)?,
        start_s: row.get(3)?,
        end_s: row.get(4)?,
        source_path: super::rows::path_from(row.get(5)?),
        source_model: row.get(6)?,
        created_at: row.get(7)?,
    })
}

fn add(tx: &Tx<'_>, negative: &NewNegative<'_>) -> rusqlite::Result<NegativeId> {
    let NewNegative {
        profile,
        filename,
        span,
        ..
    } = *negative;
    let near = (
        profile,
        filename,
        span.start_s() - SAME_SPOT_S,
        span.start_s() + SAME_SPOT_S,
        span.end_s() - SAME_SPOT_S,
        span.end_s() + SAME_SPOT_S,
    );
    if let Some(id) = tx
        .prepare_cached(AT_SPOT)?
        .query_row(near, |row| row.get(0))
        .optional()?
    {
        return Ok(id);
    }
    let id = tx.prepare_cached(INSERT)?.insert((
        profile,
        filename,
        span.start_s(),
        span.end_s(),
        path_text(negative.source_path),
        negative.source_model,
        clock::local_now(),
    ))?;
    Ok(NegativeId(id))
}
