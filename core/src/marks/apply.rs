//! One change inside one transaction: the state that it names, brought about.

use super::clip_files::ClipFiles;
use super::{judging, profiles, regions, versions};
use crate::protocol::{Change, EngineError, MarkId, Target};
use crate::store::{
    Clip, ClipId, HardNegative, NegativeId, ProfileRows, StoreTransaction, UnsureId, UnsureMark,
};

/// What a change did, in words and rows.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Completes "Undid …": `marking 2 regions as not this sound`.
    pub label: String,
    /// What the status line says; `None` when there is nothing to say.
    pub message: Option<String>,
    pub added: Added,
    /// The classifier that was the newest before another one took its place.
    pub(super) classifier_before: Option<u32>,
    /// What there is in the profile that was made or deleted.
    pub(super) profile_rows: Option<ProfileRows>,
}

/// The rows of marks that a change made.
#[derive(Debug, Default)]
pub enum Added {
    #[default]
    Nothing,
    Negatives(Vec<HardNegative>),
    Clips(Vec<Clip>),
    Unsure(Vec<UnsureMark>),
}

impl Outcome {
    pub(super) fn labelled(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            ..Self::default()
        }
    }

    pub(super) fn saying(self, message: impl Into<Option<String>>) -> Self {
        Self {
            message: message.into(),
            ..self
        }
    }
}

/// Brings about the state that `change` names. Where it is so already, nothing changes. `clips` are the files that
/// [`ClipFiles::write_for`] wrote for it. `is_same_file` says whether the identities in the change are from the database
/// that is open.
///
/// # Errors
/// When what is to be changed is gone, or the database refuses. The caller rolls the transaction back.
pub fn apply(
    tx: &mut StoreTransaction<'_>,
    change: &Change,
    clips: &ClipFiles,
    is_same_file: bool,
) -> Result<Outcome, EngineError> {
    match &change.target {
        Target::Marked {
            kind,
            spans,
            marked,
        } => judging::mark(tx, change, clips, (kind, spans, *marked)),
        Target::Disabled {
            regions,
            disabled,
            removed,
        } => {
            let mut outcome = Outcome::default();
            if !regions.is_empty() {
                let seen = regions::Seen::new(change, regions, is_same_file);
                outcome = regions::disable(tx, &seen, *disabled)?;
            }
            if !removed.is_empty() {
                only_in(is_same_file, "the mark")?;
                let removal = remove_marks(tx, removed)?;
                outcome.label = match outcome.label.as_str() {
                    "" => removal,
                    label => format!("{label} and {removal}"),
                };
            }
            Ok(outcome)
        }
        Target::Merged { regions } => {
            regions::merge(tx, &regions::Seen::new(change, regions, is_same_file))
        }
        Target::Resized { region, span } => {
            let seen = std::slice::from_ref(region);
            regions::resize(tx, &regions::Seen::new(change, seen, is_same_file), *span)
        }
        Target::NegativesRemoved { negatives } => {
            let ids = judging::still_there(tx, change, negatives, is_same_file)?;
            let removed = tx.remove_negatives(&ids)?.len();
            let removed = super::counted(removed, "hard negative");
            Ok(Outcome::labelled(format!("removing {removed}")))
        }
        Target::NegativesCleared { source_model } => {
            let removed = tx.clear_negatives(&change.place.profile, source_model.as_deref())?;
            let removed = super::counted(removed.len(), "hard negative");
            Ok(Outcome::labelled(format!("clearing {removed}")))
        }
        Target::Pinned(pinned) => versions::pin(tx, change, *pinned),
        Target::VersionRestored => versions::restore(tx, change),
        Target::VersionDeleted => versions::delete(tx, change),
        Target::ClassifierInUse { version } => versions::use_classifier(tx, change, *version),
        Target::RegionShape(shape) => {
            tx.set_region_shape(&change.place.profile, &change.place.model, *shape)?;
            Ok(Outcome::labelled("giving regions another shape"))
        }
        Target::Profile(target) => profiles::bring_about(tx, target),
        // Kept outside of the transaction: a setting may belong to no database.
        Target::Setting { .. } => Ok(Outcome::default()),
    }
}

/// Numbers of rows mean nothing in another database.
fn only_in(is_same_file: bool, what: &'static str) -> Result<(), EngineError> {
    match is_same_file {
        true => Ok(()),
        false => Err(EngineError::Vanished { what }),
    }
}

/// Removes marks, each by its row. The files of clips stay.
fn remove_marks(tx: &mut StoreTransaction<'_>, marks: &[MarkId]) -> Result<String, EngineError> {
    let (mut negatives, mut clips, mut unsure) = (
        Vec::<NegativeId>::new(),
        Vec::<ClipId>::new(),
        Vec::<UnsureId>::new(),
    );
    for &mark in marks {
        match mark {
            MarkId::Negative(id) => negatives.push(id),
            MarkId::Clip(id) => clips.push(id),
            MarkId::Unsure(id) => unsure.push(id),
        }
    }
    let removed = tx.remove_negatives(&negatives)?.len()
        + tx.remove_clips(&clips)?.len()
        + tx.remove_unsure(&unsure)?.len();
    Ok(format!("removing {}", super::counted(removed, "mark")))
}
