//! Which recording a file is, and what the tables call it. One place decides that, for every way into the engine.
//!
//! 8-cut's tables know a recording by its bare file name. The first file of a name keeps it, so that rows of 8-cut go on
//! meaning what they meant; a later file of that name is called `folder/name.wav`, with more of its folders when that is
//! taken as well. A take is called what its row in `takes` says and is not entered here. Whoever decides looks at the few
//! files that could be meant, inside the transaction, so that two processes never give one name to two files.

use std::io;
use std::path::{Component, Path, PathBuf};

use rusqlite::{Connection, Row};

use super::rows::{all, path_of, path_text};
use super::{Store, StoreError, Tx};
use crate::platform::{
    FileIdentity, check_name, content_of, differ_in_case_only, name_text, real_path,
};

macro_rules! entry_where {
    ($condition:literal) => {
        concat!(
            "SELECT name, path, real_path, content FROM recordings WHERE ",
            $condition
        )
    };
}

const BY_NAME: &str = entry_where!("name = ?1");
const BY_PATH: &str = entry_where!("path = ?1");
const BY_REAL_PATH: &str = entry_where!("real_path = ?1 ORDER BY name");
const BY_CONTENT: &str = entry_where!("content = ?1 ORDER BY name");
const ENTER: &str = "INSERT INTO recordings (name, path, real_path, content) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (name) DO UPDATE SET path = excluded.path, real_path = excluded.real_path, content = excluded.content";
const PATH_OF_TAKE: &str = "SELECT path FROM takes WHERE filename = ?1";
/// Where rows say that the recording of a name is, for names that nobody entered.
const SAID: &str = "SELECT source_path FROM processed WHERE filename = ?1 AND source_path <> ''
     UNION SELECT source_path FROM hard_negatives WHERE filename = ?1 AND source_path <> ''
     UNION SELECT source_path FROM scans WHERE filename = ?1 AND source_path <> ''";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    BY_NAME,
    BY_PATH,
    BY_REAL_PATH,
    BY_CONTENT,
    ENTER,
    PATH_OF_TAKE,
    SAID,
];

/// A file on disk, as far as it takes to tell which recording it is.
#[derive(Debug, Clone)]
pub struct FoundFile {
    /// From a root, without steps back, and spelled as the disk spells it.
    path: PathBuf,
    /// With links followed.
    real_path: PathBuf,
    /// Empty when it cannot be told.
    content: String,
}

impl FoundFile {
    /// The file at `path`. Reads a few stretches of it.
    ///
    /// # Errors
    /// When there is none, or it is no plain file.
    pub fn at(path: &Path) -> io::Result<Self> {
        check_name(path)?;
        let absolute = std::path::absolute(path)?;
        if !std::fs::metadata(&absolute)?.is_file() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let real_path = real_path(&absolute).unwrap_or_else(|_| absolute.clone());
        let steps_back = absolute
            .components()
            .any(|part| part == Component::ParentDir);
        // A disk that ignores case would otherwise give a recording as many names as it has spellings.
        let is_other_spelling = differ_in_case_only(&absolute, &real_path);
        Ok(Self {
            path: match steps_back || is_other_spelling {
                true => real_path.clone(),
                false => absolute,
            },
            content: content_of(&real_path).unwrap_or_default(),
            real_path,
        })
    }

    /// A file as it was when another computer looked at it: absolute, with links followed, with its length and a checksum. Asks no disk.
    pub fn said(path: PathBuf, real_path: PathBuf, content: String) -> Self {
        Self {
            path,
            real_path,
            content,
        }
    }

    /// Where it is, without steps back.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where it is, with links followed.
    pub fn real_path(&self) -> &Path {
        &self.real_path
    }

    /// Its length and a checksum of samples; empty when they cannot be told.
    pub fn content(&self) -> &str {
        &self.content
    }

    /// A file that is not there now.
    fn missing(path: PathBuf) -> Self {
        Self {
            real_path: path.clone(),
            path,
            content: String::new(),
        }
    }

