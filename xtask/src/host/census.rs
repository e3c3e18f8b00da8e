//! Who lives in this process and what they have cost, as the kernel counts it. Linux only; elsewhere asking fails.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// The process at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Census {
    /// Memory in use that belongs to no file, in bytes: heap, stacks, rings.
    pub anonymous_bytes: u64,
    pub threads: Vec<ThreadCost>,
}

/// One thread, and what it has cost since it began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadCost {
    /// As far as the kernel keeps it: 15 bytes.
    pub name: String,
    pub cpu_ns: u64,
    /// How often it went to sleep of its own accord: each is a time it was woken.
    pub sleeps: u64,
}

impl Census {
    /// Of the process that asks.
    ///
    /// # Errors
    /// Where there is no `/proc`.
    pub fn take() -> Result<Self> {
        let status = read(Path::new("/proc/self/status"))?;
        let tasks = fs::read_dir("/proc/self/task").context("the kernel does not list threads")?;
        let mut threads = Vec::new();
        for task in tasks {
            // A thread may have ended since it was listed.
            threads.extend(ThreadCost::of(&task?.path()).ok());
        }
        Ok(Self {
            anonymous_bytes: field(&status, "RssAnon:")? * 1024,
            threads,
        })
    }

    /// The threads whose names begin with `prefix`.
    pub fn named(&self, prefix: &str) -> Vec<&ThreadCost> {
        let threads = self.threads.iter();
        threads
            .filter(|thread| thread.name.starts_with(prefix))
            .collect()
    }
}

impl ThreadCost {
    fn of(task: &Path) -> Result<Self> {
        let run = read(&task.join("schedstat"))?;
        let cpu_ns = run.split_whitespace().next();
        Ok(Self {
            name: read(&task.join("comm"))?.trim_end().to_owned(),
            cpu_ns: cpu_ns.context("an empty schedstat")?.parse()?,
            sleeps: field(&read(&task.join("status"))?, "voluntary_ctxt_switches:")?,
        })
    }
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path)
        .with_context(|| format!("cannot read {}; this works on Linux only", path.display()))
}

/// The number in the line that begins with `name`.
fn field(text: &str, name: &str) -> Result<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next())
        .with_context(|| format!("the kernel does not report `{name}`"))?
        .parse()
        .with_context(|| format!("`{name}` is not a number"))
}
