//! Why a command failed, in words for the command line. What the engine says for the window is said here in commands.
//!
//! Values only; the main thread.

use std::io;
use std::path::{Path, PathBuf};

use earmark_core::audio::AudioError;
use earmark_core::classifier::FitError;
use earmark_core::embed::{AddError, NoSuchProvider, RuntimeError};
use earmark_core::export::{ClassNameError, WriteError};
use earmark_core::frequency::BandError;
use earmark_core::limits::LimitError;
use earmark_core::merge::MergeError;
use earmark_core::pack::{MissingModel, PackError};
use earmark_core::platform::NoHome;
use earmark_core::protocol::EngineError;
use earmark_core::recording::RecordingError;
use earmark_core::settings::SettingError;
use earmark_core::shard::{PartError, PlanError, ResultError};
use earmark_core::store::StoreError;
use serde::Serialize;

/// Why a command failed. Each message says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{}", in_commands(.0))]
    Engine(EngineError),
    #[error(transparent)]
    Limit(#[from] LimitError),
    #[error(transparent)]
    Band(#[from] BandError),
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error(transparent)]
    Part(#[from] PartError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Result(#[from] ResultError),
    #[error(transparent)]
    Merge(#[from] MergeError),
    #[error("--out is for a scan that several tasks share: add --shard I/N, or --prepare N")]
    NoShard,
    #[error(
        "the scan has no sound to look for: add --sound PACK, and make a pack with `earmark pack export`"
    )]
    NoPack,
    #[error("the scan has no audio files: name files or folders that hold some")]
    NothingToPlan,
    #[error("the plan in {} is for {planned}, with other {what} than these: leave them out, or name another folder after --out", folder.display())]
    OtherPlan {
        folder: PathBuf,
        what: &'static str,
        planned: String,
    },
    #[error("{} cannot be written ({source}): check that you may write there and that the disk has space", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("{} was changed while it was scanned: run the part again when nothing writes to it", path.display())]
    Changing { path: PathBuf },
    #[error(
        "{left_out} of {files} files were left out: run their shards again, then `earmark merge` again"
    )]
    NotAllMerged { left_out: u64, files: u64 },
    #[error(
        "no classifier of {model} in the profile {profile} has learned {sound}: the sounds that it knows are {}",
        names(known)
    )]
    NoSound {
        sound: String,
        model: String,
        profile: String,
        known: Vec<String>,
    },
    #[error(transparent)]
    ModelOfPack(#[from] MissingModel),
    #[error("there is no database at {}: check the path after --db", path.display())]
    NoDatabase { path: PathBuf },
    #[error(
        "no track that Earmark has recorded is called {wanted}: there are {}",
        names(known)
    )]
    NoSource { wanted: String, known: Vec<String> },
    #[error("several tracks are called {name}: name one of them by its id, {}", ids.join(", "))]
    SeveralSources { name: String, ids: Vec<String> },
    #[error("{}", no_sound(wanted.as_deref(), model, known))]
    NothingLearned {
        /// `None` when all were wanted.
        wanted: Option<String>,
        model: String,
        /// The profiles that have a classifier.
        known: Vec<String>,
    },
    #[error("the output cannot be written ({0}): check the disk or the program that reads it")]
    Output(io::Error),
    #[error("there is no file {}: check the path", path.display())]
    NoFile { path: PathBuf },
    #[error("{} is a pipe or a device, not an audio file: save the audio as a file first", path.display())]
    NoRegularFile { path: PathBuf },
    #[error("{} is a folder: name one audio file", path.display())]
    Folder { path: PathBuf },
    #[error("there is no folder {}: check the path", path.display())]
    NoFolder { path: PathBuf },
    #[error("{} is not a folder of the library: `earmark library list` lists them", path.display())]
    NotInLibrary { path: PathBuf },
    #[error("{} cannot be read ({source}): check that you may read it", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error(
        "there is no audio file in {folders}: Earmark looks for files that end in {extensions}"
    )]
    NoAudio { folders: String, extensions: String },
    #[error("{} is silent there: give a stretch in which the sound can be heard", path.display())]
    Silent { path: PathBuf },
    #[error(
        "{class} cannot be both the sound and not the sound: name another class after --negative"
    )]
    SameClass { class: String },
    #[error(
        "{filename} has no results by {model} in the profile {profile} yet: run `earmark scan {filename}`"
    )]
    NoResults {
        filename: String,
        model: String,
        profile: String,
    },
    #[error(
        "there is no classifier {version} by {model} in the profile {profile}: `earmark classifiers` lists them"
    )]
    NoClassifierOfNumber {
        version: u32,
        model: String,
        profile: String,
    },
    #[error(
        "no {what} has the id {}: `earmark {list}` lists them",
        ids_in_words(ids)
    )]
    NoSuchIds {
        what: &'static str,
        list: &'static str,
        ids: Vec<i64>,
    },
    #[error("there is nothing to delete: {why}")]
    NothingToDelete { why: String },
    #[error("this would {what}: add --yes to do it")]
    Unconfirmed { what: String },
    #[error("{0}")]
    Labels(String),
    #[error("nothing was changed")]
    Declined,
    #[error("the results and marks of {filename} belong to {}: name that file, or its bare name", path.display())]
    OtherRecording { filename: String, path: PathBuf },
    #[error("{} of {all} {what}:{}", failed.len(), lines(failed))]
    Partly {
        what: &'static str,
        all: usize,
        failed: Vec<Failed>,
    },
}

