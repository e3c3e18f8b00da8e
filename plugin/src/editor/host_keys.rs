//! Keys that the window has no use for, handed on to the host: Space for its transport, its own shortcuts.
//!
//! Runs on the window's thread, after a frame is drawn. Elsewhere the window system asks
//! [`captured_by_window`](super::keys::captured_by_window) and does this itself; on X11 baseview keeps every key that its
//! window gets, so there they are sent to the host's window, or to whatever window around it listens to keys.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use egui::{Context, Event, Key, Modifiers, Popup};
use nice_plug::editor::ParentWindowHandle;

use super::views::results;

/// A key that comes back so soon was sent back by the host, not pressed again: keyboards repeat at 25 ms at the fastest.
const ECHO: Duration = Duration::from_millis(15);

/// The host's window, which it may name after its editor was made. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct HostWindow {
    /// Zero while it is not known.
    x11: Arc<AtomicU32>,
}

impl HostWindow {
    /// The host says what window the editor lies in.
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

/// Hands on what one opening of the window leaves over.
pub struct HostKeys {
    #[cfg(target_os = "linux")]
    host: HostWindow,
    #[cfg(target_os = "linux")]
    sender: Option<x11::Sender>,
    /// Pressed, given, and not released yet.
    held: HashSet<Key>,
    latest: Option<(Key, Instant)>,
}

impl HostKeys {
    #[cfg_attr(
        not(target_os = "linux"),
        expect(unused_variables, reason = "the window system does the work")
    )]
    pub fn new(host: HostWindow) -> Self {
        Self {
            #[cfg(target_os = "linux")]
            host,
            #[cfg(target_os = "linux")]
            sender: None,
            held: HashSet::new(),
            latest: None,
        }
    }

    /// Gives the host what is left of this frame's keys. `was_typing`: a text field had the focus when it began.
    pub fn give(&mut self, ctx: &Context, was_typing: bool) {
        if !cfg!(target_os = "linux") || ctx.will_discard() {
            return;
        }
        let busy = was_typing || ctx.text_edit_focused() || Popup::is_any_open(ctx);
        let focused = ctx.memory(egui::Memory::focused);
        let on_control = focused.is_some_and(|focused| focused != results::focus_id());
        for (key, pressed, modifiers) in left_over(ctx) {
            let given = if pressed {
                !busy && !is_eguis(key, on_control) && !self.is_echo(key)
            } else {
                self.held.remove(&key)
            };
            if given {
                if pressed {
                    self.held.insert(key);
                    self.latest = Some((key, Instant::now()));
                }
                self.send(key, pressed, modifiers);
            }
        }
    }

    /// A host may give what it does not use itself to the window that has the focus, which is this one.
    fn is_echo(&self, key: Key) -> bool {
        self.latest
            .is_some_and(|(latest, at)| latest == key && at.elapsed() < ECHO)
    }

    #[cfg(target_os = "linux")]
    fn send(&mut self, key: Key, pressed: bool, modifiers: Modifiers) {
        let Some(window) = self.host.x11() else {
            return;
        };
        if self.sender.is_none() {
            self.sender = x11::Sender::connect()
                .inspect_err(|error| tracing::debug!(%error, "keys stay in the window"))
                .ok();
        }
        let sent = self
            .sender
            .as_ref()
            .map(|sender| sender.send(window, key, pressed, modifiers));
        if let Some(Err(error)) = sent {
            tracing::debug!(%error, "a key did not reach the host");
            self.sender = None;
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn send(&mut self, _key: Key, _pressed: bool, _modifiers: Modifiers) {}
}

/// The keys of this frame that nothing has taken out of the input.
fn left_over(ctx: &Context) -> Vec<(Key, bool, Modifiers)> {
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

/// Whether egui itself makes something of a key: it moves the focus, and works the control that has it.
fn is_eguis(key: Key, on_control: bool) -> bool {
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
    use egui::{Key, Modifiers};
    use x11rb::connection::Connection;
    use x11rb::errors::{ReplyError, ReplyOrIdError};
    use x11rb::protocol::xproto::{
        ConnectionExt, EventMask, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, KeyButMask, KeyPressEvent,
        Keycode,
    };
    use x11rb::rust_connection::{ConnectError, RustConnection};
    use x11rb::{CURRENT_TIME, NONE};
    use xkeysym::Keysym;

    #[derive(Debug, thiserror::Error)]
    pub enum SendError {
        #[error("the display cannot be reached: {0}")]
        Connect(#[from] ConnectError),
        #[error("the keyboard cannot be asked for: {0}")]
        Keyboard(#[from] ReplyError),
        #[error("the display did not take it: {0}")]
        Send(#[from] ReplyOrIdError),
    }

    /// A connection of its own to the display, and the layout of the keyboard.
    pub struct Sender {
        connection: RustConnection,
        root: u32,
        first_keycode: Keycode,
        /// What each key gives, with and without the modifiers; as many for each.
        keysyms: Vec<u32>,
        keysyms_per_keycode: usize,
    }

    impl Sender {
        pub fn connect() -> Result<Self, SendError> {
            let (connection, screen) = RustConnection::connect(None)?;
            let setup = connection.setup();
            let root = setup.roots.get(screen).map_or(NONE, |screen| screen.root);
            let (first_keycode, last_keycode) = (setup.min_keycode, setup.max_keycode);
            let layout = connection
                .get_keyboard_mapping(first_keycode, last_keycode - first_keycode + 1)
                .map_err(ReplyError::from)?
                .reply()?;
            Ok(Self {
                connection,
                root,
                first_keycode,
                keysyms_per_keycode: usize::from(layout.keysyms_per_keycode).max(1),
                keysyms: layout.keysyms,
            })
        }

        /// Sends `key` to `window`, or to the nearest window around it that listens to keys. Does not wait.
        pub fn send(
            &self,
            window: u32,
            key: Key,
            pressed: bool,
            modifiers: Modifiers,
        ) -> Result<(), SendError> {
            let Some(keycode) = keysym(key).and_then(|keysym| self.keycode(keysym)) else {
                return Ok(());
            };
            let (kind, mask) = if pressed {
                (KEY_PRESS_EVENT, EventMask::KEY_PRESS)
            } else {
                (KEY_RELEASE_EVENT, EventMask::KEY_RELEASE)
            };
            let event = KeyPressEvent {
                response_type: kind,
                detail: keycode,
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
            self.connection
                .send_event(true, window, mask, event)
                .map_err(ReplyOrIdError::from)?;
            self.connection.flush().map_err(ReplyOrIdError::from)?;
            Ok(())
        }

        /// The key that gives `keysym`, with Shift or without.
        fn keycode(&self, keysym: Keysym) -> Option<Keycode> {
            let mut keys = self.keysyms.chunks_exact(self.keysyms_per_keycode);
            let index = keys.position(|given| given.contains(&keysym.raw()))?;
            Keycode::try_from(usize::from(self.first_keycode) + index).ok()
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

    /// What X11 calls `key`.
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
