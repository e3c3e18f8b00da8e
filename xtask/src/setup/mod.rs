//! `cargo xtask setup`: brings ONNX Runtime and the default model, once.
//!
//! The result is one folder, `earmark.resources`, with `onnxruntime/` and `models/`; the bundles carry a copy
//! of it. Everything is asked for by name and exact version and checked against a pinned checksum, and is kept
//! in a cache that later runs use without network. This is the only part of Earmark that touches the network.

mod cache;
mod checkpoint;
mod model;
mod network;
mod onnx;
mod pickle;
mod pins;
mod pip;
mod runtime;

pub use cache::{CACHE_VARIABLE, Cache, RESOURCES, sha256_hex, write_whole};
pub use pip::find_program;
pub use runtime::OVERRIDE_VARIABLE;

use crate::system;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use pins::{AISFX, RuntimePin};
use pip::{NO_PIP, Pip};
use std::ffi::OsString;
use std::path::PathBuf;

/// Everything the set-up takes from its surroundings.
#[derive(Debug, Clone)]
pub struct Setup {
    cache: Cache,
    /// Where to look for Python and pip, in the form of `PATH`.
    search_path: OsString,
    /// A runtime the user already has.
    runtime_override: Option<PathBuf>,
    /// The runtime for this platform.
    runtime: Option<&'static RuntimePin>,
    /// Whether a missing pip may be installed with the system's package manager.
    may_install_packages: bool,
}

impl Setup {
    /// The set-up for this machine and this user.
    pub fn from_environment(workspace: &Workspace) -> Self {
        Self {
            cache: Cache::from_environment(workspace.target()),
            search_path: std::env::var_os("PATH").unwrap_or_default(),
            runtime_override: std::env::var_os(OVERRIDE_VARIABLE)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from),
            runtime: RuntimePin::for_this_platform(),
            may_install_packages: true,
        }
    }

    /// The same for another system: `std::env::consts::OS` and `ARCH` there.
    pub fn for_system(self, system: (&'static str, &'static str)) -> Self {
        Self {
            cache: self.cache.for_system(system),
            runtime_override: None,
            runtime: RuntimePin::for_target(system.0, system.1),
            ..self
        }
    }

    /// The cache this set-up fills.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Brings what is missing and returns the resources folder.
    ///
    /// # Errors
    /// Without pip, network or a package for this platform, or when a checksum is wrong; each message names
    /// the remedy.
    pub fn run(&self) -> Result<PathBuf> {
        let _lock = self.cache.lock()?;
        self.bring_runtime()
            .context("ONNX Runtime could not be set up")?;
        self.bring_model()
            .context("the model aisfx could not be set up")?;
        Ok(self.cache.resources())
    }

    fn bring_runtime(&self) -> Result<()> {
        if let Some(library) = &self.runtime_override {
            ensure!(
                library.is_file(),
                "{OVERRIDE_VARIABLE} names {}, which is not a file; correct it or unset it to use the pinned runtime",
                library.display()
            );
            println!(
                "Using the ONNX Runtime at {} ({OVERRIDE_VARIABLE})",
                library.display()
            );
            return Ok(());
        }
        let pin = self.runtime.with_context(runtime::unsupported_platform)?;
        if !runtime::is_installed(&self.cache, pin)? {
            let wheel = self.pip()?.fetch(&pin.wheel, &self.cache.downloads())?;
            runtime::install(&self.cache, pin, &wheel)?;
        }
        Ok(())
    }

    fn bring_model(&self) -> Result<()> {
        if !model::is_installed(&self.cache)? {
            let wheel = self.pip()?.fetch(&AISFX, &self.cache.downloads())?;
            model::install(&self.cache, &wheel)?;
        }
        Ok(())
    }

    fn pip(&self) -> Result<Pip> {
        if let Some(pip) = Pip::find(&self.search_path) {
            return Ok(pip);
        }
        if self.may_install_packages && system::may_install() {
            system::install(&["python3-pip", "python3-venv"])?;
        }
        Pip::find(&self.search_path).context(NO_PIP)
    }
}

#[cfg(test)]
mod tests;
