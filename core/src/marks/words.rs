//! What the status line says of a mark or a note: which region, and what it is now.

use crate::protocol::Change;
use crate::time::timecode;
use crate::words::counted;

/// `Marked 01:00:12.480 as door`, for marks that begin at `starts_s` of the recording.
pub(super) fn marked(change: &Change, starts_s: &[f64], what: &str, also: &str) -> Option<String> {
    Some(match starts_s.is_empty() {
        true => format!("It is marked as {what} already"),
        false => format!("Marked {} as {what}{also}", place(change, starts_s)),
    })
}

/// `Marked 5 regions as door`, wherever they are.
pub(super) fn marked_several(regions: usize, what: &str, also: &str) -> Option<String> {
    Some(match regions {
        0 => format!("They are marked as {what} already"),
        _ => format!("Marked {} as {what}{also}", counted(regions, "region")),
    })
}

/// `01:00:12.480 no longer marked as door`; nothing when nothing was.
pub(super) fn no_longer(change: &Change, starts_s: &[f64], what: &str) -> Option<String> {
    let is_said = !starts_s.is_empty();
    is_said.then(|| format!("{} no longer marked as {what}", place(change, starts_s)))
}

/// What is said of a note that was written or changed.
pub(super) fn noted(change: &Change, start_s: f64) -> String {
    format!("Saved the note on {}", place(change, &[start_s]))
}

/// What is said of a note that was deleted.
pub(super) fn note_deleted(change: &Change, start_s: f64) -> String {
    format!("Deleted the note on {}", place(change, &[start_s]))
}

fn place(change: &Change, starts_s: &[f64]) -> String {
    let recording = change.place.recording.as_ref();
    let take_starts_s = recording.map_or(0.0, |recording| recording.start_s);
    match starts_s {
        [only_s] => timecode(take_starts_s + only_s),
        several => counted(several.len(), "region"),
    }
}
