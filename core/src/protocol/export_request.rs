//! What a window asks of an export, as plain values that are also remembered as JSON.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::ShownId;
use crate::export::{Formulas, ListFormat, Times};

/// What is to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportKind {
    /// A list of regions, as a file.
    List {
        format: ListFormat,
        times: Times,
        #[serde(default)]
        formulas: Formulas,
    },
    /// A copy of the recording with the regions as markers in it.
    Markers,
    /// The regions' audio, as files in 8-cut's folders.
    Clips(ClipChoices),
}

impl ExportKind {
    /// Whether it makes clips, and rows with them.
    pub fn is_clips(&self) -> bool {
        matches!(self, Self::Clips(_))
    }
}

/// How clips are cut.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ClipChoices {
    /// The class of regions that were not confirmed as any.
    pub class: String,
    /// Shorter regions are left out, in seconds.
    pub min_length_s: f64,
    /// Clips of one length instead of whole regions.
    pub pieces: Option<Pieces>,
}

/// Clips of one length in every region, as 8-cut cuts them; a region shorter than one is left out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pieces {
    pub length_s: f64,
    /// From the start of one to the start of the next, in seconds; less than the length makes them overlap.
    pub spread_s: f64,
}

/// What the next export is like unless somebody says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportChoices {
    pub kind: ExportKind,
    /// Disabled regions and hard negatives, too.
    pub rejected: bool,
}

/// Which regions of the version on show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// Whether or not a window lists them.
    All,
    /// Those that are listed, or selected.
    Only(Vec<ShownId>),
}

/// What is done about files that are there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfThere {
    /// Nothing is written, and they are named.
    Ask,
    /// They stay; only clips that are not there yet are written.
    Keep,
    Replace,
}

/// What a window asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportRequest {
    pub choices: ExportChoices,
    pub regions: Chosen,
    /// The file of a list or of the copy with markers; the folder of all classes for clips. `~` is the user's home.
    pub to: PathBuf,
    pub if_there: IfThere,
}
