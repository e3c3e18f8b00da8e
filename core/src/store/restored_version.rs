//! Making an older version the active one again, and deleting one.

use super::versions::{self, Key};
use super::{SavedScan, Store, StoreError, scans};

/// What restoring a version did.
#[derive(Debug, Clone, PartialEq)]
pub struct RestoredVersion {
    /// What the copy is called.
    pub saved: SavedScan,
    /// Timestamps of the versions that were deleted to make room, newest first.
    pub pruned: Vec<String>,
}

const COPY_REGIONS: &str =
    "INSERT INTO scan_results (filename, profile, model, start_time, end_time,
         score, disabled, orig_start_time, orig_end_time, scan_timestamp)
     SELECT filename, profile, model, start_time, end_time, score, disabled, orig_start_time,
         orig_end_time, ?5
     FROM scan_results
     WHERE profile = ?1 AND filename = ?2 AND model = ?3 AND scan_timestamp = ?4
     ORDER BY start_time";
const COPY_SCAN: &str =
    "INSERT INTO scans (profile, filename, model, scan_timestamp, number, source_path,
         region_count, threshold, classifier_id, hop_s, window_s, scores, edges)
     SELECT profile, filename, model, ?5, ?6, source_path, ?7, threshold, classifier_id,
         hop_s, window_s, scores, edges
     FROM scans
     WHERE profile = ?1 AND filename = ?2 AND model = ?3 AND scan_timestamp = ?4";
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[COPY_REGIONS, COPY_SCAN];

impl Store {
    /// Makes an older version the active one again by saving a copy of it, edits included, as the newest; then prunes
    /// to `keep` as a scan does. `None` when there is no such version.
    ///
    /// # Errors
    /// When the database cannot be written; then nothing has changed.
    pub fn restore_version(
        &mut self,
        filename: &str,
        profile: &str,
        model: &str,
        timestamp: &str,
        keep: usize,
    ) -> Result<Option<RestoredVersion>, StoreError> {
        let key = Key {
            filename,
            profile,
            model,
        };
        self.write(|tx| {
            let mut found = versions::number_strays(tx, key)?;
            if !found
                .versions
                .iter()
                .any(|version| version.timestamp == timestamp)
            {
                return Ok(None);
            }
            let saved = versions::next_version(tx, key, &found)?;
            let (copy, old) = (saved.timestamp.as_str(), timestamp);
            // Counted, not copied: 8-cut may have deleted the rows of a pinned version.
            let regions = tx
                .prepare_cached(COPY_REGIONS)?
                .execute((profile, filename, model, old, copy))?;
            let copied = tx.prepare_cached(COPY_SCAN)?.execute((
                profile,
                filename,
                model,
                old,
                copy,
                saved.number,
                scans::region_count(regions),
            ))?;
            if copied == 0 {
                // Rows from before history have no provenance to copy.
                versions::enter(tx, key, copy, saved.number)?;
            }
            found.add_newest(&saved);
            let mut pruned = Vec::new();
            for superfluous in scans::superfluous(tx, key, &found.versions, keep)? {
                versions::delete(tx, key, superfluous)?;
                pruned.push(superfluous.to_owned());
            }
            Ok(Some(RestoredVersion { saved, pruned }))
        })
    }

    /// Deletes a version with its regions, pinned or not. Returns whether there was one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn delete_version(
        &mut self,
        filename: &str,
        profile: &str,
        model: &str,
        timestamp: &str,
    ) -> Result<bool, StoreError> {
        let key = Key {
            filename,
            profile,
            model,
        };
        self.write(|tx| versions::delete(tx, key, timestamp))
    }
}
