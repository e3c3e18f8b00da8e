//! `unsure …`.

use earmark_core::marks::Step;
use earmark_core::store::{UnsureId, UnsureMark};
use earmark_core::time::timecode;

use super::Context;
use super::arguments::MarkArguments;
use super::failure::Failure;
use super::marks::{Deletion, replaced, to_mark};

pub fn add(context: &Context, arguments: &MarkArguments) -> Result<(), Failure> {
    let (reviewer, span) = to_mark(context, arguments)?;
    let filename = reviewer.recording.filename.clone();
    let deed = reviewer.mark_unsure(&[span])?;
    let added: Vec<&UnsureMark> = deed
        .steps
        .iter()
        .filter_map(|step| match step {
            Step::UnsureAdded(rows) => Some(rows),
            _ => None,
        })
        .flatten()
        .collect();
    context.output.show(&added, |added| {
        let known = || {
            format!(
                "{} of {filename} is marked as unsure already\n",
                timecode(span.start_s())
            )
        };
        let text = match added.is_empty() {
            true => known(),
            false => lines(added.iter().copied()),
        };
        text + &replaced(&deed)
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
