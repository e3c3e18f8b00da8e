//! What label files would mark: each label with its recording and its span, what is there already, and what fits nothing with the
//! reason. Looks at files and reads the database; changes neither, so that a preview costs nothing.
//!
//! Blocks on disks and on the database: the main thread of the command line, and the files thread.

mod agreement;
mod kinds;
mod places;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

pub use places::{Place, Places};

use super::{ImportError, LARGEST_FILE_BYTES, Label, LabelFile, ProjectClock, read_labels};
use crate::export::Times;
use crate::frequency::Band;
use crate::limits;
use crate::marks::Marks;
use crate::protocol::{
    EngineError, ImportedMark, ImportedRecording, MarkAs, MarkKind, PlacedRecording, Target,
};
use crate::recording::Recording;
use crate::store::StoreHandle;
use crate::time::Span;

/// How long a mark is that a point stands for, in seconds.
pub const POINT_LENGTH_S: f64 = 1.0;

/// Why a label file cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{} cannot be read ({source}): check the path", path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} is larger than {} MB: split it", path.display(), LARGEST_FILE_BYTES >> 20)]
    TooLarge { path: PathBuf },
    #[error("{}: {error}", path.display())]
    Import { path: PathBuf, error: ImportError },
}

/// A label file that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadFile {
    pub path: PathBuf,
    pub labels: LabelFile,
}

impl ReadFile {
    /// Reads the label file at `path`.
    ///
    /// # Errors
    /// When it cannot be read, is too large, or is in no form that Earmark knows.
    pub fn open(path: &Path, clock: &ProjectClock) -> Result<Self, FileError> {
        let unreadable = |source| FileError::Unreadable {
            path: path.to_owned(),
            source,
        };
        // A pipe or a folder would wait, or never end.
        if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
            return Err(unreadable(std::io::ErrorKind::IsADirectory.into()));
        }
        let file = std::fs::File::open(path).map_err(unreadable)?;
        let mut bytes = Vec::new();
        file.take(LARGEST_FILE_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if bytes.len() as u64 > LARGEST_FILE_BYTES {
            return Err(FileError::TooLarge {
                path: path.to_owned(),
            });
        }
        let labels = read_labels(&bytes, clock).map_err(|error| FileError::Import {
            path: path.to_owned(),
            error,
        })?;
        Ok(Self {
            path: path.to_owned(),
            labels,
        })
    }
}

/// What the labels are to be, and where their recordings are.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportChoices {
    pub mark_as: MarkAs,
    /// The class of all examples; `None` for what each label is called.
    pub class: Option<String>,
    /// What times count from in files that do not say.
    pub times: Times,
    /// The length of a mark that a point stands for, in seconds.
    pub point_length_s: f64,
    /// Files and folders in which recordings are looked for first.
    pub recordings: Vec<PathBuf>,
}

impl Default for ImportChoices {
    fn default() -> Self {
        Self {
            mark_as: MarkAs::default(),
            class: None,
            times: Times::Take,
            point_length_s: POINT_LENGTH_S,
            recordings: Vec::new(),
        }
    }
}

/// What becomes of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    New,
    /// The recording has this mark already.
    There,
}

/// A label that fits a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedMark {
    /// Its place among the files that were given.
    pub file: usize,
    pub line: u64,
    pub mark: ImportedMark,
    pub fate: Fate,
    /// Marks of other kinds whose place it takes.
    pub replaces: usize,
}

/// What is planned in one recording.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedRecording {
    pub placed: PlacedRecording,
    /// By start.
    pub marks: Vec<PlannedMark>,
}

/// A label that is not imported.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    /// Its place among the files that were given.
    pub file: usize,
    pub line: u64,
    pub why: String,
    /// Whether something is wrong with it; `false` where there is nothing to import, as in a region that nobody judged.
    pub is_fault: bool,
}

/// What an import would do.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ImportPlan {
    /// By name.
    pub recordings: Vec<PlannedRecording>,
    /// By file and line.
    pub left_out: Vec<LeftOut>,
}

