//! Marks and notes of label files, entered for several recordings at once. The last word about a span counts here as well: a mark
//! takes the place of the other kinds. What a recording has already is not entered again, so importing twice adds nothing.
//! Inside the caller's transaction; never asks a disk.

use super::clip_files::ClipFiles;
use super::judging::ids_on;
use super::matching::is_same_example;
use super::outcome::Imported;
use super::{Added, Marks, Outcome, bands};
use crate::frequency::Band;
use crate::protocol::{Change, EngineError, ImportedMark, ImportedRecording, MarkKind};
use crate::store::{NewMarkBand, NewNegative, NewRegionNote, NewUnsure, StoreTransaction};
use crate::time::Span;
use crate::words::counted;

impl Marks {
    /// Whether a mark of `kind` says just what another on `span` would.
    pub fn says(&self, kind: &MarkKind, span: Span) -> bool {
        match kind {
            MarkKind::Negative => self.negatives.says(span),
            MarkKind::Unsure => self.unsure.says(span),
            MarkKind::Positive { class } => is_same_example(&self.clips, span, class),
        }
    }

    /// How many marks a mark of `kind` on `span` takes the place of.
    pub fn replaced_by(&self, kind: &MarkKind, span: Span) -> usize {
        let negatives = self.negatives.on(span).count();
        let clips = self.clips.on(span).filter(|clip| !clip.scan_export);
        let (clips, unsure) = (clips.count(), self.unsure.on(span).count());
        match kind {
            MarkKind::Negative => clips + unsure,
            MarkKind::Positive { .. } => negatives + unsure,
            MarkKind::Unsure => negatives + clips,
        }
    }

    /// Whether the note `text` is on `span`.
    pub fn has_note(&self, span: Span, text: &str) -> bool {
        self.notes.on(span).any(|note| note.text == text)
    }

    /// Whether `band` is kept for a mark on `span`.
    pub fn has_band(&self, span: Span, band: Band) -> bool {
        let mut kept = self.bands.on(span);
        kept.any(|row| row.band == band && row.span.iou(span) >= 0.5)
    }
}

/// Enters what is new of `recordings`.
pub(super) fn import(
    tx: &mut StoreTransaction<'_>,
    change: &Change,
    clips: &ClipFiles,
    (recordings, remark): (&[ImportedRecording], &str),
) -> Result<Outcome, EngineError> {
    let profile = change.place.profile.as_str();
    let mut done = Imported::default();
    for recording in recordings {
        let filename = recording.placed.recording.filename.as_str();
        // A band whose mark 8-cut has deleted is not the next mark's.
        bands::settle(tx, (profile, filename))?;
        let known = Marks::read(tx, profile, filename)?;
        done.replaced += make_room(tx, &known, &recording.marks)?;
        add_negatives(tx, change, &known, recording, &mut done)?;
        add_unsure(tx, change, &known, recording, &mut done)?;
        done.notes += add_notes(tx, profile, &known, recording)?;
    }
    done.examples = clips.enter(tx, change)?.len();
    for recording in recordings {
        let filename = recording.placed.recording.filename.as_str();
        keep_bands(tx, profile, recording)?;
        bands::settle(tx, (profile, filename))?;
    }
    let marks = counted(done.marks(), "mark");
    let mut words = match (done.marks(), done.notes) {
        (0, 0) => String::from("Everything in the labels is there already."),
        (_, 0) => format!("Imported {marks}."),
        (_, notes) => format!("Imported {marks} and {}.", counted(notes, "note")),
    };
    if !remark.is_empty() {
        words.push(' ');
        words.push_str(remark);
    }
    Ok(Outcome {
        added: Added::Imported(done),
        ..Outcome::labelled(format!("importing {marks}")).saying(words)
    })
}

