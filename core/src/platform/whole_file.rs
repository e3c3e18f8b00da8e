//! Files that appear whole or not at all, and never in the place of another one unasked.
//!
//! A [`Draft`] is written beside the final name and gets that name only when it is finished; until then it is removed with
//! the value, whatever happened. A file that is replaced passes its permissions on, and a symbolic link is written
//! through. This is the only place in the core that gives a finished file its name. It blocks on the disk: any thread but
//! the audio and GUI threads.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, ErrorKind};
use std::path::{Path, PathBuf};

use tempfile::{Builder, TempPath};

use super::check_name;

/// Links to links are followed this far, as the operating systems do.
const MOST_LINKS: usize = 40;

/// What becomes of a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is written.
    Keep,
    /// The new one takes its place, when it is whole.
    Replace,
}

/// An unfinished file. Dropping it removes it.
#[derive(Debug)]
pub struct Draft {
    path: TempPath,
    /// What the finished file gets; `None` leaves what the user's mask gave a new file.
    permissions: Option<Permissions>,
}

/// Why a draft did not get its name. It is still there, for another one.
#[derive(Debug)]
pub struct NotPublished {
    pub draft: Draft,
    pub error: io::Error,
}

impl Draft {
    /// A draft for `target` under a hidden name in the same folder, open for writing.
    ///
    /// # Errors
    /// When the folder is missing or refuses.
    pub fn beside(target: &Path) -> io::Result<(Self, File)> {
        Self::create(target, OsStr::new("."), OsStr::new(".part"), target)
    }

    /// As [`beside`](Self::beside), named like `target` with another `ending`, for a room that looks for drafts which
    /// an ended process has left.
    ///
    /// # Errors
    /// When the folder is missing or refuses.
    pub fn with_ending(target: &Path, ending: &str) -> io::Result<(Self, File)> {
        Self::copy_of(target, target, ending)
    }

    /// As [`with_ending`](Self::with_ending), for a file that will hold what `original` holds and that nobody may read who
    /// may not read that one.
    ///
    /// # Errors
    /// When the folder is missing or refuses.
    pub fn copy_of(original: &Path, target: &Path, ending: &str) -> io::Result<(Self, File)> {
        let mut prefix = target.file_stem().unwrap_or_default().to_owned();
        prefix.push(".");
        let suffix = OsString::from(format!(".{ending}"));
        Self::create(target, &prefix, &suffix, original)
    }

    fn create(
        target: &Path,
        prefix: &OsStr,
        suffix: &OsStr,
        original: &Path,
    ) -> io::Result<(Self, File)> {
        check_name(target)?;
        let permissions = permissions_of(original);
        let mut builder = Builder::new();
        builder.prefix(prefix).suffix(suffix);
        // Of a replaced file nobody may read more while it is written than before or after.
        #[cfg(unix)]
        if permissions.is_none() {
            use std::os::unix::fs::PermissionsExt as _;
            // The user's mask is taken off, as from every new file.
            builder.permissions(Permissions::from_mode(0o666));
        }
        let (file, path) = builder.tempfile_in(folder_of(target))?.into_parts();
        Ok((Self { path, permissions }, file))
    }

    /// Where it is for now.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the finished draft its name.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] when there is a file of that name to be kept, otherwise when the disk refuses.
    pub fn publish(self, target: &Path, existing: Existing) -> Result<(), NotPublished> {
        let Self { path, permissions } = self;
        if let Some(permissions) = permissions.clone()
            && let Err(error) = fs::set_permissions(&path, permissions)
        {
            // Some file systems know no permissions. The draft's own let nobody else read, so this gives nothing away.
            tracing::debug!("{} keeps a draft's permissions: {error}", target.display());
        }
        let persisted = match existing {
            Existing::Replace => replace(path, target),
            Existing::Keep => persist_without_replacing(path, target),
        };
        persisted.map_err(|refused| NotPublished {
            draft: Self {
                path: refused.path,
                permissions,
            },
            error: refused.error,
        })
    }

