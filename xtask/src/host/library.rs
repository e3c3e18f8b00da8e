//! A `.clap` in memory: what it holds, and instances of it.

use std::ffi::CString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clack_host::prelude::*;
use serde::{Deserialize, Serialize};

use super::handlers::{MainThread, Shared};
use super::instance::Instance;
use super::mapped::is_mapped;

/// A loaded `.clap`.
pub struct Host {
    entry: PluginEntry,
    info: HostInfo,
    path: PathBuf,
}

/// What a `.clap` says about a plugin it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginSummary {
    pub id: String,
    pub name: String,
    pub version: String,
}

impl Host {
    /// Load a `.clap` and call its entry.
    pub fn load(path: &Path) -> Result<Self> {
        ensure!(
            path.exists(),
            "there is no plugin at {}; build it with `cargo xtask bundle`",
            path.display()
        );
        // SAFETY: loading a library runs its code; the caller names a plugin it trusts as much as its own.
        let entry = unsafe { PluginEntry::load(path) }
            .with_context(|| format!("{} does not load as a CLAP plugin", path.display()))?;
        let info = HostInfo::new(
            "Earmark test host",
            "The Earmark authors",
            "",
            env!("CARGO_PKG_VERSION"),
        )
        .context("the host's own description is malformed")?;
        Ok(Self {
            entry,
            info,
            path: path.to_owned(),
        })
    }

    /// Calls the exit of the entry and unloads the file. No instance is left by then. Whether it is gone from memory.
    ///
    /// # Errors
    /// Where that cannot be found out.
    pub fn unload(self) -> Result<bool> {
        let Self { entry, path, .. } = self;
        drop(entry);
        Ok(!is_mapped(&path)?)
    }

    /// The plugins in the file.
    pub fn plugins(&self) -> Vec<PluginSummary> {
        let Some(factory) = self.entry.get_plugin_factory() else {
            return Vec::new();
        };
        let text =
            |text: Option<&std::ffi::CStr>| text.unwrap_or_default().to_string_lossy().into_owned();
        factory
            .plugin_descriptors()
            .map(|descriptor| PluginSummary {
                id: text(descriptor.id()),
                name: text(descriptor.name()),
                version: text(descriptor.version()),
            })
            .collect()
    }

    /// Make an instance of the plugin `id`, or of the only plugin there is. The calling thread becomes its main thread.
    pub fn instantiate(&self, id: Option<&str>, track_name: Option<&str>) -> Result<Instance> {
        let plugins = self.plugins();
        let id = match (id, plugins.as_slice()) {
            (Some(id), _) => id.to_owned(),
            (None, [only]) => only.id.clone(),
            (None, _) => bail!(
                "{} holds {} plugins; name one",
                self.path.display(),
                plugins.len()
            ),
        };
        let raw_id = CString::new(id.as_str()).context("a plugin id cannot hold a zero byte")?;
        let instance = PluginInstance::new(
            |()| Shared::new(),
            |_| MainThread::new(track_name),
            &self.entry,
            &raw_id,
            &self.info,
        )
        .with_context(|| format!("{} does not make an instance of {id}", self.path.display()))?;
        Ok(Instance::new(instance))
    }
}
