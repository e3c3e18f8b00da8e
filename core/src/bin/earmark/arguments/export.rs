//! What `export` takes: its options, and the choices that they stand for.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use earmark_core::export::{Formulas, ListFormat, Times};
use earmark_core::protocol::{ClipChoices, ExportKind, IfThere, Pieces};

use super::{export_min_length_s, model_key, piece_s, spread_s};

#[derive(Debug, Args)]
pub struct ExportArguments {
    /// The recording
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What to write
    #[arg(long, value_name = "FORMAT")]
    pub format: Format,
    /// The file to write; for clips the folder that gets a folder for each class
    #[arg(long, value_name = "PATH")]
    pub output: PathBuf,
    /// The embedding model, by its key
    #[arg(long, value_name = "KEY", default_value = "AISFX", value_parser = model_key)]
    pub model: String,
    /// A version's number (3 or v3) or timestamp [default: the newest]
    #[arg(long, value_name = "VERSION")]
    pub version: Option<String>,
    /// Count times from the project's start or the take's; a Raven table and markers always count from the take's
    #[arg(long, value_name = "START", default_value = "project")]
    pub times: CountedFrom,
    /// CSV: write a text that begins with = + - or @ as it is, though a spreadsheet would compute it
    #[arg(long)]
    pub formulas: bool,
    /// Also export disabled regions and hard negatives
    #[arg(long)]
    pub rejected: bool,
    /// Clips: the class of regions that have none
    #[arg(long, value_name = "CLASS", default_value = "")]
    pub class: String,
    /// Clips: leave out regions that are shorter
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0, value_parser = export_min_length_s, allow_hyphen_values = true)]
    pub min_length: f64,
    /// Clips: cut each region into pieces of this length
    #[arg(long, value_name = "SECONDS", value_parser = piece_s, allow_hyphen_values = true)]
    pub piece: Option<f64>,
    /// Clips: the time from the start of one piece to the start of the next [default: the length of a piece]
    #[arg(long, value_name = "SECONDS", requires = "piece", value_parser = spread_s, allow_hyphen_values = true)]
    pub spread: Option<f64>,
    /// Replace files that exist
    #[arg(long, conflicts_with = "keep")]
    pub replace: bool,
    /// Clips: keep files that exist, and write the others
    #[arg(long)]
    pub keep: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Csv,
    Audacity,
    Reaper,
    Raven,
    Json,
    /// A copy of the WAV with the regions as markers
    Markers,
    /// One WAV for each region
    Clips,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CountedFrom {
    Project,
    Take,
}

impl ExportArguments {
    pub fn kind(&self) -> ExportKind {
        let list = |format| ExportKind::List {
            format,
            times: match self.times {
                CountedFrom::Project => Times::Project,
                CountedFrom::Take => Times::Take,
            },
            formulas: if self.formulas {
                Formulas::Kept
            } else {
                Formulas::Disarmed
            },
        };
        match self.format {
            Format::Csv => list(ListFormat::Csv),
            Format::Audacity => list(ListFormat::Audacity),
            Format::Reaper => list(ListFormat::Reaper),
            Format::Raven => list(ListFormat::Raven),
            Format::Json => list(ListFormat::Json),
            Format::Markers => ExportKind::Markers,
            Format::Clips => ExportKind::Clips(ClipChoices {
                class: self.class.clone(),
                min_length_s: self.min_length,
                pieces: self.piece.map(|length_s| Pieces {
                    length_s,
                    spread_s: self.spread.unwrap_or(length_s),
                }),
            }),
        }
    }

    pub fn if_there(&self) -> IfThere {
        match (self.replace, self.keep) {
            (true, _) => IfThere::Replace,
            (false, true) => IfThere::Keep,
            (false, false) => IfThere::Ask,
        }
    }
}
