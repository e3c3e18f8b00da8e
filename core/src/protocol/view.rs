//! What a window needs to know, as plain values: the engine publishes a [`View`], windows draw it.
//!
//! Built on the engine worker, read on the GUI thread; a view is never changed after it is published. Large parts
//! sit behind `Arc` so that publishing a new view copies only what changed.

use std::path::PathBuf;
use std::sync::Arc;

pub use super::{ClassifierView, JobView, ReasonToTrain, RegionView, Waveform};
use super::{
    Compared, ExportRequest, FolderView, LabelsView, LibraryView, PackCredits, PackView,
    SimilarView, Survey, TrainRequest,
};
use crate::audio::Spectrogram;
use crate::scan::{MarkCheck, RegionShape, WindowScores};
use crate::settings::SettingsView;
use crate::store::{
    ClassStats, FileStatistics, HardNegative, ProfileRows, ScanVersion, TrainingWarning,
};
use crate::time::{SampleRate, Span};

/// Everything that one plugin instance shows, as it was at one moment.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// Grows with every published view of this instance.
    pub revision: u64,
    /// Grows when another database file takes the place of the one that was shown: identities of the former mean nothing
    /// in the next.
    pub generation: u64,
    pub source: SourceView,
    pub shown: ShownView,
    pub results: ResultsView,
    pub marks: MarksView,
    pub learning: LearningView,
    pub activity: ActivityView,
    /// The search for similar stretches that was asked for last.
    pub similar: Option<SimilarView>,
    /// The label files that were asked about last.
    pub labels: Option<LabelsView>,
    /// The pack that was asked about last.
    pub pack: Option<PackView>,
    pub storage: StorageView,
    /// From when a window first asked ([`Show::Library`](super::Show::Library)).
    pub library: LibraryView,
    pub health: HealthView,
}

/// The track and what was recorded from it.
#[derive(Debug, Clone, Default)]
pub struct SourceView {
    /// The track's name, as the host gave it or the user edited it.
    pub name: String,
    /// The source's takes in timeline order.
    pub takes: Vec<TakeView>,
    /// Seconds of the source's takes that were heard and not searched yet; a fraction of one while the model keeps up.
    pub behind_s: f64,
}

/// What is chosen to be on show.
#[derive(Debug, Clone, Default)]
pub struct ShownView {
    pub profile: String,
    /// The watch list: the profiles whose sounds are looked for, beside that of the shown one.
    pub watched: Vec<String>,
    /// The take on show (`TakeView::filename`).
    pub take: Option<String>,
    /// Key of the model on show.
    pub model: String,
    /// Timestamp of the version on show; `None` while only provisional results exist.
    pub version: Option<String>,
    /// Regions are cut at this score, 0 to 1.
    pub threshold: f32,
    /// How raised scores are joined and widened into regions.
    pub shape: RegionShape,
}

/// What was found in the take on show by the model on show.
#[derive(Debug, Clone, Default)]
pub struct ResultsView {
    /// One tab per model that has results or can make them.
    pub tabs: Vec<TabView>,
    /// Versions of the shown take and model, newest first.
    pub versions: Vec<VersionView>,
    /// The comparison with a second version, when one is chosen.
    pub comparison: Option<ComparisonView>,
    /// Regions of the shown version and the marks that lie on none of them, by start; provisional ones (from the live scan)
    /// behind the saved ones.
    pub regions: Arc<Vec<RegionView>>,
    /// The sounds that are looked for, by name, when there are several; what else is in the results is of the shown profile.
    pub sounds: Arc<Vec<SoundView>>,
    /// Per-window scores of the shown take by the latest classifier; `NaN` where not scored.
    pub scores: Option<Arc<WindowScores>>,
    pub waveform: Arc<Waveform>,
    /// The stretch that a window wants to see as a spectrogram, once it is drawn.
    pub spectrogram: Option<Arc<SpectrogramView>>,
}

impl ResultsView {
    /// The sound that `region` is of; `None` while only that of the shown profile is looked for.
    pub fn sound_of(&self, region: &RegionView) -> Option<&SoundView> {
        self.sounds.get(usize::from(region.sound))
    }

    /// Whether `region` is of the shown profile.
    pub fn is_own(&self, region: &RegionView) -> bool {
        self.sound_of(region).is_none_or(|sound| sound.is_shown)
    }

    /// The regions of the shown profile.
    pub fn own_regions(&self) -> impl Iterator<Item = &RegionView> {
        self.regions.iter().filter(|region| self.is_own(region))
    }
}

/// One of several sounds that are looked for: the results of a profile's newest classifier in the shown take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundView {
    pub profile: String,
    /// Timestamp of the version whose regions are listed; `None` before the first.
    pub version: Option<String>,
    /// The classes that its newest classifier finds; empty before the first training.
    pub classes: Vec<String>,
    /// It is the sound of the shown profile.
    pub is_shown: bool,
}

