//! The ONNX Runtime library: found among given paths, loaded once, kept for the life of the process.
//!
//! Worker threads. Never searches the system's library path, where an unknown version of the runtime may lie, and
//! never starts the runtime's telemetry. A failed attempt changes nothing, so it can be repeated after the user has repaired
//! the cause, without restarting the host.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use ort::environment::Environment;
use ort::logging::LogLevel;
use parking_lot::Mutex;

use crate::platform;

/// Why ONNX Runtime cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    #[error(
        "ONNX Runtime is not installed{}: run `cargo xtask setup`, or set EARMARK_ORT_DYLIB to the library's path",
        listed(" (looked for ", tried)
    )]
    Missing { tried: Vec<PathBuf> },
    #[error(
        "{} cannot be used as ONNX Runtime ({reason}): run `cargo xtask setup`, or set EARMARK_ORT_DYLIB to a library of version 1.{} or later",
        path.display(),
        ort::MINOR_VERSION
    )]
    Unusable { path: PathBuf, reason: String },
    #[error(
        "{} needs {}, which Windows does not bring: install the Microsoft Visual C++ Redistributable from https://aka.ms/vs/17/release/vc_redist.x64.exe and start again",
        path.display(),
        names.join(", ")
    )]
    NeedsLibraries {
        path: PathBuf,
        names: Vec<&'static str>,
    },
    #[error(
        "ONNX Runtime could not start ({reason}): close other plugins that use it, or restart the host"
    )]
    NotStarted { reason: String },
}

fn listed(introduction: &str, paths: &[PathBuf]) -> String {
    let mut text = String::new();
    for (i, path) in paths.iter().enumerate() {
        let separator = if i == 0 { introduction } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(text, "{separator}{}", path.display());
    }
    if !text.is_empty() {
        text.push(')');
    }
    text
}

/// The loaded ONNX Runtime. Cheap to clone; all clones are the same one.
#[derive(Debug, Clone)]
pub struct Runtime {
    environment: Environment,
    path: PathBuf,
}

/// The runtime allows one environment per process for good, so it lives here, whoever asked for it first.
static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

impl Runtime {
    /// Loads the first usable library of `candidates`, or returns the one that is already loaded.
    ///
    /// # Errors
    /// [`RuntimeError::Unusable`] names the first candidate that is there but cannot be used;
    /// [`RuntimeError::Missing`] lists the candidates when none is there.
    pub fn load(candidates: &[PathBuf]) -> Result<Self, RuntimeError> {
        let mut loaded = LOADED.lock();
        if let Some(runtime) = &*loaded {
            return Ok(runtime.clone());
        }
        let mut unusable = None;
        for path in candidates {
            // A bare name would make the system's loader search its own path.
            let Ok(path) = platform::real_path(path) else {
                continue;
            };
            if !path.is_file() {
                continue;
            }
            match ort::init_from(&path) {
                Ok(builder) => {
                    let environment = builder
                        .with_name("earmark")
                        .with_telemetry(false)
                        .build()
                        .map_err(|error| RuntimeError::NotStarted {
                            reason: error.to_string(),
                        })?;
                    // What goes wrong comes back as an error; a plug-in has no business on its host's console.
                    environment.set_log_level(LogLevel::Fatal);
                    tracing::info!(path = %path.display(), "loaded ONNX Runtime");
                    let runtime = Self { environment, path };
                    *loaded = Some(runtime.clone());
                    return Ok(runtime);
                }
                Err(error) => {
                    tracing::warn!(path = %path.display(), %error, "no usable ONNX Runtime");
                    unusable.get_or_insert(unusable_for(path, error.to_string()));
                }
            }
        }
        Err(unusable.unwrap_or_else(|| RuntimeError::Missing {
            tried: candidates.to_vec(),
        }))
    }

    /// The library that was loaded.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the library says of its own build, version included.
    pub fn build(&self) -> &'static str {
        ort::info()
    }

    /// What sessions are made in. Public only for measurements that hold a bare session beside an [`Embedder`](super::Embedder);
    /// all else goes through that.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }
}

/// Windows says of a library that it lacks something, but not what.
fn unusable_for(path: PathBuf, reason: String) -> RuntimeError {
    match platform::missing_libraries() {
        names if names.is_empty() => RuntimeError::Unusable { path, reason },
        names => RuntimeError::NeedsLibraries { path, names },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_runtime_is_told_with_the_paths_and_the_remedy() {
        let tried = vec![PathBuf::from("/a/lib.so"), PathBuf::from("/b/lib.so")];
        let text = RuntimeError::Missing { tried }.to_string();
        assert!(text.contains("(looked for /a/lib.so, /b/lib.so)"), "{text}");
        assert!(
            text.contains("cargo xtask setup") && text.contains("EARMARK_ORT_DYLIB"),
            "{text}"
        );
        assert!(
            !RuntimeError::Missing { tried: vec![] }
                .to_string()
                .contains("looked for")
        );
    }
}
