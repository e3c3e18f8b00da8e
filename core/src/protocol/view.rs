//! What a window needs to know, as plain values: the engine publishes a [`View`], windows draw it.
//!
//! Built on the engine worker, read on the GUI thread; a view is never changed after it is published. Large parts
//! sit behind `Arc` so that publishing a new view copies only what changed.

use std::path::PathBuf;
use std::sync::Arc;

pub use super::{ClassifierView, JobView, ReasonToTrain, RegionView, Waveform};
use super::{Compared, ExportRequest, FolderView, Survey, TrainRequest};
use crate::audio::Spectrogram;
use crate::scan::{MarkCheck, RegionShape, WindowScores};
use crate::settings::SettingsView;
use crate::store::{
    ClassStats, FileStatistics, NegativeId, ProfileRows, TrainingWarning, UNSAID_LENGTH_S,
};
use crate::time::{SampleRate, Span};

/// One consistent picture of what one plugin instance shows.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// Grows with every published view of this instance.
    pub revision: u64,
    /// Grows when another database file takes the place of the one that was shown: identities of the former mean nothing
    /// in the next.
    pub generation: u64,
    /// The track's name, as the host gave it or the user edited it.
    pub source_name: String,
    pub profile: String,
    pub profiles: Vec<String>,
    /// What is in the profile that was counted last.
    pub counted: Option<ProfileView>,
    /// What the window cannot do at present and how to mend it; empty when all is well.
    pub obstacles: Vec<Obstacle>,
    /// The job at work, if any.
    pub job: Option<JobView>,
    /// The source's takes in timeline order.
    pub takes: Vec<TakeView>,
    /// Seconds of the source's takes that were heard and not searched yet; a fraction of one while the model keeps up.
    pub behind_s: f64,
    /// The take on show (`TakeView::filename`).
    pub shown_take: Option<String>,
    /// One tab per model that has results or can make them.
    pub tabs: Vec<TabView>,
    /// Key of the model on show.
    pub shown_model: String,
    /// Versions of the shown take and model, newest first.
    pub versions: Vec<VersionView>,
    /// Timestamp of the version on show; `None` while only provisional results exist.
    pub shown_version: Option<String>,
    /// The comparison with a second version, when one is chosen.
    pub comparison: Option<ComparisonView>,
    /// Regions of the shown version and the marks that lie on none of them, by start; provisional ones (from the live scan)
    /// behind the saved ones.
    pub regions: Arc<Vec<RegionView>>,
    /// Per-window scores of the shown take by the latest classifier; `NaN` where not scored.
    pub scores: Option<Arc<WindowScores>>,
    /// Regions are cut at this score, 0 to 1.
    pub threshold: f32,
    /// How raised scores are joined and widened into regions.
    pub shape: RegionShape,
    pub waveform: Arc<Waveform>,
    /// The stretch that a window wants to see as a spectrogram, once it is drawn.
    pub spectrogram: Option<Arc<SpectrogramView>>,
    /// Classes of exported clips, for the Train panel and the P key.
    pub classes: Vec<ClassView>,
    /// Hard negatives of the profile, newest first.
    pub negatives: Arc<Vec<NegativeView>>,
    /// Classifier versions of the shown model, newest first.
    pub classifiers: Vec<ClassifierView>,
    /// What the training would be made of that the window considers ([`Command::ConsiderTraining`]).
    ///
    /// [`Command::ConsiderTraining`]: super::command::Command::ConsiderTraining
    pub training: Option<TrainingView>,
    /// What the profile was last trained on with the shown model.
    pub last_training: Option<TrainRequest>,
    /// What is played to the user, from when it was asked for to its end; the audition meter says how far it has come.
    pub audition: Option<AuditionView>,
    /// The folder that was looked into last ([`Command::LookInto`](super::command::Command::LookInto)).
    pub folder: Option<Arc<FolderView>>,
    /// The last export waits for a word about files that are there.
    pub export_question: Option<Arc<ExportQuestion>>,
    /// The latest thing worth telling, until the next.
    pub status: Option<Status>,
    /// What undo would take back, in words; `None` when there is nothing.
    pub undo: Option<String>,
    pub redo: Option<String>,
    /// Marks and other changes that wait for the database, because it cannot take them at present.
    pub waiting: usize,
    /// Marks made since the last training of the shown model.
    pub marks_since_training: usize,
    /// `None` until the database was read.
    pub settings: Option<Arc<SettingsView>>,
    /// What is kept on this machine, from when a window first asked ([`Command::Survey`]).
    ///
    /// [`Command::Survey`]: super::command::Command::Survey
    pub survey: Option<Arc<Survey>>,
}

impl View {
    /// Why another training would be worth its while, if it would.
    pub fn reason_to_train(&self) -> Option<ReasonToTrain> {
        let mut classifiers = self.classifiers.iter();
        let Some(last) = classifiers.find(|one| one.copy_of.is_none()) else {
            let has_examples = self.classes.iter().any(|class| class.clips > 0);
            return has_examples.then_some(ReasonToTrain::First);
        };
        let marks = self.marks_since_training;
        let reason = ReasonToTrain::NewMarks {
            marks,
            learned_from: last.marks(),
        };
        (marks >= last.marks_worth_training()).then_some(reason)
    }

    /// The score at which the newest classifier of the shown model did best on what it had not learned from. `None` before the
    /// first training, and after one from too few recordings to hold any out.
    pub fn suggested_threshold(&self) -> Option<f32> {
        self.classifiers.first()?.best_f1_threshold
    }
}

