//! What a window can ask of the engine, by family. Sent from any thread without waiting; the coordinator carries commands out in order.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::change::{Change, Place, Target};
use super::{BackgroundMargin, Example, ExportRequest, Labels, Library, Packs, SimilarQuery};
use crate::audition::AuditionMode;
use crate::frequency::FrequencyAxis;
use crate::store::TrainingRequest;
use crate::time::Span;

/// What the shown version of a take is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Compared {
    /// Another version by the same model, by its timestamp.
    Version(String),
    /// The active version by another model.
    Model { model: String },
}

/// What one plugin instance's window, or its host through parameters, asks of the engine. One family for each thing that can be
/// asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    Note(Note),
    Show(Show),
    Play(Play),
    Work(Work),
    Storage(Storage),
    Library(Library),
    Labels(Labels),
    Packs(Packs),
    /// Change something that the database or the settings keep.
    Change(Box<Change>),
    /// Take the last change of this window back.
    Undo,
    /// Do the change again that was taken back last.
    Redo,
}

impl Command {
    /// Asks for `target` at `place`.
    pub fn change(place: Place, target: Target) -> Self {
        Self::Change(Box::new(Change { place, target }))
    }

    /// Asks for all of `changes`, as one step of undo; `None` where there are none.
    pub fn changes_together(mut changes: Vec<Change>) -> Option<Self> {
        let last = changes.pop()?;
        let change = match changes.first() {
            None => last,
            Some(first) => {
                let place = first.place.clone();
                changes.push(last);
                let target = Target::Together { changes };
                Change { place, target }
            }
        };
        Some(Self::Change(Box::new(change)))
    }
}

/// What the engine should know about the window and the host's project.
#[derive(Debug, Clone, PartialEq)]
pub enum Note {
    /// A window is looking: open the database and publish views.
    EditorOpened,
    /// The window closed; views need no longer be published.
    EditorClosed,
    /// The host's project was saved when this source had takes: the window says so when the database knows none.
    ExpectTakes,
    /// The track has this name.
    SourceName { name: String },
    /// The region the user has before them: what a mark through a host parameter means while the transport stands.
    PointedAt { filename: String, span: Span },
    /// The class that a mark through a host parameter confirms as; empty when the user has named none yet.
    MarkClass { class: String },
    /// The user has read the status line.
    StatusRead,
    /// The window has put this path on the clipboard.
    PathCopied { path: PathBuf },
}

/// What the window wants to see.
#[derive(Debug, Clone, PartialEq)]
pub enum Show {
    Profile {
        profile: String,
    },
    /// The watch list: the sounds of these profiles are looked for too, from now on.
    Watched {
        profiles: Vec<String>,
    },
    Take {
        filename: String,
    },
    Model {
        model: String,
    },
    /// A version by its timestamp; `None` follows the newest.
    Version(Option<String>),
    /// The shown version compared with this; `None` ends the comparison.
    Comparison(Option<Compared>),
    /// Regions cut at this score. While the window is open it is also written into the shown version, once it rests.
    Threshold {
        threshold: f32,
    },
    /// The spectrogram of a stretch for [`ResultsView::spectrogram`](super::ResultsView::spectrogram), instead of any that was
    /// asked for before; `None` shows none any more.
    Spectrogram(Option<SpectrogramWish>),
    /// For [`RegionView::novelty`](super::RegionView::novelty), now and with every version: how unlike everything that was
    /// marked each region sounds. Not wanted, it is no longer found out.
    Novelty {
        wanted: bool,
    },
    /// How much is in a profile, for [`StorageView::counted`](super::StorageView::counted).
    ProfileCounts {
        profile: String,
    },
    /// What a training by this request would be made of, now and after every change, for
    /// [`LearningView::training`](super::LearningView::training); `None` stops that.
    TrainingCounts(Option<TrainRequest>),
    /// What is in a folder, for [`ActivityView::folder`](super::ActivityView::folder); without one, in the one that the last
    /// export went to.
    Folder(Option<PathBuf>),
    /// What is kept where and how large it is, for [`StorageView::survey`](super::StorageView::survey).
    Survey,
    /// The library, for [`View::library`](super::View::library), now and as it changes; not wanted, nobody looks at it any more.
    Library {
        wanted: bool,
    },
}

