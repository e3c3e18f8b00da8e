//! Versions: the history of a file's results by one model.
//!
//! A version is the rows of `scan_results` that share a timestamp, and a row of `scans` that says where they came
//! from. 8-cut writes and prunes the former only, so neither implies the other: rows without a `scans` row are a
//! version of 8-cut's and get their number when they are first read; a `scans` row that once had regions and has none
//! left belongs to a version that 8-cut pruned, and no longer counts as one.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rusqlite::Connection;
use serde::Serialize;

use super::rows::{all, path_from, readable, usize_from};
use super::{ClassifierId, Store, StoreError, Tx, clock};

/// The timestamp of rows that 8-cut saved before it kept versions. They are the oldest version, with number 0.
pub const BEFORE_HISTORY: &str = "";

/// One version of a file's results.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScanVersion {
    /// Local time, `20260419_153631_123456`; [`BEFORE_HISTORY`] for the rows that have none.
    pub timestamp: String,
    /// The N of `[vN]`: counts up per file, profile and model, and is never given twice. 0 before history.
    pub number: u32,
    /// How many regions it has, disabled ones included.
    pub regions: usize,
    /// 0 to 1; `None` when it has no regions.
    pub best_score: Option<f32>,
    /// Version of the classifier that found them; `None` when 8-cut scanned.
    pub classifier: Option<u32>,
    pub classifier_id: Option<ClassifierId>,
    /// The score at which the regions were cut.
    pub threshold: Option<f32>,
    /// Pruning passes it by.
    pub pinned: bool,
    /// Where the recording was.
    #[serde(serialize_with = "crate::platform::serialize_optional_path")]
    pub source_path: Option<PathBuf>,
}

/// What a new version is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedScan {
    pub timestamp: String,
    /// The N of `[vN]`.
    pub number: u32,
}

/// What versions are counted by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key<'a> {
    pub filename: &'a str,
    pub profile: &'a str,
    pub model: &'a str,
}

const COUNTED: &str = "SELECT scan_timestamp, COUNT(*), MAX(score) FROM scan_results
     WHERE profile = ?1 AND filename = ?2 AND model = ?3 GROUP BY scan_timestamp";
/// From timestamp to timestamp by the index, in the columns of [`COUNTED`]: a version's thousand rows are one step.
const UNCOUNTED: &str = "WITH RECURSIVE found (scan_timestamp) AS (
         SELECT MIN(scan_timestamp) FROM scan_results
         WHERE profile = ?1 AND filename = ?2 AND model = ?3
         UNION ALL
         SELECT (SELECT MIN(r.scan_timestamp) FROM scan_results r
                 WHERE r.profile = ?1 AND r.filename = ?2 AND r.model = ?3
                     AND r.scan_timestamp > found.scan_timestamp)
         FROM found WHERE found.scan_timestamp IS NOT NULL)
     SELECT scan_timestamp, 0, NULL FROM found WHERE scan_timestamp IS NOT NULL";
const PROVENANCE: &str = "SELECT s.scan_timestamp, s.number, s.region_count, s.threshold, s.pinned,
         s.source_path, s.classifier_id, c.version
     FROM scans s LEFT JOIN classifiers c ON c.id = s.classifier_id
     WHERE s.profile = ?1 AND s.filename = ?2 AND s.model = ?3";
const NEXT_NUMBER: &str =
    "INSERT INTO scan_serials (profile, filename, model, last_number) VALUES (?1, ?2, ?3, 1)
     ON CONFLICT (profile, filename, model) DO UPDATE SET last_number = last_number + 1
     RETURNING last_number";
const ADD_STRAY: &str = "INSERT INTO scans (profile, filename, model, scan_timestamp, number) VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT (profile, filename, model, scan_timestamp) DO UPDATE SET number = excluded.number";
const DELETE_REGIONS: &str = "DELETE FROM scan_results
     WHERE profile = ?1 AND filename = ?2 AND model = ?3 AND scan_timestamp = ?4";
const DELETE_SCAN: &str = "DELETE FROM scans
     WHERE profile = ?1 AND filename = ?2 AND model = ?3 AND scan_timestamp = ?4";
const PIN: &str = "UPDATE scans SET pinned = ?5
     WHERE profile = ?1 AND filename = ?2 AND model = ?3 AND scan_timestamp = ?4";
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    COUNTED,
    UNCOUNTED,
    PROVENANCE,
    DELETE_REGIONS,
    DELETE_SCAN,
    PIN,
];

impl ScanVersion {
    /// A version of which only this is known.
    fn bare(timestamp: String) -> Self {
        Self {
            timestamp,
            number: 0,
            regions: 0,
            best_score: None,
            classifier: None,
            classifier_id: None,
            threshold: None,
            pinned: false,
            source_path: None,
        }
    }

    /// Whether 8-cut wrote it, and it has no number yet.
    fn is_stray(&self) -> bool {
        self.number == 0 && self.timestamp != BEFORE_HISTORY
    }
}

impl Store {
    /// The versions of a file's results by `model`, newest first. The first one is active.
    ///
    /// # Errors
    /// When the database cannot be read, or a version of 8-cut's cannot be given its number.
    pub fn versions(
        &self,
        filename: &str,
        profile: &str,
        model: &str,
    ) -> Result<Vec<ScanVersion>, StoreError> {
        let key = Key {
            filename,
            profile,
            model,
        };
        let found = self.read(|db| load(db, key))?;
        if found.has_strays() {
            return self.write(|tx| {
                number_strays(tx, key)?;
                Ok(load(tx, key)?.versions)
            });
        }
        Ok(found.versions)
    }

