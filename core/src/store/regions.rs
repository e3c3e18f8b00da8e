//! The regions of a version, one by one: reading, disabling, resizing, and making them again at another threshold.

use rusqlite::{OptionalExtension as _, Row};

use super::rows::{all_valid, span_from};
use super::versions::{self, Key};
use super::{RegionId, Store, StoreError, scans};
use crate::scan::{Fate, SavedSpan, ScoredSpan, recut};
use crate::time::Span;

/// One region of a version.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegionRow {
    pub id: RegionId,
    /// In seconds from the recording's start.
    pub span: Span,
    /// 0 to 1.
    pub score: f32,
    pub disabled: bool,
    /// The span that the scan found, when a hand has resized it since.
    pub original: Option<Span>,
}

/// What a hand does to a region.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RegionEdit {
    /// Another span; the one that the scan found stays in [`RegionRow::original`].
    Resize {
        id: RegionId,
        span: Span,
    },
    Disable {
        id: RegionId,
        disabled: bool,
    },
}

/// A region together with where it belongs.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionRecord {
    pub row: RegionRow,
    pub filename: String,
    pub profile: String,
    pub model: String,
    pub timestamp: String,
}

/// What [`region_from`] reads, in its order.
macro_rules! columns {
    () => {
        "id, start_time, end_time, score, disabled, orig_start_time, orig_end_time"
    };
}

const OF_VERSION: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM scan_results
     WHERE profile = ?1 AND filename = ?2 AND model = ?3 AND scan_timestamp = ?4
     ORDER BY start_time"
);
const BY_ID: &str = concat!(
    "SELECT ",
    columns!(),
    ", filename, profile, model, scan_timestamp FROM scan_results WHERE id = ?1"
);
const HOP_OF: &str = "SELECT s.hop_s FROM scan_results r
     JOIN scans s ON s.profile = r.profile AND s.filename = r.filename AND s.model = r.model
         AND s.scan_timestamp = r.scan_timestamp
     WHERE r.id = ?1 AND s.hop_s > 0";
const DISABLE: &str = "UPDATE scan_results SET disabled = ?2 WHERE id = ?1";
const RESIZE: &str = "UPDATE scan_results
     SET orig_start_time = COALESCE(orig_start_time, start_time),
         orig_end_time = COALESCE(orig_end_time, end_time),
         start_time = ?2, end_time = ?3
     WHERE id = ?1";
const CUT_ANEW: &str = "UPDATE scan_results
     SET start_time = ?2, end_time = ?3, score = ?4, orig_start_time = ?2, orig_end_time = ?3
     WHERE id = ?1";
const DELETE: &str = "DELETE FROM scan_results WHERE id = ?1";
const SET_THRESHOLD: &str = "UPDATE scans SET threshold = ?5, region_count = ?6
     WHERE profile = ?1 AND filename = ?2 AND model = ?3 AND scan_timestamp = ?4";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    HOP_OF,
    OF_VERSION,
    BY_ID,
    DISABLE,
    RESIZE,
    CUT_ANEW,
    DELETE,
    SET_THRESHOLD,
];

