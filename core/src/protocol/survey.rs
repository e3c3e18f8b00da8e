//! What Earmark keeps on this machine, where, and how large it is; and what it is made of. Plain values for a window.
//!
//! Built on the worker thread, because disks are slow.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::RetentionSurvey;

/// A take that was written to this recently may be another program's to continue.
const RECENT: Duration = Duration::from_secs(24 * 3600);

/// One look at everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Survey {
    /// The database with its log.
    pub database: Stored,
    pub takes: TakesSurvey,
    /// Versions that are older than those that are kept, and there only because somebody edited regions of them.
    pub edited_versions: usize,
    /// What goes by itself.
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
    /// Those that nobody marked anything in, nobody uses and nobody wrote to for a day, the oldest first.
    pub unmarked: Vec<UnmarkedTake>,
}

/// A take that could go.
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

/// `1.2 GB`: a size for people, in powers of ten as file managers count.
pub fn bytes_in_words(bytes: u64) -> String {
    let units = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    let size = bytes as f64;
    match units.into_iter().find(|(_, unit)| size >= *unit) {
        Some((name, unit)) => format!("{:.1} {name}", size / unit),
        None => format!("{bytes} bytes"),
    }
}

/// Bytes of the file at `path`; nothing when it is not there.
pub(crate) fn bytes_of(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}

/// Whether the file at `path` has rested long enough that no program is at it.
pub(crate) fn has_rested(path: &Path) -> bool {
    match path.metadata() {
        Ok(_) => rested_for(path).is_some_and(|rested| rested > RECENT),
        // A row without a file keeps nobody from anything.
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

/// For how long nobody wrote to the file at `path`; `None` when it cannot be told.
pub(crate) fn rested_for(path: &Path) -> Option<Duration> {
    let modified = path.metadata().and_then(|metadata| metadata.modified());
    SystemTime::now().duration_since(modified.ok()?).ok()
}