    /// Keeps pruning away from a version, or lets it near again. Returns whether there is such a version.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_pinned(
        &mut self,
        filename: &str,
        profile: &str,
        model: &str,
        timestamp: &str,
        pinned: bool,
    ) -> Result<bool, StoreError> {
        self.write(|tx| {
            number_strays(
                tx,
                Key {
                    filename,
                    profile,
                    model,
                },
            )?;
            let changed = tx
                .prepare_cached(PIN)?
                .execute((profile, filename, model, timestamp, pinned))?;
            Ok(changed > 0)
        })
    }
}

/// Timestamps of all but the newest `keep` (at least one) of those of `versions` that are not pinned.
pub(super) fn beyond(versions: &[ScanVersion], keep: usize) -> impl Iterator<Item = &str> {
    let unpinned = versions.iter().filter(|version| !version.pinned);
    unpinned
        .skip(keep.max(1))
        .map(|version| version.timestamp.as_str())
}

/// What the database holds under one key.
pub(super) struct Found {
    /// Newest first.
    pub versions: Vec<ScanVersion>,
    /// Timestamps of `scans` rows whose regions 8-cut has pruned.
    pub remains: Vec<String>,
}

impl Found {
    fn has_strays(&self) -> bool {
        self.versions.iter().any(ScanVersion::is_stray)
    }

    /// As if the version had been there, too.
    pub fn add_newest(&mut self, saved: &SavedScan) {
        let version = ScanVersion {
            number: saved.number,
            ..ScanVersion::bare(saved.timestamp.clone())
        };
        self.versions.insert(0, version);
    }
}

pub(super) fn load(db: &Connection, key: Key<'_>) -> rusqlite::Result<Found> {
    load_by(db, COUNTED, key)
}

/// As [`load`], but no version says how many regions it has nor how good they are, for which every region would be read.
pub(super) fn load_uncounted(db: &Connection, key: Key<'_>) -> rusqlite::Result<Found> {
    load_by(db, UNCOUNTED, key)
}

fn load_by(db: &Connection, with_regions: &str, key: Key<'_>) -> rusqlite::Result<Found> {
    let key = (key.profile, key.filename, key.model);
    let with_regions = all(db, with_regions, key, |row| {
        Ok(ScanVersion {
            regions: usize_from(row.get(1)?),
            best_score: row.get(2)?,
            ..ScanVersion::bare(row.get(0)?)
        })
    })?;
    let mut versions: BTreeMap<String, ScanVersion> = with_regions
        .into_iter()
        .map(|version| (version.timestamp.clone(), version))
        .collect();

    let mut remains = Vec::new();
    let mut statement = db.prepare_cached(PROVENANCE)?;
    let mut rows = statement.query(key)?;
    while let Some(row) = rows.next()? {
        let Some(timestamp) = readable::<String>(row, 0) else {
            continue;
        };
        let region_count: Option<i64> = readable(row, 2);
        // What cannot be read may have been pinned.
        let pinned = readable(row, 4).unwrap_or(true);
        if !versions.contains_key(&timestamp) && region_count != Some(0) && !pinned {
            remains.push(timestamp);
            continue;
        }
        let version = versions
            .entry(timestamp.clone())
            .or_insert_with(|| ScanVersion::bare(timestamp));
        version.number = readable(row, 1).unwrap_or(0);
        version.threshold = readable(row, 3);
        version.pinned = pinned;
        version.source_path = readable(row, 5).and_then(path_from);
        version.classifier_id = readable(row, 6);
        version.classifier = readable(row, 7);
    }
    Ok(Found {
        versions: versions.into_values().rev().collect(),
        remains,
    })
}

/// Gives the versions that 8-cut wrote since the last time their numbers, the oldest first. Returns all versions, uncounted.
pub(super) fn number_strays(tx: &Tx<'_>, key: Key<'_>) -> rusqlite::Result<Found> {
    let mut found = load_uncounted(tx, key)?;
    for version in found.versions.iter_mut().rev() {
        if version.is_stray() {
            version.number = next_number(tx, key)?;
            enter(tx, key, &version.timestamp, version.number)?;
        }
    }
    Ok(found)
}

/// Timestamp and number for a version that is about to be inserted beside what was `found`.
pub(super) fn next_version(
    tx: &Tx<'_>,
    key: Key<'_>,
    found: &Found,
) -> rusqlite::Result<SavedScan> {
    // Remains count too: their rows still hold their timestamp in `scans`.
    let newest = found
        .versions
        .first()
        .map(|version| version.timestamp.as_str());
    let newest = newest.max(found.remains.iter().map(String::as_str).max());
    let timestamp = clock::scan_timestamp_after(newest);
    Ok(SavedScan {
        timestamp,
        number: next_number(tx, key)?,
    })
}

/// Enters a version of which only the number is known.
pub(super) fn enter(
    tx: &Tx<'_>,
    key: Key<'_>,
    timestamp: &str,
    number: u32,
) -> rusqlite::Result<()> {
    tx.prepare_cached(ADD_STRAY)?.execute((
        key.profile,
        key.filename,
        key.model,
        timestamp,
        number,
    ))?;
    Ok(())
}

fn next_number(tx: &Tx<'_>, key: Key<'_>) -> rusqlite::Result<u32> {
    tx.prepare_cached(NEXT_NUMBER)?
        .query_row((key.profile, key.filename, key.model), |row| row.get(0))
}

pub(super) fn delete(tx: &Tx<'_>, key: Key<'_>, timestamp: &str) -> rusqlite::Result<bool> {
    let key = (key.profile, key.filename, key.model, timestamp);
    let regions = tx.prepare_cached(DELETE_REGIONS)?.execute(key)?;
    let scans = tx.prepare_cached(DELETE_SCAN)?.execute(key)?;
    Ok(regions + scans > 0)
}
