//! The cache folder: what lies where, and whether it is still what was put there.

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The environment variable that names the cache folder.
pub const CACHE_VARIABLE: &str = "EARMARK_CACHE";

/// The name of the folder that lies beside the plugin and holds runtime and models.
pub const RESOURCES: &str = "earmark.resources";

/// A folder that later runs reuse without network.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
    /// The folder that holds the resources; another one for another system.
    of_resources: PathBuf,
}

impl Cache {
    /// The folder named by [`CACHE_VARIABLE`], else `setup` in Cargo's target folder.
    pub fn from_environment(target: &Path) -> Self {
        let named = std::env::var_os(CACHE_VARIABLE).filter(|value| !value.is_empty());
        Self::at(named.map_or_else(|| target.join("setup"), PathBuf::from))
    }

    /// A cache in `folder`.
    pub fn at(folder: PathBuf) -> Self {
        // Absolute, because it is handed to programs with other working directories.
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        Self {
            of_resources: folder.clone(),
            folder,
        }
    }

    /// The same cache, with the resources of another system.
    pub fn for_system(&self, (os, arch): (&str, &str)) -> Self {
        Self {
            folder: self.folder.clone(),
            of_resources: self.folder.join(format!("{os}-{arch}")),
        }
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What goes beside the plugin: `onnxruntime/` and `models/`.
    pub fn resources(&self) -> PathBuf {
        self.of_resources.join(RESOURCES)
    }

    /// The whole default network, which is only compared with: never shipped.
    pub fn whole(&self) -> PathBuf {
        self.folder.join("whole-model")
    }

    /// Downloaded wheels.
    pub fn downloads(&self) -> PathBuf {
        self.folder.join("downloads")
    }

    /// Waits until no other process works in this cache, and keeps others out while the result lives.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn lock(&self) -> Result<File> {
        fs::create_dir_all(&self.folder).with_context(|| {
            format!(
                "the cache folder {} cannot be made; set {CACHE_VARIABLE} to a folder you can write",
                self.folder.display()
            )
        })?;
        let path = self.folder.join(".lock");
        let file =
            File::create(&path).with_context(|| format!("{} cannot be written", path.display()))?;
        file.lock()
            .with_context(|| format!("{} cannot be locked", path.display()))?;
        Ok(file)
    }
}

/// SHA-256 of `bytes` in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Whether the cached file `path` exists; if it does, it must have the checksum `expected`.
///
/// # Errors
/// If the file cannot be read, or is another one than was put there; the message names the remedy.
pub fn is_cached(path: &Path, expected: &str) -> Result<bool> {
    let found = match fs::read(path) {
        Ok(bytes) => sha256_hex(&bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be read", path.display()));
        }
    };
    if found != expected {
        bail!(
            "{} has the wrong checksum: sha256 {found} where {expected} is expected. It was damaged or \
             replaced. Delete it and run `cargo xtask setup` again.",
            path.display()
        );
    }
    Ok(true)
}

/// Writes `bytes` to `path`; a reader sees the whole file or none.
///
/// # Errors
/// If the disk is full or the folder cannot be written.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let attempt = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        fs::write(&partial, bytes)?;
        fs::rename(&partial, path)
    };
    attempt().with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tampered_file_is_reported_with_the_remedy_and_a_missing_one_is_just_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("library");
        let expected = sha256_hex(b"genuine");
        assert!(!is_cached(&path, &expected).unwrap());
        write_whole(&path, b"genuine").unwrap();
        assert!(is_cached(&path, &expected).unwrap());
        write_whole(&path, b"tampered").unwrap();
        let message = format!("{:#}", is_cached(&path, &expected).unwrap_err());
        assert!(
            message.contains("wrong checksum") && message.contains("Delete it"),
            "{message}"
        );
    }
}
