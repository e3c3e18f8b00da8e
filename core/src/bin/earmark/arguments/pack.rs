//! The grammar of `pack`. Values only.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use earmark_core::limits::{self, LimitError};

use super::{model_key, score};

#[derive(Debug, Subcommand)]
pub enum PackCommand {
    /// Write the newest classifier of a sound to a file for another person or a cluster
    Export(PackExportArguments),
    /// Add the classifier of a pack as the newest version; nothing is replaced
    Import {
        /// The pack
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Also write the pack's example clips to this folder, each class in a folder of its own
        #[arg(long, value_name = "FOLDER")]
        clips_to: Option<PathBuf>,
    },
    /// Show what a pack holds and whether it can be used here
    Show {
        /// The pack
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub struct PackExportArguments {
    /// The sound: the class that the classifier learned, or the classifier's name
    #[arg(long, value_name = "NAME", value_parser = sound_name)]
    pub sound: String,
    /// Where to write the pack; its name should end in .earmark
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The embedding model, by its key
    #[arg(long, value_name = "KEY", default_value = "AISFX", value_parser = model_key)]
    pub model: String,
    /// The classifier's number in `earmark classifiers` [default: the newest of the sound]
    #[arg(long, value_name = "NUMBER")]
    pub number: Option<u32>,
    /// Who trained it
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true, value_parser = author_name)]
    pub author: String,
    /// The licence under which others may use it
    #[arg(long, value_name = "LICENCE", default_value = "", hide_default_value = true, value_parser = licence_name)]
    pub licence: String,
    /// Advise whoever uses it to cut regions at this score
    #[arg(long, value_name = "0..1", default_value_t = 0.5, value_parser = score, allow_hyphen_values = true)]
    pub threshold: f32,
    /// Also put the clips of the sound into the pack, as examples to train on
    #[arg(long)]
    pub with_clips: bool,
    /// Replace a file of that name
    #[arg(long)]
    pub replace: bool,
}

pub fn sound_name(text: &str) -> Result<String, LimitError> {
    limits::name("a sound", text).map(str::to_owned)
}

fn author_name(text: &str) -> Result<String, LimitError> {
    limits::optional_name("an author", text).map(str::to_owned)
}

fn licence_name(text: &str) -> Result<String, LimitError> {
    limits::optional_name("a licence", text).map(str::to_owned)
}
