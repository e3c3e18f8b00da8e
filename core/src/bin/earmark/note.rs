//! `note …`: what the user wrote about spans of recordings.

use std::path::Path;

use earmark_core::marks::Added;
use earmark_core::protocol::{NoteSearch, Target};
use earmark_core::store::{RegionNote, RegionNoteId};
use earmark_core::time::timecode;

use super::Context;
use super::failure::Failure;
use super::marks::{Deletion, MarkPlace, commit};
use super::note_arguments::NoteSetArguments;

pub fn set(context: &Context, arguments: &NoteSetArguments) -> Result<(), Failure> {
    let place = MarkPlace::read(
        context,
        &arguments.file,
        (arguments.start, arguments.end),
        "",
    )?;
    let (at, span) = (place.in_words(), place.span());
    let text = arguments.text.clone();
    let is_deleted = text.is_empty();
    let note = match commit(context, place, Target::Noted { span, text })? {
        Added::Note(note) => Some(note),
        _ => None,
    };
    context.output.show(&note, |note| match note {
        Some(note) => line(note),
        None if is_deleted => format!("there is no note on {at}"),
        None => format!("the note on {at} says that already"),
    })
}

pub fn list(context: &Context, file: Option<&Path>, find: Option<&str>) -> Result<(), Failure> {
    let recording = file.map(|file| context.find(file)).transpose()?;
    let filename = recording.map(|recording| recording.filename);
    let wanted = NoteSearch::new(find.unwrap_or_default());
    let mut notes = context
        .store
        .with(|store| store.region_notes(&context.profile, filename.as_deref()))?;
    notes.retain(|note| wanted.finds(Some(&note.text)));
    context.output.show(&notes, |notes| {
        if notes.is_empty() {
            return format!("no such notes in the profile {}", context.profile);
        }
        notes.iter().map(line).collect()
    })
}

pub fn delete(context: &Context, ids: &[i64]) -> Result<(), Failure> {
    let rows: Vec<RegionNoteId> = ids.iter().copied().map(RegionNoteId).collect();
    let deleted = context
        .store
        .with(|store| store.remove_region_notes(&rows))?;
    let deletion = Deletion {
        what: "note",
        list: "note list",
        ids,
        deleted: deleted.iter().map(|note| note.id.0).collect(),
    };
    deletion.show(context, &deleted, |_| String::new())
}

fn line(note: &RegionNote) -> String {
    format!(
        "{:>5}  {} {}  {}  {}\n",
        note.id.0,
        timecode(note.span.start_s()),
        timecode(note.span.end_s()),
        note.filename,
        note.text
    )
}
