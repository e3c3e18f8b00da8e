//! Saves a scan as a new version, deletes old versions, and lists what has been scanned.

use std::path::{Path, PathBuf};
use std::slice;
use std::sync::LazyLock;

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::rows::{all, path_from, path_text};
use super::versions::{self, Key, ScanVersion};
use super::{ClassifierId, SavedScan, Store, StoreError, Tx, edits};
use crate::scan::{FittedEdges, ScoredSpan, WindowScores};

/// The outcome of one run of a classifier over one file.
#[derive(Debug, Clone, Copy)]
pub struct NewScan<'a> {
    pub filename: &'a str,
    pub source_path: &'a Path,
    pub profile: &'a str,
    pub model: &'a str,
    /// May be empty: having found nothing is a result.
    pub regions: &'a [ScoredSpan],
    /// What the regions were cut from; kept so that another threshold needs no other scan.
    pub scores: &'a WindowScores,
    /// The score at which the regions were cut, 0 to 1.
    pub threshold: f32,
    pub classifier: Option<ClassifierId>,
}

/// A version's scores, and how they became its regions.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredVersion {
    pub timestamp: String,
    pub classifier: ClassifierId,
    /// The score at which the regions were cut, 0 to 1.
    pub threshold: f32,
    pub scores: WindowScores,
}

/// SQLite inserts so many regions by one statement in half the time that as many statements take.
const REGIONS_AT_ONCE: usize = 50;
static INSERT_REGIONS: LazyLock<String> = LazyLock::new(|| insertion(REGIONS_AT_ONCE));
static INSERT_REGION: LazyLock<String> = LazyLock::new(|| insertion(1));

/// Parameters: file, profile, model and timestamp, then start, end and score of each region.
fn insertion(regions: usize) -> String {
    let rows = (0..regions).map(|region| {
        let start = 5 + 3 * region;
        let (end, score) = (start + 1, start + 2);
        format!("(?1, ?2, ?3, ?4, ?{start}, ?{end}, ?{score}, ?{start}, ?{end})")
    });
    format!(
        "INSERT INTO scan_results (filename, profile, model, scan_timestamp,
             start_time, end_time, score, orig_start_time, orig_end_time)
         VALUES {}",
        rows.collect::<Vec<_>>().join(", ")
    )
}

const INSERT_SCAN: &str =
    "INSERT INTO scans (profile, filename, model, scan_timestamp, number, source_path,
         region_count, threshold, classifier_id, hop_s, window_s, scores, edges)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
const SCORES: &str = "SELECT hop_s, window_s, scores, edges FROM scans
     WHERE profile = ?1 AND filename = ?2 AND model = ?3 AND scan_timestamp = ?4
         AND hop_s > 0 AND window_s > 0 AND scores IS NOT NULL";
const ALL_SCORES: &str =
    "SELECT hop_s, window_s, scores, edges, scan_timestamp, classifier_id, threshold FROM scans
     WHERE profile = ?1 AND filename = ?2 AND model = ?3
         AND hop_s > 0 AND window_s > 0 AND scores IS NOT NULL
         AND classifier_id IS NOT NULL AND threshold IS NOT NULL
     ORDER BY scan_timestamp DESC";

/// From model to model by the index: a version's thousand rows are one step.
const MODELS_WITH_REGIONS: &str = "WITH RECURSIVE found (model) AS (
         SELECT MIN(model) FROM scan_results WHERE profile = ?1 AND filename = ?2
         UNION ALL
         SELECT (SELECT MIN(r.model) FROM scan_results r
                 WHERE r.profile = ?1 AND r.filename = ?2 AND r.model > found.model)
         FROM found WHERE found.model IS NOT NULL)
     SELECT model FROM found WHERE model IS NOT NULL
     UNION
     SELECT model FROM scans
     WHERE profile = ?1 AND filename = ?2 AND (region_count = 0 OR pinned)
     ORDER BY model";
