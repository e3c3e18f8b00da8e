//! What a process takes of the machine, as the kernel counts it. Linux only; elsewhere asking fails.

use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// A process at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Memory that is in use, shared pages counted in full, in bytes.
    pub resident_bytes: u64,
    /// The part of it that belongs to no file, in bytes: heap, stacks, rings.
    pub anonymous_bytes: u64,
    pub threads: u32,
}

impl Usage {
    /// Of the process that asks.
    ///
    /// # Errors
    /// Where there is no `/proc`.
    pub fn of_this_process() -> Result<Self> {
        let rollup = read("/proc/self/smaps_rollup")?;
        let status = read("/proc/self/status")?;
        Ok(Self {
            resident_bytes: field(&rollup, "Rss:")? * 1024,
            anonymous_bytes: field(&rollup, "Anonymous:")? * 1024,
            threads: u32::try_from(field(&status, "Threads:")?)?,
        })
    }
}

fn read(path: &str) -> Result<String> {
    std::fs::read_to_string(Path::new(path))
        .with_context(|| format!("cannot read {path}; memory is measured on Linux only"))
}

/// The number in the line that begins with `name`.
fn field(text: &str, name: &str) -> Result<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next())
        .with_context(|| format!("the kernel does not report `{name}`"))?
        .parse()
        .with_context(|| format!("`{name}` is not a number"))
}
