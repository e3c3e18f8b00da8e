//! The keys of a window of Windows. baseview takes every key message that is meant for its window, also before the host sees it.
//!
//! Some hosts send a key that they do not use to the editor, and a key would go back and forth for ever. A key that comes back
//! does so while the user holds it, and then it is a repetition, or after the user let go of it. So the window forwards only
//! the first press, and this module takes none that comes within [`ECHO`] of another while no finger is on the key.
#![allow(unsafe_code)] // Windows speaks C.

use std::collections::HashMap;
use std::io;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers};
use windows_sys::Win32::Foundation::HWND;
use windows_sys::Win32::UI::Input::KeyboardAndMouse::{
    GetAsyncKeyState, MAPVK_VK_TO_VSC_EX, MapVirtualKeyW, VIRTUAL_KEY, VK_BACK, VK_DELETE, VK_DOWN,
    VK_END, VK_ESCAPE, VK_F1, VK_HOME, VK_INSERT, VK_LEFT, VK_NEXT, VK_PRIOR, VK_RETURN, VK_RIGHT,
    VK_SPACE, VK_UP, VkKeyScanW,
};
use windows_sys::Win32::UI::WindowsAndMessaging::{PostMessageW, WM_KEYDOWN, WM_KEYUP};

/// What a key is to the host.
pub type Code = VIRTUAL_KEY;

/// A host answers a key sooner than this, and a finger comes back later.
const ECHO: Duration = Duration::from_millis(100);
/// The upper byte of a scan code that belongs to the arrows and the keys above them.
const EXTENDED: u32 = 0xe0;

/// Why the window cannot forward keys.
#[derive(Debug, thiserror::Error)]
#[error("Windows did not accept the key: {0}")]
pub struct LinkError(#[from] io::Error);

/// Posts keys to the host's window.
pub struct HostLink {
    /// When this module took each key last, in frames before this one.
    taken: HashMap<Code, Instant>,
    /// What it took in this frame. Nothing of it can have come back yet.
    taken_now: Vec<Code>,
}

impl HostLink {
    /// Needs no connection: the window's thread posts to a window of its own process.
    pub fn open(_host: usize) -> Result<Self, LinkError> {
        Ok(Self {
            taken: HashMap::new(),
            taken_now: Vec::new(),
        })
    }

    /// The code of `key` if the user pressed it on the keyboard.
    pub fn take_press(&mut self, key: Key) -> Option<Code> {
        let code = code_of(key)?;
        let is_recent = |at: &Instant| at.elapsed() < ECHO;
        if self.taken.get(&code).is_some_and(is_recent) && !is_held(code) {
            return None;
        }
        self.taken_now.push(code);
        Some(code)
    }

    /// `None`: the window itself knows them, also during a drag.
    pub fn held_modifiers(&self) -> Option<Modifiers> {
        None
    }

    /// Begins a frame. Windows brings every key through the window itself.
    pub fn read_events(&mut self) -> Result<(), LinkError> {
        let now = Instant::now();
        let taken_now = self.taken_now.drain(..);
        self.taken.extend(taken_now.map(|code| (code, now)));
        Ok(())
    }

    /// Posts a key to `window`. Does not wait. Windows itself knows which modifiers are held.
    pub fn send(
        &self,
        window: usize,
        code: Code,
        pressed: bool,
        _modifiers: Modifiers,
    ) -> Result<(), LinkError> {
        // SAFETY: Windows checks both numbers, and refuses a window that is gone.
        let done = unsafe {
            let scan = MapVirtualKeyW(u32::from(code), MAPVK_VK_TO_VSC_EX);
            let message = if pressed { WM_KEYDOWN } else { WM_KEYUP };
            let details = details_of(scan, pressed).cast_signed() as isize;
            PostMessageW(window as HWND, message, usize::from(code), details)
        };
        if done == 0 {
            return Err(io::Error::last_os_error().into());
        }
        Ok(())
    }
}

/// Whether a finger is on the key now.
fn is_held(code: Code) -> bool {
    // SAFETY: any number is allowed. The sign says that the key is down.
    unsafe { GetAsyncKeyState(i32::from(code)) < 0 }
}

/// The second parameter of a key message (Windows documentation, "Keystroke Message Flags"): one press of the key with this scan
/// code, or its end.
fn details_of(scan: u32, pressed: bool) -> u32 {
    let extended = u32::from(scan >> 8 == EXTENDED);
    let end = if pressed { 0 } else { 0b11 };
    1 | (scan & 0xff) << 16 | extended << 24 | end << 30
}

/// The virtual-key code of `key`.
fn code_of(key: Key) -> Option<Code> {
    let named = match key {
        Key::ArrowLeft => VK_LEFT,
        Key::ArrowUp => VK_UP,
        Key::ArrowRight => VK_RIGHT,
        Key::ArrowDown => VK_DOWN,
        Key::Home => VK_HOME,
        Key::End => VK_END,
        Key::PageUp => VK_PRIOR,
        Key::PageDown => VK_NEXT,
        Key::Enter => VK_RETURN,
        Key::Escape => VK_ESCAPE,
        Key::Backspace => VK_BACK,
        Key::Delete => VK_DELETE,
        Key::Insert => VK_INSERT,
        Key::Space => VK_SPACE,
        _ => return code_of_written(key.symbol_or_name()),
    };
    Some(named)
}

/// The virtual-key code of `F5`, or of the key that writes a character.
fn code_of_written(name: &str) -> Option<Code> {
    let mut letters = name.chars();
    let (first, rest) = (letters.next()?, letters.as_str());
    if rest.is_empty() {
        let mut unit = [0; 2];
        let [unit] = first.to_lowercase().next()?.encode_utf16(&mut unit) else {
            return None;
        };
        // SAFETY: any character is allowed. The lower byte is the key; -1 says that there is none.
        let found = unsafe { VkKeyScanW(*unit) };
        return (found != -1).then_some(found.cast_unsigned() & 0xff);
    }
    let number: Code = rest
        .parse()
        .ok()
        .filter(|number| (1..=24).contains(number))?;
    (first == 'F').then_some(VK_F1 + number - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_by_the_codes_that_windows_knows() {
        assert_eq!(code_of(Key::Space), Some(VK_SPACE));
        assert_eq!(code_of(Key::R), Some(u16::from(b'R')));
        assert_eq!(code_of(Key::Num1), Some(u16::from(b'1')));
        assert_eq!(code_of(Key::F5), Some(VK_F1 + 4));
        assert_eq!(code_of(Key::F35), None);
    }

    #[test]
    fn a_message_says_which_key_it_is_and_whether_it_ends() {
        assert_eq!(details_of(0x13, true), 0x0013_0001);
        assert_eq!(details_of(0xe04b, false), 0xc14b_0001);
    }

    /// What a host sends back comes after the user let go of the key.
    #[test]
    fn a_key_that_comes_back_from_the_host_is_not_sent_again() {
        let mut link = HostLink::open(0).unwrap();
        assert!(link.take_press(Key::R).is_some());
        assert!(
            link.take_press(Key::R).is_some(),
            "two presses in one frame"
        );
        link.read_events().unwrap();
        assert_eq!(link.take_press(Key::R), None);
        assert!(link.take_press(Key::S).is_some());
    }
}
