//! Why a job or a command came to nothing, in words for the status line.

use crate::audio::AudioError;
use crate::cache::CacheError;
use crate::classifier::{DecodeError, FitError};
use crate::embed::{AddError, EmbedError, ModelError, NoSuchProvider, RuntimeError};
use crate::export::{ClassNameError, ClipError, MarkerError, MemoryError, WriteError};
use crate::recording::{OpenError, RecordingError};
use crate::store::StoreError;
use crate::time::SpanError;

use crate::settings::SettingError;

/// Everything that can end a job. Each message says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error(transparent)]
    NoHome(#[from] crate::platform::NoHome),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Audio(#[from] AudioError),
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Embed(#[from] EmbedError),
    #[error(transparent)]
    AddModel(#[from] AddError),
    #[error(transparent)]
    Provider(#[from] NoSuchProvider),
    #[error(transparent)]
    Cache(#[from] CacheError),
    #[error(transparent)]
    Index(#[from] crate::library::index::IndexError),
    #[error("the library has no folder yet: add one with `earmark library add FOLDER`")]
    EmptyLibrary,
    #[error("{} is a file: the library takes folders, so choose the one that it is in", path.display())]
    NotAFolder { path: std::path::PathBuf },
    #[error("there is no folder {}: check the path", path.display())]
    NoFolder { path: std::path::PathBuf },
    #[error("nothing that this search is about is indexed yet: run `earmark library update`")]
    NothingIndexed,
    #[error(transparent)]
    Fit(#[from] FitError),
    #[error("the stored classifier cannot be read: {0}")]
    Classifier(#[from] DecodeError),
    #[error(transparent)]
    ClassName(#[from] ClassNameError),
    #[error(transparent)]
    Clip(#[from] ClipError),
    #[error(transparent)]
    Memory(#[from] MemoryError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Markers(MarkerError),
    #[error(
        "no region is left to export: choose a shorter minimum length, or include rejected regions"
    )]
    NothingToExport,
    #[error("{filename} is being recorded: stop the transport, then export again")]
    StillRecording { filename: String },
    #[error("{} is not a full path: type one that begins with / or a drive, or with ~ for your home folder", path.display())]
    NoWholePath { path: std::path::PathBuf },
    #[error("the database can be used again, so nothing was replaced: go on")]
    NothingToReplace,
    #[error("more than {most} files were added at once: add fewer, or use the command line")]
    TooManyFiles { most: usize },
    #[error(transparent)]
    NotShown(#[from] crate::platform::ShowError),
    #[error("{what} was removed by another program in the same moment; try again")]
    Vanished { what: &'static str },
    /// Nothing is left that a step could be taken back from; [`EngineError::CannotStep`] says it of a deed.
    #[error("{why}")]
    OutOfReach { why: &'static str },
    #[error(
        "{what} can be neither taken back nor done again: {why}. Nothing was changed; Undo goes on with what was done before"
    )]
    CannotStep { what: String, why: String },
    #[error(
        "there is no {wanted} of {filename} by {model} in the profile {profile}: `earmark versions {filename}` lists what there is"
    )]
    NoSuchVersion {
        wanted: String,
        filename: String,
        model: String,
        profile: String,
    },
    #[error(transparent)]
    Span(#[from] SpanError),
    #[error(
        "Earmark does not know where {filename} is: scan the file or play its track again, then try once more"
    )]
    UnknownRecording { filename: String },
    #[error("a region must lie within its recording: choose another span")]
    OutsideRecording,
    #[error(
        "a region of {length_s:.3} s is too short: the model tells nothing apart below {shortest_s:.3} s. It stays as it was; choose a longer span"
    )]
    RegionTooShort { length_s: f64, shortest_s: f64 },
    #[error("cancelled; what was finished before is kept")]
    Cancelled,
    #[error(
        "the model {model} was replaced since this profile learned with it: press Train to learn anew from the same marks"
    )]
    OutdatedClassifier { model: String },
    #[error("{problems} of the checks above failed; each says what to do")]
    Unwell { problems: usize },
    #[error(
        "there is no model {key}: the models found are {found}. Run `earmark doctor` to see where it looked"
    )]
    NoSuchModel { key: String, found: String },
    #[error(
        "nothing has been learned for {model} in the profile {profile} yet: confirm a few examples and press Train"
    )]
    NoClassifier { model: String, profile: String },
    #[error(transparent)]
    Setting(#[from] SettingError),
    #[error("choose at least one class of clips to train on")]
    NoClassChosen,
    #[error(
        "the class {class} has no clips that count: confirm regions with P, or add clips with `earmark clip add`"
    )]
    EmptyClass { class: String },
    #[error(
        "none of the clips' recordings can be found (first missing: {first}): bring the files back to where they were"
    )]
    NothingReadable { first: String },
    #[error("there is no audio to take background from: play the track once, or scan a file first")]
    NoBackground,
    #[error(
        "all background lies nearer than {margin_s} s to an example: lower the auto-negative margin, let the track play on, or mark a false region (N)"
    )]
    NoBackgroundBeyondMargin { margin_s: f64 },
    #[error(
        "the system refused to start a thread: {0}. Close other programs and reload the plugin"
    )]
    Threads(std::io::Error),
    #[error("Earmark hit an internal error and restarted; nothing saved was lost")]
    Internal,
    #[error(
        "this part of Earmark is stopped after several internal errors; nothing saved was lost. Save the project and open it again"
    )]
    Stopped,
    #[error("cannot record: {0}")]
    Recorder(#[from] crate::recorder::RecorderError),
    #[error(transparent)]
    Recording(#[from] RecordingError),
    #[error(transparent)]
    Pack(#[from] crate::pack::PackError),
    #[error(transparent)]
    ModelOfPack(#[from] crate::pack::MissingModel),
}

impl From<OpenError> for EngineError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::File(error) => Self::Recording(error),
            OpenError::Store(error) => Self::Store(error),
        }
    }
}

impl From<MarkerError> for EngineError {
    fn from(error: MarkerError) -> Self {
        match error {
            MarkerError::Cancelled => Self::Cancelled,
            MarkerError::Write(error) => Self::Write(error),
            error => Self::Markers(error),
        }
    }
}

impl EngineError {
    /// Whether a disk, a folder or the state of the database refused, rather than what was asked for: the same is done
    /// once somebody has mended that, so it is worth keeping and trying again.
    pub fn is_mendable(&self) -> bool {
        match self {
            Self::Store(error) | Self::Setting(SettingError::Store(error)) => error.is_mendable(),
            Self::Clip(ClipError::Write { .. }) | Self::Cache(CacheError::Write { .. }) => true,
            _ => false,
        }
    }

    /// Whether a recording is not where it was. Windows show which of their takes that is as an obstacle.
    pub fn is_about_missing_file(&self) -> bool {
        match self {
            Self::Recording(error) => error.source.kind() == std::io::ErrorKind::NotFound,
            Self::Audio(error) => matches!(error, AudioError::NoSuchFile { .. }),
            _ => false,
        }
    }

    /// Whether it concerns one recording only, so that work on others can go on.
    pub fn is_about_one_recording(&self) -> bool {
        matches!(
            self,
            Self::Recording(_) | Self::Audio(_) | Self::Embed(EmbedError::Audio(_))
        )
    }
}
