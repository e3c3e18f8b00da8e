//! The list of the library's folders, as a user changes it. Blocks on the disk and the database; runs no model.

use std::path::{Path, PathBuf};

use crate::platform::real_path;
use crate::protocol::EngineError;
use crate::store::StoreHandle;

/// What became of folders that a user added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddedFolders {
    /// The folders of the library that hold them now, in the same order.
    pub folders: Vec<PathBuf>,
    /// Those that were in it before as a part of another folder, each with that folder.
    pub parts: Vec<(PathBuf, PathBuf)>,
}

/// Adds the folders at `paths` to the library. Adding one again changes nothing.
///
/// # Errors
/// When one of them is not a folder, and then none is added; when the database cannot be written.
pub fn add_folders(store: &StoreHandle, paths: &[PathBuf]) -> Result<AddedFolders, EngineError> {
    let paths: Vec<PathBuf> = paths.iter().map(|path| whole_path(path)).collect();
    for path in &paths {
        if path.is_file() {
            return Err(EngineError::NotAFolder { path: path.clone() });
        }
        if !path.is_dir() {
            return Err(EngineError::NoFolder { path: path.clone() });
        }
    }
    let mut added = AddedFolders::default();
    for path in paths {
        let known = store.with(|store| store.library_folders())?;
        let mut known = known.into_iter().map(|folder| folder.path);
        match known.find(|other| path.starts_with(other)) {
            Some(other) => {
                if other != path {
                    added.parts.push((path, other.clone()));
                }
                added.folders.push(other);
            }
            None => {
                let folder = store.with(|store| store.add_library_folder(&path))?;
                added.folders.push(folder.path);
            }
        }
    }
    Ok(added)
}

/// The folder at `path` from its root and without steps back; a folder that is gone keeps the path that was given.
pub fn whole_path(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    real_path(&absolute).unwrap_or(absolute)
}
