//! The command line's grammar. Every number and name is checked by `earmark_core::limits` before a command sees it.

mod export;
mod import;
mod library;
mod pack;
mod shard;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use earmark_core::frequency::{Band, BandError};
use earmark_core::limits::{self, Bounds, LimitError};
use earmark_core::protocol::WIDEST_MARGIN_S;

use super::note_arguments::NoteCommand;

pub use export::{CountedFrom, ExportArguments, Format};
pub use import::{EvaluateArguments, ImportArguments, ReadingArguments};
pub use library::{
    LibraryCommand, LibraryFolders, LibrarySearchArguments, SaidStretch, SearchedPlace,
    SimilarArguments,
};
pub use pack::{PackCommand, PackExportArguments};
pub use shard::{MergeArguments, SharedScanArguments};

/// How far background may be kept from examples.
const MARGIN_S: Bounds = Bounds::new("a margin", " seconds", 0.0, WIDEST_MARGIN_S);

/// Find a sound in recordings, and learn from every correction.
#[derive(Debug, Parser)]
#[command(name = "earmark", version)]
pub struct Arguments {
    /// Use this database [default: $EARMARK_DB, else the one in the settings, else ~/.8cut.db if it exists, else earmark.db in
    /// your data folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub db: Option<PathBuf>,
    /// Use this profile: an independent set of marks, results and classifiers
    #[arg(long, global = true, value_name = "NAME", default_value = "default", value_parser = profile_name)]
    pub profile: String,
    /// Print one JSON value instead of text; errors are JSON on standard error
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Scan audio files, or folders of them, with the newest classifier and save a version of each
    Scan(ScanArguments),
    /// Show the regions of a version
    Results(ResultsArguments),
    /// Show how often the scores of a version are right, and the threshold for a precision
    Precision(PrecisionArguments),
    /// Show what was found on a track, in the project's time, over all its takes
    Timeline(TimelineArguments),
    /// Export the regions of a version: as a list, as markers in a copy of the WAV, or as clips
    Export(ExportArguments),
    /// Show precision, recall, F1 and average precision of the versions of recordings, by labels that say what is there
    Evaluate(EvaluateArguments),
    /// Import labels of other tools as examples, hard negatives, unsure marks and notes
    Import(ImportArguments),
    /// Show the saved versions of a file's results, newest first
    Versions {
        /// The recording
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The embedding model, by its key
        #[arg(long, value_name = "KEY", default_value = "AISFX", value_parser = model_key)]
        model: String,
    },
    /// Keep folders of recordings that are indexed and searched as a whole
    #[command(subcommand)]
    Library(LibraryCommand),
    /// Find what sounds like a stretch of a recording: in the library, a folder, the project or the recording itself
    Similar(SimilarArguments),
    /// Show which regions two versions share, and which are new, moved or gone
    Compare(CompareArguments),
    /// Add, show and delete clips: examples of the sounds to find
    #[command(subcommand)]
    Clip(ClipCommand),
    /// Add, show and delete hard negatives: spans that are not the sound
    #[command(subcommand)]
    Negative(NegativeCommand),
    /// Add, show and delete unsure marks: spans that a training leaves out
    #[command(subcommand)]
    Unsure(UnsureCommand),
    /// Write, show and delete notes about spans of recordings
    #[command(subcommand)]
    Note(NoteCommand),
    /// Show the profiles and how much is in each
    Profiles,
    /// Create, copy, rename and delete profiles
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Train a classifier on clips and hard negatives, then scan every known recording again
    Train(TrainArguments),
    /// Show what a training would learn from, recording by recording, and what could be better
    Stats(ExampleArguments),
    /// Find recordings that were moved: search a folder, and the folders in it, for their names
    Relink {
        /// The folder to search
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
    /// Delete all results, marks and notes of a recording; its audio file and its clips' files stay
    Forget {
        /// The recording, which need not exist any more
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Delete without asking
        #[arg(long)]
        yes: bool,
    },
    /// Show the trained classifiers, newest first
    Classifiers {
        /// The embedding model, by its key
        #[arg(long, value_name = "KEY", default_value = "AISFX", value_parser = model_key)]
        model: String,
    },
    /// Show the installed embedding models, or add one
    Models {
        #[command(subcommand)]
        command: Option<ModelsCommand>,
    },
    /// Copy an earlier classifier to the newest version, and scan every known recording with it
    RestoreClassifier {
        /// The classifier's number in `earmark classifiers`
        #[arg(value_name = "NUMBER")]
        version: u32,
        /// The embedding model, by its key
        #[arg(long, value_name = "KEY", default_value = "AISFX", value_parser = model_key)]
        model: String,
        /// Regions are stretches that score at least this
        #[arg(long, value_name = "0..1", default_value_t = 0.5, value_parser = score, allow_hyphen_values = true)]
        threshold: f32,
    },
    /// Bring what the tasks of a shared scan found into the database, each result once
    Merge(MergeArguments),
    /// Carry a trained classifier to another person or a cluster as one file
    #[command(subcommand)]
    Pack(PackCommand),
    /// Check the runtime, the models and the database, and say how to repair what is wrong
    Doctor,
    /// Show the settings that all plugins share, or change one; a change counts when the host starts next
    Settings {
        /// The setting's key [default: show all]
        #[arg(value_name = "KEY")]
        key: Option<String>,
        /// The new value; `default` goes back to the default
        #[arg(value_name = "VALUE")]
        value: Option<String>,
    },
    /// Replace a damaged database by its newest intact backup; the damaged file is kept beside it
    RestoreBackup {
        /// Replace the database even if it is intact
        #[arg(long)]
        yes: bool,
    },
}

impl Command {
    /// Whether a database that is not there yet has nothing for it, so that it must not make one.
    pub fn only_reads(&self) -> bool {
        match self {
            Self::Clip(ClipCommand::Add { .. })
            | Self::Negative(NegativeCommand::Add { .. })
            | Self::Unsure(UnsureCommand::Add { .. })
            | Self::Note(NoteCommand::Set { .. })
            | Self::Import(_)
            | Self::Library(LibraryCommand::Add(_))
            | Self::Profile(ProfileCommand::Create { .. })
            | Self::Settings { value: Some(_), .. }
            | Self::Pack(PackCommand::Import { .. } | PackCommand::Show { .. })
            | Self::Merge(_)
            // It opens no database.
            | Self::Scan(ScanArguments { shared: SharedScanArguments { out: Some(_), .. }, .. })
            // They look for themselves.
            | Self::Models { .. }
            | Self::Doctor
            | Self::RestoreBackup { .. } => false,
            Self::Scan(_)
            | Self::Results(_)
            | Self::Precision(_)
            | Self::Evaluate(_)
            | Self::Timeline(_)
            | Self::Export(_)
            | Self::Versions { .. }
            | Self::Compare(_)
            | Self::Library(_)
            | Self::Similar(_)
            | Self::Clip(_)
            | Self::Negative(_)
            | Self::Unsure(_)
            | Self::Note(_)
            | Self::Profiles
            | Self::Profile(_)
            | Self::Train(_)
            | Self::Stats(_)
            | Self::Relink { .. }
            | Self::Forget { .. }
            | Self::Classifiers { .. }
            | Self::RestoreClassifier { .. }
            | Self::Pack(PackCommand::Export(_))
            | Self::Settings { value: None, .. } => true,
        }
    }
}

#[derive(Debug, Args)]
pub struct ScanArguments {
    /// Audio files, and folders, whose audio files are scanned with those of the folders in them
    #[arg(required_unless_present = "out", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The embedding model, by its key
    #[arg(long, value_name = "KEY", default_value = "AISFX", value_parser = model_key)]
    pub model: String,
    /// Regions are stretches that score at least this [default: 0.5, with packs what they advise]
    #[arg(long, value_name = "0..1", value_parser = score, allow_hyphen_values = true)]
    pub threshold: Option<f32>,
    #[command(flatten)]
    pub shape: ShapeArguments,
    #[command(flatten)]
    pub shared: SharedScanArguments,
    #[command(flatten)]
    pub sounds: SoundArguments,
}

/// The sounds that are looked for at once.
#[derive(Debug, Args)]
pub struct SoundArguments {
    /// Look for the sound of this profile, or with --out for that of this pack: a file, or its name in the folder. Give it several
    /// times to look for several sounds in one pass [default: that of --profile, or those of the plan]
    #[arg(long = "sound", value_name = "SOUND")]
    pub sounds: Vec<String>,
    /// Look for the sounds of all profiles that have a classifier, in one pass
    #[arg(long, conflicts_with_all = ["sounds", "out"])]
    pub all_sounds: bool,
}

#[derive(Debug, Args)]
pub struct ResultsArguments {
    /// The recording
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The embedding model, by its key
    #[arg(long, value_name = "KEY", default_value = "AISFX", value_parser = model_key)]
    pub model: String,
    /// A version's number (3 or v3) or timestamp [default: the newest]
    #[arg(long, value_name = "VERSION")]
    pub version: Option<String>,
    /// Make the regions again at this score, from the version's saved scores
    #[arg(long, value_name = "0..1", value_parser = score, allow_hyphen_values = true)]
    pub threshold: Option<f32>,
    /// Show every peak of the scores instead of the regions, for ranking
    #[arg(long, conflicts_with = "threshold")]
    pub peaks: bool,
    /// Show only regions whose note has all of these words; a word that begins with # is a tag
    #[arg(long, value_name = "WORDS")]
    pub find: Option<String>,
}

#[derive(Debug, Args)]
pub struct PrecisionArguments {
    /// The recording
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The embedding model, by its key
    #[arg(long, value_name = "KEY", default_value = "AISFX", value_parser = model_key)]
    pub model: String,
    /// A version's number (3 or v3) or timestamp [default: the newest]
    #[arg(long, value_name = "VERSION")]
    pub version: Option<String>,
    /// The share of regions that should be the sound
    #[arg(long, value_name = "0..1", default_value_t = 0.9, value_parser = score, allow_hyphen_values = true)]
    pub precision: f32,
}

#[derive(Debug, Args)]
pub struct TimelineArguments {
    #[command(flatten)]
    pub source: TimelineSource,
    /// The embedding model, by its key
    #[arg(long, value_name = "KEY", default_value = "AISFX", value_parser = model_key)]
    pub model: String,
    /// Also show negative and disabled regions
    #[arg(long)]
    pub include_rejected: bool,
    /// Print fields between tabs, for scripts in a DAW
    #[arg(long, conflicts_with = "json")]
    pub tsv: bool,
}

/// The track that `timeline` is about.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct TimelineSource {
    /// The track, by its name or its id
    #[arg(long = "source", value_name = "NAME")]
    name: Option<String>,
    /// The same as hexadecimal digits of UTF-8, for scripts: no shell changes it
    #[arg(long = "source-hex", value_name = "DIGITS", value_parser = text_of_hex)]
    hex: Option<String>,
}

