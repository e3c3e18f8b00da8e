//! `unsure …`.

use std::path::Path;

use earmark_core::marks::Step;
use earmark_core::protocol::EngineError;
use earmark_core::recording::Recording;
use earmark_core::store::{UnsureId, UnsureMark};
use earmark_core::time::{Span, timecode};
use earmark_core::words::counted;

use super::Context;
use super::marks::{length_of, reviewer};

pub fn add(
    context: &Context,
    file: &Path,
    start: f64,
    end: f64,
    model: &str,
) -> Result<(), EngineError> {
    let recording = Recording::at(file)?;
    let length_s = length_of(&recording)?;
    let span = Span::new(start.max(0.0), end.min(length_s))?;
    let deed = reviewer(context, recording, model).mark_unsure(&[span])?;
    let added: Vec<&UnsureMark> = deed
        .steps
        .iter()
        .filter_map(|step| match step {
            Step::UnsureAdded(rows) => Some(rows),
            _ => None,
        })
        .flatten()
        .collect();
    context.output.show(&added, |added| match added.is_empty() {
        true => String::from("it is marked as unsure already"),
        false => lines(added.iter().copied()),
    });
    Ok(())
}

pub fn list(context: &Context) -> Result<(), EngineError> {
    let marks = context
        .store
        .with(|store| store.unsure_marks(&context.profile, None))?;
    context.output.show(&marks, |marks| match marks.is_empty() {
        true => format!("no unsure marks in the profile {}", context.profile),
        false => lines(marks.iter()),
    });
    Ok(())
}

pub fn remove(context: &Context, ids: &[i64]) -> Result<(), EngineError> {
    let ids: Vec<UnsureId> = ids.iter().copied().map(UnsureId).collect();
    let removed = context.store.with(|store| store.remove_unsure(&ids))?;
    context.output.show(&removed, |removed| {
        format!("removed {}", counted(removed.len(), "unsure mark"))
    });
    Ok(())
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
