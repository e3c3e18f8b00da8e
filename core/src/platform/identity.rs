//! Which file a path leads to: the same path may lead to another file a moment later.

use std::io;
use std::path::Path;

/// One file on disk, whatever it is called. Equal for two paths, or for one path at two moments, when they lead to the
/// same file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileIdentity(Inner);

#[cfg(unix)]
type Inner = (u64, u64);

/// The standard library cannot tell files apart by their index elsewhere. On Windows, where an open database can be
/// neither deleted nor renamed, the moment of creation is enough.
#[cfg(not(unix))]
type Inner = Option<std::time::SystemTime>;

impl FileIdentity {
    /// The file that `path` leads to, links followed. One look at the file system.
    ///
    /// # Errors
    /// When there is none, or it may not be looked at.
    pub fn of(path: &Path) -> io::Result<Self> {
        std::fs::metadata(path).map(|metadata| Self(inner(&metadata)))
    }
}

/// Whether two paths lead to the same file; false when one of them leads to none.
#[cfg(unix)]
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    match (FileIdentity::of(one), FileIdentity::of(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

/// Whether two paths lead to the same file; false when one of them leads to none.
#[cfg(not(unix))]
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

#[cfg(unix)]
fn inner(metadata: &std::fs::Metadata) -> Inner {
    use std::os::unix::fs::MetadataExt;

    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn inner(metadata: &std::fs::Metadata) -> Inner {
    metadata.created().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_again_after_it_changed_and_another_in_its_place_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&path, "one").unwrap();
        let identity = FileIdentity::of(&path).unwrap();
        std::fs::write(&path, "one and more").unwrap();
        assert_eq!(FileIdentity::of(&path).unwrap(), identity);
        std::fs::write(&other, "two").unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert_ne!(FileIdentity::of(&path).unwrap(), identity);
        std::fs::remove_file(&path).unwrap();
        assert!(FileIdentity::of(&path).is_err());
    }
}
