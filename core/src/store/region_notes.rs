//! Notes: what the user wrote about spans of recordings. No training reads them, and 8-cut never sees them.

use rusqlite::{OptionalExtension as _, Row};
use serde::Serialize;

use super::rows::{all_valid, span_from};
use super::{RegionNoteId, Store, StoreError, clock};
use crate::limits;
use crate::time::Span;

/// The longest note, in characters.
pub const LONGEST_NOTE: usize = limits::LONGEST_NOTE;

/// A note to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewRegionNote<'a> {
    pub profile: &'a str,
    pub filename: &'a str,
    /// In seconds from the recording's start.
    pub span: Span,
    pub text: &'a str,
}

/// A note as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RegionNote {
    pub id: RegionNoteId,
    pub profile: String,
    pub filename: String,
    /// In seconds from the recording's start.
    pub span: Span,
    /// One line.
    pub text: String,
    /// `2026-04-19 15:36:31`, local time.
    pub created_at: String,
}

/// What [`note_from`] reads, in its order.
macro_rules! columns {
    () => {
        "id, profile, filename, start_time, end_time, text, created_at"
    };
}

const OF_FILE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM region_notes WHERE profile = ?1 AND filename = ?2 ORDER BY start_time"
);
const OF_PROFILE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM region_notes WHERE profile = ?1 ORDER BY filename, start_time"
);
const INSERT: &str =
    "INSERT INTO region_notes (profile, filename, start_time, end_time, text, created_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
     RETURNING id";
const REWRITE: &str = concat!(
    "UPDATE region_notes SET text = ?2 WHERE id = ?1 RETURNING ",
    columns!()
);
const REMOVE: &str = concat!(
    "DELETE FROM region_notes WHERE id = ?1 RETURNING ",
    columns!()
);

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[OF_FILE, OF_PROFILE, REWRITE, REMOVE];

impl Store {
    /// Saves a note and returns its row.
    ///
    /// # Errors
    /// When the text is none that a note can have, or the database cannot be written.
    pub fn add_region_note(&mut self, note: &NewRegionNote<'_>) -> Result<RegionNote, StoreError> {
        let text = limits::note(note.text)?;
        let (span, now) = (note.span, clock::local_now());
        let id = self.write(|tx| {
            let row = (
                note.profile,
                note.filename,
                span.start_s(),
                span.end_s(),
                text,
                &now,
            );
            tx.prepare_cached(INSERT)?.query_row(row, |row| row.get(0))
        })?;
        Ok(RegionNote {
            id,
            profile: note.profile.to_owned(),
            filename: note.filename.to_owned(),
            span,
            text: text.to_owned(),
            created_at: now,
        })
    }

    /// Gives a note another text and returns its row; `None` when it is gone.
    ///
    /// # Errors
    /// When the text is none that a note can have, or the database cannot be written.
    pub fn rewrite_region_note(
        &mut self,
        id: RegionNoteId,
        text: &str,
    ) -> Result<Option<RegionNote>, StoreError> {
        let text = limits::note(text)?;
        self.write(|tx| {
            let row = tx
                .prepare_cached(REWRITE)?
                .query_row((id, text), note_from)
                .optional()?;
            Ok(row.flatten())
        })
    }

    /// The notes of `profile` by file and start; only those in `filename` if one is given.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn region_notes(
        &self,
        profile: &str,
        filename: Option<&str>,
    ) -> Result<Vec<RegionNote>, StoreError> {
        self.read(|db| match filename {
            Some(filename) => all_valid(db, OF_FILE, (profile, filename), note_from),
            None => all_valid(db, OF_PROFILE, [profile], note_from),
        })
    }

    /// Deletes notes and returns them. Those that are gone already are not returned.
    ///
    /// # Errors
    /// When the database cannot be written; then none is deleted.
    pub fn remove_region_notes(
        &mut self,
        ids: &[RegionNoteId],
    ) -> Result<Vec<RegionNote>, StoreError> {
        self.write(|tx| {
            let mut remove = tx.prepare_cached(REMOVE)?;
            let removed = ids
                .iter()
                .map(|id| remove.query_row([id], note_from).optional());
            let removed: Result<Vec<_>, _> = removed.collect();
            Ok(removed?.into_iter().flatten().flatten().collect())
        })
    }
}

/// `None` for a row whose times are no span.
fn note_from(row: &Row<'_>) -> rusqlite::Result<Option<RegionNote>> {
    let Some(span) = span_from(row.get(3)?, row.get(4)?) else {
        return Ok(None);
    };
    Ok(Some(RegionNote {
        id: row.get(0)?,
        profile: row.get(1)?,
        filename: row.get(2)?,
        span,
        text: row.get(5)?,
        created_at: row.get(6)?,
    }))
}
