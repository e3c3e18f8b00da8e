//! Reads label files of other tools and of our own exports: what they say about which stretch of which recording.
//!
//! [`read_labels`] finds the format by the content; each format has a file of its own, and a label is the same value in all of
//! them. Pure: any thread. It never asks a disk or the database, and never corrects a value in silence: a line that makes no
//! sense is a [`LineFault`] with its number, beside the labels of the other lines.

mod audacity;
mod birdnet;
mod decode;
mod earmark;
mod error;
mod hoplite;
mod json;
mod label_text;
mod numbers;
pub mod plan;
mod raven;
mod reaper;
mod reaper_time;
mod table;

#[cfg(test)]
mod tests;

pub use error::{ImportError, LineError, LineFault};
pub use reaper_time::ProjectClock;

use crate::export::Times;
use crate::frequency::Band;
use crate::time::Span;
use table::Table;

/// The largest label file, in bytes. A million labels take less.
pub const LARGEST_FILE_BYTES: u64 = 256 << 20;

/// What a label file says about one stretch.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Its line in the file; in JSON the number of the region. Counted from 1.
    pub line: u64,
    /// The recording as the file writes it, a name or a path; `None` where the file names none.
    pub recording: Option<String>,
    /// In seconds from where the file counts ([`LabelFile::times`]). A point has no length.
    pub span: Span,
    /// Its frequencies, where it has some.
    pub band: Option<Band>,
    /// What the sound is called; empty where the file does not say.
    pub class: String,
    /// What the user made of it, where the file says so.
    pub state: Option<LabelState>,
    /// Empty where there is none.
    pub note: String,
    /// 0 to 1.
    pub score: Option<f32>,
}

/// What a file says that the user made of a stretch, as our own exports write it in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelState {
    /// A scan found it, and nobody said more.
    Found,
    Positive,
    Negative,
    Unsure,
    /// The user disabled the region.
    Disabled,
    /// There is a note on it and nothing else.
    Noted,
}

impl LabelState {
    /// The state that exports call `word`.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "found" | "provisional" => Self::Found,
            "positive" => Self::Positive,
            "negative" => Self::Negative,
            "unsure" => Self::Unsure,
            "disabled" => Self::Disabled,
            "note" => Self::Noted,
            _ => return None,
        })
    }
}

/// A form that labels come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelFormat {
    /// An Audacity label track.
    Audacity,
    /// A Raven selection table.
    Raven,
    /// A list of REAPER's Region/Marker Manager.
    Reaper,
    /// A CSV table of Earmark's.
    Earmark,
    /// Earmark's JSON.
    Json,
    /// Annotations or detections of Hoplite's.
    Hoplite,
    /// Detections of BirdNET-Analyzer.
    BirdNet,
}

impl LabelFormat {
    /// What it is called in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Audacity => "Audacity labels",
            Self::Raven => "a Raven selection table",
            Self::Reaper => "REAPER regions",
            Self::Earmark => "an Earmark table",
            Self::Json => "Earmark JSON",
            Self::Hoplite => "a Hoplite table",
            Self::BirdNet => "a BirdNET table",
        }
    }
}

/// What a label file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelFile {
    pub format: LabelFormat,
    /// What its times count from, where the form says so; `None` where only the user knows.
    pub times: Option<Times>,
    /// In the order of the file.
    pub labels: Vec<Label>,
    /// The lines that make no sense.
    pub faults: Vec<LineFault>,
}

impl LabelFile {
    fn new(format: LabelFormat, times: Option<Times>) -> Self {
        Self {
            format,
            times,
            labels: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Takes what a line was read as; a line without a label is `Ok(None)`.
    fn take(&mut self, line: u64, read: Result<Option<Label>, LineError>) {
        match read {
            Ok(label) => self.labels.extend(label),
            Err(error) => self.faults.push(LineFault { line, error }),
        }
    }
}

/// Reads a label file of any form that Earmark knows. `clock` says how a REAPER project counts samples, frames and beats.
///
/// # Errors
/// When the file is in no form that Earmark knows, or its times cannot be read as a whole.
pub fn read_labels(bytes: &[u8], clock: &ProjectClock) -> Result<LabelFile, ImportError> {
    let text = decode::decode(bytes);
    let Some(first) = text.trim_start().chars().next() else {
        return Err(ImportError::Empty);
    };
    if first == '{' || first == '[' {
        return json::read(&text);
    }
    if let Some(table) = Table::read(&text) {
        if reaper::is_one(&table) {
            return reaper::read(&table, clock);
        }
        if raven::is_one(&table) {
            return Ok(raven::read(&table));
        }
        if birdnet::is_one(&table) {
            return Ok(birdnet::read(&table));
        }
        if earmark::is_one(&table) {
            return Ok(earmark::read(&table));
        }
        if hoplite::is_one(&table) {
            return Ok(hoplite::read(&table));
        }
    }
    audacity::read(&text).ok_or(ImportError::UnknownFormat)
}
