//! The keys of reviewing, read once a frame before any view is drawn.
//!
//! A text field that has the focus takes every key first; an open drop-down and a control reached with Tab keep the
//! keys that move and press it. What is left over goes back to the host: [`captured_by_window`] says which are ours.

use earmark_core::engine::command::Command;
use egui::{Context, Event, Key, Modifiers, Popup};
use nice_plug_egui::KeyCapture;

use super::action::{Action, Panel};
use super::views::results;
use super::views::timeline::Zoom;

/// Rows a page key moves by.
const PAGE: isize = 10;

/// Letters that mean something. A small one arrives as a key; a capital (Shift, Caps Lock) and `?` may arrive through
/// baseview as text alone, and elsewhere as both.
const LETTERS: [(Key, char); 16] = [
    (Key::C, 'C'),
    (Key::E, 'E'),
    (Key::F, 'F'),
    (Key::G, 'G'),
    (Key::Z, 'Z'),
    (Key::Num0, '0'),
    (Key::Plus, '+'),
    (Key::Minus, '-'),
    (Key::M, 'M'),
    (Key::N, 'N'),
    (Key::P, 'P'),
    (Key::S, 'S'),
    (Key::T, 'T'),
    (Key::U, 'U'),
    (Key::Questionmark, '?'),
    (Key::Space, ' '),
];

/// Takes the keys that mean something out of this frame's input and says what they mean, in the order in which they
/// were pressed: a slow frame may hold a whole Down, N, Down, N.
///
/// `was_typing`: a text field had the focus in the frame before. The Escape or Enter that takes the focus away is still
/// the field's.
pub fn take(ctx: &Context, was_typing: bool) -> Vec<Action> {
    if was_typing || ctx.text_edit_focused() || Popup::is_any_open(ctx) {
        return Vec::new();
    }
    let focused = ctx.memory(egui::Memory::focused);
    let may_move = focused.is_none() || focused == Some(results::focus_id());
    let mut actions = Vec::new();
    ctx.input_mut(|input| {
        let held = input.modifiers.shift;
        let events = std::mem::take(&mut input.events);
        let pressed: Vec<Key> = events.iter().filter_map(pressed_key).collect();
        // By the end of a slow frame Shift may be up again, but a capital stays one.
        let typed: String = events.iter().filter_map(typed_text).collect();
        let is_capital = |letter: char| letter.is_alphabetic() && typed.contains(letter);
        for event in events {
            let action = match &event {
                Event::Key {
                    key,
                    pressed: true,
                    modifiers,
                    ..
                } => {
                    let mut letters = LETTERS.into_iter();
                    let capital =
                        letters.any(|(known, letter)| known == *key && is_capital(letter));
                    let with = Modifiers {
                        shift: modifiers.shift || capital,
                        ..*modifiers
                    };
                    meaning(*key, with, may_move)
                }
                Event::Text(text) => LETTERS
                    .into_iter()
                    .find(|(key, letter)| text.contains(*letter) && !pressed.contains(key))
                    .and_then(|(key, letter)| {
                        let with = Modifiers {
                            shift: held || is_capital(letter),
                            ..Modifiers::NONE
                        };
                        meaning(key, with, may_move)
                    }),
                _ => None,
            };
            match action {
                Some(action) => actions.push(action),
                None => input.events.push(event),
            }
        }
    });
    actions
}

fn typed_text(event: &Event) -> Option<&str> {
    match event {
        Event::Text(text) => Some(text),
        _ => None,
    }
}

fn pressed_key(event: &Event) -> Option<Key> {
    match event {
        Event::Key {
            key, pressed: true, ..
        } => Some(*key),
        _ => None,
    }
}

