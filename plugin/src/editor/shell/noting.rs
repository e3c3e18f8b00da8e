//! Notes: what Enter opens, what the text field saves, and which notes the list looks for.
//!
//! Runs on the window's thread and must never wait; the engine saves the notes.

use earmark_core::protocol::{NoteSearch, Subject};

use super::{FrameState, Shell, shown_take, times};
use crate::editor::action::Outgoing;
use crate::editor::views::note_prompt::NotePrompt;

/// A note that the user writes.
#[derive(Debug)]
pub(super) struct OpenNote {
    pub prompt: NotePrompt,
    /// The region, as the user saw it when the field was opened.
    about: Subject,
    before: String,
}

/// What the list looks for in notes.
#[derive(Debug, Default)]
pub(super) struct SoughtNotes {
    /// As the user types it.
    pub text: String,
    pub search: NoteSearch,
}

impl Shell {
    /// Enter: opens the field for the note of the region at the cursor. One that is open keeps its text and gets the focus.
    pub(super) fn edit_note(&mut self, frame: &FrameState<'_>) {
        if let Some(open) = &mut self.note {
            open.prompt.focus();
            return;
        }
        let Some(index) = self.selection.cursor_index(&self.index) else {
            return;
        };
        let region = frame.view.results.regions.get(index);
        let Some((region, id)) = region.and_then(|region| Some((region, region.id?))) else {
            return;
        };
        let kind = if region.is_bare_mark() {
            "mark"
        } else {
            "region"
        };
        let start_s = shown_take(frame.view).map_or(0.0, |take| take.start_s);
        let time = times(frame).text(start_s + region.span.start_s());
        let note = region.note.clone().unwrap_or_default();
        self.note = Some(OpenNote {
            prompt: NotePrompt::new(format!("{kind} {}, {time}", index + 1), &note),
            about: frame.view.select(&[id]),
            before: note,
        });
        self.reveal = true;
    }

    /// Saves the text of the field; an empty one deletes the note.
    pub(super) fn save_note(&mut self, text: &str, outgoing: &mut Vec<Outgoing>) {
        let Some(open) = self.note.take() else {
            return;
        };
        if text.trim() != open.before {
            outgoing.extend(open.about.noted(text).map(Outgoing::Command));
        }
    }

    /// Looks for notes with the words of `text` from now on.
    pub(super) fn find_notes(&mut self, text: String) {
        self.sought.search = NoteSearch::new(&text);
        self.sought.text = text;
    }
}