    /// The names it may have, the bare one first.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut name = String::new();
        for part in self.path.components().rev() {
            if let Component::Normal(part) = part {
                let part = name_text(part);
                name = if name.is_empty() {
                    part
                } else {
                    format!("{part}/{name}")
                };
                names.push(name.clone());
            }
        }
        names.push(path_text(&self.path));
        names
    }
}

/// What a file is called, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFile {
    /// The `filename` of every table.
    pub name: String,
    pub path: PathBuf,
}

/// A row of `recordings`.
struct Entry {
    name: String,
    path: PathBuf,
    real_path: String,
    content: String,
}

impl Entry {
    fn from(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            name: row.get(0)?,
            path: path_of(row.get(1)?),
            real_path: row.get(2)?,
            content: row.get(3)?,
        })
    }
}

/// What was decided of a file.
struct Decision {
    file: NamedFile,
    /// Nothing has to be written.
    entered: bool,
}

/// Whether a recording that was last seen at `known` is the one at `path`.
pub fn is_same_recording(known: &Path, path: &Path) -> bool {
    known == path || FileIdentity::is_shared(known, path)
}

impl Store {
    /// What the tables call `file` from now on. Writes only when that is new, or when the file has changed or moved.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub fn enter_recording(&mut self, file: &FoundFile) -> Result<NamedFile, StoreError> {
        let known = self.read(|db| decide(db, file))?;
        if known.entered {
            return Ok(known.file);
        }
        self.write(|tx| enter(tx, file))
    }

    /// What the tables call `file`, or would call it. Writes nothing.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn recording_of(&self, file: &FoundFile) -> Result<NamedFile, StoreError> {
        self.read(|db| decide(db, file).map(|decided| decided.file))
    }

    /// The recording that somebody means by `said`, which leads to no file now: where it was, its name in the tables, or
    /// its bare file name. Writes nothing.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn recording_said(&self, said: &Path) -> Result<NamedFile, StoreError> {
        let absolute = std::path::absolute(said).unwrap_or_else(|_| said.to_owned());
        self.read(|db| {
            if let Some(entry) = one(db, BY_PATH, &path_text(&absolute))? {
                return Ok(NamedFile {
                    name: entry.name,
                    path: entry.path,
                });
            }
            let name = path_text(said);
            if let Some(path) = path_of_name(db, &name)? {
                return Ok(NamedFile { name, path });
            }
            if said.components().count() == 1 {
                let name = name_text(said.as_os_str());
                return Ok(NamedFile {
                    name,
                    path: absolute,
                });
            }
            decide(db, &FoundFile::missing(absolute)).map(|decided| decided.file)
        })
    }

    /// Where the recording that the tables call `name` was last seen; `None` when nobody entered it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn recording_path(&self, name: &str) -> Result<Option<PathBuf>, StoreError> {
        self.read(|db| path_of_name(db, name))
    }
}

/// Where the recording of a name was last seen: as its row says, else as a take's does.
pub(super) fn path_of_name(db: &Connection, name: &str) -> rusqlite::Result<Option<PathBuf>> {
    if let Some(entry) = one(db, BY_NAME, name)? {
        return Ok(Some(entry.path));
    }
    take_path(db, name)
}

fn one(db: &Connection, sql: &str, key: &str) -> rusqlite::Result<Option<Entry>> {
    Ok(all(db, sql, [key], Entry::from)?.into_iter().next())
}

/// What the tables call `file` from now on.
pub(super) fn enter(tx: &Tx<'_>, file: &FoundFile) -> rusqlite::Result<NamedFile> {
    let decided = decide(tx, file)?;
    if !decided.entered {
        tx.prepare_cached(ENTER)?.execute((
            &decided.file.name,
            path_text(&decided.file.path),
            path_text(&file.real_path),
            &file.content,
        ))?;
    }
    Ok(decided.file)
}

