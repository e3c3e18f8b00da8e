//! Saying of spans what they are: hard negatives, examples of a class, or undecided. The last word about a span counts, so
//! a mark takes the place of the other kinds.

use std::collections::BTreeSet;

use super::clip_files::ClipFiles;
use super::matching::{Placed, examples_on};
use super::words;
use super::{Added, Outcome, recording_of};
use crate::protocol::{Change, EngineError, MarkKind, SeenNegative};
use crate::store::{
    Clip, HardNegative, NegativeId, NewNegative, NewUnsure, StoreTransaction, UnsureMark,
};
use crate::time::Span;
use crate::words::counted;

/// The marks of one recording, as they are inside the transaction.
struct OnRecording {
    negatives: Placed<HardNegative>,
    clips: Placed<Clip>,
    unsure: Placed<UnsureMark>,
}

impl OnRecording {
    fn read(tx: &StoreTransaction<'_>, change: &Change) -> Result<Self, EngineError> {
        let profile = change.place.profile.as_str();
        let filename = recording_of(change)?.recording.filename.as_str();
        Ok(Self {
            negatives: Placed::new(tx.negatives_in(profile, filename)?),
            clips: Placed::new(tx.clips_in(profile, filename)?),
            unsure: Placed::new(tx.unsure_marks(profile, Some(filename))?),
        })
    }

    fn remove_negatives(
        &self,
        tx: &mut StoreTransaction<'_>,
        spans: &[Span],
    ) -> Result<Vec<HardNegative>, EngineError> {
        let on_them = spans.iter().flat_map(|&span| self.negatives.on(span));
        Ok(tx.remove_negatives(&each_once(on_them.map(|row| row.id)))?)
    }

    fn remove_clips(
        &self,
        tx: &mut StoreTransaction<'_>,
        spans: &[Span],
    ) -> Result<(), EngineError> {
        let on_them = spans.iter().flat_map(|&span| self.clips.on(span));
        tx.remove_clips(&each_once(on_them.map(|clip| clip.id)))?;
        Ok(())
    }

    fn remove_unsure(
        &self,
        tx: &mut StoreTransaction<'_>,
        spans: &[Span],
    ) -> Result<Vec<UnsureMark>, EngineError> {
        let on_them = spans.iter().flat_map(|&span| self.unsure.on(span));
        Ok(tx.remove_unsure(&each_once(on_them.map(|mark| mark.id)))?)
    }
}

/// Marks `spans` as `kind`, or sees that no mark of that kind lies on them.
pub(super) fn mark(
    tx: &mut StoreTransaction<'_>,
    change: &Change,
    clips: &ClipFiles,
    (kind, spans, marked): (&MarkKind, &[Span], bool),
) -> Result<Outcome, EngineError> {
    let known = OnRecording::read(tx, change)?;
    match (kind, marked) {
        (MarkKind::Negative, true) => mark_negative(tx, change, &known, spans),
        (MarkKind::Negative, false) => {
            let removed = known.remove_negatives(tx, spans)?;
            let label = format!("unmarking {}", counted(removed.len(), "hard negative"));
            let starts: Vec<f64> = removed.iter().map(|row| row.start_s).collect();
            let message = words::no_longer(change, &starts, "not this sound");
            Ok(Outcome::labelled(label).saying(message))
        }
        (MarkKind::Positive { class }, true) => {
            mark_positive(tx, change, &known, (spans, class, clips))
        }
        (MarkKind::Positive { class }, false) => {
            let examples = spans
                .iter()
                .flat_map(|&span| examples_on(&known.clips, span, class));
            let removed = tx.remove_clips(&each_once(examples.map(|clip| clip.id)))?;
            let label = format!("unmarking {}", counted(removed.len(), "example"));
            let starts: Vec<f64> = removed.iter().map(|clip| clip.span.start_s()).collect();
            Ok(Outcome::labelled(label).saying(words::no_longer(change, &starts, class)))
        }
        (MarkKind::Unsure, true) => mark_unsure(tx, change, &known, spans),
        (MarkKind::Unsure, false) => {
            let removed = known.remove_unsure(tx, spans)?;
            let label = format!("unmarking {} as unsure", counted(removed.len(), "region"));
            let starts: Vec<f64> = removed.iter().map(|mark| mark.span.start_s()).collect();
            Ok(Outcome::labelled(label).saying(words::no_longer(change, &starts, "unsure")))
        }
    }
}

