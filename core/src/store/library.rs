//! The library's folders and the files that were found in them. Nothing that a user marked lies here: all but the list of folders can be
//! made again by looking into them.

use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension as _, Row};

use super::rows::{all, path_of, path_text, stored_u64, u64_from};
use super::{LibraryFolderId, Store, StoreError, clock};

/// A folder of the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryFolder {
    pub id: LibraryFolderId,
    pub path: PathBuf,
    /// `2026-04-19 15:36:31`, local time.
    pub added_at: String,
    /// Why the last update could not read it; empty when it could.
    pub fault: String,
}

/// A file in a folder of the library.
#[derive(Debug, Clone, PartialEq)]
pub struct LibraryFile {
    pub path: PathBuf,
    pub folder: LibraryFolderId,
    pub size_bytes: u64,
    /// When it was last changed, since 1970.
    pub modified_ns: i64,
    /// Its length and a checksum of samples; empty before it was read.
    pub content: String,
    /// What the index knows it by; empty before it was read.
    pub identity: String,
    /// `None` before it was heard.
    pub length_s: Option<f64>,
    /// Why it could not be indexed; empty when nothing is known against it.
    pub fault: String,
}

macro_rules! folders_where {
    ($condition:literal) => {
        concat!(
            "SELECT id, path, added_at, fault FROM library_folders ",
            $condition
        )
    };
}
macro_rules! files_where {
    ($condition:literal) => {
        concat!(
            "SELECT path, folder_id, size_bytes, modified_ns, content, identity, length_s, fault
             FROM library_files ",
            $condition
        )
    };
}

const FOLDERS: &str = folders_where!("ORDER BY path");
const FOLDER_AT: &str = folders_where!("WHERE path = ?1");
const ADD_FOLDER: &str = "INSERT INTO library_folders (path, added_at) VALUES (?1, ?2)
     ON CONFLICT (path) DO NOTHING";
const REMOVE_FOLDER: &str = "DELETE FROM library_folders WHERE id = ?1";
const COUNT_OF_FOLDER: &str = "SELECT COUNT(*) FROM library_files WHERE folder_id = ?1";
const MOVE_FILES: &str = "UPDATE library_files SET folder_id = ?2 WHERE folder_id = ?1";
const SET_FAULT: &str = "UPDATE library_folders SET fault = ?2 WHERE id = ?1 AND fault <> ?2";
const FILES_OF_FOLDER: &str = files_where!("WHERE folder_id = ?1 ORDER BY path");
const SOME_FILES_OF_FOLDER: &str =
    files_where!("WHERE folder_id = ?1 AND path > ?2 ORDER BY path LIMIT ?3");
const ENTER_FILE: &str = "INSERT INTO library_files
         (path, folder_id, size_bytes, modified_ns, content, identity, length_s, fault)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
     ON CONFLICT (path) DO UPDATE SET folder_id = excluded.folder_id, size_bytes = excluded.size_bytes,
         modified_ns = excluded.modified_ns, content = excluded.content, identity = excluded.identity,
         length_s = excluded.length_s, fault = excluded.fault";
const REMOVE_FILE: &str = "DELETE FROM library_files WHERE path = ?1";

/// Those that ask for some rows; [`FOLDERS`] is about all.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    FOLDER_AT,
    REMOVE_FOLDER,
    COUNT_OF_FOLDER,
    MOVE_FILES,
    SET_FAULT,
    FILES_OF_FOLDER,
    SOME_FILES_OF_FOLDER,
    REMOVE_FILE,
];

