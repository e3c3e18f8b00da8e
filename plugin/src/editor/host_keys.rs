//! Forwards the keys that the window does not use to the host: Space for the transport, and the host's shortcuts.
//!
//! Runs on the window's thread after each frame. On other platforms the window system asks
//! [`captured_by_window`](super::keys::captured_by_window) and forwards the keys itself. On X11 baseview keeps every key of its
//! window, so this module sends them to the host's window, or to the window around it that listens to keys.
//!
//! Hosts that embed with GTK (Ardour) send their own unused keys to this window, and a key would go back and forth for ever. So
//! this module forwards only keys from the keyboard, once for each press. The window cannot tell them apart, but a second
//! connection to the display can: events that a program sends are marked as such.

#[cfg(target_os = "linux")]
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use egui::Context;
#[cfg(target_os = "linux")]
use egui::{Event, Key, Modifiers, Popup};
use nice_plug::editor::ParentWindowHandle;

#[cfg(target_os = "linux")]
use super::views::results;

/// The host's window, which the host may set after it made the editor. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct HostWindow {
    /// Zero while it is unknown.
    x11: Arc<AtomicU32>,
}

impl HostWindow {
    /// The host has set the window around the editor.
    pub fn set(&self, parent: ParentWindowHandle) {
        let window = match parent {
            ParentWindowHandle::XlibWindow(window) => u32::try_from(window).unwrap_or(0),
            ParentWindowHandle::XcbWindow(window) => window.get(),
            _ => 0,
        };
        self.x11.store(window, Ordering::Relaxed);
    }

    #[cfg(target_os = "linux")]
    fn x11(&self) -> Option<u32> {
        Some(self.x11.load(Ordering::Relaxed)).filter(|&window| window != 0)
    }
}

/// Forwards the unused keys of one opening of the window.
pub struct HostKeys {
    #[cfg(target_os = "linux")]
    host: HostWindow,
    #[cfg(target_os = "linux")]
    display: Display,
    /// Forwarded keys that the user still holds, with their codes on the keyboard.
    #[cfg(target_os = "linux")]
    held: HashMap<Key, u8>,
}

/// The connection to the display.
#[cfg(target_os = "linux")]
enum Display {
    Closed,
    Open(Box<x11::DisplayLink>),
    /// Keys stay in the window.
    Failed,
}

impl HostKeys {
    /// Keys for one opening of the window inside `host`.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(unused_variables, reason = "the window system does the work")
    )]
    pub fn new(host: HostWindow) -> Self {
        Self {
            #[cfg(target_os = "linux")]
            host,
            #[cfg(target_os = "linux")]
            display: Display::Closed,
            #[cfg(target_os = "linux")]
            held: HashMap::new(),
        }
    }

    /// Forwards the unused keys of this frame. `was_typing`: a text field had the focus at its start.
    #[cfg(target_os = "linux")]
    pub fn forward(&mut self, ctx: &Context, was_typing: bool) {
        if ctx.will_discard() {
            return;
        }
        let Some(window) = self.host.x11() else {
            return;
        };
        // Before the first key, so that the connection gets it.
        if matches!(self.display, Display::Closed) {
            self.display = match x11::DisplayLink::open(window) {
                Ok(link) => Display::Open(Box::new(link)),
                Err(error) => failed(&error),
            };
        }
        if let Display::Open(link) = &mut self.display
            && let Err(error) = link.read_events()
        {
            self.display = failed(&error);
        }
        let busy = was_typing || ctx.text_edit_focused() || Popup::is_any_open(ctx);
        let focused = ctx.memory(egui::Memory::focused);
        let on_control = focused.is_some_and(|focused| focused != results::focus_id());
        for (key, pressed, modifiers) in unused_keys(ctx) {
            let Display::Open(link) = &mut self.display else {
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
                self.display = failed(&error);
            }
        }
    }

    /// Does nothing: the window system forwards the keys.
    #[cfg(not(target_os = "linux"))]
    pub fn forward(&mut self, _ctx: &Context, _was_typing: bool) {}
}

#[cfg(target_os = "linux")]
fn failed(error: &x11::DisplayError) -> Display {
    tracing::debug!(%error, "keys stay in the window");
    Display::Failed
}

