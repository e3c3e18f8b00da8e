//! The review keys, read once a frame before the views draw. Runs on the window's thread.
//!
//! A text field with the focus takes every key first. An open drop-down and a control with the focus keep the keys that move and
//! press them. The host gets the other keys: [`captured_by_window`] says which keys the window keeps, and `host_keys` forwards
//! the rest where the window system does not.

use earmark_core::protocol::Command;
use egui::{Context, Event, Key, Modifiers, Popup};
use nice_plug_egui::KeyCapture;

use super::action::{Action, Panel, SimilarAction};
use super::in_out::InOutPoint;
use super::pasted::paths_in;
use super::views::results;
use super::views::timeline::Zoom;

/// The rows that a page key moves by.
const PAGE: isize = 10;

/// Letters with an action. A small one arrives as a key. A capital (Shift, Caps Lock) and `?` may arrive through baseview only as
/// text, and elsewhere as both.
const LETTERS: [(Key, char); 23] = [
    (Key::A, 'A'),
    (Key::C, 'C'),
    (Key::E, 'E'),
    (Key::F, 'F'),
    (Key::G, 'G'),
    (Key::I, 'I'),
    (Key::L, 'L'),
    (Key::O, 'O'),
    (Key::Z, 'Z'),
    (Key::Num0, '0'),
    (Key::Plus, '+'),
    (Key::Equals, '='),
    (Key::Minus, '-'),
    (Key::M, 'M'),
    (Key::N, 'N'),
    (Key::P, 'P'),
    (Key::S, 'S'),
    (Key::T, 'T'),
    (Key::U, 'U'),
    (Key::V, 'V'),
    (Key::Y, 'Y'),
    (Key::Questionmark, '?'),
    (Key::Space, ' '),
];

/// Keys without a letter that have an action, or that move and press a control.
const NAMED: [Key; 13] = [
    Key::ArrowUp,
    Key::ArrowDown,
    Key::ArrowLeft,
    Key::ArrowRight,
    Key::PageUp,
    Key::PageDown,
    Key::Home,
    Key::End,
    Key::Delete,
    Key::Escape,
    Key::Tab,
    Key::Enter,
    Key::F2,
];