    /// Gives the finished draft the first of `names` that nothing has, and returns it.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] when all of them are taken, otherwise when the disk refuses, with the name.
    pub fn publish_as_first_free(
        mut self,
        names: impl Iterator<Item = PathBuf>,
    ) -> Result<PathBuf, (Option<PathBuf>, io::Error)> {
        for name in names {
            match self.publish(&name, Existing::Keep) {
                Ok(()) => return Ok(name),
                Err(refused) if refused.error.kind() == ErrorKind::AlreadyExists => {
                    self = refused.draft;
                }
                Err(refused) => return Err((Some(name), refused.error)),
            }
        }
        Err((None, ErrorKind::AlreadyExists.into()))
    }
}

impl From<NotPublished> for io::Error {
    fn from(refused: NotPublished) -> Self {
        refused.error
    }
}

/// Writes the file `target` with what `write` gives it, and brings it to the disk. The folder must exist.
///
/// # Errors
/// When `write` or the disk fails, or the file exists and is to be kept; then nothing is left behind.
pub fn write_whole(
    target: &Path,
    existing: Existing,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    check_name(target)?;
    let target = match existing {
        // A link is something that is there, wherever it leads to.
        Existing::Keep if target.symlink_metadata().is_ok() => {
            return Err(ErrorKind::AlreadyExists.into());
        }
        Existing::Keep => target.to_owned(),
        Existing::Replace => end_of_links(target)?,
    };
    let (draft, file) = Draft::beside(&target)?;
    write_to_disk(file, write)?;
    Ok(draft.publish(&target, existing)?)
}

/// Fills `file` with what `write` gives it, and brings it to the disk.
///
/// # Errors
/// When `write` or the disk fails.
pub fn write_to_disk(
    file: File,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut buffered = BufWriter::new(file);
    write(&mut buffered)?;
    buffered
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()
}

/// What a file that takes the place of the one at `path` gets. Elsewhere than on Unix a file has its folder's.
fn permissions_of(path: &Path) -> Option<Permissions> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    cfg!(unix).then(|| metadata.permissions())
}

fn folder_of(target: &Path) -> &Path {
    target
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// The file that a write to `path` writes, though there may be none yet. Pipes and devices cannot be replaced.
fn end_of_links(path: &Path) -> io::Result<PathBuf> {
    let mut end = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&end) {
            Ok(next) => end = folder_of(&end).join(next),
            Err(_) => return check_ordinary(end),
        }
    }
    Err(io::Error::other("its links lead in a circle"))
}

fn check_ordinary(path: PathBuf) -> io::Result<PathBuf> {
    match fs::metadata(&path) {
        Ok(found) if !found.is_file() && !found.is_dir() => {
            Err(io::Error::other("it is a pipe or a device, not a file"))
        }
        _ => Ok(path),
    }
}

#[cfg(not(windows))]
fn replace(path: TempPath, target: &Path) -> Result<(), tempfile::PathPersistError> {
    path.persist(target)
}

/// The crate's own way fails while a program has the old file open. The standard library's leaves it to that program, as on
/// every other system, where Windows and its disk can.
#[cfg(windows)]
#[expect(
    deprecated,
    reason = "its successor fails for relative paths where there is no working directory; then the draft is lost"
)]
fn replace(path: TempPath, target: &Path) -> Result<(), tempfile::PathPersistError> {
    let path = path.keep()?;
    fs::rename(&path, target).map_err(|error| tempfile::PathPersistError {
        error,
        path: TempPath::from_path(path),
    })
}

/// Where a file system can neither refuse to replace nor make links, the name is claimed with an empty file, which the
/// draft then replaces.
fn persist_without_replacing(
    path: TempPath,
    target: &Path,
) -> Result<(), tempfile::PathPersistError> {
    let refused = match path.persist_noclobber(target) {
        Ok(()) => return Ok(()),
        Err(refused) if refused.error.kind() == ErrorKind::AlreadyExists => return Err(refused),
        Err(refused) => refused,
    };
    let claimed = OpenOptions::new().write(true).create_new(true).open(target);
    if let Err(error) = claimed {
        return Err(tempfile::PathPersistError { error, ..refused });
    }
    refused.path.persist(target).inspect_err(|_| {
        // The claim is empty and ours; the error that is returned matters more than one about removing it.
        let _ = fs::remove_file(target);
    })
}

#[cfg(test)]
mod tests;
