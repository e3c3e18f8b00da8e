//! The frequency bands of marks that were drawn as a box on the spectrogram, by the stretch of the recording they were drawn on.

use rusqlite::{OptionalExtension as _, Row};
use serde::Serialize;

use super::rows::{all_valid, span_from};
use super::{BandId, Store, StoreError};
use crate::frequency::Band;
use crate::time::Span;

/// A band to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewMarkBand<'a> {
    pub profile: &'a str,
    pub filename: &'a str,
    /// In seconds from the recording's start.
    pub span: Span,
    pub band: Band,
}

/// A band as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MarkBand {
    pub id: BandId,
    /// In seconds from the recording's start.
    pub span: Span,
    pub band: Band,
}

const OF_FILE: &str = "SELECT id, start_time, end_time, low_hz, high_hz FROM mark_bands
     WHERE profile = ?1 AND filename = ?2 ORDER BY start_time, id";
const INSERT: &str =
    "INSERT INTO mark_bands (profile, filename, start_time, end_time, low_hz, high_hz)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const REMOVE: &str = "DELETE FROM mark_bands WHERE id = ?1 RETURNING id";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[OF_FILE, REMOVE];

impl Store {
    /// Keeps several bands at once: all of them, or none if it fails.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn add_bands(&mut self, bands: &[NewMarkBand<'_>]) -> Result<(), StoreError> {
        self.write(|tx| {
            let mut insert = tx.prepare_cached(INSERT)?;
            for new in bands {
                insert.execute((
                    new.profile,
                    new.filename,
                    new.span.start_s(),
                    new.span.end_s(),
                    new.band.low_hz(),
                    new.band.high_hz(),
                ))?;
            }
            Ok(())
        })
    }

    /// The bands of one file, by start.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn bands_in(&self, profile: &str, filename: &str) -> Result<Vec<MarkBand>, StoreError> {
        self.read(|db| all_valid(db, OF_FILE, (profile, filename), band_from))
    }

    /// Removes bands, and returns how many of them were there.
    ///
    /// # Errors
    /// When the database cannot be written; then none is removed.
    pub fn remove_bands(&mut self, ids: &[BandId]) -> Result<usize, StoreError> {
        self.write(|tx| {
            let mut remove = tx.prepare_cached(REMOVE)?;
            let mut removed = 0;
            for id in ids {
                let found: Option<BandId> = remove.query_row([id], |row| row.get(0)).optional()?;
                removed += usize::from(found.is_some());
            }
            Ok(removed)
        })
    }
}

/// `None` for a row that is no span or no band.
fn band_from(row: &Row<'_>) -> rusqlite::Result<Option<MarkBand>> {
    let Some(span) = span_from(row.get(1)?, row.get(2)?) else {
        return Ok(None);
    };
    let id = row.get(0)?;
    let band = Band::new(row.get(3)?, row.get(4)?).inspect_err(|error| {
        tracing::warn!("Earmark skips a damaged row of the database: {error}");
    });
    Ok(band.ok().map(|band| MarkBand { id, span, band }))
}
