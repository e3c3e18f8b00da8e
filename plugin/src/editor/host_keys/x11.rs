//! The keys of an X11 display. baseview keeps every key of its window there.
//!
//! Hosts that embed with GTK (Ardour) send their own unused keys to this window, and a key would go back and forth for ever. So
//! this module takes only keys from the keyboard, once for each press. The window cannot tell them apart, but a second
//! connection to the display can: events that a program sends are marked as such.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers};
use x11rb::connection::Connection;
use x11rb::errors::{ConnectionError, ReplyError};
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt, EventMask, KEY_PRESS_EVENT, KEY_RELEASE_EVENT,
    KeyButMask, KeyPressEvent, Keycode, Window,
};
use x11rb::rust_connection::{ConnectError, RustConnection};
use x11rb::{CURRENT_TIME, NONE};
use xkeysym::Keysym;

/// In the kind of an event (X11 protocol, "Event formats").
const SENT_BY_A_PROGRAM: u8 = 0x80;
/// The time after which this module forgets a press.
const FORGET: Duration = Duration::from_secs(2);

/// What a key is to the host.
pub type Code = Keycode;

/// Why the window cannot forward keys.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("Earmark cannot connect to the display: {0}")]
    Connect(#[from] ConnectError),
    #[error("the display does not answer: {0}")]
    Ask(#[from] ReplyError),
    #[error("the display did not accept the key: {0}")]
    Send(#[from] ConnectionError),
}

/// A second connection to the display, which gets the same keys as the window.
pub struct HostLink {
    connection: RustConnection,
    root: u32,
    first_keycode: Keycode,
    /// The keysyms of each key, with and without modifiers; the same number for each.
    keysyms: Vec<u32>,
    keysyms_per_keycode: usize,
    /// Presses on the keyboard that this module has not forwarded, the oldest first.
    presses: VecDeque<(Keycode, Instant)>,
}

impl HostLink {
    /// Listens to the windows inside `host`, also the editor's.
    pub fn open(host: usize) -> Result<Self, LinkError> {
        let host = window_of(host);
        let (connection, screen) = RustConnection::connect(None)?;
        let setup = connection.setup();
        let root = setup.roots.get(screen).map_or(NONE, |screen| screen.root);
        let (first_keycode, last_keycode) = (setup.min_keycode, setup.max_keycode);
        let layout = connection
            .get_keyboard_mapping(first_keycode, last_keycode - first_keycode + 1)?
            .reply()?;
        let listen = ChangeWindowAttributesAux::new().event_mask(EventMask::KEY_PRESS);
        for window in connection.query_tree(host)?.reply()?.children {
            connection.change_window_attributes(window, &listen)?;
        }
        connection.flush()?;
        Ok(Self {
            connection,
            root,
            first_keycode,
            keysyms_per_keycode: usize::from(layout.keysyms_per_keycode).max(1),
            keysyms: layout.keysyms,
            presses: VecDeque::new(),
        })
    }

    /// The code of `key` if the user pressed it on the keyboard; each press counts once.
    pub fn take_press(&mut self, key: Key) -> Option<Keycode> {
        // Before the answer to this, the connection gets every event of the window.
        let asked = self.connection.get_input_focus().ok()?;
        asked.reply().ok()?;
        self.read_events().ok()?;
        let wanted = keysym(key)?.raw();
        let index = self.presses.iter().position(|&(code, _)| {
            let given = self.given_by(code);
            given.contains(&wanted) || on_keypad(wanted).is_some_and(|it| given.contains(&it))
        })?;
        self.presses.remove(index).map(|(code, _)| code)
    }

    /// Reads all events until now. Does not wait.
    pub fn read_events(&mut self) -> Result<(), LinkError> {
        while let Some(event) = self.connection.poll_for_event()? {
            if let Event::KeyPress(press) = event
                && press.response_type & SENT_BY_A_PROGRAM == 0
            {
                self.presses.push_back((press.detail, Instant::now()));
            }
        }
        self.presses.retain(|(_, at)| at.elapsed() < FORGET);
        Ok(())
    }

    /// The modifiers that are held now, wherever the keyboard is. `None` if the display does not answer.
    pub fn held_modifiers(&self) -> Option<Modifiers> {
        let pointer = self.connection.query_pointer(self.root).ok()?;
        Some(modifiers_of(pointer.reply().ok()?.mask))
    }

    fn given_by(&self, code: Keycode) -> &[u32] {
        let index = usize::from(code.saturating_sub(self.first_keycode));
        let mut keys = self.keysyms.chunks_exact(self.keysyms_per_keycode);
        keys.nth(index).unwrap_or_default()
    }

    /// Sends a key to `window`, or to the nearest window around it that listens to keys. Does not wait.
    pub fn send(
        &self,
        window: usize,
        code: Keycode,
        pressed: bool,
        modifiers: Modifiers,
    ) -> Result<(), LinkError> {
        let window = window_of(window);
        let (kind, mask) = if pressed {
            (KEY_PRESS_EVENT, EventMask::KEY_PRESS)
        } else {
            (KEY_RELEASE_EVENT, EventMask::KEY_RELEASE)
        };
        let event = KeyPressEvent {
            response_type: kind,
            detail: code,
            sequence: 0,
            time: CURRENT_TIME,
            root: self.root,
            event: window,
            child: NONE,
            root_x: 0,
            root_y: 0,
            event_x: 0,
            event_y: 0,
            state: mask_of(modifiers),
            same_screen: true,
        };
        self.connection.send_event(true, window, mask, event)?;
        self.connection.flush()?;
        Ok(())
    }
}

/// X11's windows have 32 bits, whatever the system's pointers have.
fn window_of(handle: usize) -> Window {
    u32::try_from(handle).unwrap_or(NONE)
}

/// The same key on the keypad.
fn on_keypad(keysym: u32) -> Option<u32> {
    match keysym {
        ascii @ 0x21..0x7f => Some(0xff80 + ascii),
        return_ if return_ == Keysym::Return.raw() => Some(Keysym::KP_Enter.raw()),
        _ => None,
    }
}

fn mask_of(modifiers: Modifiers) -> KeyButMask {
    let pairs = [
        (modifiers.shift, KeyButMask::SHIFT),
        (modifiers.ctrl, KeyButMask::CONTROL),
        (modifiers.alt, KeyButMask::MOD1),
    ];
    let held = pairs.into_iter().filter(|(held, _)| *held);
    held.fold(KeyButMask::default(), |mask, (_, bit)| mask | bit)
}

fn modifiers_of(mask: KeyButMask) -> Modifiers {
    Modifiers {
        shift: mask.contains(KeyButMask::SHIFT),
        ctrl: mask.contains(KeyButMask::CONTROL),
        command: mask.contains(KeyButMask::CONTROL),
        alt: mask.contains(KeyButMask::MOD1),
        mac_cmd: false,
    }
}

/// The keysym of `key`.
fn keysym(key: Key) -> Option<Keysym> {
    let named = match key {
        Key::ArrowLeft => Keysym::Left,
        Key::ArrowUp => Keysym::Up,
        Key::ArrowRight => Keysym::Right,
        Key::ArrowDown => Keysym::Down,
        Key::Home => Keysym::Home,
        Key::End => Keysym::End,
        Key::PageUp => Keysym::Page_Up,
        Key::PageDown => Keysym::Page_Down,
        Key::Enter => Keysym::Return,
        Key::Escape => Keysym::Escape,
        Key::Backspace => Keysym::BackSpace,
        Key::Delete => Keysym::Delete,
        Key::Insert => Keysym::Insert,
        Key::Space => Keysym::space,
        Key::Minus => Keysym::minus,
        _ => return keysym_of_written(key.symbol_or_name()),
    };
    Some(named)
}

/// The keysym of `F5`, or of the key that writes a character.
fn keysym_of_written(name: &str) -> Option<Keysym> {
    let mut letters = name.chars();
    let (first, rest) = (letters.next().filter(char::is_ascii)?, letters.as_str());
    if rest.is_empty() {
        return Some(Keysym::from_char(first.to_ascii_lowercase()));
    }
    let number: u32 = rest.parse().ok()?;
    // The display's names of the function keys follow each other.
    let is_function_key = first == 'F' && (1..=24).contains(&number);
    is_function_key.then(|| Keysym::new(Keysym::F1.raw() + number - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_display_and_egui_mean_the_same_modifiers() {
        for held in [Modifiers::NONE, Modifiers::SHIFT, Modifiers::ALT] {
            assert_eq!(modifiers_of(mask_of(held)), held);
        }
        let control = modifiers_of(KeyButMask::CONTROL);
        assert!(control.ctrl && control.command);
    }

    #[test]
    fn keys_go_by_the_names_that_the_display_knows() {
        assert_eq!(keysym(Key::Space), Some(Keysym::space));
        assert_eq!(keysym(Key::R), Some(Keysym::r));
        assert_eq!(keysym(Key::Num1), Some(Keysym::_1));
        assert_eq!(keysym(Key::Comma), Some(Keysym::comma));
        assert_eq!(keysym(Key::ArrowLeft), Some(Keysym::Left));
        assert_eq!(keysym(Key::F5), Some(Keysym::F5));
        assert_eq!(keysym(Key::F24), Some(Keysym::F24));
        assert_eq!(keysym(Key::F35), None);
    }
}
