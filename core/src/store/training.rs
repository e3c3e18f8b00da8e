//! The marks that a training uses: for each recording, where the sound is, where it is not, and where the user is unsure.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::folders::enabled_class_of;
use super::negatives::{self, HardNegative};
use super::rows::{all_valid, path_from, span_from};
use super::{Store, StoreError, unsure};
use crate::time::Span;

/// A mark is of the same stretch as a longer one when they share at least this part of their union.
const SAME_STRETCH_IOU: f64 = 0.5;

/// What to gather.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingRequest {
    pub profile: String,
    /// Classes whose clips are the sound.
    pub positive_classes: Vec<String>,
    /// A class whose clips are not the sound.
    pub negative_class: Option<String>,
    /// Off leaves the hard negatives unread; it deletes none.
    pub use_hard_negatives: bool,
    /// Whether clips exported unseen from scans count.
    pub include_scan_exports: bool,
    /// The model's window in seconds: what lies nearer together than this is one.
    pub window_s: f64,
}

/// All marks of one recording, each list by start.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TrainingRecording {
    pub filename: String,
    /// As stored; the file may be gone. `None` when it was never stored.
    pub source_path: Option<PathBuf>,
    pub positives: Vec<LabelledSpan>,
    /// Clips of the negative class.
    pub negatives: Vec<LabelledSpan>,
    pub hard_negatives: Vec<LabelledSpan>,
    /// Clips of every other class: neither the sound nor safely background.
    pub soft: Vec<LabelledSpan>,
    /// Spans that nothing may be learned from, whatever else is marked there.
    pub unsure: Vec<LabelledSpan>,
}

/// A span with what it was marked as.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledSpan {
    pub span: Span,
    /// The clip's class; `None` for what is no clip.
    pub class: Option<String>,
    /// The clip's own file, to learn from when the recording is gone; `None` for what is no clip.
    pub clip_path: Option<PathBuf>,
}

const CLIPS: &str =
    "SELECT filename, start_time, clip_duration, output_path, source_path FROM processed
     WHERE profile = ?1 AND (?2 OR scan_export = 0) ORDER BY id";
const PATH_OF_TAKE: &str = "SELECT path FROM takes WHERE filename = ?1";
const PATH_OF_SCAN: &str = "SELECT source_path FROM scans
     WHERE profile = ?1 AND filename = ?2 AND source_path <> '' ORDER BY scan_timestamp DESC LIMIT 1";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[CLIPS, PATH_OF_TAKE, PATH_OF_SCAN];

impl Store {
    /// Gathers the marks for a training, by file name. Recordings with neither positives nor negatives are left out,
    /// unless something in them is marked unsure.
    ///
    /// Clips of classes put aside (`_disabled`) never count. A negative or soft mark of the same stretch as a positive
    /// (their starts nearer than a window, or at least half of their union shared) gives way to it. Of marks of one
    /// kind that start nearer than a window to each other only the first counts, and a hard negative gives way to a
    /// clip of the negative class in the same way. What shares half of the shorter one with an unsure mark goes first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn training_data(
        &self,
        request: &TrainingRequest,
    ) -> Result<Vec<TrainingRecording>, StoreError> {
        self.read(|db| {
            let mut recordings = of_clips(db, request)?;
            if request.use_hard_negatives {
                add_hard_negatives(db, request, &mut recordings)?;
            }
            add_unsure(db, request, &mut recordings)?;
            let mut gathered = Vec::new();
            for mut recording in recordings.into_values() {
                settle_conflicts(&mut recording, request.window_s);
                if recording.positives.is_empty()
                    && recording.negatives.is_empty()
                    && recording.hard_negatives.is_empty()
                    && recording.unsure.is_empty()
                {
                    continue;
                }
                if recording.source_path.is_none() {
                    recording.source_path = seen_elsewhere(db, request, &recording.filename)?;
                }
                gathered.push(recording);
            }
            Ok(gathered)
        })
    }
}

type Recordings = BTreeMap<String, TrainingRecording>;

fn recording<'a>(recordings: &'a mut Recordings, filename: &str) -> &'a mut TrainingRecording {
    recordings
        .entry(filename.to_owned())
        .or_insert_with(|| TrainingRecording {
            filename: filename.to_owned(),
            ..TrainingRecording::default()
        })
}

struct ClipRow {
    filename: String,
    span: Span,
    output_path: String,
    source_path: Option<PathBuf>,
}

