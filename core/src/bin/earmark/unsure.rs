//! `unsure …`.

use earmark_core::marks::Added;
use earmark_core::protocol::MarkKind;
use earmark_core::store::{UnsureId, UnsureMark};
use earmark_core::time::timecode;

use super::Context;
use super::arguments::MarkArguments;
use super::failure::Failure;
use super::marks::{Deletion, mark, to_mark};

pub fn add(context: &Context, arguments: &MarkArguments) -> Result<(), Failure> {
    let place = to_mark(context, arguments)?;
    let at = place.in_words();
    let added = match mark(context, place, MarkKind::Unsure)? {
        Added::Unsure(marks) => marks,
        _ => Vec::new(),
    };
    context.output.show(&added, |added| match added.is_empty() {
        true => format!("{at} is marked as unsure already"),
        false => lines(added.iter()),
    })
}

pub fn list(context: &Context) -> Result<(), Failure> {
    let marks = context
        .store
        .with(|store| store.unsure_marks(&context.profile, None))?;
    context.output.show(&marks, |marks| match marks.is_empty() {
        true => format!("no unsure marks in the profile {}", context.profile),
        false => lines(marks.iter()),
    })
}

pub fn delete(context: &Context, ids: &[i64]) -> Result<(), Failure> {
    let rows: Vec<UnsureId> = ids.iter().copied().map(UnsureId).collect();
    let deleted = context.store.with(|store| store.remove_unsure(&rows))?;
    let deletion = Deletion {
        what: "unsure mark",
        list: "unsure list",
        ids,
        deleted: deleted.iter().map(|mark| mark.id.0).collect(),
    };
    deletion.show(context, &deleted, |_| String::new())
}

fn lines<'a>(marks: impl Iterator<Item = &'a UnsureMark>) -> String {
    marks
        .map(|mark| {
            format!(
                "{:>5}  {} {}  {}  {}\n",
                mark.id.0,
                timecode(mark.span.start_s()),
                timecode(mark.span.end_s()),
                mark.created_at,
                mark.filename
            )
        })
        .collect()
}
