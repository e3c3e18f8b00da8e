//! Clips on disk as 8-cut lays them out: `class/vid_NNN/clip_NNN_0.wav`, one `vid_NNN` per recording.
//!
//! What is on the disk is read with [`clip_folders_on_disk`] before the database is asked: nobody waits for the database while
//! a disk does not answer.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};

use super::rows::all;
use super::{Store, StoreError, Tx};

/// A class whose folder ends like this was put aside by 8-cut's user: it never counts anywhere.
const DISABLED_SUFFIX: &str = "_disabled";
const RECORDING_PREFIX: &str = "vid_";

/// The class a clip belongs to: the name of the folder two levels above it. Paths of both kinds are understood,
/// because the file may have been written on another platform. `None` when there is no such folder.
pub fn class_of(output_path: &str) -> Option<&str> {
    let class = parts_from_the_end(output_path).nth(2)?;
    (!class.ends_with(':')).then_some(class)
}

/// As [`class_of`], but `None` for classes that were put aside.
pub(super) fn enabled_class_of(output_path: &str) -> Option<&str> {
    class_of(output_path).filter(|class| !class.ends_with(DISABLED_SUFFIX))
}

fn parts_from_the_end(path: &str) -> impl Iterator<Item = &str> {
    path.rsplit(['/', '\\']).filter(|part| !part.is_empty())
}

const LATEST_PATH: &str = "SELECT output_path FROM processed
     WHERE profile = ?1 AND filename = ?2 ORDER BY id DESC LIMIT 1";
const PATHS_OF_PROFILE: &str = "SELECT output_path FROM processed WHERE profile = ?1";

const RESERVED: &str = "SELECT folder FROM clip_folders WHERE profile = ?1 AND filename = ?2";
const RESERVED_OF_PROFILE: &str = "SELECT folder FROM clip_folders WHERE profile = ?1";
const RESERVE: &str = "INSERT INTO clip_folders (profile, filename, folder) VALUES (?1, ?2, ?3)
     ON CONFLICT (profile, filename) DO NOTHING";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    LATEST_PATH,
    PATHS_OF_PROFILE,
    RESERVED,
    RESERVED_OF_PROFILE,
    RESERVE,
];

impl Store {
    /// The `vid_NNN` folder for the next clip of a recording inside its class folder: the folder that its latest clip is
    /// in, else one with a number that neither the profile nor the disk has used. From then on the number is this
    /// recording's, so that others who ask before the first clip is entered get the same folder. `on_disk` are the names
    /// in the class folder ([`clip_folders_on_disk`]). Nothing is made on disk yet.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub fn next_clip_folder(
        &mut self,
        filename: &str,
        profile: &str,
        on_disk: &[String],
    ) -> Result<String, StoreError> {
        match self.read(|db| folder_in_use(db, filename, profile))? {
            Some(folder) => Ok(folder),
            None => self.write(|tx| reserve_folder(tx, filename, profile, on_disk)),
        }
    }
}

/// The names in `class_folder`; none when it cannot be read. Blocks on the disk.
pub fn clip_folders_on_disk(class_folder: &Path) -> Vec<String> {
    fs::read_dir(class_folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// The folder that the recording's latest clip is in, else the one that is kept for its first.
fn folder_in_use(
    db: &Connection,
    filename: &str,
    profile: &str,
) -> rusqlite::Result<Option<String>> {
    let latest: Option<String> = db
        .prepare_cached(LATEST_PATH)?
        .query_row((profile, filename), |row| row.get(0))
        .optional()?;
    let in_use = latest
        .as_deref()
        .and_then(|path| parts_from_the_end(path).nth(1));
    if let Some(folder) = in_use.filter(|folder| folder.starts_with(RECORDING_PREFIX)) {
        return Ok(Some(folder.to_owned()));
    }
    db.prepare_cached(RESERVED)?
        .query_row((profile, filename), |row| row.get(0))
        .optional()
}

/// The recording's folder, which somebody may have reserved a moment ago.
fn reserve_folder(
    tx: &Tx<'_>,
    filename: &str,
    profile: &str,
    on_disk: &[String],
) -> rusqlite::Result<String> {
    if let Some(folder) = folder_in_use(tx, filename, profile)? {
        return Ok(folder);
    }
    let paths: Vec<String> = all(tx, PATHS_OF_PROFILE, [profile], |row| row.get(0))?;
    let reserved: Vec<String> = all(tx, RESERVED_OF_PROFILE, [profile], |row| row.get(0))?;
    let known = paths
        .iter()
        .filter_map(|path| parts_from_the_end(path).nth(1));
    let highest = known
        .chain(reserved.iter().chain(on_disk).map(String::as_str))
        .filter_map(|folder| number_behind(RECORDING_PREFIX, folder))
        .max();
    let folder = format!(
        "{RECORDING_PREFIX}{:03}",
        highest.unwrap_or(0).saturating_add(1)
    );
    tx.prepare_cached(RESERVE)?
        .execute((profile, filename, &folder))?;
    Ok(folder)
}

/// The number in a name such as `vid_012`.
fn number_behind(prefix: &str, name: &str) -> Option<u32> {
    let rest = name.strip_prefix(prefix)?;
    let digits = rest
        .find(|c: char| !c.is_ascii_digit())
        .map_or(rest, |end| &rest[..end]);
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_class_is_the_grandparent_folder_on_every_platform() {
        assert_eq!(
            class_of("/export/Clap/vid_001/clip_001_0.wav"),
            Some("Clap")
        );
        assert_eq!(
            class_of(r"D:\export\Clap\vid_001\clip_001_0.wav"),
            Some("Clap")
        );
        assert_eq!(
            class_of(r"D:\export/Clap\vid_001/clip_001_0.wav"),
            Some("Clap")
        );
        assert_eq!(class_of("vid_001/clip_001_0.wav"), None);
        assert_eq!(class_of(r"D:\vid_001\clip_001_0.wav"), None);
        assert_eq!(class_of(""), None);
        assert_eq!(
            enabled_class_of("/export/Clap_disabled/vid_001/clip.wav"),
            None
        );
    }

    #[test]
    fn numbers_are_read_from_names() {
        assert_eq!(number_behind("vid_", "vid_035_0"), Some(35));
        assert_eq!(number_behind("vid_", "vid_012"), Some(12));
        assert_eq!(number_behind("vid_", "vid_x"), None);
        assert_eq!(number_behind("vid_", "video"), None);
    }
}
