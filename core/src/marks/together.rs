//! Changes that are made together: one transaction, one step of undo, and one sentence in the status line.
//!
//! For marks on rows of several sounds, which have profiles of their own, and on stretches of several recordings. Inside a
//! transaction; it must never make some of the changes and leave out others.

use super::clip_files::ClipFiles;
use super::outcome::Outcome;
use super::{apply, judging};
use crate::protocol::{Change, EngineError, Target};
use crate::store::StoreTransaction;
use crate::words::counted;

/// Brings about the states that all of `changes` name.
pub(super) fn apply_all(
    tx: &mut StoreTransaction<'_>,
    changes: &[Change],
    clips: &ClipFiles,
    is_same_file: bool,
) -> Result<Outcome, EngineError> {
    let without = ClipFiles::default();
    let mut outcomes = Vec::with_capacity(changes.len());
    for (index, change) in changes.iter().enumerate() {
        let clips = clips.of_part(index).unwrap_or(&without);
        outcomes.push(apply(tx, change, clips, is_same_file)?);
    }
    Ok(said_together(changes, outcomes))
}

/// What is said of all of them: as of one where they say the same of spans, else what each says, as far as there is room.
fn said_together(changes: &[Change], outcomes: Vec<Outcome>) -> Outcome {
    let starts = outcomes.iter().map(|outcome| outcome.added.len()).sum();
    if let [first, rest @ ..] = changes
        && let Target::Marked { kind, marked: true, .. } = &first.target
        && rest.iter().all(|change| {
            matches!(&change.target, Target::Marked { kind: other, marked: true, .. } if other == kind)
        })
    {
        let (label, message) = judging::said_of_several(kind, starts);
        return Outcome::labelled(label).saying(message);
    }
    let labels = outcomes.iter().map(|outcome| outcome.label.as_str());
    let labels: Vec<&str> = labels.filter(|label| !label.is_empty()).collect();
    let messages = outcomes
        .iter()
        .filter_map(|outcome| outcome.message.as_deref());
    let messages: Vec<&str> = messages.collect();
    let label = match labels.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, other] => format!("{one} and {other}"),
        [one, rest @ ..] => format!("{one} and {}", counted(rest.len(), "other change")),
    };
    let message = (!messages.is_empty()).then(|| messages.join("; "));
    Outcome::labelled(label).saying(message)
}
