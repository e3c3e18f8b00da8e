//! Exported clips: the table `processed`, whose rows are the examples of a training.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension as _, Row};
use serde::Serialize;

use super::folders::{class_of, enabled_class_of};
use super::rows::{all, all_valid, optional_path_text, path_from, path_of, path_text, span_from};
use super::{ClipId, Store, StoreError, Tx, clock};
use crate::time::Span;

/// A clip that has just been exported.
#[derive(Debug, Clone, Copy)]
pub struct NewClip<'a> {
    pub filename: &'a str,
    /// In seconds from the recording's start.
    pub span: Span,
    /// The clip's own file. The folder two levels up names its class.
    pub output_path: &'a Path,
    pub source_path: &'a Path,
    pub profile: &'a str,
    /// Exported unseen from a scan, rather than chosen by a hand.
    pub scan_export: bool,
    /// Seconds from the start of one clip of a region to the next; 0 for the only one.
    pub spread_s: f64,
    pub label: &'a str,
}

/// A row of `processed`. What only 8-cut's video exports use is under [`Clip::video`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Clip {
    pub id: ClipId,
    pub filename: String,
    /// In seconds from the recording's start.
    pub span: Span,
    #[serde(serialize_with = "crate::platform::serialize_path")]
    pub output_path: PathBuf,
    #[serde(serialize_with = "crate::platform::serialize_optional_path")]
    pub source_path: Option<PathBuf>,
    pub profile: String,
    pub scan_export: bool,
    pub label: String,
    pub category: String,
    /// ISO 8601, UTC.
    pub processed_at: String,
    /// `WAV` for ours, a video format for 8-cut's.
    pub format: String,
    pub video: VideoColumns,
}

/// How 8-cut exported a clip of a video.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VideoColumns {
    pub short_side: Option<i64>,
    pub portrait_ratio: String,
    pub crop_center: f64,
    pub clip_count: i64,
    pub clip_duration_s: f64,
    pub spread_s: f64,
}

impl Clip {
    /// The class the clip belongs to; `None` when its path is too short to tell.
    pub fn class(&self) -> Option<&str> {
        match self.output_path.to_str() {
            Some(path) => class_of(path),
            // Somewhere above the class there is a name that is no text.
            None => self.output_path.parent()?.parent()?.file_name()?.to_str(),
        }
    }
}

/// How many clips a class has, from how many recordings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassStats {
    pub name: String,
    pub files: usize,
    pub clips: usize,
}

macro_rules! columns {
    () => {
        "id, filename, start_time, clip_duration, output_path, source_path, profile, scan_export, label,
         category, processed_at, format, short_side, portrait_ratio, crop_center, clip_count, spread"
    };
}

const OF_PROFILE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM processed WHERE profile = ?1 ORDER BY filename, start_time"
);
const OF_FILE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM processed WHERE profile = ?1 AND filename = ?2 ORDER BY start_time"
);
const REMOVE: &str = concat!("DELETE FROM processed WHERE id = ?1 RETURNING ", columns!());
const INSERT: &str =
    "INSERT INTO processed (filename, start_time, clip_duration, output_path, source_path,
         profile, scan_export, label, category, processed_at, format, short_side, portrait_ratio,
         crop_center, clip_count, spread)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
const CLASS_PATHS: &str = "SELECT filename, output_path FROM processed
     WHERE profile = ?1 AND (?2 OR scan_export = 0)";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[OF_PROFILE, OF_FILE, REMOVE, CLASS_PATHS];

