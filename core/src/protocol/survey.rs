//! What Earmark keeps on this machine, where, and how large it is; and what it is made of. Plain values for a window.
//!
//! Built on the worker thread, because disks are slow.

use std::path::PathBuf;

use super::RetentionSurvey;

/// One look at everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Survey {
    /// The database with its log.
    pub database: Stored,
    pub takes: TakesSurvey,
    /// Versions that are older than those that are kept, and there only because somebody edited regions of them.
    pub edited_versions: usize,
    /// What Earmark deletes for its age or size.
    pub retention: RetentionSurvey,
    /// Embeddings, which can be computed again.
    pub cache: Stored,
    /// Where models that the user adds are looked for.
    pub models_folder: PathBuf,
    pub models: Vec<ModelCredit>,
    /// What the loaded ONNX Runtime says of itself, and where it lies; `None` when there is none.
    pub runtime: Option<(String, PathBuf)>,
}

/// Something on disk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stored {
    pub path: PathBuf,
    pub bytes: u64,
}

/// The takes that the database knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TakesSurvey {
    /// Where new ones are recorded.
    pub folder: PathBuf,
    pub count: usize,
    pub bytes: u64,
    /// Takes without marks that no project uses and that were not written to for a day, the oldest first.
    pub unmarked: Vec<UnmarkedTake>,
}

/// A take that Earmark may delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmarkedTake {
    pub filename: String,
    /// The track it was recorded from; empty when it had no name.
    pub source_name: String,
    /// `2026-04-19 15:36:31`, local time.
    pub created_at: String,
    pub bytes: u64,
}

/// A model and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelCredit {
    pub key: String,
    pub name: String,
    pub licence: String,
    pub attribution: String,
    pub folder: PathBuf,
}