/// What the user marked, and what undo does.
#[derive(Debug, Clone, Default)]
pub struct MarksView {
    /// Classes of exported clips, for the Train panel and the P key.
    pub classes: Vec<ClassStats>,
    /// Hard negatives of the profile, newest first.
    pub negatives: Arc<Vec<HardNegative>>,
    /// Marks made since the last training of the shown model.
    pub since_training: usize,
    /// What undo would take back, in words; `None` when there is nothing.
    pub undo: Option<String>,
    pub redo: Option<String>,
}

/// Trainings: done, and considered.
#[derive(Debug, Clone, Default)]
pub struct LearningView {
    /// Classifier versions of the shown model, newest first.
    pub classifiers: Vec<ClassifierView>,
    /// What the training would be made of that the window considers
    /// ([`Show::TrainingCounts`](super::Show::TrainingCounts)).
    pub training: Option<TrainingView>,
    /// What the profile was last trained on with the shown model.
    pub last_training: Option<TrainRequest>,
    /// Whom the last exported pack named.
    pub pack_credits: PackCredits,
}

/// What other threads do for the window, or have done.
#[derive(Debug, Clone, Default)]
pub struct ActivityView {
    /// The job at work, if any.
    pub job: Option<JobView>,
    /// What is played to the user, from when it was asked for to its end; the audition meter says how far it has come.
    pub audition: Option<AuditionView>,
    /// The folder that was looked into last ([`Show::Folder`](super::Show::Folder)).
    pub folder: Option<Arc<FolderView>>,
    /// The last export waits for a word about files that are there.
    pub export_question: Option<Arc<ExportQuestion>>,
}

/// What the database, the settings and the disks keep.
#[derive(Debug, Clone, Default)]
pub struct StorageView {
    pub profiles: Vec<String>,
    /// Those of them that have a classifier by the shown model.
    pub learned: Vec<String>,
    /// What is in the profile that was counted last.
    pub counted: Option<ProfileView>,
    /// `None` until the database was read.
    pub settings: Option<Arc<SettingsView>>,
    /// What is kept on this machine, from when a window first asked ([`Show::Survey`](super::Show::Survey)).
    pub survey: Option<Arc<Survey>>,
}

/// How well Earmark does, in words.
#[derive(Debug, Clone, Default)]
pub struct HealthView {
    /// What the window cannot do at present and how to mend it; empty when all is well.
    pub obstacles: Vec<Obstacle>,
    /// The latest thing worth telling, until the next.
    pub status: Option<Status>,
    /// Marks and other changes that wait: the database cannot take them at present, or their clips are being written.
    pub waiting: usize,
}

impl View {
    /// Why another training would be worth its while, if it would.
    pub fn reason_to_train(&self) -> Option<ReasonToTrain> {
        let mut classifiers = self.learning.classifiers.iter();
        let Some(last) = classifiers.find(|one| one.copy_of.is_none()) else {
            let has_examples = self.marks.classes.iter().any(|class| class.clips > 0);
            return has_examples.then_some(ReasonToTrain::First);
        };
        let marks = self.marks.since_training;
        let reason = ReasonToTrain::NewMarks {
            marks,
            learned_from: last.marks(),
        };
        (marks >= last.marks_worth_training()).then_some(reason)
    }

    /// The score at which the newest classifier of the shown model did best on what it had not learned from. `None` before the
    /// first training, and after one from too few recordings to hold any out.
    pub fn suggested_threshold(&self) -> Option<f32> {
        let newest = self.learning.classifiers.first()?;
        newest
            .metrics
            .as_ref()
            .map(|metrics| metrics.best_f1_threshold)
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
    /// [`Storage::ExportMemory`](super::Storage::ExportMemory).
    ExportMemory,
    /// [`Storage::RestoreBackup`](super::Storage::RestoreBackup).
    RestoreBackup {
        /// When the newest backup was made, for people: `2026-01-31 14:22:33`, local time.
        made_at: String,
    },
    /// [`Storage::StartNewDatabase`](super::Storage::StartNewDatabase).
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
    /// A file that the user opened beside the takes: it lies nowhere on the project's timeline.
    pub is_file: bool,
    /// Still growing.
    pub recording: bool,
    /// Stretches, in seconds from the take's start, where audio was lost.
    pub gaps: Vec<Span>,
}

impl TakeView {
    /// Where a moment of the project lies, in seconds from the take's start; `None` in a file, which is not in the project.
    pub fn at_project_s(&self, project_s: f64) -> Option<f64> {
        (!self.is_file).then_some(project_s - self.start_s)
    }
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
    pub row: ScanVersion,
    /// Its timestamp for people: `2026-01-31 14:22:33`, local time, or `before history`.
    pub date: String,
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
    pub classes: Vec<ClassStats>,
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