impl Store {
    /// The regions of a version, by start.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn regions(
        &self,
        filename: &str,
        profile: &str,
        model: &str,
        timestamp: &str,
    ) -> Result<Vec<RegionRow>, StoreError> {
        self.read(|db| {
            let key = (profile, filename, model, timestamp);
            all_valid(db, OF_VERSION, key, region_from)
        })
    }

    /// One region, with the version it belongs to; `None` when it is gone.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn region(&self, id: RegionId) -> Result<Option<RegionRecord>, StoreError> {
        self.read(|db| {
            let found = db.prepare_cached(BY_ID)?.query_row([id], |row| {
                Ok(match region_from(row)? {
                    Some(region) => Some(RegionRecord {
                        row: region,
                        filename: row.get(7)?,
                        profile: row.get(8)?,
                        model: row.get(9)?,
                        timestamp: row.get(10)?,
                    }),
                    None => None,
                })
            });
            found.optional().map(Option::flatten)
        })
    }

    /// Seconds between the scores that a region was cut from; `None` when its version has none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn hop_s_of(&self, id: RegionId) -> Result<Option<f64>, StoreError> {
        self.read(|db| {
            db.prepare_cached(HOP_OF)?
                .query_row([id], |row| row.get(0))
                .optional()
        })
    }

    /// Disables or enables `regions`. Returns how many of them there still are.
    ///
    /// # Errors
    /// When the database cannot be written; then none has changed.
    pub fn set_disabled(
        &mut self,
        regions: &[RegionId],
        disabled: bool,
    ) -> Result<usize, StoreError> {
        self.write(|tx| {
            let mut update = tx.prepare_cached(DISABLE)?;
            regions
                .iter()
                .map(|&id| update.execute((id, disabled)))
                .sum()
        })
    }

    /// Gives a region another span; the one that the scan found stays in [`RegionRow::original`]. Returns whether the
    /// region is still there.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn resize_region(&mut self, id: RegionId, span: Span) -> Result<bool, StoreError> {
        self.write(|tx| {
            let changed = tx
                .prepare_cached(RESIZE)?
                .execute((id, span.start_s(), span.end_s()))?;
            Ok(changed > 0)
        })
    }

    /// Makes several edits at once: all of them, or none if it fails. Returns how many found their region.
    ///
    /// # Errors
    /// When the database cannot be written; then nothing has changed.
    pub fn edit_regions(&mut self, edits: &[RegionEdit]) -> Result<usize, StoreError> {
        self.write(|tx| {
            edits
                .iter()
                .map(|edit| match *edit {
                    RegionEdit::Resize { id, span } => {
                        tx.prepare_cached(RESIZE)?
                            .execute((id, span.start_s(), span.end_s()))
                    }
                    RegionEdit::Disable { id, disabled } => {
                        tx.prepare_cached(DISABLE)?.execute((id, disabled))
                    }
                })
                .sum()
        })
    }

    /// Replaces the regions of a version by those that the same scores give at another threshold or in another shape, given
    /// with that threshold.
    ///
    /// A region that the user resized stays as it is. One that the user disabled stays disabled, with the span of the new
    /// region that continues it, or its own if none does. Any other region keeps its id if a new one continues it, and is
    /// deleted otherwise. See [`recut`].
    ///
    /// # Errors
    /// When the database cannot be written; then nothing has changed.
    pub fn replace_regions_of_version(
        &mut self,
        filename: &str,
        profile: &str,
        model: &str,
        timestamp: &str,
        (regions, threshold): (&[ScoredSpan], f32),
    ) -> Result<(), StoreError> {
        let key = Key {
            filename,
            profile,
            model,
        };
        self.write(|tx| {
            versions::number_strays(tx, key)?;
            let version = (profile, filename, model, timestamp);
            let old = all_valid(tx, OF_VERSION, version, region_from)?;
            let saved: Vec<SavedSpan> = old.iter().map(SavedSpan::from).collect();
            let cut = recut(&saved, regions);
            let mut count = cut.added.len();
            for (region, fate) in old.iter().zip(cut.fates) {
                count += usize::from(fate != Fate::Goes);
                match fate {
                    Fate::Stays => {}
                    Fate::Follows(ScoredSpan { span, score }) => {
                        tx.prepare_cached(CUT_ANEW)?.execute((
                            region.id,
                            span.start_s(),
                            span.end_s(),
                            score,
                        ))?;
                    }
                    Fate::Goes => {
                        tx.prepare_cached(DELETE)?.execute([region.id])?;
                    }
                }
            }
            scans::insert_regions(tx, key, timestamp, &cut.added)?;
            tx.prepare_cached(SET_THRESHOLD)?.execute((
                profile,
                filename,
                model,
                timestamp,
                threshold,
                scans::region_count(count),
            ))?;
            Ok(())
        })
    }
}

impl From<&RegionRow> for SavedSpan {
    fn from(row: &RegionRow) -> Self {
        Self {
            span: row.span,
            original: row.original,
            disabled: row.disabled,
        }
    }
}

fn region_from(row: &Row<'_>) -> rusqlite::Result<Option<RegionRow>> {
    let Some(span) = span_from(row.get(1)?, row.get(2)?) else {
        return Ok(None);
    };
    let original: (Option<f64>, Option<f64>) = (row.get(5)?, row.get(6)?);
    let original = match original {
        (Some(start_s), Some(end_s)) => span_from(start_s, end_s),
        // Rows from before 8-cut could resize.
        _ => None,
    };
    Ok(Some(RegionRow {
        id: row.get(0)?,
        span,
        score: row.get(3)?,
        disabled: row.get(4)?,
        original: original.filter(|&original| original != span),
    }))
}
