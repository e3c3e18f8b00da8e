//! Copies files and folders so that whoever has the old ones open keeps them.
//!
//! A DAW may have the plugin loaded while a new one is put in its place: writing into a mapped library would
//! crash it. So everything is copied beside its destination first and then renamed over it.

use anyhow::{Context, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Copies the file or folder `from` to `to`, replacing what is there.
///
/// # Errors
/// If something cannot be read or written; on Windows also if a program has the old file open.
pub fn replace(from: &Path, to: &Path) -> Result<()> {
    let attempt = || -> io::Result<()> {
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        let partial = with_suffix(to, ".partial");
        remove(&partial)?;
        copy(from, &partial)?;
        put_in_place(&partial, to)
    };
    attempt().with_context(|| {
        format!(
            "{} cannot be copied to {}; is the folder writable and no program (such as a DAW) using the old one?",
            from.display(),
            to.display()
        )
    })
}

/// Moves the file or folder `from` to `to` on the same disk, replacing what is there.
///
/// # Errors
/// As [`replace`].
pub fn rename(from: &Path, to: &Path) -> Result<()> {
    put_in_place(from, to).with_context(|| {
        format!(
            "{} cannot be moved to {}; is a program (such as a DAW) using the old one?",
            from.display(),
            to.display()
        )
    })
}

fn put_in_place(from: &Path, to: &Path) -> io::Result<()> {
    // A folder cannot be renamed over one that is not empty.
    let retired = with_suffix(to, ".old");
    remove(&retired)?;
    if to.is_dir() {
        fs::rename(to, &retired)?;
    }
    fs::rename(from, to)?;
    remove(&retired)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(|_| ());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Removes the file or folder `path` if it exists.
///
/// # Errors
/// If it exists and cannot be removed.
pub fn remove(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() && !path.is_symlink() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The files in `folder` and the folders in it, by their paths in it, in order.
///
/// # Errors
/// If a folder cannot be read.
pub fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(folder.join(&inner))? {
            let entry = entry?;
            let path = inner.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacing_a_folder_leaves_exactly_the_new_files() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("deep/to"));
        fs::create_dir_all(from.join("sub")).unwrap();
        fs::write(from.join("sub/new"), "new").unwrap();
        fs::create_dir_all(&to).unwrap();
        fs::write(to.join("stale"), "stale").unwrap();
        replace(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("sub/new")).unwrap(), "new");
        assert!(!to.join("stale").exists());
        assert_eq!(
            fs::read_dir(folder.path().join("deep")).unwrap().count(),
            1,
            "nothing is left lying about"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_has_the_old_file_open_keeps_reading_the_old_content() {
        use std::io::Read;
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::write(&from, "new").unwrap();
        fs::write(&to, "old").unwrap();
        let mut open = fs::File::open(&to).unwrap();
        replace(&from, &to).unwrap();
        let mut content = String::new();
        open.read_to_string(&mut content).unwrap();
        assert_eq!(
            (content.as_str(), fs::read_to_string(&to).unwrap().as_str()),
            ("old", "new")
        );
    }
}
