//! Recordings that have moved: finding them again and correcting where the tables say they are.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::rows::{all, path_text};
use super::{Store, StoreError};

/// How many rows say now where their recording is, and which recordings are still missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ResolvedSources {
    pub clips: usize,
    pub hard_negatives: usize,
    pub scans: usize,
    /// Recordings that the folder does not hold, by name.
    pub missing: Vec<String>,
    /// Recordings that the folder holds more than once, by name: nothing says which one it is.
    pub ambiguous: Vec<String>,
}

impl ResolvedSources {
    /// Rows corrected in all.
    pub fn count(&self) -> usize {
        self.clips + self.hard_negatives + self.scans
    }
}

/// Where recordings are said to be, and the correction, for each of the tables that say it.
macro_rules! sources_in {
    ($table:literal) => {
        (
            concat!(
                "SELECT DISTINCT filename, source_path FROM ",
                $table,
                " WHERE profile = ?1"
            ),
            concat!(
                "UPDATE ",
                $table,
                " SET source_path = ?4 WHERE profile = ?1 AND filename = ?2 AND source_path = ?3"
            ),
        )
    };
}
const CLIPS: (&str, &str) = sources_in!("processed");
const HARD_NEGATIVES: (&str, &str) = sources_in!("hard_negatives");
const SCANS: (&str, &str) = sources_in!("scans");

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    CLIPS.0,
    CLIPS.1,
    HARD_NEGATIVES.0,
    HARD_NEGATIVES.1,
    SCANS.0,
    SCANS.1,
];

impl Store {
    /// Looks in `folder` and the folders below it for the recordings of `profile` that are not where clips, hard
    /// negatives and scans say, and corrects those rows. A recording is known by its file name; one that lies in `folder`
    /// itself goes before others of its name further down. Where the recording still is, nothing changes.
    ///
    /// # Errors
    /// [`StoreError::NoSuchFolder`] when the folder cannot be read, or when the database cannot be written; then no row
    /// is changed.
    pub fn resolve_sources(
        &mut self,
        profile: &str,
        folder: &Path,
    ) -> Result<ResolvedSources, StoreError> {
        let unreadable = |error: std::io::Error| StoreError::NoSuchFolder {
            folder: folder.to_owned(),
            detail: error.to_string(),
        };
        let folder = std::path::absolute(folder).map_err(unreadable)?;
        // The disk is searched between two transactions: it may take longer than others should have to wait.
        let said: BTreeSet<(String, String)> = self.read(|db| {
            let mut said = BTreeSet::new();
            for (select, _) in [CLIPS, HARD_NEGATIVES, SCANS] {
                let sources = all(db, select, [profile], |row| Ok((row.get(0)?, row.get(1)?)))?;
                said.extend(sources);
            }
            Ok(said)
        })?;
        let lost: Vec<(String, String)> = said
            .into_iter()
            .filter(|(_, path)| path.is_empty() || !Path::new(path).is_file())
            .collect();
        let wanted: BTreeSet<&str> = lost.iter().map(|(name, _)| name.as_str()).collect();
        let found = search(&folder, &wanted).map_err(unreadable)?;

        let mut resolved = ResolvedSources::default();
        for name in wanted {
            match found.get(name).map(Vec::as_slice) {
                None => resolved.missing.push(name.to_owned()),
                Some([_]) => {}
                Some(_) => resolved.ambiguous.push(name.to_owned()),
            }
        }
        self.write(|tx| {
            for (name, old) in &lost {
                let Some([path]) = found.get(name.as_str()).map(Vec::as_slice) else {
                    continue;
                };
                let new = path_text(path);
                let change = |sql| tx.prepare_cached(sql)?.execute((profile, name, old, &new));
                resolved.clips += change(CLIPS.1)?;
                resolved.hard_negatives += change(HARD_NEGATIVES.1)?;
                resolved.scans += change(SCANS.1)?;
            }
            Ok(())
        })?;
        Ok(resolved)
    }
}

/// Where under `folder` each of the `wanted` names is. Folders below that cannot be read are passed over, and links to
/// folders are not followed, because they may lead back.
fn search<'a>(
    folder: &Path,
    wanted: &BTreeSet<&'a str>,
) -> std::io::Result<HashMap<&'a str, Vec<PathBuf>>> {
    let mut found: HashMap<&str, Vec<PathBuf>> = HashMap::new();
    let mut below = Vec::new();
    look_into(folder, wanted, &mut found, &mut below)?;
    // What lies in the folder that the user named is what the user meant.
    let direct: BTreeSet<&str> = found.keys().copied().collect();
    let further: BTreeSet<&str> = wanted.difference(&direct).copied().collect();
    while let Some(next) = below.pop() {
        if let Err(error) = look_into(&next, &further, &mut found, &mut below) {
            tracing::warn!("{} is passed over: {error}", next.display());
        }
    }
    Ok(found)
}

fn look_into<'a>(
    folder: &Path,
    wanted: &BTreeSet<&'a str>,
    found: &mut HashMap<&'a str, Vec<PathBuf>>,
    below: &mut Vec<PathBuf>,
) -> std::io::Result<()> {
    let mut entries = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        entries.insert(entry.file_name(), (entry.file_type()?, entry.path()));
    }
    for (name, (kind, path)) in entries {
        if kind.is_dir() {
            below.push(path);
        } else if let Some(name) = name.to_str().and_then(|name| wanted.get(name))
            && path.is_file()
        {
            found.entry(name).or_default().push(path);
        }
    }
    Ok(())
}
