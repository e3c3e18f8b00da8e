//! Notes on spans: written, changed and deleted. Which note belongs to a region is decided as it is for marks
//! ([`super::matching`]), so a note stays with its region over rescans as a mark does.

use super::{Added, Marks, Outcome, recording_of, words};
use crate::protocol::{Change, EngineError};
use crate::store::{NewRegionNote, StoreTransaction};
use crate::time::Span;

/// Sees that the note on `span` says `text`; with an empty text, that there is none. Several notes on it, as on a region that
/// was fused, become one.
pub(super) fn note(
    tx: &mut StoreTransaction<'_>,
    change: &Change,
    span: Span,
    text: &str,
) -> Result<Outcome, EngineError> {
    let (profile, recording) = (&change.place.profile, &recording_of(change)?.recording);
    let known = Marks::read(tx, profile, &recording.filename)?;
    let text = text.trim();
    if known.note_on(span).unwrap_or_default() == text {
        return Ok(Outcome::default());
    }
    let ids: Vec<_> = known.notes.on(span).map(|note| note.id).collect();
    if text.is_empty() {
        tx.remove_region_notes(&ids)?;
        let said = words::note_deleted(change, span.start_s());
        return Ok(Outcome::labelled("deleting a note").saying(said));
    }
    let written = match ids[..] {
        // The note keeps its span: it may be on more than this region.
        [only] => tx.rewrite_region_note(only, text)?,
        _ => {
            tx.remove_region_notes(&ids)?;
            Some(tx.add_region_note(&NewRegionNote {
                profile,
                filename: &recording.filename,
                span,
                text,
            })?)
        }
    };
    let said = words::noted(change, span.start_s());
    Ok(Outcome {
        added: written.map_or(Added::Nothing, Added::Note),
        ..Outcome::labelled("writing a note").saying(said)
    })
}
