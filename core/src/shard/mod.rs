//! Scans that many computers share: a folder with a plan, packs, results and journals, and no database.
//!
//! Owns the layout of that folder and the formats of what lies in it. Blocks on the disk; any thread that may wait for one. It knows
//! no database: `earmark merge` brings the results there.
//!
//! ```text
//! DIR/plan                       which files are scanned for which sounds, written once
//!     packs/IDENTITY.earmark     the classifiers
//!     results/ab/NAME.result     what was found in a file; it appears whole, by renaming, when the file is finished
//!     journal/I-of-N-RUN.jsonl   what each run of a task did, a line for each file
//! ```
//!
//! A result is the truth about its file: whoever runs a task again skips files with a result of the same state and settings. The
//! journal says how long a file took and why one failed.

mod journal;
mod part;
mod plan;
mod result;

use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

pub use journal::{Journal, JournalLine, Outcome, failures};
pub use part::{MOST_PARTS, Part, PartError, WantedPart};
pub use plan::{Plan, PlanError, PlannedFile, PlannedSound, Plans, absolute_texts};
pub use result::{FileResult, FileState, Found, ResultError, ScannedFile};

use crate::pack::PACK_EXTENSION;
use crate::platform::path_text;

/// A folder that the tasks of a scan share.
#[derive(Debug, Clone)]
pub struct ShardFolder(PathBuf);

impl ShardFolder {
    /// The folder at `path`, which need not exist yet.
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Makes what is missing of it.
    ///
    /// # Errors
    /// When a folder cannot be made.
    pub fn create(&self) -> io::Result<()> {
        for part in ["packs", "results", "journal"] {
            std::fs::create_dir_all(self.0.join(part))?;
        }
        Ok(())
    }

    /// The plan's file.
    pub fn plan(&self) -> PathBuf {
        self.0.join("plan")
    }

    /// Where the pack of a classifier of this identity is kept.
    pub fn pack(&self, identity: &str) -> PathBuf {
        self.0
            .join("packs")
            .join(format!("{identity}.{PACK_EXTENSION}"))
    }

    /// Where a pack is looked for that is named by its sound.
    pub fn named_pack(&self, sound: &str) -> PathBuf {
        self.0.join(format!("{sound}.{PACK_EXTENSION}"))
    }

    /// Where the result of the file at `path` is or will be.
    pub fn result(&self, path: &Path) -> PathBuf {
        let name = hex(&Sha256::digest(path_text(path)));
        let (folder, name) = (name.get(..2), name.get(..32));
        self.0
            .join("results")
            .join(folder.unwrap_or_default())
            .join(format!("{}.result", name.unwrap_or_default()))
    }

    /// The folder of the journals.
    pub fn journals(&self) -> PathBuf {
        self.0.join("journal")
    }
}

/// Bytes as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
