//! Label files in a window: what is asked, what an import would mark, and what came of it. Plain values; any thread.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::JobView;
use crate::export::Times;

/// How the names of label files end, in small letters.
const ENDINGS: [&str; 6] = ["txt", "csv", "tsv", "json", "labels", "selections"];

/// What labels become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MarkAs {
    /// Each is what its file says, and otherwise an example of what it is called. `negative` and `unsure` are no classes.
    #[default]
    ByClass,
    Positive,
    Negative,
    Unsure,
}

/// What a window asks about label files.
#[derive(Debug, Clone, PartialEq)]
pub enum Labels {
    /// Read these files and find out what they would mark, for [`View::labels`](super::View::labels), instead of any that were
    /// read before. Nothing is marked.
    Read(LabelsRequest),
    /// Mark what the plan of this number says, as one change.
    Import { number: u64 },
    /// Stop reading, or importing; nothing is marked.
    Cancel,
    /// Show no label files any more.
    Forget,
}

/// Which label files are read, and what they become.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelsRequest {
    pub files: Vec<PathBuf>,
    /// Recordings, and folders of them, that are looked at first.
    pub recordings: Vec<PathBuf>,
    pub mark_as: MarkAs,
    /// The class of all examples; empty for what each label is called.
    pub class: String,
    /// What times count from in files that do not say.
    pub times: Times,
    pub clock: LabelsClock,
}

impl Default for LabelsRequest {
    /// No file yet. Times count from the recording's start, as label tracks do.
    fn default() -> Self {
        Self {
            files: Vec::new(),
            recordings: Vec::new(),
            mark_as: MarkAs::default(),
            class: String::new(),
            times: Times::Take,
            clock: LabelsClock::default(),
        }
    }
}

/// How a REAPER project counts, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LabelsClock {
    /// Samples per second.
    pub rate_hz: Option<f64>,
    pub frames_per_s: Option<f64>,
    pub tempo_bpm: Option<f64>,
}

/// What a window shows of the label files that it asked about last.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelsView {
    /// Grows with every question.
    pub number: u64,
    pub request: LabelsRequest,
    /// The profile that is marked in.
    pub profile: String,
    pub state: LabelsState,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq)]
pub enum LabelsState {
    Reading(JobView),
    /// Nothing is marked yet.
    Planned(Arc<LabelsPlan>),
    Importing(JobView, Arc<LabelsPlan>),
    /// It is done; in a whole sentence.
    Imported(String),
    Cancelled,
    /// The status line says why.
    Failed,
}

/// What an import would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LabelsPlan {
    /// In the order of the request.
    pub files: Vec<LabelsFile>,
    /// Labels that are new, of all files.
    pub new: usize,
    /// Labels that are there already.
    pub there: usize,
    /// Marks of other kinds whose place is taken.
    pub replaced: usize,
}

/// What is in one label file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LabelsFile {
    pub path: PathBuf,
    /// What its form is called in a sentence; `None` where it cannot be read.
    pub format: Option<&'static str>,
    /// Why it cannot be read, and what to do.
    pub problem: Option<String>,
    /// What must be known of the project before it can be read.
    pub need: Option<ClockNeed>,
    /// Labels that are new, and those that are there already.
    pub new: usize,
    pub there: usize,
    /// What the new ones become, each with how many there are.
    pub kinds: Vec<(String, usize)>,
    /// The names of the recordings that the labels are about.
    pub recordings: Vec<String>,
    /// Labels that are left out, by reason; those of most labels first.
    pub left_out: Vec<LabelsLeftOut>,
    /// Labels that are left out for reasons that are not listed.
    pub left_out_else: usize,
}

/// What a file needs to be told before it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockNeed {
    /// The sample rate, or the frame rate.
    Rate,
    FrameRate,
    Tempo,
}

/// Labels of one file that are left out for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelsLeftOut {
    pub why: String,
    pub count: usize,
    /// The first of their lines, counted from 1.
    pub lines: Vec<u64>,
    /// Something is wrong with them; `false` where there is nothing to import.
    pub is_fault: bool,
}

/// Whether the file at `path` may hold labels, by its name.
pub fn is_label_file(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    ENDINGS.contains(&ending.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_files_are_known_by_their_names_and_audio_is_none() {
        for name in [
            "a.txt",
            "A.CSV",
            "b.Table.1.selections.txt",
            "c.json",
            "d.tsv",
        ] {
            assert!(is_label_file(Path::new(name)), "{name}");
        }
        for name in ["a.wav", "b.earmark", "folder", "txt"] {
            assert!(!is_label_file(Path::new(name)), "{name}");
        }
    }
}