impl TimelineSource {
    /// The name or the id.
    pub fn wanted(&self) -> &str {
        self.name
            .as_deref()
            .or(self.hex.as_deref())
            .unwrap_or_default()
    }
}

/// The text whose UTF-8 bytes `digits` are, two for each byte.
fn text_of_hex(digits: &str) -> Result<String, String> {
    let byte = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).ok()?;
        let is_hex = pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_hex.then(|| u8::from_str_radix(pair, 16).ok())?
    };
    let bytes: Option<Vec<u8>> = digits.as_bytes().chunks(2).map(byte).collect();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| String::from("give two hexadecimal digits for each byte of UTF-8"))
}

#[derive(Debug, Args)]
pub struct CompareArguments {
    /// The recording
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The embedding model, by its key
    #[arg(long, value_name = "KEY", default_value = "AISFX", value_parser = model_key)]
    pub model: String,
    /// The earlier version: a number (3 or v3) or timestamp
    #[arg(long, value_name = "VERSION")]
    pub from: String,
    /// The later version: a number (3 or v3) or timestamp
    #[arg(long, value_name = "VERSION")]
    pub to: String,
}

#[derive(Debug, Subcommand)]
pub enum ClipCommand {
    /// Add files, folders of them, or a stretch of one as examples of a class
    Add(ClipAddArguments),
    /// Show clips
    List {
        /// Only clips of this class
        #[arg(long, value_name = "CLASS")]
        class: Option<String>,
    },
    /// Delete clips from the examples by their ids; their files stay
    #[command(alias = "remove")]
    Delete {
        #[arg(required = true, value_name = "ID")]
        ids: Vec<i64>,
    },
}

