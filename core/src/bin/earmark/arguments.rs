//! The command line's grammar.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use earmark_core::protocol::WIDEST_MARGIN_S;

use super::export::ExportArguments;

/// Find a sound in recordings, and learn from every correction.
#[derive(Debug, Parser)]
#[command(name = "earmark", version)]
pub struct Arguments {
    /// The database [default: $EARMARK_DB, else ~/.8cut.db if it exists, else earmark.db in the user's data folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub db: Option<PathBuf>,
    /// The profile: an independent set of marks, results and classifiers
    #[arg(long, global = true, value_name = "NAME", default_value = "default")]
    pub profile: String,
    /// Print one JSON value instead of text
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Scan audio files with the newest classifier and save a version of each
    Scan {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[arg(long, value_name = "KEY", default_value = "AISFX")]
        model: String,
        /// Regions are cut at this score
        #[arg(long, value_name = "0..1", default_value_t = 0.5, value_parser = parse_score)]
        threshold: f32,
        #[command(flatten)]
        shape: ShapeArguments,
    },
    /// Show the regions of a version
    Results {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[arg(long, value_name = "KEY", default_value = "AISFX")]
        model: String,
        /// A version's number (3 or v3) or timestamp [default: the newest]
        #[arg(long, value_name = "VERSION")]
        version: Option<String>,
        /// Cut the regions anew at this score, from the scores kept with the version
        #[arg(long, value_name = "0..1", value_parser = parse_score)]
        threshold: Option<f32>,
        /// Every peak of the scores instead of the regions, for ranking
        #[arg(long, conflicts_with = "threshold")]
        peaks: bool,
    },
    /// Write the regions of a version for other tools: as a list, as markers in a copy of the WAV, or as clips
    Export(ExportArguments),
    /// List the saved versions of a file's results, newest first
    Versions {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[arg(long, value_name = "KEY", default_value = "AISFX")]
        model: String,
    },
    /// Say which regions two versions share, and which are new, moved or gone
    Compare {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[arg(long, value_name = "KEY", default_value = "AISFX")]
        model: String,
        #[arg(long, value_name = "VERSION")]
        from: String,
        #[arg(long, value_name = "VERSION")]
        to: String,
    },
    /// Examples of the sounds to find
    #[command(subcommand)]
    Clip(ClipCommand),
    /// Spans that are not the sound
    #[command(subcommand)]
    Negative(NegativeCommand),
    /// Spans that nobody can decide about: nothing is learned from them
    #[command(subcommand)]
    Unsure(UnsureCommand),
    /// List the profiles with how much is in each
    Profiles,
    /// Make, copy, rename and delete profiles
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Learn a classifier from clips and hard negatives, then scan every known recording again
    Train(TrainArguments),
    /// Count what a training would learn from, recording by recording, and say what is amiss
    Stats(ExampleArguments),
    /// Find recordings and takes that were moved: look for them in a folder and those below it
    Relink {
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
    /// List the classifiers that were learned, newest first
    Classifiers {
        #[arg(long, value_name = "KEY", default_value = "AISFX")]
        model: String,
    },
    /// List the embedding models found, or add one
    Models {
        #[command(subcommand)]
        command: Option<ModelsCommand>,
    },
    /// Make an earlier classifier the newest again, as a copy, and scan every known recording with it
    RestoreClassifier {
        /// Its number in `classifiers`
        #[arg(value_name = "NUMBER")]
        version: u32,
        #[arg(long, value_name = "KEY", default_value = "AISFX")]
        model: String,
        /// Regions of the scans are cut at this score
        #[arg(long, value_name = "0..1", default_value_t = 0.5, value_parser = parse_score)]
        threshold: f32,
    },
    /// Check runtime, models and database, and say how to mend what is wrong
    Doctor,
    /// Show the settings that all plugins share, or change one; they hold from the next start of the host
    Settings {
        #[arg(value_name = "KEY")]
        key: Option<String>,
        /// Its new value; `default` takes back what was chosen
        #[arg(value_name = "VALUE")]
        value: Option<String>,
    },
    /// Put the newest sound backup in the place of a damaged database, which is kept beside it
    RestoreBackup {
        /// Do it although the database is sound
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum ClipCommand {
    /// Add files, or a stretch of one, as examples of a class
    Add {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The sound's name; clips of it are kept in a folder of that name
        #[arg(long, value_name = "CLASS")]
        class: String,
        /// Start of the stretch in seconds
        #[arg(long, value_name = "SECONDS")]
        start: Option<f64>,
        /// End of the stretch in seconds
        #[arg(long, value_name = "SECONDS")]
        end: Option<f64>,
    },
    /// List clips
    List {
        #[arg(long, value_name = "CLASS")]
        class: Option<String>,
    },
    /// Take clips out of the examples by their ids; their files stay
    Remove {
        #[arg(required = true, value_name = "ID")]
        ids: Vec<i64>,
    },
}

#[derive(Debug, Subcommand)]
pub enum NegativeCommand {
    /// Mark a span as not the sound
    Add {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[arg(long, value_name = "SECONDS")]
        start: f64,
        /// [default: one second after the start]
        #[arg(long, value_name = "SECONDS")]
        end: Option<f64>,
        /// The model in whose results it was found
        #[arg(long, value_name = "KEY", default_value = "AISFX")]
        model: String,
    },
    /// List hard negatives, newest first
    List {
        /// Only those marked in this model's results
        #[arg(long, value_name = "KEY")]
        model: Option<String>,
    },
    /// Remove hard negatives by their ids
    Remove {
        #[arg(required = true, value_name = "ID")]
        ids: Vec<i64>,
    },
    /// Remove all hard negatives of the profile
    Clear {
        /// Only those marked in this model's results
        #[arg(long, value_name = "KEY")]
        model: Option<String>,
        /// Really do it
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// Try a model out and copy it, with its description, into the user's folder of models
    Add {
        /// The description (.json), or the model (.onnx) with its description of the same name beside it
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Put it in the place of a model of the same key
        #[arg(long)]
        replace: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum UnsureCommand {
    /// Keep a span out of training
    Add {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[arg(long, value_name = "SECONDS")]
        start: f64,
        #[arg(long, value_name = "SECONDS")]
        end: f64,
        /// The model in whose results it was found
        #[arg(long, value_name = "KEY", default_value = "AISFX")]
        model: String,
    },
    /// List unsure marks
    List,
    /// Remove unsure marks by their ids
    Remove {
        #[arg(required = true, value_name = "ID")]
        ids: Vec<i64>,
    },
}

#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    /// Make a profile with nothing in it
    Create {
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Copy a profile with everything in it to a new one
    Duplicate {
        #[arg(value_name = "NAME")]
        name: String,
        #[arg(value_name = "NEW_NAME")]
        new_name: String,
    },
    /// Give a profile another name
    Rename {
        #[arg(value_name = "NAME")]
        name: String,
        #[arg(value_name = "NEW_NAME")]
        new_name: String,
    },
    /// Delete a profile with everything in it; no audio file is touched
    Delete {
        #[arg(value_name = "NAME")]
        name: String,
        /// Really do it
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
pub struct TrainArguments {
    #[command(flatten)]
    pub examples: ExampleArguments,
    /// Files that lend their background [default: every recording the profile knows]
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub background: Vec<PathBuf>,
    /// Take background only at least this far from every example, 0 to 600
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0, value_parser = parse_margin)]
    pub background_margin: f64,
    /// What to call the classifier
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub name: String,
    /// Regions of the scans afterwards are cut at this score
    #[arg(long, value_name = "0..1", default_value_t = 0.5, value_parser = parse_score)]
    pub threshold: f32,
    #[command(flatten)]
    pub shape: ShapeArguments,
}

/// The shape of regions, kept for the profile and the model.
#[derive(Debug, Args)]
pub struct ShapeArguments {
    /// Regions no further apart than this become one, from now on [default: as before, at first 0.2]
    #[arg(long, value_name = "SECONDS")]
    pub fuse_gap: Option<f64>,
    /// Shorter regions are widened to this, from now on [default: as before, at first 0.5]
    #[arg(long, value_name = "SECONDS")]
    pub min_length: Option<f64>,
}

/// What to learn from.
#[derive(Debug, Args)]
pub struct ExampleArguments {
    #[arg(long, value_name = "KEY", default_value = "AISFX")]
    pub model: String,
    /// Classes whose clips are the sound
    #[arg(long, required = true, num_args = 1.., value_name = "CLASS")]
    pub positive: Vec<String>,
    /// A class whose clips are not the sound
    #[arg(long, value_name = "CLASS")]
    pub negative: Option<String>,
    /// Leave the hard negatives out of this training (deletes none)
    #[arg(long)]
    pub no_hard_negatives: bool,
    /// Train on clips that were exported from scans, too
    #[arg(long)]
    pub include_scan_exports: bool,
}

fn parse_margin(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=WIDEST_MARGIN_S).contains(&seconds) => Ok(seconds),
        _ => Err(format!(
            "a margin is a number of seconds from 0 to {WIDEST_MARGIN_S}"
        )),
    }
}

fn parse_score(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(score) if (0.0..=1.0).contains(&score) => Ok(score),
        _ => Err(String::from("a score is a number from 0 to 1")),
    }
}
