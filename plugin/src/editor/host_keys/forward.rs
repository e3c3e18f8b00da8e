//! Forwards the unused keys of a window to the host, on the systems where the window system does not.
//!
//! Runs on the window's thread after each frame.

use std::collections::HashMap;

use egui::{Context, Event, Key, Modifiers, Popup};

use super::HostWindow;
#[cfg(windows)]
use super::win32::{Code, HostLink, LinkError};
#[cfg(target_os = "linux")]
use super::x11::{Code, HostLink, LinkError};
use crate::editor::views::results;

/// Whether a key that a host sends back looks as if the user held it down.
const REPEATS_ARE_ECHOES: bool = cfg!(windows);

/// Forwards the unused keys of one opening of the window.
pub struct HostKeys {
    host: HostWindow,
    link: Link,
    /// Forwarded keys that the user still holds.
    held: HashMap<Key, Code>,
}

/// What carries the keys.
enum Link {
    Closed,
    Open(Box<HostLink>),
    /// Keys stay in the window.
    Failed,
}

impl HostKeys {
    /// Keys for one opening of the window inside `host`.
    pub fn new(host: HostWindow) -> Self {
        Self {
            host,
            link: Link::Closed,
            held: HashMap::new(),
        }
    }

    /// The modifiers of a drag of files over the window, where the window does not know them: on X11 the keyboard stays with
    /// the program that the files come from.
    pub fn modifiers_of_drag(&self, ctx: &Context) -> Option<Modifiers> {
        let is_dragged = ctx.input(|input| {
            !(input.raw.hovered_files.is_empty() && input.raw.dropped_files.is_empty())
        });
        match &self.link {
            Link::Open(link) if is_dragged => link.held_modifiers(),
            _ => None,
        }
    }

    /// Forwards the unused keys of this frame. `was_typing`: a text field had the focus at its start.
    pub fn forward(&mut self, ctx: &Context, was_typing: bool) {
        if ctx.will_discard() {
            return;
        }
        let Some(window) = self.host.handle() else {
            return;
        };
        // Before the first key, so that the link gets it.
        if matches!(self.link, Link::Closed) {
            self.link = match HostLink::open(window) {
                Ok(link) => Link::Open(Box::new(link)),
                Err(error) => failed(&error),
            };
        }
        if let Link::Open(link) = &mut self.link
            && let Err(error) = link.read_events()
        {
            self.link = failed(&error);
        }
        let busy = was_typing || ctx.text_edit_focused() || Popup::is_any_open(ctx);
        let focused = ctx.memory(egui::Memory::focused);
        let on_control = focused.is_some_and(|focused| focused != results::focus_id());
        for (key, pressed, modifiers) in unused_keys(ctx) {
            let Link::Open(link) = &mut self.link else {
                return;
            };
            let code = if pressed {
                let wanted = !busy && !is_used_by_egui(key, on_control);
                let code = wanted.then(|| link.take_press(key)).flatten();
                if let Some(code) = code {
                    self.held.insert(key, code);
                }
                code
            } else {
                self.held.remove(&key)
            };
            let sent = code.map(|code| link.send(window, code, pressed, modifiers));
            if let Some(Err(error)) = sent {
                self.link = failed(&error);
            }
        }
    }
}

fn failed(error: &LinkError) -> Link {
    tracing::debug!(%error, "keys stay in the window");
    Link::Failed
}

/// The keys that are still in the input of this frame.
fn unused_keys(ctx: &Context) -> Vec<(Key, bool, Modifiers)> {
    ctx.input(|input| {
        let keys = input.events.iter().filter_map(|event| match event {
            Event::Key {
                key,
                pressed,
                repeat,
                modifiers,
                ..
            } if !(REPEATS_ARE_ECHOES && *repeat) => Some((*key, *pressed, *modifiers)),
            _ => None,
        });
        keys.collect()
    })
}

/// Whether egui itself uses a key: to move the focus, or in the control that has it.
fn is_used_by_egui(key: Key, on_control: bool) -> bool {
    let works_controls = matches!(
        key,
        Key::Space
            | Key::Enter
            | Key::Escape
            | Key::ArrowUp
            | Key::ArrowDown
            | Key::ArrowLeft
            | Key::ArrowRight
    );
    key == Key::Tab || (on_control && works_controls)
}
