//! Saying of spans what they are: hard negatives, examples of a class, or undecided. The last word about a span counts, so
//! a mark takes the place of the other kinds.

use std::collections::BTreeSet;

use super::bands;
use super::clip_files::ClipFiles;
use super::matching::{Mark, Placed, examples_on, starts_s};
use super::words;
use super::{Added, Marks, Outcome, recording_of};
use crate::frequency::Band;
use crate::protocol::{Change, EngineError, MarkKind, PlacedRecording};
use crate::store::{
    HardNegative, NegativeId, NewNegative, NewUnsure, StoreTransaction, UnsureMark,
};
use crate::time::Span;
use crate::words::counted;

/// What the status line calls marks.
const NEGATIVE: &str = "not this sound";
const UNSURE: &str = "unsure";
const KEPT_OUT: &str = ": kept out of training";

/// Marks `spans` as `kind`, or sees that no mark of that kind lies on them. A `band` that they were drawn with is kept with them.
pub(super) fn mark(
    tx: &mut StoreTransaction<'_>,
    change: &Change,
    clips: &ClipFiles,
    what: (&MarkKind, &[Span], bool),
    band: Option<Band>,
) -> Result<Outcome, EngineError> {
    let at = (
        change.place.profile.as_str(),
        recording_of(change)?.recording.filename.as_str(),
    );
    // A band whose mark 8-cut has removed is not the next mark's.
    bands::settle(tx, at)?;
    let outcome = judge(tx, change, clips, what)?;
    if let (_, spans, true) = what
        && let Some(band) = band
    {
        bands::keep(tx, at, spans, band)?;
    }
    bands::settle(tx, at)?;
    Ok(outcome)
}

fn judge(
    tx: &mut StoreTransaction<'_>,
    change: &Change,
    clips: &ClipFiles,
    (kind, spans, marked): (&MarkKind, &[Span], bool),
) -> Result<Outcome, EngineError> {
    let filename = &recording_of(change)?.recording.filename;
    let known = Marks::read(tx, &change.place.profile, filename)?;
    if !marked {
        return unmark(tx, change, &known, (kind, spans));
    }
    if *kind != MarkKind::Negative {
        tx.remove_negatives(&ids_on(&known.negatives, spans, |row| row.id))?;
    }
    if !matches!(kind, MarkKind::Positive { .. }) {
        tx.remove_clips(&ids_on(&known.clips, spans, |clip| clip.id))?;
    }
    if *kind != MarkKind::Unsure {
        tx.remove_unsure(&ids_on(&known.unsure, spans, |mark| mark.id))?;
    }
    let (added, starts_s) = match kind {
        MarkKind::Negative => {
            let added = add_negatives(tx, change, &known, spans)?;
            let starts_s = starts_s(&added);
            (Added::Negatives(added), starts_s)
        }
        MarkKind::Positive { .. } => {
            let ids = clips.enter(tx, change)?;
            let mut added = tx.clips_in(&change.place.profile, filename)?;
            added.retain(|clip| ids.contains(&clip.id));
            let starts_s = starts_s(&added);
            (Added::Clips(added), starts_s)
        }
        MarkKind::Unsure => {
            let added = add_unsure(tx, change, &known, spans)?;
            let starts_s = starts_s(&added);
            (Added::Unsure(added), starts_s)
        }
    };
    let message = match kind {
        MarkKind::Positive { class } => match starts_s.is_empty() {
            true => Some(String::from("It is an example of that class already")),
            false => words::marked(change, &starts_s, class, ""),
        },
        MarkKind::Negative => words::marked(change, &starts_s, NEGATIVE, ""),
        MarkKind::Unsure => words::marked(change, &starts_s, UNSURE, KEPT_OUT),
    };
    Ok(Outcome {
        added,
        ..Outcome::labelled(label(kind, starts_s.len())).saying(message)
    })
}

/// Completes "Undid …".
fn label(kind: &MarkKind, regions: usize) -> String {
    let regions = counted(regions, "region");
    match kind {
        MarkKind::Positive { class } => format!("confirming {regions} as {class}"),
        MarkKind::Negative => format!("marking {regions} as {NEGATIVE}"),
        MarkKind::Unsure => format!("marking {regions} as {UNSURE}"),
    }
}

/// What marks of one kind in several places, `regions` of them new, are called and what is said of them.
pub(super) fn said_of_several(kind: &MarkKind, regions: usize) -> (String, Option<String>) {
    let (what, also) = match kind {
        MarkKind::Positive { class } => (class.as_str(), ""),
        MarkKind::Negative => (NEGATIVE, ""),
        MarkKind::Unsure => (UNSURE, KEPT_OUT),
    };
    (
        label(kind, regions),
        words::marked_several(regions, what, also),
    )
}