fn mark_negative(
    tx: &mut StoreTransaction<'_>,
    change: &Change,
    known: &OnRecording,
    spans: &[Span],
) -> Result<Outcome, EngineError> {
    known.remove_clips(tx, spans)?;
    known.remove_unsure(tx, spans)?;
    let (profile, recording) = (&change.place.profile, &recording_of(change)?.recording);
    let new = spans.iter().filter(|span| !known.negatives.says(**span));
    let marks: Vec<NewNegative<'_>> = new
        .map(|&span| NewNegative {
            profile,
            filename: &recording.filename,
            span,
            source_path: &recording.path,
            source_model: &change.place.model,
        })
        .collect();
    let ids: BTreeSet<NegativeId> = tx.add_negatives(&marks)?.into_iter().collect();
    let mut added = tx.negatives_in(profile, &recording.filename)?;
    added.retain(|row| ids.contains(&row.id));
    let label = format!(
        "marking {} as not this sound",
        counted(added.len(), "region")
    );
    let starts: Vec<f64> = added.iter().map(|row| row.start_s).collect();
    let message = words::marked(change, &starts, "not this sound", "");
    Ok(Outcome {
        added: Added::Negatives(added),
        ..Outcome::labelled(label).saying(message)
    })
}

/// The clips that were written for this, as rows.
fn mark_positive(
    tx: &mut StoreTransaction<'_>,
    change: &Change,
    known: &OnRecording,
    (spans, class, clips): (&[Span], &str, &ClipFiles),
) -> Result<Outcome, EngineError> {
    let ids = clips.enter(tx, change)?;
    known.remove_negatives(tx, spans)?;
    known.remove_unsure(tx, spans)?;
    let filename = &recording_of(change)?.recording.filename;
    let mut added = tx.clips_in(&change.place.profile, filename)?;
    added.retain(|clip| ids.contains(&clip.id));
    let label = format!("confirming {} as {class}", counted(added.len(), "region"));
    let starts: Vec<f64> = added.iter().map(|clip| clip.span.start_s()).collect();
    let message = match starts.is_empty() {
        true => Some(String::from("It is an example of that class already")),
        false => words::marked(change, &starts, class, ""),
    };
    Ok(Outcome {
        added: Added::Clips(added),
        ..Outcome::labelled(label).saying(message)
    })
}

fn mark_unsure(
    tx: &mut StoreTransaction<'_>,
    change: &Change,
    known: &OnRecording,
    spans: &[Span],
) -> Result<Outcome, EngineError> {
    known.remove_clips(tx, spans)?;
    known.remove_negatives(tx, spans)?;
    let new = spans.iter().filter(|span| !known.unsure.says(**span));
    let filename = recording_of(change)?.recording.filename.as_str();
    let marks: Vec<NewUnsure<'_>> = new
        .map(|&span| NewUnsure {
            profile: &change.place.profile,
            filename,
            span,
            source_model: &change.place.model,
        })
        .collect();
    let added = tx.add_unsure(&marks)?;
    let label = format!("marking {} as unsure", counted(added.len(), "region"));
    let starts: Vec<f64> = added.iter().map(|mark| mark.span.start_s()).collect();
    let message = words::marked(change, &starts, "unsure", ": kept out of training");
    Ok(Outcome {
        added: Added::Unsure(added),
        ..Outcome::labelled(label).saying(message)
    })
}

/// The rows of the hard negatives that a window listed. In another database than the window's, a number may be some other
/// mark's.
pub(super) fn still_there(
    tx: &StoreTransaction<'_>,
    change: &Change,
    listed: &[SeenNegative],
    is_same_file: bool,
) -> Result<Vec<NegativeId>, EngineError> {
    let rows = match is_same_file {
        true => Vec::new(),
        false => tx.negatives(&change.place.profile, None)?,
    };
    let is_there = |seen: &SeenNegative| {
        let mut rows = rows.iter();
        is_same_file
            || rows.any(|row| {
                (row.id, &row.filename, row.start_s) == (seen.id, &seen.filename, seen.start_s)
            })
    };
    if !listed.iter().all(is_there) {
        return Err(EngineError::Vanished {
            what: "the hard negative",
        });
    }
    Ok(listed.iter().map(|seen| seen.id).collect())
}

/// Rows by identity, each once, however many spans they lie on.
fn each_once<T: Ord>(ids: impl Iterator<Item = T>) -> Vec<T> {
    ids.collect::<BTreeSet<T>>().into_iter().collect()
}