/// Removes the marks of other kinds, and returns how many there were.
fn make_room(
    tx: &mut StoreTransaction<'_>,
    known: &Marks,
    marks: &[ImportedMark],
) -> Result<usize, EngineError> {
    let spans_but = |kept: fn(&MarkKind) -> bool| -> Vec<Span> {
        let others = marks
            .iter()
            .filter(|mark| mark.kind.as_ref().is_some_and(|kind| !kept(kind)));
        others.map(|mark| mark.span).collect()
    };
    let negatives = spans_but(|kind| *kind == MarkKind::Negative);
    let clips = spans_but(|kind| matches!(kind, MarkKind::Positive { .. }));
    let unsure = spans_but(|kind| *kind == MarkKind::Unsure);
    let negatives = tx.remove_negatives(&ids_on(&known.negatives, &negatives, |row| row.id))?;
    let clips = tx.remove_clips(&ids_on(&known.clips, &clips, |clip| clip.id))?;
    let unsure = tx.remove_unsure(&ids_on(&known.unsure, &unsure, |mark| mark.id))?;
    Ok(negatives.len() + clips.len() + unsure.len())
}

/// The spans of `kind` that are new in a recording.
fn new_spans(known: &Marks, recording: &ImportedRecording, kind: &MarkKind) -> Vec<Span> {
    let marks = recording.marks.iter();
    let of_kind = marks.filter(|mark| mark.kind.as_ref() == Some(kind));
    let spans = of_kind.map(|mark| mark.span);
    spans.filter(|span| !known.says(kind, *span)).collect()
}

fn add_negatives(
    tx: &mut StoreTransaction<'_>,
    change: &Change,
    known: &Marks,
    recording: &ImportedRecording,
    done: &mut Imported,
) -> Result<(), EngineError> {
    let at = &recording.placed.recording;
    let new: Vec<NewNegative<'_>> = new_spans(known, recording, &MarkKind::Negative)
        .into_iter()
        .map(|span| NewNegative {
            profile: &change.place.profile,
            filename: &at.filename,
            span,
            source_path: &at.path,
            source_model: &change.place.model,
        })
        .collect();
    done.negatives += tx.add_negatives(&new)?.len();
    Ok(())
}

fn add_unsure(
    tx: &mut StoreTransaction<'_>,
    change: &Change,
    known: &Marks,
    recording: &ImportedRecording,
    done: &mut Imported,
) -> Result<(), EngineError> {
    let filename = recording.placed.recording.filename.as_str();
    let new: Vec<NewUnsure<'_>> = new_spans(known, recording, &MarkKind::Unsure)
        .into_iter()
        .map(|span| NewUnsure {
            profile: &change.place.profile,
            filename,
            span,
            source_model: &change.place.model,
        })
        .collect();
    done.unsure += tx.add_unsure(&new)?.len();
    Ok(())
}

/// Adds the notes that are new, beside those that are there, and returns how many.
fn add_notes(
    tx: &mut StoreTransaction<'_>,
    profile: &str,
    known: &Marks,
    recording: &ImportedRecording,
) -> Result<usize, EngineError> {
    let marks = recording.marks.iter();
    let noted = marks.filter(|mark| !mark.note.is_empty());
    let mut added = 0;
    for mark in noted.filter(|mark| !known.has_note(mark.span, &mark.note)) {
        tx.add_region_note(&NewRegionNote {
            profile,
            filename: &recording.placed.recording.filename,
            span: mark.span,
            text: &mark.note,
        })?;
        added += 1;
    }
    Ok(added)
}

/// Keeps the frequencies of the marks that have some, in the place of those that their spans had.
fn keep_bands(
    tx: &mut StoreTransaction<'_>,
    profile: &str,
    recording: &ImportedRecording,
) -> Result<(), EngineError> {
    let filename = recording.placed.recording.filename.as_str();
    let known = Marks::read(tx, profile, filename)?;
    let marks = recording.marks.iter().filter(|mark| mark.kind.is_some());
    let with_band = marks.filter_map(|mark| Some((mark.span, mark.band?)));
    let new: Vec<(Span, Band)> = with_band
        .filter(|&(span, band)| !known.has_band(span, band))
        .collect();
    let spans: Vec<Span> = new.iter().map(|&(span, _)| span).collect();
    tx.remove_bands(&ids_on(&known.bands, &spans, |row| row.id))?;
    let rows: Vec<NewMarkBand<'_>> = new
        .into_iter()
        .map(|(span, band)| NewMarkBand {
            profile,
            filename,
            span,
            band,
        })
        .collect();
    Ok(tx.add_bands(&rows)?)
}