const FILES_WITH_REGIONS: &str = "WITH RECURSIVE found (filename) AS (
         SELECT MIN(filename) FROM scan_results WHERE profile = ?1
         UNION ALL
         SELECT (SELECT MIN(r.filename) FROM scan_results r
                 WHERE r.profile = ?1 AND r.filename > found.filename)
         FROM found WHERE found.filename IS NOT NULL),
     scanned AS (
         SELECT filename FROM found WHERE filename IS NOT NULL
         UNION
         SELECT filename FROM scans WHERE profile = ?1 AND (region_count = 0 OR pinned))
     SELECT filename,
         COALESCE(
             (SELECT s.source_path FROM scans s
              WHERE s.profile = ?1 AND s.filename = scanned.filename AND s.source_path <> ''
              ORDER BY s.scan_timestamp DESC LIMIT 1),
             (SELECT p.source_path FROM processed p
              WHERE p.profile = ?1 AND p.filename = scanned.filename AND p.source_path <> ''
              ORDER BY p.id DESC LIMIT 1),
             '')
     FROM scanned ORDER BY filename";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] =
    &[SCORES, ALL_SCORES, MODELS_WITH_REGIONS, FILES_WITH_REGIONS];

impl Store {
    /// Saves a scan as the newest version and deletes all but the newest `keep` (at least the new one). Pinned versions
    /// are never deleted and take up none of the places; nor are those deleted in which a hand changed a region. Rows from
    /// before history are the oldest version.
    ///
    /// # Errors
    /// When the database cannot be written; then no part of the scan is saved.
    pub fn save_scan(&mut self, scan: &NewScan<'_>, keep: usize) -> Result<SavedScan, StoreError> {
        self.write(|tx| save(tx, scan, keep))
    }

    /// Models that have results for the file, in alphabetical order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn models_with_results(
        &self,
        filename: &str,
        profile: &str,
    ) -> Result<Vec<String>, StoreError> {
        self.read(|db| {
            all(db, MODELS_WITH_REGIONS, (profile, filename), |row| {
                row.get(0)
            })
        })
    }

    /// Files with results in `profile`, in alphabetical order, each with where its recording was last seen.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn scanned_files(
        &self,
        profile: &str,
    ) -> Result<Vec<(String, Option<PathBuf>)>, StoreError> {
        self.read(|db| {
            all(db, FILES_WITH_REGIONS, [profile], |row| {
                Ok((row.get(0)?, path_from(row.get(1)?)))
            })
        })
    }

    /// Those of all `versions` of a file's results that are kept only because the user edited them, by timestamp: neither
    /// pinned nor among the newest `keep`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn kept_for_edits(
        &self,
        filename: &str,
        profile: &str,
        model: &str,
        versions: &[ScanVersion],
        keep: usize,
    ) -> Result<Vec<String>, StoreError> {
        let key = Key {
            filename,
            profile,
            model,
        };
        self.read(|db| edited_beyond(db, key, versions, keep))
    }

    /// How many versions are kept only because the user edited them: neither pinned nor among the newest `keep`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn versions_kept_for_edits(&self, keep: usize) -> Result<usize, StoreError> {
        self.read(|db| {
            let mut kept = 0;
            for [profile, filename, model] in &edits::edited_results(db)? {
                let key = Key {
                    filename,
                    profile,
                    model,
                };
                let versions = versions::load_uncounted(db, key)?.versions;
                kept += edited_beyond(db, key, &versions, keep)?.len();
            }
            Ok(kept)
        })
    }

    /// The per-window scores of a version; `None` when it has none (8-cut's have none) or is not there.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn scores(
        &self,
        filename: &str,
        profile: &str,
        model: &str,
        timestamp: &str,
    ) -> Result<Option<WindowScores>, StoreError> {
        self.read(|db| {
            db.prepare_cached(SCORES)?
                .query_row((profile, filename, model, timestamp), scores_of)
                .optional()
        })
    }

    /// The scores of every version of a file's results that a known classifier made, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn scored_versions(
        &self,
        filename: &str,
        profile: &str,
        model: &str,
    ) -> Result<Vec<ScoredVersion>, StoreError> {
        self.read(|db| {
            all(db, ALL_SCORES, (profile, filename, model), |row| {
                Ok(ScoredVersion {
                    scores: scores_of(row)?,
                    timestamp: row.get(4)?,
                    classifier: row.get(5)?,
                    threshold: row.get(6)?,
                })
            })
        })
    }
}

/// Saves a scan as the newest version and deletes what is superfluous then.
pub(super) fn save(tx: &Tx<'_>, scan: &NewScan<'_>, keep: usize) -> rusqlite::Result<SavedScan> {
    let NewScan {
        filename,
        profile,
        model,
        ..
    } = *scan;
    let key = Key {
        filename,
        profile,
        model,
    };
    let mut found = versions::number_strays(tx, key)?;
    let saved = versions::next_version(tx, key, &found)?;
    found.add_newest(&saved);
    // First, so that the new regions take the places of the old ones, which SQLite has at hand.
    prune(tx, key, &found, keep)?;
    insert_regions(tx, key, &saved.timestamp, scan.regions)?;
    tx.prepare_cached(INSERT_SCAN)?.execute((
        profile,
        filename,
        model,
        &saved.timestamp,
        saved.number,
        path_text(scan.source_path),
        region_count(scan.regions.len()),
        scan.threshold,
        scan.classifier,
        scan.scores.hop_s,
        scan.scores.window_s,
        bytes_of(&scan.scores.scores),
        scan.scores.edges.to_bytes(),
    ))?;
    Ok(saved)
}

