//! What a label asks for: an example, a hard negative, an unsure mark, or nothing. Pure.

use super::super::{Label, LabelState};
use crate::export::ClassName;
use crate::protocol::{MarkAs, MarkKind};

/// The mark that `label` asks for; `None` where it is only a note, or a region that nobody judged. `class` is the one that the user
/// chose for all.
pub(super) fn kind_of(
    label: &Label,
    mark_as: MarkAs,
    class: Option<&str>,
) -> Result<Option<MarkKind>, String> {
    let example = || example_of(label, class).map(Some);
    match (mark_as, label.state) {
        (_, Some(LabelState::Noted)) => Ok(None),
        (MarkAs::Negative, _) | (MarkAs::ByClass, Some(LabelState::Negative)) => {
            Ok(Some(MarkKind::Negative))
        }
        (MarkAs::Unsure, _) | (MarkAs::ByClass, Some(LabelState::Unsure)) => {
            Ok(Some(MarkKind::Unsure))
        }
        (MarkAs::ByClass, Some(LabelState::Found | LabelState::Disabled)) => Ok(None),
        (MarkAs::Positive, _) | (MarkAs::ByClass, Some(LabelState::Positive) | None) => example(),
    }
}

fn example_of(label: &Label, class: Option<&str>) -> Result<MarkKind, String> {
    let class = class.unwrap_or(&label.class);
    if class.trim().is_empty() {
        return Err(String::from(
            "the label has no name: choose a class for all labels",
        ));
    }
    let class = ClassName::new(class).map_err(|error| error.to_string())?;
    Ok(MarkKind::Positive {
        class: class.as_str().to_owned(),
    })
}