/// Takes the keys with an action out of this frame's input and returns the actions in the order of the presses: a slow frame may
/// hold Down, N, Down, N.
///
/// `was_typing`: a text field had the focus in the previous frame; the Escape or Enter that ends typing still belongs to it.
/// `auditions`: Space would play or stop something; else the host gets it.
pub fn take(ctx: &Context, was_typing: bool, auditions: bool) -> Vec<Action> {
    if was_typing || ctx.text_edit_focused() || Popup::is_any_open(ctx) {
        return Vec::new();
    }
    let focused = ctx.memory(egui::Memory::focused);
    let on_list = focused.is_none() || focused == Some(results::focus_id());
    let may = May {
        step: on_list,
        audition: on_list && auditions,
    };
    let mut actions = Vec::new();
    ctx.input_mut(|input| {
        let held = input.modifiers.shift;
        let events = std::mem::take(&mut input.events);
        let pressed: Vec<Key> = events.iter().filter_map(pressed_key).collect();
        // The user may release Shift before the end of a slow frame, but a capital stays one.
        let typed: String = events.iter().filter_map(typed_text).collect();
        let is_capital = |letter: char| letter.is_alphabetic() && typed.contains(letter);
        for event in events {
            if is_paste(&event) {
                // Its text is an event of its own, and the host must not paste as well.
                continue;
            }
            let action = match &event {
                Event::Paste(text) | Event::Text(text) if !paths_in(text).is_empty() => {
                    Some(Action::DropFiles {
                        paths: paths_in(text),
                        scans: held,
                    })
                }
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
                    meaning(*key, with, may)
                }
                // A longer text is pasted, not typed.
                Event::Text(text) if text.chars().count() == 1 => LETTERS
                    .into_iter()
                    .find(|(key, letter)| text.contains(*letter) && !pressed.contains(key))
                    .and_then(|(key, letter)| {
                        let with = Modifiers {
                            shift: held || is_capital(letter),
                            ..Modifiers::NONE
                        };
                        meaning(key, with, may)
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

/// Whether the user presses Ctrl+V.
fn is_paste(event: &Event) -> bool {
    matches!(
        event,
        Event::Key { key: Key::V, modifiers, .. } if modifiers.matches_logically(Modifiers::COMMAND)
    )
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

/// What else may use a key.
#[derive(Clone, Copy)]
struct May {
    /// No control with the focus moves with the same keys.
    step: bool,
    /// Space neither presses a control nor belongs to the host.
    audition: bool,
}

/// The action of one key.
fn meaning(key: Key, modifiers: Modifiers, may: May) -> Option<Action> {
    let shift = modifiers.shift;
    if modifiers.matches_logically(Modifiers::COMMAND) {
        return match key {
            Key::Z if shift => Some(Command::Redo.into()),
            Key::Z => Some(Command::Undo.into()),
            Key::Y => Some(Command::Redo.into()),
            Key::A => Some(Action::SelectAll),
            Key::C if shift => Some(Action::ShowSelectedInFolder),
            Key::C => Some(Action::CopySelectedPath),
            _ => None,
        };
    }
    if !modifiers.matches_logically(Modifiers::NONE) {
        return None;
    }
    let scrolls = may.step && modifiers.alt;
    let step = |by| may.step.then_some(Action::Step { by, extend: shift });
    match key {
        Key::C => Some(Action::CompareWithBefore),
        Key::E if shift => Some(Action::Toggle(Panel::Import)),
        Key::E => Some(Action::Toggle(Panel::Export)),
        Key::L => Some(Action::Toggle(Panel::Library)),
        Key::I => Some(Action::SetInOutPoint(InOutPoint::In)),
        Key::O => Some(Action::SetInOutPoint(InOutPoint::Out)),
        Key::M => Some(Action::Merge),
        Key::N => Some(Action::MarkNegative),
        Key::P => Some(Action::MarkPositive { ask: shift }),
        Key::U => Some(Action::MarkUnsure),
        Key::S => Some(Action::NextToReview),
        Key::T if shift => Some(Action::Train),
        Key::T => Some(Action::Toggle(Panel::Train)),
        Key::Questionmark => Some(Action::Toggle(Panel::Help)),
        Key::Space => may.audition.then_some(Action::Audition),
        Key::Delete => Some(Action::Disable),
        Key::Escape => Some(Action::Dismiss),
        Key::F2 => Some(Action::EditTimes),
        Key::Enter => may.step.then_some(Action::EditNote),
        Key::F => Some(SimilarAction::Find.into()),
        Key::Num0 => Some(Action::Zoom(Zoom::Fit)),
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

/// The keys that the host must not get while the user holds `modifiers`. A text field takes all, otherwise the window takes the
/// review keys. The host gets Space, unless Space `auditions` something.
pub fn captured_by_window(typing: bool, auditions: bool, modifiers: Modifiers) -> KeyCapture {
    use nice_plug_egui::Key as Platform;

    if typing {
        return KeyCapture::CaptureAll;
    }
    let may = May {
        step: true,
        audition: auditions,
    };
    let is_ours = |key: Key| {
        if key == Key::V {
            return modifiers.matches_logically(Modifiers::COMMAND);
        }
        // The user may be about to press Shift.
        let with_shift = modifiers | Modifiers::SHIFT;
        meaning(key, modifiers, may).is_some() || meaning(key, with_shift, may).is_some()
    };
    let is_of_controls = |key: Key| {
        let control = matches!(key, Key::Tab | Key::Enter | Key::Escape);
        control && !modifiers.command
    };
    let named = NAMED
        .into_iter()
        .filter(|&key| is_ours(key) || is_of_controls(key))
        // egui has the same names for these as the platforms.
        .filter_map(|key| format!("{key:?}").parse::<Platform>().ok());
    let written = LETTERS
        .into_iter()
        .filter(|&(key, _)| is_ours(key))
        .flat_map(|(_, letter)| [letter, letter.to_ascii_lowercase()])
        .map(|letter| Platform::Character(String::from(letter)));
    KeyCapture::CaptureKeys(named.chain(written).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captures(capture: &KeyCapture, text: &str) -> bool {
        match capture {
            KeyCapture::CaptureAll => true,
            KeyCapture::CaptureKeys(keys) => {
                keys.contains(&nice_plug_egui::Key::Character(String::from(text)))
                    || text.parse().is_ok_and(|named| keys.contains(&named))
            }
            _ => false,
        }
    }

    #[test]
    fn space_stays_with_the_host_until_there_is_something_to_audition() {
        let captured = |typing, auditions| {
            captures(&captured_by_window(typing, auditions, Modifiers::NONE), " ")
        };
        assert!(!captured(false, false));
        assert!(captured(false, true));
        assert!(captured(true, false));
    }

    #[test]
    fn what_the_host_does_with_a_modifier_is_not_taken_from_it() {
        let plain = captured_by_window(false, true, Modifiers::NONE);
        for ours in ["n", "N", "p", "?", "=", "ArrowDown", "PageUp", "F2", "Tab"] {
            assert!(captures(&plain, ours), "{ours} reviews");
        }
        assert!(!captures(&plain, "a") && !captures(&plain, "y") && !captures(&plain, "r"));

        let control = captured_by_window(false, true, Modifiers::CTRL | Modifiers::COMMAND);
        assert!(
            ["z", "a", "c", "v"]
                .iter()
                .all(|key| captures(&control, key))
        );
        for the_hosts in ["s", "n", "p", "t", " "] {
            assert!(!captures(&control, the_hosts), "Ctrl+{the_hosts}");
        }
    }
}
