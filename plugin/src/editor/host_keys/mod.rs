//! Forwards the keys that the window does not use to the host: Space for the transport, and the host's shortcuts.
//!
//! On macOS the window system asks [`captured_by_window`](super::keys::captured_by_window) and forwards the keys itself. On X11
//! and on Windows baseview keeps every key of its window, so this module sends them to the host's window.

#[cfg(any(target_os = "linux", windows))]
mod forward;
#[cfg(windows)]
mod win32;
#[cfg(target_os = "linux")]
mod x11;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nice_plug::editor::ParentWindowHandle;

#[cfg(any(target_os = "linux", windows))]
pub use forward::HostKeys;

/// The host's window, which the host may set after it made the editor. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct HostWindow {
    /// As the window system counts windows; zero while it is unknown.
    handle: Arc<AtomicUsize>,
}

impl HostWindow {
    /// The host has set the window around the editor.
    pub fn set(&self, parent: ParentWindowHandle) {
        let handle = match parent {
            ParentWindowHandle::XlibWindow(window) => usize::try_from(window).unwrap_or(0),
            ParentWindowHandle::XcbWindow(window) => usize::try_from(window.get()).unwrap_or(0),
            ParentWindowHandle::Win32Hwnd(window) => window.get().cast_unsigned(),
            ParentWindowHandle::AppKitNsView(_) => 0,
        };
        self.handle.store(handle, Ordering::Relaxed);
    }

    #[cfg(any(target_os = "linux", windows))]
    fn handle(&self) -> Option<usize> {
        Some(self.handle.load(Ordering::Relaxed)).filter(|&handle| handle != 0)
    }
}

/// Makes egui take `held` for the modifiers that are held, if there are some. Returns the ones before.
pub fn replace_modifiers(
    ctx: &egui::Context,
    held: Option<egui::Modifiers>,
) -> Option<egui::Modifiers> {
    let held = held?;
    Some(ctx.input_mut(|input| std::mem::replace(&mut input.modifiers, held)))
}

/// Does nothing: the window system forwards the keys.
#[cfg(not(any(target_os = "linux", windows)))]
pub struct HostKeys;

#[cfg(not(any(target_os = "linux", windows)))]
impl HostKeys {
    pub fn new(_host: HostWindow) -> Self {
        Self
    }

    pub fn modifiers_of_drag(&self, _ctx: &egui::Context) -> Option<egui::Modifiers> {
        None
    }

    pub fn forward(&mut self, _ctx: &egui::Context, _was_typing: bool) {}
}