/// An export that wrote nothing, because these files are there already. Sent again with another
/// [`IfThere`](super::IfThere) it is done.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportQuestion {
    /// Tells one question from the next.
    pub number: u64,
    pub request: ExportRequest,
    pub there: Vec<PathBuf>,
}

/// A profile and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileView {
    pub name: String,
    pub rows: ProfileRows,
    /// Whether undo brings it back when it is deleted: there is not too much in it to be kept for that.
    pub comes_back: bool,
}

/// A state that keeps something from working, with its remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    pub what: String,
    pub remedy: String,
    /// What the program can do about it, when the user says so.
    pub offers: Vec<Offer>,
}

/// Something the program can do about an [`Obstacle`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    /// [`Command::ExportMemory`](super::Command::ExportMemory).
    ExportMemory,
    /// [`Command::RestoreBackup`](super::Command::RestoreBackup).
    RestoreBackup {
        /// When the newest backup was made, for people: `2026-01-31 14:22:33`, local time.
        made_at: String,
    },
    /// [`Command::StartNewDatabase`](super::Command::StartNewDatabase).
    StartNewDatabase,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TakeView {
    pub filename: String,
    pub path: PathBuf,
    /// Where the take starts on the project's timeline, in seconds.
    pub start_s: f64,
    pub duration_s: f64,
    /// Samples per second.
    pub rate: SampleRate,
    /// Still growing.
    pub recording: bool,
    /// Stretches, in seconds from the take's start, where audio was lost.
    pub gaps: Vec<Span>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TabView {
    /// The model's key: `AISFX`.
    pub model: String,
    pub regions: usize,
    /// Number of the shown version; `None` before the first.
    pub version: Option<u32>,
}

impl TabView {
    /// `AISFX (12) [v3]`, or `AISFX (0)` before the first version.
    pub fn label(&self) -> String {
        match self.version {
            Some(version) => format!("{} ({}) [v{version}]", self.model, self.regions),
            None => format!("{} ({})", self.model, self.regions),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct VersionView {
    pub timestamp: String,
    /// The timestamp for people: `2026-01-31 14:22:33`, local time, or `before history`.
    pub date: String,
    pub number: u32,
    pub regions: usize,
    pub best_score: Option<f32>,
    /// Version of the classifier that found its regions; `None` when 8-cut scanned.
    pub classifier: Option<u32>,
    /// Pruning passes it by.
    pub pinned: bool,
    /// It is older than those that are kept, and there only because a hand changed regions of it.
    pub kept_for_edits: bool,
    /// What it says of what is marked in the take; `None` when nothing is, or it kept no scores.
    pub check: Option<Arc<MarkCheck>>,
}

/// What became of the regions of another version, or of another model, in the shown one.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonView {
    pub with: Compared,
    /// Number of the version compared with.
    pub with_number: u32,
    /// What that version gets wrong of what is marked; `None` where nothing is marked or scored.
    pub check: Option<Arc<MarkCheck>>,
    pub kept: usize,
    pub moved: usize,
    pub new: usize,
    /// Spans (seconds in the take) of the regions that the shown version no longer has.
    pub gone: Vec<Span>,
}

impl ComparisonView {
    /// What the shown version is compared with: `v2`, or `HUBERT_LARGE v2` for another model's.
    pub fn name(&self) -> String {
        match &self.with {
            Compared::Version(_) => format!("v{}", self.with_number),
            Compared::Model { model } => format!("{model} v{}", self.with_number),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassView {
    pub name: String,
    pub files: usize,
    pub clips: usize,
}

impl From<ClassStats> for ClassView {
    fn from(stats: ClassStats) -> Self {
        Self {
            name: stats.name,
            files: stats.files,
            clips: stats.clips,
        }
    }
}

/// A training that is considered.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingView {
    pub request: TrainRequest,
    /// `None` while the database cannot be read, or when the model is not installed.
    pub counts: Option<Arc<TrainingCounts>>,
}

/// What a training would be made of, as the marks count after conflicts and repetitions are settled.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TrainingCounts {
    /// The classes to choose from: with scan exports if the request includes them.
    pub classes: Vec<ClassView>,
    /// All files together.
    pub total: FileStatistics,
    /// By file name.
    pub files: Vec<TrainingFileView>,
    pub warnings: Vec<TrainingWarning>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingFileView {
    pub marks: FileStatistics,
    /// The recording is where the database says, or nothing in it is learned from. If not, its clips are learned from by their own files, and its hard
    /// negatives are left out.
    pub recording_found: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct NegativeView {
    pub id: NegativeId,
    pub filename: String,
    pub start_s: f64,
    pub end_s: Option<f64>,
    /// The model whose results it was marked in; empty when 8-cut did not say.
    pub source_model: String,
    /// Date added, local time; empty when unknown.
    pub created_at: String,
}

impl NegativeView {
    /// What is marked; a second from its start when 8-cut made the mark, which keeps no end.
    pub fn span(&self) -> Option<Span> {
        let end_s = self.end_s.unwrap_or(self.start_s + UNSAID_LENGTH_S);
        Span::new(self.start_s, end_s).ok()
    }
}

/// A stretch of a recording as a spectrogram.
#[derive(Debug, Clone, PartialEq)]
pub struct SpectrogramView {
    pub filename: String,
    pub picture: Arc<Spectrogram>,
}

/// A stretch that is played to the user.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditionView {
    /// The recording it is in.
    pub filename: String,
    /// Seconds from the recording's start.
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Info,
    Warning,
    Error,
}

/// One line for the status bar. `remedy` says what to do, and is empty when nothing needs doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    pub severity: Severity,
    pub text: String,
    pub remedy: String,
}
