//! What is said of changes that are made together: marks on rows of several sounds, which have profiles of their own, or on stretches
//! of several recordings. They are one step of undo, with one label, and one sentence in the status line. Pure; it must never touch the
//! database: `apply` makes the changes.

use super::judging;
use super::outcome::Outcome;
use crate::protocol::{Change, MarkKind, Target};
use crate::words::counted;

/// The outcome of `changes`, each of which had one of `outcomes`: as of one where all mark spans as the same; otherwise what the first says,
/// and how many others there are.
pub(super) fn outcome_of_all(changes: &[Change], outcomes: &[Outcome]) -> Outcome {
    if let Some(kind) = common_kind(changes) {
        let marked = outcomes.iter().map(|outcome| outcome.added.len()).sum();
        let (label, message) = judging::said_of_several(kind, marked);
        return Outcome::labelled(label).saying(message);
    }
    let labels = outcomes.iter().map(|outcome| outcome.label.as_str());
    let label = in_short(labels.filter(|label| !label.is_empty()), " and ");
    let messages = outcomes.iter().filter_map(|it| it.message.as_deref());
    Outcome::labelled(label.unwrap_or_default()).saying(in_short(messages, "; "))
}

/// What all of `changes` mark spans as; `None` where they do different things.
fn common_kind(changes: &[Change]) -> Option<&MarkKind> {
    let mut kinds = changes.iter().map(|change| match &change.target {
        Target::Marked {
            kind, marked: true, ..
        } => Some(kind),
        _ => None,
    });
    let first = kinds.next()??;
    kinds.all(|kind| kind == Some(first)).then_some(first)
}

/// One or two of `texts` as they are; of more the first, and the number of the others.
fn in_short<'a>(texts: impl Iterator<Item = &'a str>, between: &str) -> Option<String> {
    let texts: Vec<&str> = texts.collect();
    match texts.as_slice() {
        [] => None,
        [one] => Some((*one).to_owned()),
        [one, other] => Some(format!("{one}{between}{other}")),
        [one, rest @ ..] => {
            let others = counted(rest.len(), "other change");
            Some(format!("{one}{between}{others}"))
        }
    }
}