impl Store {
    /// Adds the folder at `path`, an absolute one, to the library. Adding it again changes nothing. Folders of the library that lie in it
    /// become a part of it.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn add_library_folder(&mut self, path: &Path) -> Result<LibraryFolder, StoreError> {
        let text = path_text(path);
        self.write(|tx| {
            tx.prepare_cached(ADD_FOLDER)?
                .execute((&text, clock::local_now()))?;
            let added = tx
                .prepare_cached(FOLDER_AT)?
                .query_row([&text], folder_from)?;
            for other in all(tx, FOLDERS, [], folder_from)? {
                if other.path != path && other.path.starts_with(path) {
                    tx.prepare_cached(MOVE_FILES)?
                        .execute((other.id, added.id))?;
                    tx.prepare_cached(REMOVE_FOLDER)?.execute([other.id])?;
                }
            }
            Ok(added)
        })
    }

    /// The folders of the library by path.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn library_folders(&self) -> Result<Vec<LibraryFolder>, StoreError> {
        self.read(|db| all(db, FOLDERS, [], folder_from))
    }

    /// Removes the folder at `path` from the library, with what is known of its files. Returns how many those were; `None` when there is
    /// no such folder.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn remove_library_folder(&mut self, path: &Path) -> Result<Option<u64>, StoreError> {
        self.write(|tx| {
            let found = tx
                .prepare_cached(FOLDER_AT)?
                .query_row([path_text(path)], folder_from)
                .optional()?;
            let Some(folder) = found else {
                return Ok(None);
            };
            let files = tx
                .prepare_cached(COUNT_OF_FOLDER)?
                .query_row([folder.id], |row| row.get(0))?;
            tx.prepare_cached(REMOVE_FOLDER)?.execute([folder.id])?;
            Ok(Some(u64_from(files)))
        })
    }

    /// Notes why the folder could not be read; nothing when it could.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_library_folder_fault(
        &mut self,
        folder: LibraryFolderId,
        fault: &str,
    ) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.prepare_cached(SET_FAULT)?.execute((folder, fault))?;
            Ok(())
        })
    }

    /// The files of a folder by path.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn library_files(&self, folder: LibraryFolderId) -> Result<Vec<LibraryFile>, StoreError> {
        self.read(|db| all(db, FILES_OF_FOLDER, [folder], file_from))
    }

    /// The first `count` files of a folder by path, behind the file `after` if there is one: of a large folder all at once would keep
    /// others waiting.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn some_library_files(
        &self,
        folder: LibraryFolderId,
        after: Option<&Path>,
        count: usize,
    ) -> Result<Vec<LibraryFile>, StoreError> {
        let after = after.map(path_text).unwrap_or_default();
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.read(|db| all(db, SOME_FILES_OF_FOLDER, (folder, after, count), file_from))
    }

    /// Removes the files at `gone` and enters `files`, in the place of what was known of their paths, as one transaction. Files whose
    /// folder is not in the library any more are left out.
    ///
    /// # Errors
    /// When the database cannot be written; then nothing has changed.
    pub fn settle_library_files(
        &mut self,
        gone: &[PathBuf],
        files: &[LibraryFile],
    ) -> Result<(), StoreError> {
        self.write(|tx| {
            let mut remove = tx.prepare_cached(REMOVE_FILE)?;
            for path in gone {
                remove.execute([path_text(path)])?;
            }
            let there: Vec<LibraryFolder> = all(tx, FOLDERS, [], folder_from)?;
            let mut enter = tx.prepare_cached(ENTER_FILE)?;
            for file in files {
                if there.iter().any(|folder| folder.id == file.folder) {
                    enter.execute((
                        path_text(&file.path),
                        file.folder,
                        stored_u64(file.size_bytes),
                        file.modified_ns,
                        &file.content,
                        &file.identity,
                        file.length_s,
                        &file.fault,
                    ))?;
                }
            }
            Ok(())
        })
    }
}

fn folder_from(row: &Row<'_>) -> rusqlite::Result<LibraryFolder> {
    Ok(LibraryFolder {
        id: row.get(0)?,
        path: path_of(row.get(1)?),
        added_at: row.get(2)?,
        fault: row.get(3)?,
    })
}

fn file_from(row: &Row<'_>) -> rusqlite::Result<LibraryFile> {
    Ok(LibraryFile {
        path: path_of(row.get(0)?),
        folder: row.get(1)?,
        size_bytes: u64_from(row.get(2)?),
        modified_ns: row.get(3)?,
        content: row.get(4)?,
        identity: row.get(5)?,
        length_s: row.get(6)?,
        fault: row.get(7)?,
    })
}