/// What is played through the plugin's output.
#[derive(Debug, Clone, PartialEq)]
pub enum Play {
    /// A stretch of the recording `filename`, in seconds from its start.
    Stretch {
        filename: String,
        span: Span,
        mode: AuditionMode,
    },
    Stop,
}

/// What takes other threads seconds or more.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Scan every take of the source and save versions.
    Scan,
    Train(TrainRequest),
    /// Search a folder and the folders below it for recordings of the profile that were moved, and correct where the
    /// database says they are.
    FindRecordings(PathBuf),
    /// Export regions of the version on show; the status says what was written where, or
    /// [`ActivityView::export_question`](super::ActivityView::export_question) asks what to do about files that are there.
    Export(ExportRequest),
    /// Make a folder and look into it.
    MakeFolder {
        parent: PathBuf,
        name: String,
    },
    /// Make audio files, and those in folders, examples of a class, each from its first sample to its last. Undo takes them
    /// back together.
    AddExamples {
        class: String,
        paths: Vec<PathBuf>,
    },
    /// Scan audio files, and those in folders, with the newest classifier.
    ScanFiles(Vec<PathBuf>),
    /// Show a file in the system's file manager.
    ShowInFolder(PathBuf),
    /// Search for stretches that sound like the examples, for [`View::similar`](super::View::similar), instead of any search
    /// before. It is no job: scans, trainings and marks come before it.
    FindSimilar(SimilarQuery),
    /// Stop the search for similar stretches.
    CancelSimilar,
    /// Write stretches of recordings as clips of a class below a folder. `~` is the user's home.
    ExportStretches {
        stretches: Vec<Example>,
        class: String,
        to: PathBuf,
    },
    /// Stop the job at work; nothing half done is saved.
    Cancel,
}

/// What is done about the database and the disk space.
#[derive(Debug, Clone, PartialEq)]
pub enum Storage {
    /// Write everything that windows show and that waits for the database to a file of its own; the status says where.
    ExportMemory,
    /// Put the newest sound backup in the place of a damaged or vanished database, which is kept beside it.
    RestoreBackup,
    /// Begin a new database in the place of a damaged or vanished one, which is kept beside it.
    StartNewDatabase,
    /// Delete cached embeddings; they are computed again when they are needed.
    EmptyCache,
    /// Delete the files of these takes for good, as far as nothing is marked in them and nobody uses them.
    DeleteTakes { filenames: Vec<String> },
}

/// A stretch to see.
#[derive(Debug, Clone, PartialEq)]
pub struct SpectrogramWish {
    pub filename: String,
    /// In seconds from the recording's start.
    pub span: Span,
    /// How many points wide it is shown.
    pub columns: usize,
    /// The frequencies that it shows.
    pub axis: FrequencyAxis,
}

/// What to train from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainRequest {
    /// What the user calls the classifier that comes of it; empty without a name.
    #[serde(default)]
    pub name: String,
    /// Classes whose clips are the sound. At least one.
    pub positive_classes: Vec<String>,
    /// A class whose clips are explicitly not the sound.
    pub negative_class: Option<String>,
    /// Off leaves the hard negatives out of this training; it deletes none.
    pub use_hard_negatives: bool,
    pub include_scan_exports: bool,
    /// How far from every positive background lies at least.
    #[serde(default)]
    pub background_margin: BackgroundMargin,
}

impl Default for TrainRequest {
    /// No class yet, hard negatives used.
    fn default() -> Self {
        Self {
            name: String::new(),
            positive_classes: Vec::new(),
            negative_class: None,
            use_hard_negatives: true,
            include_scan_exports: false,
            background_margin: BackgroundMargin::default(),
        }
    }
}

impl TrainRequest {
    /// The same without what changes no count, so that typing a name counts nothing again.
    #[must_use]
    pub fn to_count(self) -> Self {
        Self {
            name: String::new(),
            background_margin: BackgroundMargin::default(),
            ..self
        }
    }

    /// What the database is asked for it: in `profile`, for a model whose window is `window_s` seconds long.
    pub(crate) fn in_store(&self, profile: &str, window_s: f64) -> TrainingRequest {
        TrainingRequest {
            profile: profile.to_owned(),
            positive_classes: self.positive_classes.clone(),
            negative_class: self.negative_class.clone(),
            use_hard_negatives: self.use_hard_negatives,
            include_scan_exports: self.include_scan_exports,
            window_s,
        }
    }
}