/// Makes each of `recordings` an example of `class`, from its first sample to its last.
pub(super) fn add_examples(
    tx: &mut StoreTransaction<'_>,
    change: &Change,
    clips: &ClipFiles,
    (class, recordings, remark): (&str, &[PlacedRecording], &str),
) -> Result<Outcome, EngineError> {
    let profile = change.place.profile.as_str();
    for placed in recordings {
        let whole = [Span::new(0.0, placed.length_s)?];
        let known = Marks::read(tx, profile, &placed.recording.filename)?;
        tx.remove_negatives(&ids_on(&known.negatives, &whole, |row| row.id))?;
        tx.remove_unsure(&ids_on(&known.unsure, &whole, |mark| mark.id))?;
    }
    let added = clips.enter(tx, change)?.len();
    let mut words = vec![match (added, recordings.len()) {
        (0, 1) => format!("It is an example of {class} already."),
        (0, _) => format!("They are examples of {class} already."),
        _ => format!("Added {} of {class}.", counted(added, "example")),
    }];
    words.extend((!remark.is_empty()).then(|| remark.to_owned()));
    let label = format!("adding {} of {class}", counted(added, "example"));
    Ok(Outcome::labelled(label).saying(words.join(" ")))
}

/// Removes the marks of `kind` on `spans`.
fn unmark(
    tx: &mut StoreTransaction<'_>,
    change: &Change,
    known: &Marks,
    (kind, spans): (&MarkKind, &[Span]),
) -> Result<Outcome, EngineError> {
    let (what, noun, as_what, starts_s) = match kind {
        MarkKind::Negative => {
            let removed = tx.remove_negatives(&ids_on(&known.negatives, spans, |row| row.id))?;
            (NEGATIVE, "hard negative", "", starts_s(&removed))
        }
        MarkKind::Positive { class } => {
            let examples = spans
                .iter()
                .flat_map(|&span| examples_on(&known.clips, span, class));
            let removed = tx.remove_clips(&each_once(examples.map(|clip| clip.id)))?;
            (class.as_str(), "example", "", starts_s(&removed))
        }
        MarkKind::Unsure => {
            let removed = tx.remove_unsure(&ids_on(&known.unsure, spans, |mark| mark.id))?;
            (UNSURE, "region", " as unsure", starts_s(&removed))
        }
    };
    let label = format!("unmarking {}{as_what}", counted(starts_s.len(), noun));
    Ok(Outcome::labelled(label).saying(words::no_longer(change, &starts_s, what)))
}

fn add_negatives(
    tx: &mut StoreTransaction<'_>,
    change: &Change,
    known: &Marks,
    spans: &[Span],
) -> Result<Vec<HardNegative>, EngineError> {
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
    let ids = tx.add_negatives(&marks)?;
    let mut added = tx.negatives_in(profile, &recording.filename)?;
    added.retain(|row| ids.contains(&row.id));
    Ok(added)
}

fn add_unsure(
    tx: &mut StoreTransaction<'_>,
    change: &Change,
    known: &Marks,
    spans: &[Span],
) -> Result<Vec<UnsureMark>, EngineError> {
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
    Ok(tx.add_unsure(&marks)?)
}

/// The rows of the hard negatives that a window listed. In another database than the window's, a number may be some other
/// mark's.
pub(super) fn still_there(
    tx: &StoreTransaction<'_>,
    change: &Change,
    listed: &[HardNegative],
    is_same_file: bool,
) -> Result<Vec<NegativeId>, EngineError> {
    if !is_same_file {
        let what = |row: &HardNegative| (row.id, row.filename.clone(), row.start_s);
        let rows = tx.negatives(&change.place.profile, None)?;
        let rows: Vec<_> = rows.iter().map(what).collect();
        if !listed.iter().all(|seen| rows.contains(&what(seen))) {
            let what = "the hard negative";
            return Err(EngineError::Vanished { what });
        }
    }
    Ok(listed.iter().map(|seen| seen.id).collect())
}

/// Identities of the rows that lie on any of `spans`.
pub(super) fn ids_on<T: Mark, I: Ord>(
    placed: &Placed<T>,
    spans: &[Span],
    id: impl Fn(&T) -> I,
) -> Vec<I> {
    each_once(spans.iter().flat_map(|&span| placed.on(span)).map(id))
}

/// Each once, however many spans it lies on.
fn each_once<T: Ord>(ids: impl Iterator<Item = T>) -> Vec<T> {
    ids.collect::<BTreeSet<T>>().into_iter().collect()
}
