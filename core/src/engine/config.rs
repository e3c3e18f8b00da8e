//! Where the engine finds and keeps things: the environment's word first, then the platform's own folders.
//!
//! Read once when an engine starts; any thread.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::StoreHandle;
use crate::embed::{NoSuchProvider, Provider};
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
    /// Threads that a model runs on; `None` follows the setting [`INFERENCE_THREADS`] of the database.
    /// `EARMARK_INFERENCE_THREADS` overrides.
    pub inference_threads: Option<NonZeroUsize>,
    /// Scan versions kept per file, profile and model.
    pub versions_kept: usize,
}

/// Scan versions kept when nothing else is asked for; 8-cut's number.
pub const DEFAULT_VERSIONS_KEPT: usize = 5;

impl Config {
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
            inference_threads: std::env::var("EARMARK_INFERENCE_THREADS")
                .ok()
                .and_then(|threads| threads.trim().parse().ok()),
            versions_kept: DEFAULT_VERSIONS_KEPT,
        })
    }
}

/// The setting that says how many threads a model runs on.
pub const INFERENCE_THREADS: &str = "inference_threads";

/// The setting that says what models run on.
pub const EXECUTION_PROVIDER: &str = "execution_provider";

/// What models run on: the environment's word first, then the database's. Never waits for the database: whoever cannot read
/// it, or finds nonsense there, gets the processor.
///
/// # Errors
/// When the environment names no provider there is.
pub fn execution_provider(store: &StoreHandle) -> Result<Provider, NoSuchProvider> {
    if let Some(named) = Provider::from_environment()? {
        return Ok(named);
    }
    let setting = store.with(|store| store.setting(EXECUTION_PROVIDER));
    let chosen = setting.ok().flatten().and_then(|name| name.parse().ok());
    Ok(chosen.unwrap_or_default())
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
