//! Proof of learning: what each version, and each classifier, says of what was judged.
//!
//! From the scores kept with the versions, so nothing is computed anew; a classifier whose versions were all pruned has no
//! proof any more.

use std::collections::{BTreeMap, HashSet};

use super::review::UNSAID_LENGTH_S;
use crate::scan::MarkCheck;
use crate::store::{
    ClassifierId, ClassifierRow, Clip, HardNegative, ScoredVersion, Store, StoreError,
};

/// What is judged in one recording.
#[derive(Debug, Clone, Default)]
pub struct Judged {
    pub negatives: Vec<HardNegative>,
    pub clips: Vec<Clip>,
}

impl Judged {
    /// Adds to `check` what `version` of `filename` says, as one that looks for `classes`.
    fn add_to(
        &self,
        check: &mut MarkCheck,
        filename: &str,
        version: &ScoredVersion,
        classes: &[String],
    ) {
        let negatives = self.negatives.iter();
        let clips = self.clips.iter().filter(|clip| {
            let class = clip.class().unwrap_or_default();
            classes.iter().any(|known| known == class)
        });
        check.add(
            filename,
            &version.scores,
            version.threshold,
            negatives.filter_map(|negative| negative.span(UNSAID_LENGTH_S)),
            clips.map(|clip| clip.span),
        );
    }
}

/// What each version of `filename` that has scores says of what is judged there, by timestamp.
///
/// # Errors
/// When the database cannot be read.
pub fn of_versions(
    store: &Store,
    filename: &str,
    profile: &str,
    model: &str,
    judged: &Judged,
    classifiers: &[ClassifierRow],
) -> Result<BTreeMap<String, MarkCheck>, StoreError> {
    if judged.negatives.is_empty() && judged.clips.is_empty() {
        return Ok(BTreeMap::new());
    }
    let versions = store.scored_versions(filename, profile, model)?;
    let checks = versions.into_iter().filter_map(|version| {
        let by = classifiers
            .iter()
            .find(|row| row.id == version.classifier)?;
        let mut check = MarkCheck::default();
        judged.add_to(&mut check, filename, &version, &by.classes);
        (!check.is_empty()).then_some((version.timestamp, check))
    });
    Ok(checks.collect())
}

/// What each of `classifiers` says of all that is judged in the profile, by its newest version of each recording.
///
/// # Errors
/// When the database cannot be read.
pub fn of_classifiers(
    store: &Store,
    profile: &str,
    model: &str,
    classifiers: &[ClassifierRow],
) -> Result<BTreeMap<ClassifierId, MarkCheck>, StoreError> {
    let mut judged: BTreeMap<String, Judged> = BTreeMap::new();
    for negative in store.negatives(profile, None)? {
        let filename = negative.filename.clone();
        judged.entry(filename).or_default().negatives.push(negative);
    }
    let clips = store.clips(profile, None)?.into_iter();
    // Nobody has listened to what was exported unseen.
    for clip in clips.filter(|clip| !clip.scan_export) {
        let filename = clip.filename.clone();
        judged.entry(filename).or_default().clips.push(clip);
    }
    let mut checks: BTreeMap<ClassifierId, MarkCheck> = BTreeMap::new();
    for (filename, judged) in &judged {
        let mut seen = HashSet::new();
        for version in store.scored_versions(filename, profile, model)? {
            let by = classifiers.iter().find(|row| row.id == version.classifier);
            let Some(by) = by.filter(|row| seen.insert(row.id)) else {
                continue;
            };
            let check = checks.entry(by.id).or_default();
            judged.add_to(check, filename, &version, &by.classes);
        }
    }
    checks.retain(|_, check| !check.is_empty());
    Ok(checks)
}
