//! One change inside one transaction: the state that it names, brought about.

use super::clip_files::ClipFiles;
use super::outcome::Outcome;
use super::{bands, importing, judging, noting, profiles, regions, together, versions};
use crate::protocol::{Change, EngineError, MarkId, Target};
use crate::store::StoreTransaction;
use crate::words::counted;

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
    let seen = regions::Seen {
        change,
        regions: change.target.regions(),
        is_same_file,
    };
    match &change.target {
        Target::Marked {
            kind,
            spans,
            marked,
            band,
        } => judging::mark(tx, change, clips, (kind, spans, *marked), *band),
        Target::Together { changes } => apply_all(tx, changes, clips, is_same_file),
        Target::Noted { span, text } => noting::note(tx, change, *span, text),
        Target::ExamplesAdded {
            class,
            recordings,
            remark,
        } => judging::add_examples(tx, change, clips, (class, recordings, remark)),
        Target::Imported { recordings, remark } => {
            importing::import(tx, change, clips, (recordings, remark))
        }
        Target::Disabled {
            disabled, removed, ..
        } => {
            let mut outcome = Outcome::default();
            if !seen.regions.is_empty() {
                outcome = regions::disable(tx, &seen, *disabled)?;
            }
            if !removed.is_empty() {
                // Numbers of rows mean nothing in another database.
                if !is_same_file {
                    return Err(EngineError::Vanished { what: "the mark" });
                }
                let removal = remove_marks(tx, change, removed)?;
                outcome.label = match outcome.label.as_str() {
                    "" => removal,
                    label => format!("{label} and {removal}"),
                };
            }
            Ok(outcome)
        }
        Target::Merged { .. } => regions::merge(tx, &seen),
        Target::Resized { span, .. } => regions::resize(tx, &seen, *span),
        Target::NegativesRemoved { negatives } => {
            let ids = judging::still_there(tx, change, negatives, is_same_file)?;
            let removed = tx.remove_negatives(&ids)?;
            let files = removed.iter().map(|row| row.filename.as_str());
            bands::settle_all(tx, &change.place.profile, files)?;
            let removed = counted(removed.len(), "hard negative");
            Ok(Outcome::labelled(format!("removing {removed}")))
        }
        Target::NegativesCleared { source_model } => {
            let removed = tx.clear_negatives(&change.place.profile, source_model.as_deref())?;
            let files = removed.iter().map(|row| row.filename.as_str());
            bands::settle_all(tx, &change.place.profile, files)?;
            let removed = counted(removed.len(), "hard negative");
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

/// Brings about the states that all of `changes` name, each with its own clips.
fn apply_all(
    tx: &mut StoreTransaction<'_>,
    changes: &[Change],
    clips: &ClipFiles,
    is_same_file: bool,
) -> Result<Outcome, EngineError> {
    let without = ClipFiles::default();
    let mut outcomes = Vec::with_capacity(changes.len());
    for (index, change) in changes.iter().enumerate() {
        let clips = clips.of_part(index).unwrap_or(&without);
        outcomes.push(apply(tx, change, clips, is_same_file)?);
    }
    Ok(together::outcome_of_all(changes, &outcomes))
}

/// Removes marks and notes, each by its row. The files of clips stay.
fn remove_marks(
    tx: &mut StoreTransaction<'_>,
    change: &Change,
    marks: &[MarkId],
) -> Result<String, EngineError> {
    let (mut negatives, mut clips) = (Vec::new(), Vec::new());
    let (mut unsure, mut notes) = (Vec::new(), Vec::new());
    for &mark in marks {
        match mark {
            MarkId::Negative(id) => negatives.push(id),
            MarkId::Clip(id) => clips.push(id),
            MarkId::Unsure(id) => unsure.push(id),
            MarkId::Note(id) => notes.push(id),
        }
    }
    let negatives = tx.remove_negatives(&negatives)?;
    let clips = tx.remove_clips(&clips)?;
    let unsure = tx.remove_unsure(&unsure)?;
    let of_negatives = negatives.iter().map(|row| row.filename.as_str());
    let of_clips = clips.iter().map(|row| row.filename.as_str());
    let of_unsure = unsure.iter().map(|row| row.filename.as_str());
    let files = of_negatives.chain(of_clips).chain(of_unsure);
    bands::settle_all(tx, &change.place.profile, files)?;
    let removed = negatives.len() + clips.len() + unsure.len();
    let notes = tx.remove_region_notes(&notes)?.len();
    let removed = [(removed, "mark"), (notes, "note")];
    let removed = removed.into_iter().filter(|(count, _)| *count > 0);
    let removed: Vec<String> = removed.map(|(count, noun)| counted(count, noun)).collect();
    Ok(match removed.is_empty() {
        true => String::from("removing 0 marks"),
        false => format!("removing {}", removed.join(" and ")),
    })
}
