//! Writing a file for other tools, and the words for it when that fails. The file appears whole or not at all
//! ([`whole_file`](crate::platform::whole_file)). Worker threads only.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind};
use std::path::{Path, PathBuf};

pub use crate::platform::whole_file::Existing;
use crate::platform::whole_file::write_whole;

/// Why a file was not written. Whatever was there before is untouched.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("{} exists already: choose another name, or replace it", path.display())]
    Exists { path: PathBuf },
    #[error("the disk is full, so {} was not written: free some space, or choose another folder", path.display())]
    Full { path: PathBuf },
    #[error("you may not write {}: choose another folder, or allow writing to this one", path.display())]
    Refused { path: PathBuf },
    #[error("there is no folder {}: create it, or choose another one", path.display())]
    NoFolder { path: PathBuf },
    #[error("{} cannot be the name of a file ({reason}): choose another name", path.display())]
    Name { path: PathBuf, reason: String },
    #[error("{} could not be written ({source}): check that the disk is connected, or choose another folder", path.display())]
    Other { path: PathBuf, source: io::Error },
}

impl WriteError {
    /// What the operating system's word means for the file that was to be at `path`.
    pub fn of(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            ErrorKind::AlreadyExists => Self::Exists { path },
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full { path },
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::Refused { path },
            ErrorKind::NotFound | ErrorKind::NotADirectory => Self::NoFolder {
                path: path.parent().map_or_else(PathBuf::new, Path::to_owned),
            },
            ErrorKind::InvalidFilename => Self::Name {
                path,
                reason: source.to_string(),
            },
            _ => Self::Other { path, source },
        }
    }
}

/// Writes the file `target` with what `write` gives it. The folder must exist.
///
/// # Errors
/// When `write` or the disk fails, or the file exists and is to be kept; then nothing is left behind.
pub fn write_file(
    target: &Path,
    existing: Existing,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), WriteError> {
    write_whole(target, existing, write).map_err(|source| WriteError::of(target, source))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use super::*;
    use crate::platform::odd_name;

    #[test]
    fn a_file_is_replaced_only_when_that_is_asked_for_and_only_by_a_whole_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(odd_name("a list, \"ä\".csv"));
        let write = |existing, text: &str| {
            write_file(&path, existing, |out| out.write_all(text.as_bytes()))
        };
        write(Existing::Keep, "first").unwrap();
        let refused = write(Existing::Keep, "second").unwrap_err();
        assert!(matches!(refused, WriteError::Exists { .. }), "{refused}");
        let failed = write_file(&path, Existing::Replace, |out| {
            out.write_all(b"half")?;
            Err(ErrorKind::StorageFull.into())
        });
        let failed = failed.unwrap_err();
        assert!(matches!(failed, WriteError::Full { .. }), "{failed}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
        write(Existing::Replace, "third").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "third");
    }

    #[test]
    fn a_missing_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone");
        let error = write_file(&gone.join("list.csv"), Existing::Replace, |_| Ok(())).unwrap_err();
        assert!(
            error.to_string().contains(&gone.display().to_string()),
            "{error}"
        );
    }

    /// `/dev/full` refuses every byte, as a full disk does.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_says_to_make_room() {
        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let source = (&full).write_all(b"x").unwrap_err();
        let error = WriteError::of(Path::new("list.csv"), source);
        assert!(error.to_string().contains("free some space"), "{error}");
    }
}
