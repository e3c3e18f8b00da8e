//! What `note …` takes, as clap reads it.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use earmark_core::limits::{self, LimitError};

#[derive(Debug, Args)]
pub struct NoteSetArguments {
    /// The recording
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The note, on one line; words that begin with # are tags, and an empty text deletes the note
    #[arg(value_name = "TEXT", value_parser = note, allow_hyphen_values = true)]
    pub text: String,
    /// Start of the span in seconds
    #[arg(long, value_name = "SECONDS", value_parser = time_s, allow_hyphen_values = true)]
    pub start: f64,
    /// End of the span in seconds [default: one second after the start]
    #[arg(long, value_name = "SECONDS", value_parser = time_s, allow_hyphen_values = true)]
    pub end: Option<f64>,
}

#[derive(Debug, Subcommand)]
pub enum NoteCommand {
    /// Write the note about a span, in the place of the one that it has
    Set(NoteSetArguments),
    /// Show notes
    List {
        /// Only those of this recording
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Only those with all of these words; a word that begins with # is a tag
        #[arg(long, value_name = "WORDS")]
        find: Option<String>,
    },
    /// Delete notes by their ids
    #[command(alias = "remove")]
    Delete {
        #[arg(required = true, value_name = "ID")]
        ids: Vec<i64>,
    },
}

fn time_s(text: &str) -> Result<f64, LimitError> {
    limits::TIME_S.parse(text)
}

/// An empty text is none, so that it deletes the note.
fn note(text: &str) -> Result<String, LimitError> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    limits::note(text).map(str::to_owned)
}
