//! Names of labels in forms that have one field for everything: our exports write `door 0.97: creaks twice` there. Pure.

use super::LabelState;

/// What the name of a label says.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct LabelText {
    pub(super) class: String,
    pub(super) state: Option<LabelState>,
    pub(super) score: Option<f32>,
    pub(super) note: String,
}

impl LabelText {
    /// Takes a name apart. What is before the first colon and blank is the class or the state, with the score behind it if two
    /// decimals stand there; what follows is the note. No class has a colon.
    pub(super) fn of(name: &str) -> Self {
        let name = name.trim();
        let (head, note) = name.split_once(": ").unwrap_or((name, ""));
        let (head, score) = match head.rsplit_once(' ') {
            Some((class, score)) if is_score(score) => (class, score.parse().ok()),
            _ => (head, None),
        };
        let head = head.trim();
        let state = LabelState::named(head);
        Self {
            class: match state {
                Some(_) => String::new(),
                None => head.to_owned(),
            },
            state,
            score,
            note: note.trim().to_owned(),
        }
    }
}

/// Whether it is written as our exports write a score: `0.97`.
fn is_score(text: &str) -> bool {
    match text.as_bytes() {
        [b'0', b'.', tenths, hundredths] => tenths.is_ascii_digit() && hundredths.is_ascii_digit(),
        _ => text == "1.00",
    }
}
