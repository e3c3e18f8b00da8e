//! Clips on disk as 8-cut lays them out: `class/vid_NNN/clip_NNN_0.wav`, one `vid_NNN` per recording.

use std::fs;
use std::path::{MAIN_SEPARATOR, Path};

use rusqlite::{Connection, OptionalExtension as _};

use super::rows::{all, path_text};
use super::{Store, StoreError, Tx};

/// A class whose folder ends like this was put aside by 8-cut's user: it never counts anywhere.
const DISABLED_SUFFIX: &str = "_disabled";
const RECORDING_PREFIX: &str = "vid_";
const CLIP_PREFIX: &str = "clip_";

/// Where the next clip of a recording goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClipSlot {
    /// The recording's folder inside the class folder: `vid_003`.
    pub folder: String,
    /// The clip's number in that folder, from 1: the `012` of `clip_012_0.wav`.
    pub number: u32,
}

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
const PATHS_BETWEEN: &str =
    "SELECT output_path FROM processed WHERE output_path >= ?1 AND output_path < ?2";

const RESERVED: &str = "SELECT folder FROM clip_folders WHERE profile = ?1 AND filename = ?2";
const RESERVED_OF_PROFILE: &str = "SELECT folder FROM clip_folders WHERE profile = ?1";
const RESERVE: &str = "INSERT INTO clip_folders (profile, filename, folder) VALUES (?1, ?2, ?3)
     ON CONFLICT (profile, filename) DO NOTHING";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    LATEST_PATH,
    PATHS_OF_PROFILE,
    PATHS_BETWEEN,
    RESERVED,
    RESERVED_OF_PROFILE,
    RESERVE,
];

impl Store {
    /// The `vid_NNN` folder and the number for the next clip of a recording inside `class_folder`: the folder that its
    /// latest clip is in, else one with a number that neither the profile nor the disk has used. From then on the number
    /// is this recording's, so that others who ask before the first clip is entered get the same folder. Nothing is made
    /// on disk yet.
    ///
    /// # Errors
    /// When the database cannot be read or written. A class folder that cannot be read counts as empty.
    pub fn next_clip_folder(
        &mut self,
        filename: &str,
        profile: &str,
        class_folder: &Path,
    ) -> Result<ClipSlot, StoreError> {
        let known = self.read(|db| folder_in_use(db, filename, profile))?;
        let folder = match known {
            Some(folder) => folder,
            None => self.write(|tx| reserve_folder(tx, filename, profile, class_folder))?,
        };
        let number = self.read(|db| next_clip_number(db, &class_folder.join(&folder)))?;
        Ok(ClipSlot { folder, number })
    }
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
    class_folder: &Path,
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
        .chain(reserved.iter().map(String::as_str))
        .filter_map(|folder| number_behind(RECORDING_PREFIX, folder))
        .chain(names_in(class_folder).filter_map(|name| number_behind(RECORDING_PREFIX, &name)))
        .max();
    let folder = format!(
        "{RECORDING_PREFIX}{:03}",
        highest.unwrap_or(0).saturating_add(1)
    );
    tx.prepare_cached(RESERVE)?
        .execute((profile, filename, &folder))?;
    Ok(folder)
}

fn next_clip_number(db: &Connection, folder: &Path) -> rusqlite::Result<u32> {
    // All paths that begin with the folder and `clip_`, as a range, which an index can answer.
    let from = format!("{}{MAIN_SEPARATOR}{CLIP_PREFIX}", path_text(folder));
    let until = format!("{}`", from.trim_end_matches('_'));
    let paths: Vec<String> = all(db, PATHS_BETWEEN, (&from, &until), |row| row.get(0))?;
    let highest = paths
        .iter()
        .filter_map(|path| parts_from_the_end(path).next())
        .filter_map(|name| number_behind(CLIP_PREFIX, name))
        .chain(names_in(folder).filter_map(|name| number_behind(CLIP_PREFIX, &name)))
        .max();
    Ok(highest.unwrap_or(0).saturating_add(1))
}

/// The number in a name such as `vid_012` or `clip_012_0.wav`.
fn number_behind(prefix: &str, name: &str) -> Option<u32> {
    let rest = name.strip_prefix(prefix)?;
    let digits = rest
        .find(|c: char| !c.is_ascii_digit())
        .map_or(rest, |end| &rest[..end]);
    digits.parse().ok()
}

fn names_in(folder: &Path) -> impl Iterator<Item = String> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
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
        assert_eq!(number_behind("clip_", "clip_035_0.wav"), Some(35));
        assert_eq!(number_behind("vid_", "vid_012"), Some(12));
        assert_eq!(number_behind("vid_", "vid_x"), None);
        assert_eq!(number_behind("vid_", "video"), None);
    }
}