#[derive(Debug, Args)]
pub struct ClipAddArguments {
    /// Audio files, and folders, whose audio files are added with those of the folders in them
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The sound's name; its clips are kept in a folder of that name
    #[arg(long, value_name = "CLASS")]
    pub class: String,
    /// Start of the stretch in seconds [default: the start of the file]
    #[arg(long, value_name = "SECONDS", value_parser = time_s, allow_hyphen_values = true)]
    pub start: Option<f64>,
    /// End of the stretch in seconds [default: the end of the file]
    #[arg(long, value_name = "SECONDS", value_parser = time_s, allow_hyphen_values = true)]
    pub end: Option<f64>,
    #[command(flatten)]
    pub band: BandArguments,
}

/// The frequencies of a mark.
#[derive(Debug, Args)]
pub struct BandArguments {
    /// Lowest frequency of the sound in hertz, kept with the mark
    #[arg(long, value_name = "HERTZ", value_parser = frequency_hz, requires = "high_hz")]
    low_hz: Option<f64>,
    /// Highest frequency of the sound in hertz
    #[arg(long, value_name = "HERTZ", value_parser = frequency_hz, requires = "low_hz")]
    high_hz: Option<f64>,
}

impl BandArguments {
    /// The band, if there is one.
    ///
    /// # Errors
    /// When the lower end is not below the upper one.
    pub fn band(&self) -> Result<Option<Band>, BandError> {
        let ends = self.low_hz.zip(self.high_hz);
        ends.map(|(low_hz, high_hz)| Band::new(low_hz, high_hz))
            .transpose()
    }
}

