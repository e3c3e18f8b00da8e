//! Packs in a window: what is asked, what a pack says about itself, and what came of it. Plain values; any thread.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::classifier::{Counts, Metrics};
use crate::pack::PACK_EXTENSION;

/// What a window asks about packs.
#[derive(Debug, Clone, PartialEq)]
pub enum Packs {
    /// Write a classifier of the shown profile and model as a pack; the status says where.
    Export(PackExport),
    /// Read a pack, for [`View::pack`](super::View::pack), instead of any that was read before. Nothing is imported.
    Read(PathBuf),
    /// Add the classifier of the pack of this number to the shown profile.
    Import { number: u64 },
    /// Show no pack any more.
    Forget,
}

/// What is to be in a pack, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackExport {
    /// The classifier's version.
    pub version: u32,
    pub words: PackCredits,
    /// The clips of its classes come along.
    pub with_clips: bool,
    /// The file is named for the sound, and replaces none. `~` is the user's home.
    pub folder: PathBuf,
}

/// Who made a pack, and under which licence it may be used; either may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackCredits {
    pub author: String,
    pub licence: String,
}

/// What a window shows of the pack that it asked about last.
#[derive(Debug, Clone, PartialEq)]
pub struct PackView {
    /// Grows with every question.
    pub number: u64,
    pub path: PathBuf,
    pub state: PackState,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq)]
pub enum PackState {
    Reading,
    /// Nothing is imported yet.
    Read(Arc<PackFacts>),
    Importing(Arc<PackFacts>),
    /// It is done; in whole sentences.
    Imported(String),
    /// It cannot be read, or imported: why, and what to do.
    Refused(String),
}

/// What a pack says about itself.
#[derive(Debug, Clone, PartialEq)]
pub struct PackFacts {
    pub sound: String,
    /// Key of the model.
    pub model: String,
    pub credits: PackCredits,
    /// The classifier's version where it was made, and when that was.
    pub version: u32,
    pub created_at: String,
    pub counts: Counts,
    /// `None` when there were too few recordings to hold any out.
    pub metrics: Option<Metrics>,
    /// The score at which its author advises to cut regions.
    pub threshold: f32,
    /// Example clips that came along.
    pub clips: usize,
    /// Of the file.
    pub size_bytes: u64,
    /// Why it cannot be used here, and what to do.
    pub obstacle: Option<String>,
}

/// Whether the file at `path` is a pack, by its name.
pub fn is_pack(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default();
    ending.eq_ignore_ascii_case(PACK_EXTENSION)
}
