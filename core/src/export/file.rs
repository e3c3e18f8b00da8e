//! Files that appear whole or not at all.
//!
//! They are written under a hidden name beside the final one, flushed to the disk, and only then renamed. Worker threads
//! only.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// What happens to a file that exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is written.
    Keep,
    /// The new one takes its place, when it is whole.
    Replace,
}

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
    let failed = |source| WriteError::of(target, source);
    if existing == Existing::Keep && target.exists() {
        return Err(failed(ErrorKind::AlreadyExists.into()));
    }
    let draft = Draft::beside(target);
    write_draft(draft.path(), write).map_err(failed)?;
    draft.publish(target, existing).map_err(failed)
}

/// Writes a new file and brings it to the disk.
pub(super) fn write_draft(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let mut buffered = BufWriter::new(file);
    write(&mut buffered)?;
    buffered.flush()?;
    buffered
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()
}

/// The unfinished file; deleted when this is dropped.
pub(super) struct Draft(PathBuf);

impl Draft {
    /// A new hidden name beside `target`, with an ending that no other program opens.
    pub fn beside(target: &Path) -> Self {
        Self(target.with_file_name(format!(".{}.part", uuid::Uuid::new_v4())))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Gives the finished draft its name.
    pub fn publish(&self, target: &Path, existing: Existing) -> io::Result<()> {
        match existing {
            Existing::Keep => move_without_replacing(&self.0, target),
            Existing::Replace => fs::rename(&self.0, target),
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Nothing more can be done about a draft that cannot be removed; it is hidden and harms nobody.
        let _ = fs::remove_file(&self.0);
    }
}

/// A rename replaces what is there; a hard link refuses to. Where the file system has no links, the name is claimed with
/// an empty file, which the rename then replaces.
fn move_without_replacing(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
        Err(_) => {
            OpenOptions::new().write(true).create_new(true).open(to)?;
            fs::rename(from, to).inspect_err(|_| {
                // The claim is empty and ours; the error that is returned matters more than one about removing it.
                let _ = fs::remove_file(to);
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_only_when_that_is_asked_for_and_only_by_a_whole_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a list, \"ä\".csv");
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
        assert_eq!(names(folder.path()).len(), 1, "no draft is left");
    }

    #[test]
    fn a_name_taken_at_the_last_moment_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let (draft, target) = (root.path().join("draft"), root.path().join("clip_001.wav"));
        fs::write(&draft, "new").unwrap();
        fs::write(&target, "old").unwrap();
        let error = move_without_replacing(&draft, &target).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&target).unwrap(), "old");
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
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let source = (&full).write_all(b"x").unwrap_err();
        let error = WriteError::of(Path::new("list.csv"), source);
        assert!(error.to_string().contains("free some space"), "{error}");
    }
}
