//! The keys of reviewing, read once a frame before any view is drawn.
//!
//! A text field that has the focus takes every key first; an open drop-down and a control reached with Tab keep the
//! keys that move and press it. What is left over goes back to the host: [`captured_by_window`] says which are ours.

use earmark_core::engine::command::Command;
use egui::{Context, Event, Key, Modifiers, Popup};
use nice_plug_egui::KeyCapture;

use super::action::{Action, Panel};
use super::views::results;

/// Rows a page key moves by.
const PAGE: isize = 10;

/// Takes the keys that mean something out of this frame's input and says what they mean.
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
        let typed: String = input
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        // A small letter arrives as a key; a capital (Shift, Caps Lock) through baseview arrives as text alone.
        let shift = input.modifiers.shift;
        if input.consume_key(Modifiers::NONE, Key::N) || typed.contains('N') {
            actions.push(Action::MarkNegative);
        }
        if input.consume_key(Modifiers::NONE, Key::P) || typed.contains('P') {
            actions.push(Action::MarkPositive { ask: shift });
        }
        if input.consume_key(Modifiers::NONE, Key::S) || typed.contains('S') {
            actions.push(Action::NextToReview);
        }
        if typed.contains('?') || input.consume_key(Modifiers::NONE, Key::Questionmark) {
            actions.push(Action::Toggle(Panel::Help));
        }
        let redo = input.consume_key(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z)
            || input.consume_key(Modifiers::COMMAND, Key::Y);
        if redo {
            actions.push(Command::Redo.into());
        }
        if input.consume_key(Modifiers::COMMAND, Key::Z) {
            actions.push(Command::Undo.into());
        }
        if input.consume_key(Modifiers::COMMAND, Key::A) {
            actions.push(Action::SelectAll);
        }
        if input.consume_key(Modifiers::NONE, Key::Delete) {
            actions.push(Action::Disable);
        }
        if input.consume_key(Modifiers::NONE, Key::Escape) {
            actions.push(Action::Dismiss);
        }
        if may_move {
            for (key, by) in [
                (Key::ArrowUp, -1),
                (Key::ArrowDown, 1),
                (Key::ArrowLeft, -1),
                (Key::ArrowRight, 1),
                (Key::PageUp, -PAGE),
                (Key::PageDown, PAGE),
                (Key::Home, isize::MIN / 2),
                (Key::End, isize::MAX / 2),
            ] {
                if input.consume_key(Modifiers::SHIFT, key) {
                    actions.push(Action::Step { by, extend: true });
                } else if input.consume_key(Modifiers::NONE, key) {
                    actions.push(Action::Step { by, extend: false });
                }
            }
        }
    });
    actions
}

/// Which keys the host must not see as well. A text field takes all; otherwise those that review.
pub fn captured_by_window(typing: bool) -> KeyCapture {
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
    ]
    .into_iter()
    .filter_map(|name| name.parse::<Platform>().ok());
    let written = ["n", "N", "p", "P", "s", "S", "z", "Z", "y", "a", "?"]
        .into_iter()
        .map(|text| Platform::Character(text.to_owned()));
    KeyCapture::CaptureKeys(named.chain(written).collect())
}
