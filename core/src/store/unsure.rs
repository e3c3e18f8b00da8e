//! Unsure marks: spans that the user could not decide about. A training leaves them out.

use rusqlite::{Connection, OptionalExtension as _, Row};
use serde::Serialize;

use super::rows::{all_valid, span_from};
use super::{Store, StoreError, UnsureId, clock};
use crate::time::Span;

/// A mark to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewUnsure<'a> {
    pub profile: &'a str,
    pub filename: &'a str,
    /// In seconds from the recording's start.
    pub span: Span,
    /// The model in whose results it was marked.
    pub source_model: &'a str,
}

/// A mark as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnsureMark {
    pub id: UnsureId,
    pub profile: String,
    pub filename: String,
    /// In seconds from the recording's start.
    pub span: Span,
    pub source_model: String,
    /// `2026-04-19 15:36:31`, local time.
    pub created_at: String,
}

/// What [`unsure_from`] reads, in its order.
macro_rules! columns {
    () => {
        "id, profile, filename, start_time, end_time, source_model, created_at"
    };
}

const OF_FILE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM unsure_marks WHERE profile = ?1 AND filename = ?2 ORDER BY start_time"
);
const OF_PROFILE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM unsure_marks WHERE profile = ?1 ORDER BY filename, start_time"
);
const INSERT: &str = concat!(
    "INSERT INTO unsure_marks
         (profile, filename, start_time, end_time, source_model, created_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
     RETURNING ",
    columns!()
);
const REMOVE: &str = concat!(
    "DELETE FROM unsure_marks WHERE id = ?1 RETURNING ",
    columns!()
);

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[OF_FILE, OF_PROFILE, REMOVE];

impl Store {
    /// Marks several spans at once: all of them, or none if it fails. Returns the rows in the order of `marks`.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn add_unsure(&mut self, marks: &[NewUnsure<'_>]) -> Result<Vec<UnsureMark>, StoreError> {
        self.write(|tx| {
            let mut insert = tx.prepare_cached(INSERT)?;
            let now = clock::local_now();
            let added = marks.iter().map(|mark| {
                insert.query_row(
                    (
                        mark.profile,
                        mark.filename,
                        mark.span.start_s(),
                        mark.span.end_s(),
                        mark.source_model,
                        &now,
                    ),
                    unsure_from,
                )
            });
            let added: Result<Vec<_>, _> = added.collect();
            Ok(added?.into_iter().flatten().collect())
        })
    }

    /// The marks of `profile` by file and start; only those in `filename` if one is given.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn unsure_marks(
        &self,
        profile: &str,
        filename: Option<&str>,
    ) -> Result<Vec<UnsureMark>, StoreError> {
        self.read(|db| match filename {
            Some(filename) => all_valid(db, OF_FILE, (profile, filename), unsure_from),
            None => of_profile(db, profile),
        })
    }

    /// Removes marks and returns them. Those that are gone already are not returned.
    ///
    /// # Errors
    /// When the database cannot be written; then none is removed.
    pub fn remove_unsure(&mut self, ids: &[UnsureId]) -> Result<Vec<UnsureMark>, StoreError> {
        self.write(|tx| {
            let mut remove = tx.prepare_cached(REMOVE)?;
            let removed = ids
                .iter()
                .map(|id| remove.query_row([id], unsure_from).optional());
            let removed: Result<Vec<_>, _> = removed.collect();
            Ok(removed?.into_iter().flatten().flatten().collect())
        })
    }
}

/// All marks of a profile, for training.
pub(super) fn of_profile(db: &Connection, profile: &str) -> rusqlite::Result<Vec<UnsureMark>> {
    all_valid(db, OF_PROFILE, [profile], unsure_from)
}

/// `None` for a row whose times are no span.
fn unsure_from(row: &Row<'_>) -> rusqlite::Result<Option<UnsureMark>> {
    let Some(span) = span_from(row.get(3)?, row.get(4)?) else {
        return Ok(None);
    };
    Ok(Some(UnsureMark {
        id: row.get(0)?,
        profile: row.get(1)?,
        filename: row.get(2)?,
        span,
        source_model: row.get(5)?,
        created_at: row.get(6)?,
    }))
}
