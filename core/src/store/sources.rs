//! Recordings and takes that have moved: finding them again and correcting where the tables say they are.
//!
//! The database is read, then folders are searched for as long as that takes, then the database is written: nobody waits
//! for a disk. A file is taken for a recording only when nothing says that it is another one.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::recordings::parts_in_common;
use super::rows::{all, path_of, path_text, u64_from};
use super::{Store, StoreError};
use crate::platform::{content_of, name_text};

/// How many rows say now where their recording is, and which recordings are still missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ResolvedSources {
    pub clips: usize,
    pub hard_negatives: usize,
    pub scans: usize,
    pub takes: usize,
    /// Recordings that are found under their name again, whatever rows they have.
    pub recordings: usize,
    /// Recordings that the folder does not hold, by name.
    pub missing: Vec<String>,
    /// Recordings that the folder holds more than once, by name: nothing says which one it is.
    pub ambiguous: Vec<String>,
}

impl ResolvedSources {
    /// Rows corrected in all.
    pub fn count(&self) -> usize {
        self.clips + self.hard_negatives + self.scans + self.takes + self.recordings
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
/// All of them, whatever the profile.
const TAKES: &str = "SELECT filename, path, frames, channels FROM takes";
const RECORDINGS: &str = "SELECT name, path, content FROM recordings";
const MOVE_TAKE: &str = "UPDATE takes SET path = ?3 WHERE filename = ?1 AND path = ?2";
/// Not where another recording is by now.
const MOVE_RECORDING: &str =
    "UPDATE OR IGNORE recordings SET path = ?3, real_path = ?3 WHERE name = ?1 AND path = ?2";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    CLIPS.0,
    CLIPS.1,
    HARD_NEGATIVES.0,
    HARD_NEGATIVES.1,
    SCANS.0,
    SCANS.1,
    MOVE_TAKE,
    MOVE_RECORDING,
];

/// What is known of the recording of a name besides what its rows say.
#[derive(Debug, Clone, Default)]
struct Known {
    /// As its own row, or its take's, says.
    path: Option<PathBuf>,
    /// Length and checksum of samples; empty when nobody knows.
    content: String,
    /// A take has at least so many bytes; 0 for others.
    bytes_at_least: u64,
}

/// Every recording that a profile knows, and every take, by name, and where it is said to be.
#[derive(Debug, Clone)]
pub struct SaidSources {
    profile: String,
    /// Name and path; the empty path where nobody said.
    said: BTreeSet<(String, String)>,
    /// Those that somebody misses when they are gone, by name.
    missed: BTreeSet<String>,
    known: HashMap<String, Known>,
}

/// What a search found of the recordings that are not where they are said to be.
#[derive(Debug, Clone)]
pub struct FoundSources {
    profile: String,
    /// Name and path as said, and where it is.
    moved: Vec<(String, String, PathBuf)>,
    missing: BTreeSet<String>,
    ambiguous: BTreeSet<String>,
}

impl Store {
    /// Where clips, hard negatives and scans say that the recordings of `profile` are, and where all takes are.
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
            let mut known = HashMap::new();
            let takes: Vec<(String, String, i64, i64)> = all(db, TAKES, [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?;
            for (name, path, frames, channels) in takes {
                let samples = u64_from(frames).saturating_mul(u64_from(channels));
                let take = Known {
                    path: Some(path_of(path.clone())),
                    bytes_at_least: samples.saturating_mul(4),
                    ..Known::default()
                };
                known.insert(name.clone(), take);
                said.insert((name, path));
            }
            let missed = said.iter().map(|(name, _)| name.clone()).collect();
            let recordings: Vec<(String, String, String)> = all(db, RECORDINGS, [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
            for (name, path, content) in recordings {
                let recording = Known {
                    path: Some(path_of(path.clone())),
                    content,
                    ..Known::default()
                };
                known.insert(name.clone(), recording);
                said.insert((name, path));
            }
            Ok(SaidSources {
                profile: profile.to_owned(),
                said,
                missed,
                known,
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
        let profile = &sources.profile;
        let mut resolved = ResolvedSources {
            missing: sources.missing.iter().cloned().collect(),
            ambiguous: sources.ambiguous.iter().cloned().collect(),
            ..ResolvedSources::default()
        };
        self.write(|tx| {
            for (name, old, path) in &sources.moved {
                let new = path_text(path);
                let change = |sql| tx.prepare_cached(sql)?.execute((profile, name, old, &new));
                resolved.clips += change(CLIPS.1)?;
                resolved.hard_negatives += change(HARD_NEGATIVES.1)?;
                resolved.scans += change(SCANS.1)?;
                let of_all = |sql| tx.prepare_cached(sql)?.execute((name, old, &new));
                resolved.takes += of_all(MOVE_TAKE)?;
                resolved.recordings += of_all(MOVE_RECORDING)?;
            }
            Ok(())
        })?;
        Ok(resolved)
    }
}

impl SaidSources {
    /// Looks in `folder` and the folders below it for the recordings that are not where they are said to be. A recording
    /// is known by its file name, and by its content where that is known; of several files of its name the one whose
    /// folders are called like those it was in is meant, then one that lies in `folder` itself. A file that is another
    /// recording by now is none.
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
        let is_there = |path: &str| !path.is_empty() && path_of(path.to_owned()).is_file();
        let (there, lost): (Vec<_>, Vec<_>) = self
            .said
            .iter()
            .cloned()
            .partition(|(_, path)| is_there(path));
        let wanted: BTreeSet<&str> = lost.iter().map(|(name, _)| file_name(name)).collect();
        let Some(found) = search(&folder, &wanted, proceed).map_err(unreadable)? else {
            return Ok(None);
        };
        let taken = there
            .into_iter()
            .filter_map(|(name, path)| Some((path_of(path).canonicalize().ok()?, name)))
            .collect();
        let look = Look {
            folder: &folder,
            found: &found,
            taken,
            known: &self.known,
        };
        let mut sources = look.choose(&lost);
        sources.profile.clone_from(&self.profile);
        sources.missing.retain(|name| self.missed.contains(name));
        Ok(Some(sources))
    }
}

/// The file name in a name of the tables, which may have folders before it.
fn file_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

impl FoundSources {
    /// One file cannot be two recordings: it is the one whose folders were called like its own, if that tells.
    fn settle_claims(&mut self) {
        let mut claims: BTreeMap<&Path, BTreeMap<&str, usize>> = BTreeMap::new();
        for (name, old, path) in &self.moved {
            let nearness = parts_in_common(&path_of(old.clone()), path);
            let claim = claims.entry(path).or_default().entry(name).or_default();
            *claim = nearness.max(*claim);
        }
        let mut refused = BTreeSet::new();
        for names in claims.values().filter(|names| names.len() > 1) {
            let best = names.values().max();
            let is_clear = names.values().filter(|near| Some(*near) == best).count() == 1;
            for (&name, near) in names {
                match (Some(near) == best, is_clear) {
                    (true, true) => continue,
                    (true, false) => self.ambiguous.insert(name.to_owned()),
                    (false, _) => self.missing.insert(name.to_owned()),
                };
                refused.insert(name.to_owned());
            }
        }
        self.moved.retain(|(name, ..)| !refused.contains(name));
    }
}

/// What a search found, and what else tells which file is which recording.
struct Look<'a> {
    folder: &'a Path,
    /// By file name.
    found: &'a HashMap<&'a str, Vec<PathBuf>>,
    /// The names of the files that are where they are said to be.
    taken: HashMap<PathBuf, String>,
    known: &'a HashMap<String, Known>,
}

impl Look<'_> {
    /// The one file for each of the `lost`, where there is one.
    fn choose(&self, lost: &[(String, String)]) -> FoundSources {
        let mut sources = FoundSources {
            profile: String::new(),
            moved: Vec::new(),
            missing: BTreeSet::new(),
            ambiguous: BTreeSet::new(),
        };
        for (name, old) in lost {
            let files = self.files_for(name, &path_of(old.clone()));
            match files.as_slice() {
                [] => drop(sources.missing.insert(name.clone())),
                [file] => sources
                    .moved
                    .push((name.clone(), old.clone(), file.clone())),
                _ => drop(sources.ambiguous.insert(name.clone())),
            }
        }
        sources.settle_claims();
        sources
    }

    /// The files that may be the recording `name`, which was at `old`: one, if all is clear.
    fn files_for(&self, name: &str, old: &Path) -> Vec<PathBuf> {
        let known = self.known.get(name);
        // It was moved and opened again, so it is known where it is.
        let seen = known.and_then(|known| known.path.clone());
        if let Some(path) = seen.filter(|path| path.is_file()) {
            return vec![path];
        }
        let files = self.found.get(file_name(name)).into_iter().flatten();
        let mut files: Vec<&PathBuf> = files
            .filter(|file| {
                let real = file.canonicalize();
                let owner = real.ok().and_then(|real| self.taken.get(&real));
                owner.is_none_or(|owner| owner == name)
            })
            .collect();
        if let Some(known) = known {
            keep_plausible(&mut files, known);
        }
        let nearness = |file: &PathBuf| parts_in_common(old, file);
        let nearest = files.iter().map(|file| nearness(file)).max();
        files.retain(|file| Some(nearness(file)) == nearest);
        if files.iter().any(|file| file.parent() == Some(self.folder)) {
            files.retain(|file| file.parent() == Some(self.folder));
        }
        files.into_iter().cloned().collect()
    }
}

/// Leaves the files that have the content that is known, else those of its length.
fn keep_plausible(files: &mut Vec<&PathBuf>, known: &Known) {
    let length = |file: &Path| file.metadata().map_or(0, |metadata| metadata.len());
    files.retain(|file| length(file) >= known.bytes_at_least);
    if known.content.is_empty() {
        return;
    }
    let contents: Vec<String> = files
        .iter()
        .map(|file| content_of(file).unwrap_or_default())
        .collect();
    let bytes = |content: &str| content.split(':').next().map(str::to_owned);
    let is_same = contents.contains(&known.content);
    let mut contents = contents.into_iter();
    files.retain(|_| {
        contents.next().is_some_and(|content| match is_same {
            true => content == known.content,
            false => bytes(&content) == bytes(&known.content),
        })
    });
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
    let mut looked_into = 1;
    while let Some(next) = below.pop() {
        if proceed(looked_into).is_break() {
            return Ok(None);
        }
        looked_into += 1;
        if let Err(error) = look_into(&next, wanted, &mut found, &mut below) {
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
        } else if let Some(name) = wanted.get(name_text(&name).as_str())
            && path.is_file()
        {
            found.entry(name).or_default().push(path);
        }
    }
    Ok(())
}
