//! Sources (the tracks that plugin instances listen to) and takes (what was recorded of them).

use std::ops::Range;
use std::path::PathBuf;

use rusqlite::types::Type;
use rusqlite::{ErrorCode, OptionalExtension as _, Row};

use super::edits::is_edited;
use super::rows::{all, path_of, path_text, stored_u64, u64_from};
use super::{SourceId, Store, StoreError, clock};
use crate::time::{SampleIndex, SampleRate};

/// A track that an instance listens to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRow {
    pub id: SourceId,
    pub name: String,
    pub created_at: String,
}

/// A recorded stretch of a source's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeRow {
    /// A UUID.
    pub id: String,
    pub source: SourceId,
    /// What the take is called in results and marks. No two takes share one.
    pub filename: String,
    pub path: PathBuf,
    pub rate: SampleRate,
    pub channels: u16,
    /// Where it starts on the project's timeline, in samples at `rate`.
    pub start: SampleIndex,
    pub frames: u64,
    /// Grows whenever recorded audio is replaced by other audio.
    pub revision: i64,
    /// `2026-04-19 15:36:31`, local time. Empty when saving: now.
    pub created_at: String,
    /// Frames of the take that were lost while recording, by start.
    pub gaps: Vec<Range<u64>>,
}

impl TakeRow {
    /// Where a moment of the take, in seconds from its start, lies on the project's timeline, in samples at `rate`.
    pub fn on_timeline(&self, seconds: f64, rate: SampleRate) -> SampleIndex {
        if self.rate == rate {
            return SampleIndex(self.start.0 + SampleIndex::from_seconds(seconds, rate).0);
        }
        SampleIndex::from_seconds(self.start.seconds(self.rate) + seconds, rate)
    }
}

macro_rules! columns {
    () => {
        "id, source_id, filename, path, rate_hz, channels, start_sample, frames, revision, created_at, gaps"
    };
}

const UPSERT_SOURCE: &str = "INSERT INTO sources (id, name, created_at) VALUES (?1, ?2, ?3)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name";
const ENSURE_SOURCE: &str =
    "INSERT INTO sources (id, name, created_at) VALUES (?1, '', ?2) ON CONFLICT (id) DO NOTHING";
const SOURCES: &str = "SELECT id, name, created_at FROM sources ORDER BY created_at, id";
const UPSERT_TAKE: &str = concat!(
    "INSERT INTO takes (",
    columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
     ON CONFLICT (id) DO UPDATE SET source_id = excluded.source_id, filename = excluded.filename,
         path = excluded.path, rate_hz = excluded.rate_hz, channels = excluded.channels,
         start_sample = excluded.start_sample, frames = excluded.frames, revision = excluded.revision,
         gaps = excluded.gaps"
);
const OF_SOURCE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM takes WHERE source_id = ?1 ORDER BY start_sample * 1.0 / rate_hz, created_at, id"
);
const BY_FILENAME: &str = concat!("SELECT ", columns!(), " FROM takes WHERE filename = ?1");
const EVERY: &str = concat!("SELECT ", columns!(), " FROM takes ORDER BY created_at, id");
/// Takes without any of the user's work, in any profile. A pinned version, a resized region and a disabled region are work,
/// too.
const UNMARKED: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM takes
      WHERE filename NOT IN (SELECT filename FROM processed)
        AND path NOT IN (SELECT source_path FROM processed)
        AND filename NOT IN (SELECT filename FROM hard_negatives)
        AND path NOT IN (SELECT source_path FROM hard_negatives)
        AND filename NOT IN (SELECT filename FROM unsure_marks)
        AND filename NOT IN (SELECT filename FROM region_notes)
        AND filename NOT IN (SELECT filename FROM scans WHERE pinned <> 0)
        AND filename NOT IN (SELECT filename FROM scan_results WHERE ",
    is_edited!(),
    ")
      ORDER BY created_at, id"
);
const REMOVE: &str = "DELETE FROM takes WHERE id = ?1";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[UPSERT_SOURCE, OF_SOURCE, BY_FILENAME, REMOVE];

