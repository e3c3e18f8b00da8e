//! Says whether the files that an earlier run built are what a new build would give. They need not be built, or embedded, again then.
//!
//! It must never take unfinished files for finished ones: the stamp is written last and deleted first.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// All that decides what a build gives, beside the recordings and the seed.
const SOURCES: &[&str] = &[
    include_str!("choosing.rs"),
    include_str!("material.rs"),
    include_str!("reserved.rs"),
    include_str!("set.rs"),
    include_str!("../soundscape/cast.rs"),
    include_str!("../soundscape/decode.rs"),
    include_str!("../soundscape/mix.rs"),
    include_str!("../../../Cargo.lock"),
];

const FILE: &str = "stamp.json";

/// What a folder was built from, and the checksum of its recordings.
#[derive(Debug, Serialize, Deserialize)]
pub struct Stamp {
    built_from: String,
    recordings: String,
}

impl Stamp {
    /// The checksum of the recordings in `folder`, if it was built from just this and completely.
    pub fn recordings_of(folder: &Path, built_from: &str) -> Option<String> {
        let text = fs::read_to_string(folder.join(FILE)).ok()?;
        let stamp: Self = serde_json::from_str(&text).ok()?;
        (stamp.built_from == built_from).then_some(stamp.recordings)
    }

    /// Before a build: what is in `folder` counts for nothing until [`Self::write`].
    ///
    /// # Errors
    /// When the old stamp cannot be deleted.
    pub fn delete(folder: &Path) -> Result<()> {
        let path = folder.join(FILE);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot delete {}", path.display()))
            }
            _ => Ok(()),
        }
    }

    /// After a build.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn write(folder: &Path, built_from: String, recordings: String) -> Result<()> {
        let path = folder.join(FILE);
        let stamp = Self {
            built_from,
            recordings,
        };
        fs::write(&path, serde_json::to_string_pretty(&stamp)?)
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

/// A checksum of all that a build is made from. Of the recordings it takes names and sizes: packages do not change in place.
///
/// # Errors
/// When a recording is not there.
pub fn built_from(set: &str, files: &[PathBuf], seed: u64) -> Result<String> {
    let mut checksum = Sha256::new();
    for source in SOURCES {
        checksum.update(source);
    }
    checksum.update(format!("{set} {seed}"));
    for path in files {
        let bytes = fs::metadata(path)
            .with_context(|| format!("cannot read {}", path.display()))?
            .len();
        checksum.update(format!("{} {bytes}\n", path.display()));
    }
    let digest = checksum.finalize();
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_count_only_when_they_were_finished_and_nothing_changed_since() {
        let folder = tempfile::tempdir().unwrap();
        let recording = folder.path().join("gravel.ogg");
        fs::write(&recording, "one").unwrap();
        let files = [recording.clone()];
        let before = built_from("choosing", &files, 1).unwrap();
        let found = |built_from: &str| Stamp::recordings_of(folder.path(), built_from);
        assert_eq!(found(&before), None);
        Stamp::write(folder.path(), before.clone(), String::from("abc")).unwrap();
        assert_eq!(found(&before), Some(String::from("abc")));
        assert_eq!(found(&built_from("choosing", &files, 2).unwrap()), None);
        fs::write(&recording, "another").unwrap();
        assert_eq!(found(&built_from("choosing", &files, 1).unwrap()), None);
        Stamp::delete(folder.path()).unwrap();
        Stamp::delete(folder.path()).unwrap();
        assert_eq!(found(&before), None);
    }
}
