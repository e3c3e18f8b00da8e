//! Where the engine finds and keeps things: the environment's word first, then the platform's own folders.
//!
//! Read once when an engine starts; any thread.

use std::path::PathBuf;

use crate::platform;

/// Folders and limits of one engine.
#[derive(Debug, Clone)]
pub struct Config {
    /// A database named on the command line; `None` follows the rules of [`crate::store::default_path`].
    pub database: Option<PathBuf>,
    /// Where takes are recorded. `EARMARK_TAKES` overrides.
    pub takes_folder: PathBuf,
    /// Where confirmed regions are exported, a folder per class. `EARMARK_CLIPS` overrides.
    pub clips_folder: PathBuf,
    /// Where embeddings are kept. `EARMARK_CACHE` overrides.
    pub cache_folder: PathBuf,
    /// Folders that may hold the runtime and the models, best first.
    pub resource_folders: Vec<PathBuf>,
    /// Threads of one inference session.
    pub inference_threads: usize,
    /// Scan versions kept per file, profile and model.
    pub versions_kept: usize,
}

/// Scan versions kept when nothing else is asked for; 8-cut's number.
pub const DEFAULT_VERSIONS_KEPT: usize = 5;

impl Config {
    /// What the environment and the platform say.
    pub fn from_environment() -> Self {
        let data = platform::data_folder();
        Self {
            database: None,
            takes_folder: from_variable("EARMARK_TAKES").unwrap_or_else(|| data.join("takes")),
            clips_folder: from_variable("EARMARK_CLIPS").unwrap_or_else(|| data.join("clips")),
            cache_folder: from_variable("EARMARK_CACHE")
                .unwrap_or_else(|| platform::cache_folder().join("embeddings")),
            resource_folders: platform::resource_folders(),
            inference_threads: default_inference_threads(),
            versions_kept: DEFAULT_VERSIONS_KEPT,
        }
    }
}

/// All cores but one, which stays the DAW's; never more than four, past which the default model gains nothing.
fn default_inference_threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    cores.saturating_sub(1).clamp(1, 4)
}

fn from_variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}