/// A span to be marked.
#[derive(Debug, Args)]
pub struct MarkArguments {
    /// The recording
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Start of the span in seconds
    #[arg(long, value_name = "SECONDS", value_parser = time_s, allow_hyphen_values = true)]
    pub start: f64,
    /// End of the span in seconds [default: one second after the start]
    #[arg(long, value_name = "SECONDS", value_parser = time_s, allow_hyphen_values = true)]
    pub end: Option<f64>,
    /// The model whose results the span was found in
    #[arg(long, value_name = "KEY", default_value = "AISFX", value_parser = model_key)]
    pub model: String,
    #[command(flatten)]
    pub band: BandArguments,
}

#[derive(Debug, Subcommand)]
pub enum NegativeCommand {
    /// Mark a span as not the sound
    Add(MarkArguments),
    /// Show hard negatives, newest first
    List {
        /// Only those marked in this model's results
        #[arg(long, value_name = "KEY", value_parser = model_key)]
        model: Option<String>,
    },
    /// Delete hard negatives by their ids
    #[command(alias = "remove")]
    Delete {
        #[arg(required = true, value_name = "ID")]
        ids: Vec<i64>,
    },
    /// Delete all hard negatives of the profile
    Clear {
        /// Only those marked in this model's results
        #[arg(long, value_name = "KEY", value_parser = model_key)]
        model: Option<String>,
        /// Delete without asking
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// Test a model and copy it, with its description, into your folder of models
    Add {
        /// The description (.json), or the model (.onnx) with its description of the same name beside it
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Replace a model of the same key
        #[arg(long)]
        replace: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum UnsureCommand {
    /// Mark a span as unsure: a training leaves it out
    Add(MarkArguments),
    /// Show unsure marks
    List,
    /// Delete unsure marks by their ids
    #[command(alias = "remove")]
    Delete {
        #[arg(required = true, value_name = "ID")]
        ids: Vec<i64>,
    },
}

#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    /// Create an empty profile
    Create {
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Copy a profile and everything in it to a new one
    Duplicate {
        #[arg(value_name = "NAME")]
        name: String,
        #[arg(value_name = "NEW_NAME")]
        new_name: String,
    },
    /// Rename a profile
    Rename {
        #[arg(value_name = "NAME")]
        name: String,
        #[arg(value_name = "NEW_NAME")]
        new_name: String,
    },
    /// Delete a profile and everything in it; audio files stay
    Delete {
        #[arg(value_name = "NAME")]
        name: String,
        /// Delete without asking
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
pub struct TrainArguments {
    #[command(flatten)]
    pub examples: ExampleArguments,
    /// Files or folders to learn background from [default: every recording the profile knows]
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub background: Vec<PathBuf>,
    /// Keep the background at least this far from every example, 0 to 600
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0, value_parser = margin_s, allow_hyphen_values = true)]
    pub background_margin: f64,
    /// A name for the classifier
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true,
        value_parser = classifier_name
    )]
    pub name: String,
    /// Regions of the scans afterwards are stretches that score at least this
    #[arg(long, value_name = "0..1", default_value_t = 0.5, value_parser = score, allow_hyphen_values = true)]
    pub threshold: f32,
    #[command(flatten)]
    pub shape: ShapeArguments,
}

/// The shape of regions, kept for the profile and the model.
#[derive(Debug, Args)]
pub struct ShapeArguments {
    /// Join regions that are no further apart than this, from now on [default: as before, at first 0.2]
    #[arg(long, value_name = "SECONDS", value_parser = fuse_gap_s, allow_hyphen_values = true)]
    pub fuse_gap: Option<f64>,
    /// Widen shorter regions to this, from now on [default: as before, at first 0.5]
    #[arg(long, value_name = "SECONDS", value_parser = min_length_s, allow_hyphen_values = true)]
    pub min_length: Option<f64>,
}

/// What to learn from.
#[derive(Debug, Args)]
pub struct ExampleArguments {
    /// The embedding model, by its key
    #[arg(long, value_name = "KEY", default_value = "AISFX", value_parser = model_key)]
    pub model: String,
    /// Classes whose clips are the sound
    #[arg(long, required = true, num_args = 1.., value_name = "CLASS", value_parser = class_name)]
    pub positive: Vec<String>,
    /// A class whose clips are not the sound
    #[arg(long, value_name = "CLASS", value_parser = class_name)]
    pub negative: Option<String>,
    /// Leave the hard negatives out of this training; none is deleted
    #[arg(long)]
    pub no_hard_negatives: bool,
    /// Also train on clips that were exported from scans
    #[arg(long)]
    pub include_scan_exports: bool,
}

pub fn score(text: &str) -> Result<f32, LimitError> {
    limits::SCORE.parse(text).map(|score| score as f32)
}

pub fn time_s(text: &str) -> Result<f64, LimitError> {
    limits::TIME_S.parse(text)
}

fn frequency_hz(text: &str) -> Result<f64, LimitError> {
    limits::FREQUENCY_HZ.parse(text)
}

fn margin_s(text: &str) -> Result<f64, LimitError> {
    MARGIN_S.parse(text)
}

fn fuse_gap_s(text: &str) -> Result<f64, LimitError> {
    limits::FUSE_GAP_S.parse(text)
}

fn min_length_s(text: &str) -> Result<f64, LimitError> {
    limits::MIN_LENGTH_S.parse(text)
}

pub fn export_min_length_s(text: &str) -> Result<f64, LimitError> {
    limits::EXPORT_MIN_LENGTH_S.parse(text)
}

pub fn piece_s(text: &str) -> Result<f64, LimitError> {
    limits::PIECE_S.parse(text)
}

pub fn spread_s(text: &str) -> Result<f64, LimitError> {
    limits::SPREAD_S.parse(text)
}

pub fn model_key(text: &str) -> Result<String, LimitError> {
    limits::name("a model", text).map(str::to_owned)
}

pub fn profile_name(text: &str) -> Result<String, LimitError> {
    limits::name("a profile", text).map(str::to_owned)
}

fn class_name(text: &str) -> Result<String, LimitError> {
    limits::name("a class", text).map(str::to_owned)
}

fn classifier_name(text: &str) -> Result<String, LimitError> {
    limits::optional_name("a classifier", text).map(str::to_owned)
}