/// As the column `region_count` has it.
pub(super) fn region_count(regions: usize) -> i64 {
    i64::try_from(regions).unwrap_or(i64::MAX)
}

pub(super) fn insert_regions(
    tx: &Tx<'_>,
    key: Key<'_>,
    timestamp: &str,
    regions: &[ScoredSpan],
) -> rusqlite::Result<()> {
    let (chunks, rest) = regions.as_chunks::<REGIONS_AT_ONCE>();
    for chunk in chunks {
        insert_at_once(tx, &INSERT_REGIONS, key, timestamp, chunk)?;
    }
    for region in rest {
        insert_at_once(tx, &INSERT_REGION, key, timestamp, slice::from_ref(region))?;
    }
    Ok(())
}

fn insert_at_once(
    tx: &Tx<'_>,
    insertion: &str,
    key: Key<'_>,
    timestamp: &str,
    regions: &[ScoredSpan],
) -> rusqlite::Result<()> {
    let mut insert = tx.prepare_cached(insertion)?;
    for (value, place) in [key.filename, key.profile, key.model, timestamp]
        .iter()
        .zip(1..)
    {
        insert.raw_bind_parameter(place, value)?;
    }
    let mut place = 5..;
    for ScoredSpan { span, score } in regions {
        for (value, place) in [span.start_s(), span.end_s(), f64::from(*score)]
            .iter()
            .zip(&mut place)
        {
            insert.raw_bind_parameter(place, value)?;
        }
    }
    insert.raw_execute()?;
    Ok(())
}

/// Deletes those of the versions `found` that are [`superfluous`], and what 8-cut's own pruning left in `scans`.
fn prune(tx: &Tx<'_>, key: Key<'_>, found: &versions::Found, keep: usize) -> rusqlite::Result<()> {
    for timestamp in superfluous(tx, key, &found.versions, keep)? {
        versions::delete(tx, key, timestamp)?;
    }
    for timestamp in &found.remains {
        versions::delete(tx, key, timestamp)?;
    }
    Ok(())
}

/// The versions that pruning deletes, by timestamp: all but the newest `keep` (at least one), without those that
/// somebody pinned or edited. A pinned one takes up none of the places.
pub(super) fn superfluous<'a>(
    db: &Connection,
    key: Key<'_>,
    versions: &'a [ScanVersion],
    keep: usize,
) -> rusqlite::Result<Vec<&'a str>> {
    let mut superfluous = Vec::new();
    for timestamp in versions::beyond(versions, keep) {
        if !edits::has_edits(db, key, timestamp)? {
            superfluous.push(timestamp);
        }
    }
    Ok(superfluous)
}

fn edited_beyond(
    db: &Connection,
    key: Key<'_>,
    versions: &[ScanVersion],
    keep: usize,
) -> rusqlite::Result<Vec<String>> {
    let mut edited = Vec::new();
    for timestamp in versions::beyond(versions, keep) {
        if edits::has_edits(db, key, timestamp)? {
            edited.push(timestamp.to_owned());
        }
    }
    Ok(edited)
}

fn bytes_of(scores: &[f32]) -> Vec<u8> {
    let bytes: Vec<[u8; 4]> = scores.iter().map(|score| score.to_le_bytes()).collect();
    bytes.into_flattened()
}

/// From the first four columns. Scans of earlier programs have no edges.
fn scores_of(row: &Row<'_>) -> rusqlite::Result<WindowScores> {
    Ok(WindowScores {
        hop_s: row.get(0)?,
        window_s: row.get(1)?,
        scores: scores_from(row.get_ref(2)?.as_blob().unwrap_or_default()),
        edges: FittedEdges::from_bytes(row.get_ref(3)?.as_blob().unwrap_or_default()),
    })
}

fn scores_from(bytes: &[u8]) -> Vec<f32> {
    bytes
        .as_chunks()
        .0
        .iter()
        .map(|&four| f32::from_le_bytes(four))
        .collect()
}
