//! Where the engine finds and keeps things: the environment's word first, then the platform's own folders.
//!
//! Read once when an engine starts; any thread.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use crate::platform::{self, NoHome};

/// Folders and limits of one engine.
#[derive(Debug, Clone)]
pub struct Config {
    /// A database named on the command line; `None` follows the rules of [`Store::default_path`](crate::store::Store::default_path).
    pub database: Option<PathBuf>,
    /// Where takes are recorded. `EARMARK_TAKES` overrides.
    pub takes_folder: PathBuf,
    /// Where confirmed regions are exported, a folder per class. `EARMARK_CLIPS` overrides.
    pub clips_folder: PathBuf,
    /// Where embeddings are kept. `EARMARK_EMBEDDINGS` overrides.
    pub cache_folder: PathBuf,
    /// Where this user's own choices are; `None` is the platform's place.
    pub places_file: Option<PathBuf>,
    /// How long after its first use of the database an engine first lets go what is kept no longer.
    pub retention_after: Duration,
    /// Whether the library is indexed at the lowest priority. On a machine that has no time to spare that takes for ever.
    pub indexes_idly: bool,
    /// Threads that a model runs on; `None` follows the setting
    /// [`INFERENCE_THREADS`](super::settings::INFERENCE_THREADS) of the database. `EARMARK_INFERENCE_THREADS` overrides.
    pub inference_threads: Option<NonZeroUsize>,
}

impl Config {
    /// Where the locks of live sources are, beside the cache: every process of this user must have the same. There only while a
    /// source is live.
    pub fn locks_folder(&self) -> PathBuf {
        self.cache_folder.with_file_name("earmark.live")
    }

    /// What the environment and the platform say.
    ///
    /// # Errors
    /// When the user has no home folder.
    pub fn from_environment() -> Result<Self, NoHome> {
        let folders = platform::user_folders()?;
        Ok(Self {
            database: None,
            takes_folder: from_variable("EARMARK_TAKES").unwrap_or(folders.takes),
            clips_folder: from_variable("EARMARK_CLIPS")
                .unwrap_or_else(|| folders.data.join("clips")),
            cache_folder: from_variable("EARMARK_EMBEDDINGS").unwrap_or(folders.cache),
            places_file: None,
            retention_after: Duration::from_secs(60),
            indexes_idly: true,
            inference_threads: std::env::var("EARMARK_INFERENCE_THREADS")
                .ok()
                .and_then(|threads| threads.trim().parse().ok()),
        })
    }
}

/// All cores but one, which stays the DAW's; never more than four, past which the default model gains nothing.
pub fn default_inference_threads() -> NonZeroUsize {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    NonZeroUsize::new(cores.saturating_sub(1).min(4)).unwrap_or(NonZeroUsize::MIN)
}

fn from_variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}
