//! Recordings that were moved: finds them again and corrects their paths in the tables.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;
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

/// Every recording that a profile knows, by name, and where it is said to be.
#[derive(Debug, Clone)]
pub struct SaidSources {
    profile: String,
    /// Name and path; the empty path where nobody said.
    said: BTreeSet<(String, String)>,
}

/// What a search found of the recordings that are not where they are said to be.
#[derive(Debug, Clone)]
pub struct FoundSources {
    profile: String,
    /// Name and path as said.
    lost: Vec<(String, String)>,
    /// By name.
    found: HashMap<String, Vec<PathBuf>>,
}

impl Store {
    /// Where clips, hard negatives and scans say that the recordings of `profile` are.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn said_sources(&self, profile: &str) -> Result<SaidSources, StoreError> {
        self.read(|db| {
            let mut said = BTreeSet::new();
            for (select, _) in [CLIPS, HARD_NEGATIVES, SCANS] {
                let sources = all(db, select, [profile], |row| Ok((row.get(0)?, row.get(1)?)))?;
                said.extend(sources);
            }
            Ok(SaidSources {
                profile: profile.to_owned(),
                said,
            })
        })
    }

    /// Corrects the rows whose recordings were found, each in exactly one place. What was changed by others since it
    /// was read stays as it is.
    ///
    /// # Errors
    /// When the database cannot be written; then no row is changed.
    pub fn correct_sources(
        &mut self,
        sources: &FoundSources,
    ) -> Result<ResolvedSources, StoreError> {
        let FoundSources {
            profile,
            lost,
            found,
        } = sources;
        let mut resolved = ResolvedSources::default();
        let names: BTreeSet<&String> = lost.iter().map(|(name, _)| name).collect();
        for name in names {
            match found.get(name).map(Vec::as_slice) {
                None => resolved.missing.push(name.clone()),
                Some([_]) => {}
                Some(_) => resolved.ambiguous.push(name.clone()),
            }
        }
        self.write(|tx| {
            for (name, old) in lost {
                let Some([path]) = found.get(name).map(Vec::as_slice) else {
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

impl SaidSources {
    /// Looks in `folder` and the folders below it for the recordings that are not where they are said to be. A recording
    /// is known by its file name; one that lies in `folder` itself goes before others of its name further down.
    ///
    /// It reads folders for as long as that takes, and no database: others may write meanwhile. `proceed` is told how
    /// many folders have been looked into, and says whether to go on; `None` when it did not.
    ///
    /// # Errors
    /// [`StoreError::NoSuchFolder`] when the folder cannot be read.
    pub fn look_in(
        self,
        folder: &Path,
        proceed: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Option<FoundSources>, StoreError> {
        let unreadable = |error: std::io::Error| StoreError::NoSuchFolder {
            folder: folder.to_owned(),
            detail: error.to_string(),
        };
        let folder = std::path::absolute(folder).map_err(unreadable)?;
        let lost: Vec<(String, String)> = self
            .said
            .into_iter()
            .filter(|(_, path)| path.is_empty() || !Path::new(path).is_file())
            .collect();
        let wanted: BTreeSet<&str> = lost.iter().map(|(name, _)| name.as_str()).collect();
        let found = search(&folder, &wanted, proceed).map_err(unreadable)?;
        let Some(found) = found else {
            return Ok(None);
        };
        let found = found
            .into_iter()
            .map(|(name, paths)| (name.to_owned(), paths))
            .collect();
        Ok(Some(FoundSources {
            profile: self.profile,
            lost,
            found,
        }))
    }
}

/// Where under `folder` each of the `wanted` names is. Folders below that cannot be read are passed over, and links to
/// folders are not followed, because they may lead back. `None` when `proceed` said so.
fn search<'a>(
    folder: &Path,
    wanted: &BTreeSet<&'a str>,
    proceed: &mut dyn FnMut(usize) -> ControlFlow<()>,
) -> std::io::Result<Option<HashMap<&'a str, Vec<PathBuf>>>> {
    let mut found: HashMap<&str, Vec<PathBuf>> = HashMap::new();
    let mut below = Vec::new();
    look_into(folder, wanted, &mut found, &mut below)?;
    // What lies in the folder that the user named is what the user meant.
    let direct: BTreeSet<&str> = found.keys().copied().collect();
    let further: BTreeSet<&str> = wanted.difference(&direct).copied().collect();
    let mut looked_into = 1;
    while let Some(next) = below.pop() {
        if proceed(looked_into).is_break() {
            return Ok(None);
        }
        looked_into += 1;
        if let Err(error) = look_into(&next, &further, &mut found, &mut below) {
            tracing::warn!("{} is passed over: {error}", next.display());
        }
    }
    Ok(Some(found))
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
