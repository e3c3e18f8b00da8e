//! What the status line says of a mark: which region, and what it is now.

use crate::marks::{Deed, Step, counted};
use crate::time::timecode;

/// The deed in words, for a take that starts `start_s` seconds into the project; `None` when it was no mark.
pub(super) fn told(deed: &Deed, start_s: f64) -> Option<String> {
    let place = |starts: &mut dyn ExactSizeIterator<Item = f64>| match starts.len() {
        1 => starts
            .next()
            .map_or_else(String::new, |at_s| timecode(start_s + at_s)),
        count => counted(count, "region"),
    };
    match deed.steps.last()? {
        Step::NegativesAdded(rows) if rows.is_empty() => {
            Some(String::from("It is marked as not this sound already"))
        }
        Step::NegativesAdded(rows) => Some(format!(
            "Marked {} as not this sound",
            place(&mut rows.iter().map(|row| row.start_s))
        )),
        Step::NegativesRemoved(rows) if !rows.is_empty() => Some(format!(
            "{} no longer marked as not this sound",
            place(&mut rows.iter().map(|row| row.start_s))
        )),
        Step::UnsureAdded(rows) if rows.is_empty() => {
            Some(String::from("It is marked as unsure already"))
        }
        Step::UnsureAdded(rows) => Some(format!(
            "Marked {} as unsure: kept out of training",
            place(&mut rows.iter().map(|row| row.span.start_s()))
        )),
        Step::UnsureRemoved(rows) if !rows.is_empty() => Some(format!(
            "{} no longer marked as unsure",
            place(&mut rows.iter().map(|row| row.span.start_s()))
        )),
        Step::ClipsAdded(clips) => match clips.first() {
            None => Some(String::from("It is an example of that class already")),
            Some(first) => Some(format!(
                "Marked {} as {}",
                place(&mut clips.iter().map(|clip| clip.span.start_s())),
                first.class().unwrap_or("an example")
            )),
        },
        Step::ClipsRemoved(clips) => clips.first().map(|first| {
            format!(
                "{} no longer marked as {}",
                place(&mut clips.iter().map(|clip| clip.span.start_s())),
                first.class().unwrap_or("an example")
            )
        }),
        _ => None,
    }
}
