//! Recordings and takes that have moved: finding them again and correcting where the tables say they are.
//!
//! The database is read, then folders are searched for as long as that takes, then the database is written: nobody waits
//! for a disk. The search is in `search`.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use serde::Serialize;

use super::rows::{all, path_of, path_text, u64_from};
use super::{Store, StoreError};

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
pub(super) struct Known {
    /// As its own row, or its take's, says.
    pub(super) path: Option<PathBuf>,
    /// Length and checksum of samples; empty when nobody knows.
    pub(super) content: String,
    /// A take has at least so many bytes; 0 for others.
    pub(super) bytes_at_least: u64,
}

/// Every recording that a profile knows, and every take, by name, and where it is said to be.
#[derive(Debug, Clone)]
pub struct SaidSources {
    pub(super) profile: String,
    /// Name and path; the empty path where nobody said.
    pub(super) said: BTreeSet<(String, String)>,
    /// Those that somebody misses when they are gone, by name.
    pub(super) missed: BTreeSet<String>,
    pub(super) known: HashMap<String, Known>,
}

/// What a search found of the recordings that are not where they are said to be.
#[derive(Debug, Clone)]
pub struct FoundSources {
    pub(super) profile: String,
    /// Name and path as said, and where it is.
    pub(super) moved: Vec<(String, String, PathBuf)>,
    pub(super) missing: BTreeSet<String>,
    pub(super) ambiguous: BTreeSet<String>,
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