fn clip_from(row: &Row<'_>) -> rusqlite::Result<Option<ClipRow>> {
    let (start_s, duration_s): (f64, f64) = (row.get(1)?, row.get(2)?);
    let Some(span) = span_from(start_s, start_s + duration_s.max(0.0)) else {
        return Ok(None);
    };
    Ok(Some(ClipRow {
        filename: row.get(0)?,
        span,
        output_path: row.get(3)?,
        source_path: path_from(row.get(4)?),
    }))
}

fn of_clips(db: &Connection, request: &TrainingRequest) -> rusqlite::Result<Recordings> {
    let mut recordings = Recordings::new();
    let clips = all_valid(
        db,
        CLIPS,
        (&request.profile, request.include_scan_exports),
        clip_from,
    )?;
    for clip in clips {
        let recording = recording(&mut recordings, &clip.filename);
        // The latest wins: 8-cut rewrites the path when a recording has moved.
        recording.source_path = clip.source_path.or(recording.source_path.take());
        let Some(class) = enabled_class_of(&clip.output_path).map(str::to_owned) else {
            continue;
        };
        let list = if request.positive_classes.contains(&class) {
            &mut recording.positives
        } else if request.negative_class.as_ref() == Some(&class) {
            &mut recording.negatives
        } else {
            &mut recording.soft
        };
        list.push(LabelledSpan {
            span: clip.span,
            class: Some(class),
            clip_path: path_from(clip.output_path),
        });
    }
    Ok(recordings)
}

fn add_hard_negatives(
    db: &Connection,
    request: &TrainingRequest,
    recordings: &mut Recordings,
) -> rusqlite::Result<()> {
    for negative in negatives::of_profile(db, &request.profile)? {
        let Some(span) = negative.span(request.window_s) else {
            continue;
        };
        let HardNegative {
            filename,
            source_path,
            ..
        } = negative;
        let recording = recording(recordings, &filename);
        recording.source_path = recording.source_path.take().or(source_path);
        recording.hard_negatives.push(LabelledSpan {
            span,
            class: None,
            clip_path: None,
        });
    }
    Ok(())
}

fn add_unsure(
    db: &Connection,
    request: &TrainingRequest,
    recordings: &mut Recordings,
) -> rusqlite::Result<()> {
    for mark in unsure::of_profile(db, &request.profile)? {
        let recording = recording(recordings, &mark.filename);
        recording.unsure.push(LabelledSpan {
            span: mark.span,
            class: None,
            clip_path: None,
        });
    }
    Ok(())
}

fn settle_conflicts(recording: &mut TrainingRecording, window_s: f64) {
    let TrainingRecording {
        positives,
        negatives,
        hard_negatives,
        soft,
        unsure,
        ..
    } = recording;
    for judged in [&mut *positives, &mut *negatives, &mut *hard_negatives] {
        judged.retain(|mark| !unsure.iter().any(|u| u.span.covers_most_of(mark.span)));
    }
    for weaker in [&mut *negatives, &mut *hard_negatives, &mut *soft] {
        weaker.retain(|mark| !positives.iter().any(|p| is_same_stretch(p, mark, window_s)));
    }
    hard_negatives.retain(|mark| !negatives.iter().any(|n| is_same_stretch(n, mark, window_s)));
    for list in [positives, negatives, hard_negatives, soft] {
        keep_one_per_window(list, window_s);
    }
}

fn is_same_stretch(a: &LabelledSpan, b: &LabelledSpan, window_s: f64) -> bool {
    (a.span.start_s() - b.span.start_s()).abs() < window_s || a.span.iou(b.span) >= SAME_STRETCH_IOU
}

fn keep_one_per_window(marks: &mut Vec<LabelledSpan>, window_s: f64) {
    marks.sort_by(|a, b| a.span.start_s().total_cmp(&b.span.start_s()));
    let mut last_start_s = f64::NEG_INFINITY;
    marks.retain(|mark| {
        let is_first =
            mark.span.start_s() - last_start_s >= window_s || last_start_s == f64::NEG_INFINITY;
        if is_first {
            last_start_s = mark.span.start_s();
        }
        is_first
    });
}

/// Where a recording is when its marks do not say: a take knows its path, and so may an earlier scan.
fn seen_elsewhere(
    db: &Connection,
    request: &TrainingRequest,
    filename: &str,
) -> rusqlite::Result<Option<PathBuf>> {
    let of_take: Option<String> = db
        .prepare_cached(PATH_OF_TAKE)?
        .query_row([filename], |row| row.get(0))
        .optional()?;
    if of_take.is_some() {
        return Ok(of_take.and_then(path_from));
    }
    let of_scan: Option<String> = db
        .prepare_cached(PATH_OF_SCAN)?
        .query_row((&request.profile, filename), |row| row.get(0))
        .optional()?;
    Ok(of_scan.and_then(path_from))
}
