//! Results of the tasks of a cluster, saved as versions once each.

use super::recordings::{self, FoundFile};
use super::scans::{self, NewScan};
use super::{ClassifierId, Store, StoreError, clock};
use crate::scan::{ScoredSpan, WindowScores};

/// What one task found of one sound in one file.
#[derive(Debug, Clone)]
pub struct MergedResult {
    /// What tells it from every other result, of every profile.
    pub id: [u8; 32],
    pub file: FoundFile,
    pub model: String,
    pub classifier: ClassifierId,
    /// The score at which the regions were cut, 0 to 1.
    pub threshold: f32,
    pub regions: Vec<ScoredSpan>,
    pub scores: WindowScores,
}

/// How much a call has saved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Merged {
    pub versions: u64,
    pub regions: u64,
}

const NOTE: &str =
    "INSERT INTO merged_results (id, merged_at) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING";

impl Store {
    /// Saves each of `results` as the newest version of its recording, in one transaction. What was merged before is passed over, unless it
    /// is wanted `again`. Of each recording's versions the newest `keep` stay, as after a scan.
    ///
    /// # Errors
    /// When the database cannot be written; then none of them is saved.
    pub fn merge_results(
        &mut self,
        profile: &str,
        results: &[MergedResult],
        again: bool,
        keep: usize,
    ) -> Result<Merged, StoreError> {
        let now = clock::local_now();
        self.write(|tx| {
            let mut merged = Merged::default();
            for result in results {
                let is_new = tx.prepare_cached(NOTE)?.execute((&result.id[..], &now))? > 0;
                if !is_new && !again {
                    continue;
                }
                let file = recordings::enter(tx, &result.file)?;
                let scan = NewScan {
                    filename: &file.name,
                    source_path: &file.path,
                    profile,
                    model: &result.model,
                    regions: &result.regions,
                    scores: &result.scores,
                    threshold: result.threshold,
                    classifier: Some(result.classifier),
                };
                scans::save(tx, &scan, keep)?;
                merged.versions += 1;
                merged.regions += result.regions.len() as u64;
            }
            Ok(merged)
        })
    }
}