impl ImportPlan {
    /// What `files` would mark in `profile`. `go_on` is asked before each recording.
    ///
    /// # Errors
    /// When the database cannot be read, or `go_on` says no.
    pub fn of(
        store: &StoreHandle,
        profile: &str,
        files: &[ReadFile],
        choices: &ImportChoices,
        go_on: &mut dyn FnMut() -> Result<(), EngineError>,
    ) -> Result<Self, EngineError> {
        let mut plan = Self::default();
        let mut places = Places::new(store, &choices.recordings);
        let mut found: BTreeMap<String, (Place, Vec<PlannedMark>)> = BTreeMap::new();
        for (file, read) in files.iter().enumerate() {
            for fault in &read.labels.faults {
                plan.leave_out(file, fault.line, fault.error.to_string(), true);
            }
            let times = read.labels.times.unwrap_or(choices.times);
            for label in &read.labels.labels {
                go_on()?;
                let placed = places.find(&read.path, label.recording.as_deref())?;
                let fitted = placed.and_then(|place| {
                    let span = place.span(label.span, times, choices.point_length_s)?;
                    Ok((place, span))
                });
                let wanted = fitted
                    .and_then(|(place, span)| Ok((place, wanted(label, choices, place, span)?)));
                match wanted {
                    Ok((place, Some(mark))) => {
                        let name = place.recording.filename.clone();
                        let marks = &mut found
                            .entry(name)
                            .or_insert_with(|| (place.clone(), Vec::new()))
                            .1;
                        marks.push(PlannedMark {
                            file,
                            line: label.line,
                            mark,
                            fate: Fate::New,
                            replaces: 0,
                        });
                    }
                    Ok((_, None)) => {
                        let why = String::from("nobody judged this region");
                        plan.leave_out(file, label.line, why, false);
                    }
                    Err(why) => plan.leave_out(file, label.line, why, true),
                }
            }
        }
        for (place, marks) in found.into_values() {
            go_on()?;
            let marks = agreement::settle(marks, &mut plan.left_out);
            let known =
                store.with(|store| Marks::read(store, profile, &place.recording.filename))?;
            let marks = marks.into_iter().map(|mark| compared(mark, &known));
            plan.recordings.push(PlannedRecording {
                marks: marks.collect(),
                placed: place.placed(),
            });
        }
        plan.left_out.sort_by_key(|label| (label.file, label.line));
        Ok(plan)
    }

    fn leave_out(&mut self, file: usize, line: u64, why: String, is_fault: bool) {
        self.left_out.push(LeftOut {
            file,
            line,
            why,
            is_fault,
        });
    }

    /// The labels that fit a recording.
    pub fn marks(&self) -> impl Iterator<Item = &PlannedMark> {
        self.recordings
            .iter()
            .flat_map(|recording| &recording.marks)
    }

    /// How many labels are `fate`.
    pub fn count(&self, fate: Fate) -> usize {
        self.marks().filter(|mark| mark.fate == fate).count()
    }

    /// The state that it wants, without what is there already; `None` when nothing is new. Enters the names of new recordings in
    /// the database.
    ///
    /// # Errors
    /// When a recording is gone, or the database refuses.
    pub fn target(
        &self,
        store: &StoreHandle,
        remark: String,
    ) -> Result<Option<Target>, EngineError> {
        let mut recordings = Vec::new();
        for planned in &self.recordings {
            let new = planned.marks.iter().filter(|mark| mark.fate == Fate::New);
            let marks: Vec<ImportedMark> = new.map(|mark| mark.mark.clone()).collect();
            if !marks.is_empty() {
                let placed = PlacedRecording {
                    recording: Recording::open(store, &planned.placed.recording.path)?,
                    ..planned.placed.clone()
                };
                recordings.push(ImportedRecording { placed, marks });
            }
        }
        let is_new = !recordings.is_empty();
        Ok(is_new.then_some(Target::Imported { recordings, remark }))
    }
}

/// The mark that a label on `span` asks for; `None` when there is nothing to mark and no note.
fn wanted(
    label: &Label,
    choices: &ImportChoices,
    place: &Place,
    span: Span,
) -> Result<Option<ImportedMark>, String> {
    let kind = kinds::kind_of(label, choices.mark_as, choices.class.as_deref())?;
    if let Some(MarkKind::Positive { .. }) = kind {
        limits::example(span).map_err(|error| error.to_string())?;
    }
    let note = match label.note.trim() {
        "" => String::new(),
        note => {
            // A note of several lines, as JSON may hold, is one line here.
            let line: String = note
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect();
            let line = limits::note(&line).map_err(|error| error.to_string())?;
            line.to_owned()
        }
    };
    if kind.is_none() && note.is_empty() {
        return Ok(None);
    }
    let band: Option<Band> = label.band.filter(|band| !place.is_everything(*band));
    Ok(Some(ImportedMark {
        span,
        band: band.filter(|_| kind.is_some()),
        kind,
        note,
    }))
}

/// `planned` beside the marks that its recording has.
fn compared(planned: PlannedMark, known: &Marks) -> PlannedMark {
    let ImportedMark {
        span,
        kind,
        band,
        note,
    } = &planned.mark;
    let is_marked = kind.as_ref().is_none_or(|kind| known.says(kind, *span));
    let is_noted = note.is_empty() || known.has_note(*span, note);
    let is_banded = band.is_none_or(|band| known.has_band(*span, band));
    let replaces = kind.as_ref();
    let replaces = replaces.map_or(0, |kind| known.replaced_by(kind, *span));
    let is_there = is_marked && is_noted && is_banded && replaces == 0;
    PlannedMark {
        fate: if is_there { Fate::There } else { Fate::New },
        replaces,
        ..planned
    }
}
