//! Results into the database, as versions, some hundred files in a transaction. Blocks on the disk.

use sha2::{Digest, Sha256};

use super::{MergeError, MergeReport, each_result};
use crate::job::JobControl;
use crate::platform::path_of;
use crate::settings::versions_kept;
use crate::shard::{FileResult, Found, PlannedSound, Plans, ScannedFile, ShardFolder};
use crate::store::{ClassifierId, FoundFile, MergedResult, StoreHandle};

/// A transaction is made when one of these is reached, so that other writers wait for a fraction of a second and memory is bounded.
const MOST_VERSIONS: usize = 256;
const MOST_REGIONS: usize = 20_000;
const MOST_SCORES: usize = 2_000_000;

/// Merges every usable result of `folder` into the profile; those that were merged before only if they are wanted `again`.
/// `classifiers` are the rows of the plan's sounds, in order.
///
/// # Errors
/// When the plan or the database cannot be used; what was merged by then stays merged.
pub fn into_database(
    store: &StoreHandle,
    profile: &str,
    folder: &ShardFolder,
    plans: &mut Plans,
    classifiers: &[ClassifierId],
    again: bool,
    job: &JobControl,
) -> Result<MergeReport, MergeError> {
    let mut report = MergeReport::default();
    // Several sounds of one model are versions of the same results: none may push the other out.
    let keep = store
        .with(|store| versions_kept(store))?
        .max(classifiers.len());
    let mut batch = Batch {
        store,
        profile,
        again,
        keep,
        waiting: Vec::new(),
        regions: 0,
        scores: 0,
    };
    each_result(folder, plans, job, &mut report, &mut |result, report| {
        batch.add(result, classifiers);
        match batch.is_full() {
            true => batch.save(report),
            false => Ok(()),
        }
    })?;
    batch.save(&mut report)?;
    Ok(report)
}

struct Batch<'a> {
    store: &'a StoreHandle,
    profile: &'a str,
    again: bool,
    keep: usize,
    waiting: Vec<MergedResult>,
    regions: usize,
    scores: usize,
}

impl Batch<'_> {
    fn add(&mut self, result: FileResult, classifiers: &[ClassifierId]) {
        let FileResult { file, found } = result;
        for ((sound, found), classifier) in file.sounds.iter().zip(found).zip(classifiers) {
            let Found { scores, regions } = found;
            self.regions += regions.len();
            self.scores += scores.scores.len();
            self.waiting.push(MergedResult {
                id: identity(self.profile, &file, sound),
                file: FoundFile::said(
                    path_of(file.path.clone()),
                    path_of(file.real_path.clone()),
                    file.content.clone(),
                ),
                model: sound.model.clone(),
                classifier: *classifier,
                threshold: sound.threshold,
                regions,
                scores,
            });
        }
    }

    fn is_full(&self) -> bool {
        self.waiting.len() >= MOST_VERSIONS
            || self.regions >= MOST_REGIONS
            || self.scores >= MOST_SCORES
    }

    fn save(&mut self, report: &mut MergeReport) -> Result<(), MergeError> {
        let waiting = std::mem::take(&mut self.waiting);
        (self.regions, self.scores) = (0, 0);
        if waiting.is_empty() {
            return Ok(());
        }
        let merged = self
            .store
            .with(|store| store.merge_results(self.profile, &waiting, self.again, self.keep))?;
        report.merged += merged.versions;
        report.regions += merged.regions;
        report.merged_before += waiting.len() as u64 - merged.versions;
        Ok(())
    }
}

/// What tells one result from every other, for one profile.
fn identity(profile: &str, file: &ScannedFile, sound: &PlannedSound) -> [u8; 32] {
    let mut digest = Sha256::new();
    let numbers = [
        file.state.size_bytes.to_le_bytes(),
        file.state.modified_ns.to_le_bytes(),
        f64::from(sound.threshold).to_le_bytes(),
        sound.fuse_gap_s.to_le_bytes(),
        sound.min_length_s.to_le_bytes(),
    ];
    let texts = [
        profile,
        &file.path,
        &file.content,
        &sound.model,
        &sound.model_sha256,
        &sound.classifier,
    ];
    for text in texts {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text.as_bytes());
    }
    digest.update(numbers.concat());
    digest.finalize().into()
}
