//! The marks that a training uses: for each recording, where the sound is, where it is not, and where the user is unsure.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Row};

use super::folders::enabled_class_of;
use super::negatives::{self, HardNegative};
use super::rows::{all, all_valid, path_from, span_from};
use super::{
    Claims, Files, Homes, OnDisk, Store, StoreError, UnsureMark, is_same_recording, unsure,
};
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
const PATH_OF_SCAN: &str = "SELECT source_path FROM scans
     WHERE profile = ?1 AND filename = ?2 AND source_path <> '' ORDER BY scan_timestamp DESC LIMIT 1";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[CLIPS, PATH_OF_SCAN];

/// The marks of a profile as its rows are, for [`TrainingMarks::gather`].
#[derive(Debug, Clone)]
pub struct TrainingMarks {
    request: TrainingRequest,
    clips: Vec<ClipRow>,
    negatives: Vec<HardNegative>,
    unsure: Vec<UnsureMark>,
    claims: Claims,
    /// Where an earlier scan saw the recordings of which nothing else is known, by name.
    seen_by_scan: HashMap<String, PathBuf>,
}

impl Store {
    /// Reads the marks for a training. Asks no disk.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn training_marks(&self, request: &TrainingRequest) -> Result<TrainingMarks, StoreError> {
        self.read(|db| {
            let clips = all_valid(
                db,
                CLIPS,
                (&request.profile, request.include_scan_exports),
                clip_from,
            )?;
            let negatives = match request.use_hard_negatives {
                true => negatives::of_profile(db, &request.profile)?,
                false => Vec::new(),
            };
            let mut marks = TrainingMarks {
                request: request.clone(),
                clips,
                negatives,
                unsure: unsure::of_profile(db, &request.profile)?,
                claims: Claims::default(),
                seen_by_scan: HashMap::new(),
            };
            marks.read_claims(db)?;
            Ok(marks)
        })
    }

    /// Reads and gathers the marks for a training. Asks disks where marks of one name disagree about their recording, so only
    /// for those who keep nobody waiting for the database meanwhile.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn training_data(
        &self,
        request: &TrainingRequest,
    ) -> Result<Vec<TrainingRecording>, StoreError> {
        Ok(self.training_marks(request)?.gather(&OnDisk))
    }
}

impl TrainingMarks {
    /// The files that decide where marks of one name disagree about their recording.
    pub fn contested_files(&self) -> impl Iterator<Item = &PathBuf> {
        self.claims.contested()
    }

    /// Gathers the marks, by file name. Recordings with neither positives nor negatives are left out, unless something in them
    /// is marked unsure.
    ///
    /// Clips of classes put aside (`_disabled`) never count. A negative or soft mark of the same stretch as a positive
    /// (their starts nearer than a window, or at least half of their union shared) gives way to it. Of marks of one
    /// kind that start nearer than a window to each other only the first counts, and a hard negative gives way to a
    /// clip of the negative class in the same way. What shares half of the shorter one with an unsure mark goes first.
    pub fn gather(&self, files: &impl Files) -> Vec<TrainingRecording> {
        let mut gathered = Gathered {
            request: &self.request,
            homes: &self.claims.settle(files),
            recordings: BTreeMap::new(),
        };
        gathered.add_clips(&self.clips);
        gathered.add_hard_negatives(&self.negatives);
        gathered.add_unsure(&self.unsure);
        let mut recordings: Vec<_> = gathered.recordings.into_values().collect();
        for recording in &mut recordings {
            settle_conflicts(recording, self.request.window_s);
            if recording.source_path.is_none() {
                recording.source_path = self.seen_by_scan.get(&recording.filename).cloned();
            }
        }
        recordings.retain(|recording| {
            !(recording.positives.is_empty()
                && recording.negatives.is_empty()
                && recording.hard_negatives.is_empty()
                && recording.unsure.is_empty())
        });
        recordings
    }

    /// Reads where the recordings of all marks are.
    fn read_claims(&mut self, db: &Connection) -> rusqlite::Result<()> {
        for mark in &self.unsure {
            self.claims.say(&mark.filename, None);
        }
        // Newest first, and the newest is to be believed before the others.
        for mark in self.negatives.iter().rev() {
            let said = mark.source_path.as_deref();
            self.claims.say(&mark.filename, said);
        }
        // Before the others: 8-cut rewrites the path of clips when a recording has moved.
        for clip in &self.clips {
            let said = clip.source_path.as_deref();
            self.claims.say(&clip.filename, said);
        }
        self.claims.read_known(db)?;
        for name in self.claims.unplaced() {
            let seen = seen_by_scan(db, &self.request, name)?;
            self.seen_by_scan
                .extend(seen.map(|path| (name.to_owned(), path)));
        }
        Ok(())
    }
}

impl TrainingRecording {
    /// Whether these are marks of the recording `filename` at `at`. Where files in several folders go by one name, the path decides.
    pub fn is_of(&self, filename: &str, at: &Path) -> bool {
        match &self.source_path {
            Some(path) if path == at => true,
            Some(path) if self.filename == filename => {
                !path.is_file() || is_same_recording(path, at)
            }
            Some(_) => false,
            None => self.filename == filename,
        }
    }
}

/// The marks of all recordings, as they are gathered.
struct Gathered<'a> {
    request: &'a TrainingRequest,
    homes: &'a Homes,
    /// By name and path: rows of one name may be about several files.
    recordings: BTreeMap<(String, Option<PathBuf>), TrainingRecording>,
}

#[derive(Debug, Clone)]
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

impl Gathered<'_> {
    fn recording(&mut self, filename: &str, said: Option<&Path>) -> &mut TrainingRecording {
        let source_path = self.homes.of(filename, said).map(Path::to_owned);
        self.recordings
            .entry((filename.to_owned(), source_path.clone()))
            .or_insert_with(|| TrainingRecording {
                filename: filename.to_owned(),
                source_path,
                ..TrainingRecording::default()
            })
    }

    fn add_clips(&mut self, clips: &[ClipRow]) {
        let request = self.request;
        for clip in clips {
            let Some(class) = enabled_class_of(&clip.output_path).map(str::to_owned) else {
                continue;
            };
            let recording = self.recording(&clip.filename, clip.source_path.as_deref());
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
                clip_path: path_from(clip.output_path.clone()),
            });
        }
    }

    fn add_hard_negatives(&mut self, negatives: &[HardNegative]) {
        for negative in negatives {
            if let Some(span) = negative.span(self.request.window_s) {
                let said = negative.source_path.as_deref();
                let recording = self.recording(&negative.filename, said);
                recording.hard_negatives.push(plain(span));
            }
        }
    }

    fn add_unsure(&mut self, unsure: &[UnsureMark]) {
        for mark in unsure {
            let recording = self.recording(&mark.filename, None);
            recording.unsure.push(plain(mark.span));
        }
    }
}

/// A mark that is no clip.
fn plain(span: Span) -> LabelledSpan {
    LabelledSpan {
        span,
        class: None,
        clip_path: None,
    }
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

/// Where a recording is when neither its marks nor its own row say: an earlier scan may know.
fn seen_by_scan(
    db: &Connection,
    request: &TrainingRequest,
    filename: &str,
) -> rusqlite::Result<Option<PathBuf>> {
    let of_scan = all(db, PATH_OF_SCAN, (&request.profile, filename), |row| {
        row.get(0)
    })?;
    Ok(of_scan.into_iter().next().and_then(path_from))
}
