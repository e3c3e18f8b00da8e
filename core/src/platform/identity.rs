//! Which file a path leads to: the same path may lead to another file a moment later.
//!
//! The crate `same-file` answers that too, but with a handle that it keeps open. On Unix a process that opens and closes
//! the database a second time loses all locks that SQLite holds on it, so this may only look, and two numbers are enough.
//! On Windows, which has no such rule, `winapi-util` (on which `same-file` stands) asks for the same two numbers.

use std::fs::File;
use std::io;
use std::path::Path;

/// One file on disk, whatever it is called. Equal for two paths, or for one path at two moments, when they lead to the
/// same file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileIdentity {
    volume: u64,
    index: u64,
}

impl FileIdentity {
    /// The file that `path` leads to, links followed. One look at the file system.
    ///
    /// # Errors
    /// When there is none, or it may not be looked at.
    #[cfg(unix)]
    pub fn of(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt as _;

        let metadata = std::fs::metadata(path)?;
        Ok(Self {
            volume: metadata.dev(),
            index: metadata.ino(),
        })
    }

    /// The file that `path` leads to, links followed. One look at the file system.
    ///
    /// # Errors
    /// When there is none, or it may not be looked at.
    #[cfg(windows)]
    pub fn of(path: &Path) -> io::Result<Self> {
        let handle = winapi_util::Handle::from_path_any(path)?;
        let found = winapi_util::file::information(&handle)?;
        Ok(Self {
            volume: found.volume_serial_number(),
            index: found.file_index(),
        })
    }

    /// The file that is open as `file`.
    ///
    /// # Errors
    /// When it may not be looked at.
    #[cfg(unix)]
    pub fn of_open(file: &File) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt as _;

        let metadata = file.metadata()?;
        Ok(Self {
            volume: metadata.dev(),
            index: metadata.ino(),
        })
    }

    /// The file that is open as `file`.
    ///
    /// # Errors
    /// When it may not be looked at.
    #[cfg(windows)]
    pub fn of_open(file: &File) -> io::Result<Self> {
        let found = winapi_util::file::information(file)?;
        Ok(Self {
            volume: found.volume_serial_number(),
            index: found.file_index(),
        })
    }

    /// Whether two paths lead to one file. Not when one of them leads nowhere.
    pub fn is_shared(a: &Path, b: &Path) -> bool {
        matches!((Self::of(a), Self::of(b)), (Ok(a), Ok(b)) if a == b)
    }
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

    #[test]
    fn two_names_of_one_file_are_one_and_a_missing_one_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let name = |name: &str| folder.path().join(name);
        std::fs::write(name("a"), "").unwrap();
        std::fs::write(name("b"), "").unwrap();
        std::fs::hard_link(name("a"), name("c")).unwrap();
        assert!(FileIdentity::is_shared(&name("a"), &name("c")));
        assert!(!FileIdentity::is_shared(&name("a"), &name("b")));
        assert!(!FileIdentity::is_shared(&name("gone"), &name("gone")));
    }
}