impl Store {
    /// Records an exported clip, as one WAV of the span's length.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn add_clip(&mut self, clip: &NewClip<'_>) -> Result<ClipId, StoreError> {
        self.write(|tx| {
            insert(
                tx,
                &Clip {
                    id: ClipId(0),
                    filename: clip.filename.to_owned(),
                    span: clip.span,
                    output_path: clip.output_path.to_owned(),
                    source_path: path_from(path_text(clip.source_path)),
                    profile: clip.profile.to_owned(),
                    scan_export: clip.scan_export,
                    label: clip.label.to_owned(),
                    category: String::new(),
                    processed_at: clock::utc_now(),
                    format: "WAV".to_owned(),
                    video: VideoColumns {
                        short_side: None,
                        portrait_ratio: String::new(),
                        crop_center: 0.5,
                        clip_count: 1,
                        clip_duration_s: clip.span.duration_s(),
                        spread_s: clip.spread_s,
                    },
                },
            )
        })
    }

    /// The clips of `profile` by file and start, those of classes put aside included; only those of `class` if one is
    /// given.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn clips(&self, profile: &str, class: Option<&str>) -> Result<Vec<Clip>, StoreError> {
        let mut clips = self.read(|db| all_valid(db, OF_PROFILE, [profile], clip_from))?;
        if class.is_some() {
            clips.retain(|clip| clip.class() == class);
        }
        Ok(clips)
    }

    /// The clips of one file, by start.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn clips_in(&self, profile: &str, filename: &str) -> Result<Vec<Clip>, StoreError> {
        self.read(|db| all_valid(db, OF_FILE, (profile, filename), clip_from))
    }

    /// Removes clips from the database, not from the disk, and returns them.
    ///
    /// # Errors
    /// When the database cannot be written; then none is removed.
    pub fn remove_clips(&mut self, ids: &[ClipId]) -> Result<Vec<Clip>, StoreError> {
        self.write(|tx| {
            let mut remove = tx.prepare_cached(REMOVE)?;
            let removed = ids
                .iter()
                .map(|id| remove.query_row([id], clip_from).optional());
            removed
                .filter_map(|clip| clip.map(Option::flatten).transpose())
                .collect()
        })
    }

    /// The classes of `profile`, in alphabetical order. Clips that were exported unseen from scans count only if
    /// `include_scan_exports`; classes put aside, and classes that no counted clip is left in, are not listed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn classes(
        &self,
        profile: &str,
        include_scan_exports: bool,
    ) -> Result<Vec<ClassStats>, StoreError> {
        let clips: Vec<(String, String)> = self.read(|db| {
            all(db, CLASS_PATHS, (profile, include_scan_exports), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
        })?;
        let mut classes: BTreeMap<&str, (HashSet<&str>, usize)> = BTreeMap::new();
        for (filename, output_path) in &clips {
            if let Some(class) = enabled_class_of(output_path) {
                let (files, clips) = classes.entry(class).or_default();
                files.insert(filename);
                *clips += 1;
            }
        }
        let stats = |(name, (files, clips)): (&str, (HashSet<&str>, usize))| ClassStats {
            name: name.to_owned(),
            files: files.len(),
            clips,
        };
        Ok(classes.into_iter().map(stats).collect())
    }
}

fn clip_from(row: &Row<'_>) -> rusqlite::Result<Option<Clip>> {
    let (start_s, clip_duration_s): (f64, f64) = (row.get(2)?, row.get(3)?);
    let Some(span) = span_from(start_s, start_s + clip_duration_s.max(0.0)) else {
        return Ok(None);
    };
    Ok(Some(Clip {
        id: row.get(0)?,
        filename: row.get(1)?,
        span,
        output_path: path_of(row.get(4)?),
        source_path: path_from(row.get(5)?),
        profile: row.get(6)?,
        scan_export: row.get(7)?,
        label: row.get(8)?,
        category: row.get(9)?,
        processed_at: row.get(10)?,
        format: row.get(11)?,
        video: VideoColumns {
            short_side: row.get(12)?,
            portrait_ratio: row.get(13)?,
            crop_center: row.get(14)?,
            clip_count: row.get(15)?,
            clip_duration_s,
            spread_s: row.get(16)?,
        },
    }))
}

fn insert(tx: &Tx<'_>, clip: &Clip) -> rusqlite::Result<ClipId> {
    let id = tx.prepare_cached(INSERT)?.insert((
        &clip.filename,
        clip.span.start_s(),
        clip.video.clip_duration_s,
        path_text(&clip.output_path),
        optional_path_text(clip.source_path.as_deref()),
        &clip.profile,
        clip.scan_export,
        &clip.label,
        &clip.category,
        &clip.processed_at,
        &clip.format,
        clip.video.short_side,
        &clip.video.portrait_ratio,
        clip.video.crop_center,
        clip.video.clip_count,
        clip.video.spread_s,
    ))?;
    Ok(ClipId(id))
}