/// The keys that are still in the input of this frame.
#[cfg(target_os = "linux")]
fn unused_keys(ctx: &Context) -> Vec<(Key, bool, Modifiers)> {
    ctx.input(|input| {
        let keys = input.events.iter().filter_map(|event| match event {
            Event::Key {
                key,
                pressed,
                modifiers,
                ..
            } => Some((*key, *pressed, *modifiers)),
            _ => None,
        });
        keys.collect()
    })
}

/// Whether egui itself uses a key: to move the focus, or in the control that has it.
#[cfg(target_os = "linux")]
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

#[cfg(target_os = "linux")]
mod x11 {
    use std::collections::VecDeque;
    use std::time::{Duration, Instant};

    use egui::{Key, Modifiers};
    use x11rb::connection::Connection;
    use x11rb::errors::{ConnectionError, ReplyError};
    use x11rb::protocol::Event;
    use x11rb::protocol::xproto::{
        ChangeWindowAttributesAux, ConnectionExt, EventMask, KEY_PRESS_EVENT, KEY_RELEASE_EVENT,
        KeyButMask, KeyPressEvent, Keycode,
    };
    use x11rb::rust_connection::{ConnectError, RustConnection};
    use x11rb::{CURRENT_TIME, NONE};
    use xkeysym::Keysym;

    /// In the kind of an event (X11 protocol, "Event formats").
    const SENT_BY_A_PROGRAM: u8 = 0x80;
    /// The time after which this module forgets a press.
    const FORGET: Duration = Duration::from_secs(2);

    /// Why the window cannot forward keys.
    #[derive(Debug, thiserror::Error)]
    pub enum DisplayError {
        #[error("Earmark cannot connect to the display: {0}")]
        Connect(#[from] ConnectError),
        #[error("the display does not answer: {0}")]
        Ask(#[from] ReplyError),
        #[error("the display did not accept the key: {0}")]
        Send(#[from] ConnectionError),
    }

    /// A second connection to the display, which gets the same keys as the window.
    pub struct DisplayLink {
        connection: RustConnection,
        root: u32,
        first_keycode: Keycode,
        /// The keysyms of each key, with and without modifiers; the same number for each.
        keysyms: Vec<u32>,
        keysyms_per_keycode: usize,
        /// Presses on the keyboard that this module has not forwarded, the oldest first.
        presses: VecDeque<(Keycode, Instant)>,
    }

    impl DisplayLink {
        /// Listens to the windows inside `host`, also the editor's.
        pub fn open(host: u32) -> Result<Self, DisplayError> {
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
        pub fn read_events(&mut self) -> Result<(), DisplayError> {
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

        fn given_by(&self, code: Keycode) -> &[u32] {
            let index = usize::from(code.saturating_sub(self.first_keycode));
            let mut keys = self.keysyms.chunks_exact(self.keysyms_per_keycode);
            keys.nth(index).unwrap_or_default()
        }

        /// Sends a key to `window`, or to the nearest window around it that listens to keys. Does not wait.
        pub fn send(
            &self,
            window: u32,
            code: Keycode,
            pressed: bool,
            modifiers: Modifiers,
        ) -> Result<(), DisplayError> {
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
            Key::F1 => Keysym::F1,
            Key::F2 => Keysym::F2,
            Key::F3 => Keysym::F3,
            Key::F4 => Keysym::F4,
            Key::F5 => Keysym::F5,
            Key::F6 => Keysym::F6,
            Key::F7 => Keysym::F7,
            Key::F8 => Keysym::F8,
            Key::F9 => Keysym::F9,
            Key::F10 => Keysym::F10,
            Key::F11 => Keysym::F11,
            Key::F12 => Keysym::F12,
            _ => {
                let mut written = key.symbol_or_name().chars();
                let letter = written.next().filter(char::is_ascii)?;
                return written
                    .next()
                    .is_none()
                    .then(|| Keysym::from_char(letter.to_ascii_lowercase()));
            }
        };
        Some(named)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn keys_go_by_the_names_that_the_display_knows() {
            assert_eq!(keysym(Key::Space), Some(Keysym::space));
            assert_eq!(keysym(Key::R), Some(Keysym::r));
            assert_eq!(keysym(Key::Num1), Some(Keysym::_1));
            assert_eq!(keysym(Key::Comma), Some(Keysym::comma));
            assert_eq!(keysym(Key::ArrowLeft), Some(Keysym::Left));
            assert_eq!(keysym(Key::F35), None);
        }
    }
}