fn decide(db: &Connection, file: &FoundFile) -> rusqlite::Result<Decision> {
    if let Some(entry) = known_entry(db, file)? {
        let real_path = path_text(&file.real_path);
        return Ok(Decision {
            entered: entry.real_path == real_path && entry.content == file.content,
            file: NamedFile {
                name: entry.name,
                path: entry.path,
            },
        });
    }
    let here = |name: String| NamedFile {
        name,
        path: file.path.clone(),
    };
    if let Some(name) = moved_from(db, file)? {
        return Ok(Decision {
            file: here(name),
            entered: false,
        });
    }
    let names = file.names();
    if let Some(name) = names.first()
        && let Some(path) = take_path(db, name)?
        && (is_same_recording(&path, &file.path) || !path.is_file())
    {
        let there = path.is_file();
        return Ok(Decision {
            file: NamedFile {
                name: name.clone(),
                path: if there { path } else { file.path.clone() },
            },
            entered: true,
        });
    }
    let mut last = String::new();
    for name in names {
        if is_free(db, &name, file)? {
            return Ok(Decision {
                file: here(name),
                entered: false,
            });
        }
        last = name;
    }
    Ok(Decision {
        file: here(last),
        entered: false,
    })
}

/// The row of a file that is where it was when it was entered, by whatever way it was reached.
fn known_entry(db: &Connection, file: &FoundFile) -> rusqlite::Result<Option<Entry>> {
    if let Some(entry) = one(db, BY_PATH, &path_text(&file.path))? {
        return Ok(Some(entry));
    }
    let real_path = path_text(&file.real_path);
    let mut entries = all(db, BY_REAL_PATH, [real_path], Entry::from)?.into_iter();
    if let Some(entry) = entries.find(|entry| is_same_recording(&entry.path, &file.path)) {
        return Ok(Some(entry));
    }
    // Two names in two folders for one file on disk.
    for name in file.names() {
        match one(db, BY_NAME, &name)? {
            None => break,
            Some(entry) if is_same_recording(&entry.path, &file.path) => return Ok(Some(entry)),
            Some(_) => {}
        }
    }
    Ok(None)
}

/// The name of a recording of the same file name and content whose own file is gone.
fn moved_from(db: &Connection, file: &FoundFile) -> rusqlite::Result<Option<String>> {
    if file.content.is_empty() {
        return Ok(None);
    }
    let entries = all(db, BY_CONTENT, [&file.content], Entry::from)?.into_iter();
    let gone = entries
        .filter(|entry| entry.path.file_name() == file.path.file_name() && !entry.path.is_file());
    let nearest = gone.max_by_key(|entry| parts_in_common(&entry.path, &file.path));
    Ok(nearest.map(|entry| entry.name))
}

/// How many names two paths have in common, counted from the end.
pub(super) fn parts_in_common(one: &Path, other: &Path) -> usize {
    let pairs = one.components().rev().zip(other.components().rev());
    pairs.take_while(|(one, other)| one == other).count()
}

fn take_path(db: &Connection, name: &str) -> rusqlite::Result<Option<PathBuf>> {
    let paths: Vec<String> = all(db, PATH_OF_TAKE, [name], |row| row.get(0))?;
    Ok(paths.into_iter().next().map(path_of))
}

/// Whether `file` may be called `name`: nothing is called so, or it is this file, or what was called so is gone and nothing
/// says that it was another one.
fn is_free(db: &Connection, name: &str, file: &FoundFile) -> rusqlite::Result<bool> {
    if let Some(entry) = one(db, BY_NAME, name)? {
        let unknown = entry.content.is_empty() || file.content.is_empty();
        return Ok(!entry.path.is_file() && (unknown || entry.content == file.content));
    }
    if take_path(db, name)?.is_some() {
        return Ok(false);
    }
    let said: Vec<String> = all(db, SAID, [name], |row| row.get(0))?;
    let said: Vec<PathBuf> = said.into_iter().map(path_of).collect();
    let is_this = said.iter().any(|path| is_same_recording(path, &file.path));
    Ok(is_this || !said.iter().any(|path| path.is_file()))
}