/// What one key means.
fn meaning(key: Key, modifiers: Modifiers, may_move: bool) -> Option<Action> {
    let shift = modifiers.shift;
    if modifiers.matches_logically(Modifiers::COMMAND) {
        return match key {
            Key::Z if shift => Some(Command::Redo.into()),
            Key::Z => Some(Command::Undo.into()),
            Key::Y => Some(Command::Redo.into()),
            Key::A => Some(Action::SelectAll),
            _ => None,
        };
    }
    if !modifiers.matches_logically(Modifiers::NONE) {
        return None;
    }
    let scrolls = may_move && modifiers.alt;
    let step = |by| may_move.then_some(Action::Step { by, extend: shift });
    match key {
        Key::C => Some(Action::CompareWithBefore),
        Key::E => Some(Action::Toggle(Panel::Export)),
        Key::M => Some(Action::Merge),
        Key::N => Some(Action::MarkNegative),
        Key::P => Some(Action::MarkPositive { ask: shift }),
        Key::U => Some(Action::MarkUnsure),
        Key::S => Some(Action::NextToReview),
        Key::T if shift => Some(Action::Train),
        Key::T => Some(Action::Toggle(Panel::Train)),
        Key::Questionmark => Some(Action::Toggle(Panel::Help)),
        // On a control reached with Tab it is the press of a button.
        Key::Space => may_move.then_some(Action::Audition),
        Key::Delete => Some(Action::Disable),
        Key::Escape => Some(Action::Dismiss),
        Key::F2 => Some(Action::EditTimes),
        Key::F | Key::Num0 => Some(Action::Zoom(Zoom::Fit)),
        Key::G => Some(Action::ToggleSpectrogram),
        Key::Z => Some(Action::Zoom(Zoom::Selection)),
        Key::Plus | Key::Equals => Some(Action::Zoom(Zoom::In)),
        Key::Minus => Some(Action::Zoom(Zoom::Out)),
        Key::ArrowLeft if scrolls => Some(Action::Zoom(Zoom::Earlier)),
        Key::ArrowRight if scrolls => Some(Action::Zoom(Zoom::Later)),
        Key::ArrowUp | Key::ArrowLeft => step(-1),
        Key::ArrowDown | Key::ArrowRight => step(1),
        Key::PageUp => step(-PAGE),
        Key::PageDown => step(PAGE),
        Key::Home => step(isize::MIN / 2),
        Key::End => step(isize::MAX / 2),
        _ => None,
    }
}

/// Which keys the host must not see as well. A text field takes all; otherwise those that review. Space starts and stops
/// the host's transport, unless there is something here that it `auditions`.
pub fn captured_by_window(typing: bool, auditions: bool) -> KeyCapture {
    use nice_plug_egui::Key as Platform;

    if typing {
        return KeyCapture::CaptureAll;
    }
    let named = [
        "ArrowUp",
        "ArrowDown",
        "ArrowLeft",
        "ArrowRight",
        "PageUp",
        "PageDown",
        "Home",
        "End",
        "Delete",
        "Escape",
        "Tab",
        "Enter",
        "F2",
    ]
    .into_iter()
    .filter_map(|name| name.parse::<Platform>().ok());
    let written = [
        "c", "C", "e", "E", "t", "T", "m", "M", "n", "N", "p", "P", "s", "S", "u", "U", "z", "Z",
        "y", "a", "?", "f", "F", "0", "+", "=", "-", "g", "G",
    ]
    .into_iter()
    .chain(auditions.then_some(" "))
    .map(|text| Platform::Character(text.to_owned()));
    KeyCapture::CaptureKeys(named.chain(written).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_stays_with_the_host_until_there_is_something_to_audition() {
        let captures_space = |typing, auditions| match captured_by_window(typing, auditions) {
            KeyCapture::CaptureAll => true,
            KeyCapture::CaptureKeys(keys) => {
                keys.contains(&nice_plug_egui::Key::Character(String::from(" ")))
            }
            _ => false,
        };
        assert!(!captures_space(false, false));
        assert!(captures_space(false, true));
        assert!(captures_space(true, false));
    }
}