impl Store {
    /// Makes a source known, or gives it another name.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn upsert_source(&mut self, source: &SourceId, name: &str) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.prepare_cached(UPSERT_SOURCE)?
                .execute((source, name, clock::local_now()))?;
            Ok(())
        })
    }

    /// All sources, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn sources(&self) -> Result<Vec<SourceRow>, StoreError> {
        self.read(|db| {
            all(db, SOURCES, [], |row| {
                Ok(SourceRow {
                    id: row.get(0)?,
                    name: row.get(1)?,
                    created_at: row.get(2)?,
                })
            })
        })
    }

    /// Saves a take, new or changed (by its id; the date of a known one stays). An unknown source gets an empty name.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`] when another take has the file name; otherwise when the database cannot be written.
    pub fn upsert_take(&mut self, take: &TakeRow) -> Result<(), StoreError> {
        let now = clock::local_now();
        let created_at = if take.created_at.is_empty() {
            &now
        } else {
            &take.created_at
        };
        let gaps: Vec<[u64; 2]> = take.gaps.iter().map(|gap| [gap.start, gap.end]).collect();
        let saved = self.write(|tx| {
            tx.prepare_cached(ENSURE_SOURCE)?
                .execute((take.source, &now))?;
            tx.prepare_cached(UPSERT_TAKE)?.execute((
                &take.id,
                take.source,
                &take.filename,
                path_text(&take.path),
                take.rate.hz(),
                take.channels,
                take.start.0,
                stored_u64(take.frames),
                take.revision,
                created_at,
                serde_json::json!(gaps).to_string(),
            ))?;
            Ok(())
        });
        saved.map_err(|error| match error {
            StoreError::Unexpected { path, source }
                if source.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) =>
            {
                StoreError::NameTaken {
                    path,
                    filename: take.filename.clone(),
                }
            }
            other => other,
        })
    }

    /// The takes of a source, in the order of its timeline.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn takes_of(&self, source: &SourceId) -> Result<Vec<TakeRow>, StoreError> {
        self.read(|db| all(db, OF_SOURCE, [source], take_from))
    }

    /// The take that results and marks call `filename`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn take_by_filename(&self, filename: &str) -> Result<Option<TakeRow>, StoreError> {
        self.read(|db| {
            db.prepare_cached(BY_FILENAME)?
                .query_row([filename], take_from)
                .optional()
        })
    }

    /// All takes of all sources, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn takes(&self) -> Result<Vec<TakeRow>, StoreError> {
        self.read(|db| all(db, EVERY, [], take_from))
    }

    /// The takes without a clip, a hard negative, an unsure mark, a note, a pinned version and an edited region, in any profile;
    /// the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn unmarked_takes(&self) -> Result<Vec<TakeRow>, StoreError> {
        self.read(|db| all(db, UNMARKED, [], take_from))
    }

    /// Forgets a take; its results, its marks and its file stay. Returns whether it was known.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn remove_take(&mut self, id: &str) -> Result<bool, StoreError> {
        self.write(|tx| Ok(tx.prepare_cached(REMOVE)?.execute([id])? > 0))
    }
}

fn take_from(row: &Row<'_>) -> rusqlite::Result<TakeRow> {
    let rate_hz: u32 = row.get(4)?;
    let gaps: String = row.get(10)?;
    // Lost gaps only hide a warning; a take that cannot be listed would hide audio.
    let gaps: Vec<[u64; 2]> = serde_json::from_str(&gaps)
        .inspect_err(|error| tracing::warn!("the gaps of a take cannot be read: {error}"))
        .unwrap_or_default();
    Ok(TakeRow {
        id: row.get(0)?,
        source: row.get(1)?,
        filename: row.get(2)?,
        path: path_of(row.get(3)?),
        rate: SampleRate::new(rate_hz).ok_or_else(|| {
            let reason = "a take with a sample rate of zero".into();
            rusqlite::Error::FromSqlConversionFailure(4, Type::Integer, reason)
        })?,
        channels: row.get(5)?,
        start: SampleIndex(row.get(6)?),
        frames: u64_from(row.get(7)?),
        revision: row.get(8)?,
        created_at: row.get(9)?,
        gaps: gaps.into_iter().map(|[start, end]| start..end).collect(),
    })
}