/// One file that a command had to leave out.
#[derive(Debug, Serialize)]
pub struct Failed {
    pub path: PathBuf,
    pub error: String,
}

impl Failed {
    pub fn new(path: &Path, error: &Failure) -> Self {
        Self {
            path: path.to_owned(),
            error: error.to_string(),
        }
    }
}

/// Why the classifier of a pack cannot be used, and how to get its model.
fn no_sound(wanted: Option<&str>, model: &str, known: &[String]) -> String {
    match wanted {
        Some(wanted) => format!(
            "nothing has been learned for {model} in the profile {wanted} yet: the sounds to choose from are {}; `earmark train --profile {wanted}` adds one",
            names(known)
        ),
        None => format!(
            "nothing has been learned for {model} in any profile yet: add examples with `earmark clip add --class CLASS FILE`, then run `earmark train --positive CLASS --background FILE`"
        ),
    }
}

/// Names in a sentence.
fn names(known: &[String]) -> String {
    match known {
        [] => String::from("none yet"),
        known => known.join(", "),
    }
}

impl Failure {
    /// Whether it concerns one file only, so that work on others can go on.
    pub fn is_about_one_file(&self) -> bool {
        match self {
            Self::Engine(error) => error.is_about_one_recording(),
            Self::Limit(_)
            | Self::NoFile { .. }
            | Self::NoRegularFile { .. }
            | Self::Unreadable { .. }
            | Self::Changing { .. }
            | Self::Silent { .. } => true,
            _ => false,
        }
    }

    /// Whether the program that read the output has gone away, as `head` does.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The files that were left out, where there are several.
    pub fn failed(&self) -> &[Failed] {
        match self {
            Self::Partly { failed, .. } => failed,
            _ => &[],
        }
    }
}

/// Everything that the engine refuses is refused here.
macro_rules! from_engine {
    ($($error:ty),+) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::Engine(error.into())
            }
        })+
    };
}

from_engine!(
    EngineError,
    StoreError,
    AudioError,
    ClassNameError,
    WriteError,
    NoHome,
    RuntimeError,
    NoSuchProvider,
    AddError,
    SettingError
);

impl From<RecordingError> for Failure {
    fn from(error: RecordingError) -> Self {
        let path = PathBuf::from(error.path);
        match error.source.kind() {
            io::ErrorKind::NotFound => Self::NoFile { path },
            _ => Self::Unreadable {
                path,
                source: error.source,
            },
        }
    }
}

/// What `error` says, with commands in the place of buttons and keys.
fn in_commands(error: &EngineError) -> String {
    match error {
        EngineError::NoClassifier { model, profile } => format!(
            "nothing has been learned for {model} in the profile {profile} yet: add examples with `earmark clip add --class CLASS FILE`, then run `earmark train --positive CLASS --background FILE`"
        ),
        EngineError::NoBackground => String::from(
            "there is no recording to learn background from: name one or more with `--background FILE`",
        ),
        EngineError::NoBackgroundBeyondMargin { margin_s } => format!(
            "all background lies nearer than {margin_s} s to an example: give a smaller --background-margin, or name more recordings with `--background FILE`"
        ),
        EngineError::OutdatedClassifier { model } => format!(
            "the model {model} was replaced since this profile learned with it: run `earmark train` again, which learns from the same marks"
        ),
        EngineError::Fit(FitError::NoNegatives) => String::from(
            "there is no example of what is not the sound: name recordings with `--background FILE`, or add hard negatives with `earmark negative add`",
        ),
        EngineError::EmptyClass { class } => format!(
            "the class {class} has no clips that count: add some with `earmark clip add --class CLASS FILE`"
        ),
        EngineError::NothingReadable { first } => format!(
            "none of the clips' recordings can be found (the first one missing is {first}): run `earmark relink FOLDER` with the folder they are in now"
        ),
        EngineError::Unwell { problems: 1 } => {
            String::from("1 problem was found; it is named above with what to do")
        }
        EngineError::Unwell { problems } => {
            format!("{problems} problems were found; each is named above with what to do")
        }
        other => other.to_string(),
    }
}

fn ids_in_words(ids: &[i64]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    ids.join(" or ")
}

fn lines(failed: &[Failed]) -> String {
    failed
        .iter()
        .map(|one| format!("\n  {}: {}", one.path.display(), one.error))
        .collect()
}
