//! What is judged in one recording, and what each saved version says of it.

use std::collections::BTreeMap;

use crate::scan::MarkCheck;
use crate::store::{
    ClassifierRow, Clip, HardNegative, ScoredVersion, Store, StoreError, UNSAID_LENGTH_S,
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
