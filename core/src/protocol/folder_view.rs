//! What a window shows of a folder to choose from.

use std::path::PathBuf;

use super::export_request::ExportChoices;

/// What is in a folder, and where else one might go.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FolderView {
    /// Grows with every look, so that a window can tell an answer from the one before.
    pub number: u64,
    pub path: PathBuf,
    pub parent: Option<PathBuf>,
    /// Names of the folders in it that are not hidden, sorted.
    pub folders: Vec<String>,
    /// Names of the files in it that are not hidden, sorted.
    pub files: Vec<String>,
    pub places: Vec<FolderPlace>,
    /// Why there is nothing to see, and what to do.
    pub problem: Option<String>,
    /// What the last export was like, on any machine with this database.
    pub last_choices: Option<ExportChoices>,
}

/// A folder that people go to often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderPlace {
    pub name: &'static str,
    pub path: PathBuf,
}
