//! What the targets share: bytes become a file in a temporary folder. Never used by Earmark itself.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use tempfile::TempDir;

/// A folder for this process; a folder in memory when the variable `TMPDIR` names one.
pub static FOLDER: LazyLock<TempDir> =
    LazyLock::new(|| tempfile::tempdir().expect("the temporary folder can be written"));

/// Replaces the file `name` by `bytes` and returns its path.
pub fn file_of(name: &str, bytes: &[u8]) -> PathBuf {
    let path = FOLDER.path().join(name);
    write(&path, bytes);
    path
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).expect("the temporary folder can be written");
}

/// `bytes` with their last four replaced by a checksum that fits, without which no change gets past the first check.
pub fn sealed(bytes: &[u8]) -> Vec<u8> {
    let mut sealed = bytes[..bytes.len().saturating_sub(4)].to_vec();
    let checksum = crc32fast::hash(&sealed);
    sealed.extend(checksum.to_le_bytes());
    sealed
}
