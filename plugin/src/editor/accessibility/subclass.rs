//! Shows the window by answering what the system asks it. Windows and macOS.
//!
//! AccessKit replaces the window's answers, on the window's thread, which is the host's main thread on both systems. The adapter may
//! be used only there, so it lies in a thread-local table and [`Adapter`] is its number. The system keeps what it got of AccessKit
//! for a while after the window is gone, so the library stays in memory once a screen reader has asked.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use earmark_core::platform;
use egui::accesskit::{ActionHandler, ActionRequest, ActivationHandler, TreeUpdate};
use nice_plug_egui::Frame;
use raw_window_handle::{HasWindowHandle, RawWindowHandle};

use super::Asked;

#[cfg(target_os = "macos")]
use accesskit_macos::SubclassingAdapter;
#[cfg(windows)]
use accesskit_windows::SubclassingAdapter;

thread_local! {
    static ADAPTERS: RefCell<HashMap<u64, SubclassingAdapter>> = RefCell::default();
}

/// The window as the system shows it. Drop it on the window's thread.
pub struct Adapter {
    number: u64,
    #[cfg(test)]
    shown: parking_lot::Mutex<Option<TreeUpdate>>,
}

impl Adapter {
    /// Replaces the answers of the window of `frame`, if it is not visible yet.
    pub fn open(frame: &Frame, asked: Asked) -> Self {
        let adapter = Self::closed();
        let handle = frame.baseview_window().window_handle();
        let made = handle
            .ok()
            .and_then(|handle| subclass(handle.as_raw(), &asked));
        match made {
            Some(made) => {
                ADAPTERS.with_borrow_mut(|adapters| adapters.insert(adapter.number, made));
            }
            None => tracing::warn!("screen readers do not see this window: close and open it"),
        }
        adapter
    }

    /// Without a window.
    pub fn closed() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            #[cfg(test)]
            shown: parking_lot::Mutex::default(),
        }
    }

    /// Shows what the window shows now.
    pub fn show(&self, tree: TreeUpdate) {
        #[cfg(test)]
        self.shown.lock().replace(tree.clone());
        let events = self.with(|adapter| adapter.update_if_active(|| tree));
        // The system may ask the window while it is told, so nothing is borrowed here.
        if let Some(events) = events.flatten() {
            events.raise();
        }
    }

    /// Says whether the window has the keyboard. On Windows the system tells the adapter itself.
    #[cfg_attr(windows, expect(unused_variables, reason = "the system does the work"))]
    pub fn tell_focus(&self, is_focused: bool) {
        #[cfg(target_os = "macos")]
        {
            let events = self.with(|adapter| adapter.update_view_focus_state(is_focused));
            if let Some(events) = events.flatten() {
                events.raise();
            }
        }
    }

    fn with<T>(&self, change: impl FnOnce(&mut SubclassingAdapter) -> T) -> Option<T> {
        let changed = ADAPTERS.try_with(|adapters| {
            let mut adapters = adapters.try_borrow_mut().ok()?;
            adapters.get_mut(&self.number).map(change)
        });
        changed.ok().flatten()
    }

    /// What was shown last.
    #[cfg(test)]
    pub fn shown(&self) -> Option<TreeUpdate> {
        self.shown.lock().take()
    }
}

impl Drop for Adapter {
    fn drop(&mut self) {
        let removed = ADAPTERS.try_with(|adapters| {
            let mut adapters = adapters.try_borrow_mut().ok()?;
            adapters.remove(&self.number)
        });
        // Outside the borrow: the system may ask the window meanwhile.
        drop(removed);
    }
}

#[cfg(windows)]
fn subclass(handle: RawWindowHandle, asked: &Asked) -> Option<SubclassingAdapter> {
    use windows_sys::Win32::UI::WindowsAndMessaging::IsWindowVisible;

    let RawWindowHandle::Win32(window) = handle else {
        return None;
    };
    let window = window.hwnd.get() as *mut std::ffi::c_void;
    // AccessKit refuses a visible window with a panic.
    #[expect(unsafe_code, reason = "a question to the system")]
    // SAFETY: the handle is the window's own, which lives as long as `frame`.
    let is_visible = unsafe { IsWindowVisible(window) } != 0;
    (!is_visible).then(|| {
        SubclassingAdapter::new(
            accesskit_windows::HWND(window),
            Activation(asked.clone()),
            Actions(asked.clone()),
        )
    })
}

#[cfg(target_os = "macos")]
fn subclass(handle: RawWindowHandle, asked: &Asked) -> Option<SubclassingAdapter> {
    let RawWindowHandle::AppKit(view) = handle else {
        return None;
    };
    // The class that AccessKit makes stays registered with the system.
    platform::keep_loaded();
    #[expect(unsafe_code, reason = "the view is given as a pointer")]
    // SAFETY: the handle is the window's own view, which lives as long as `frame`.
    let adapter = unsafe {
        SubclassingAdapter::new(
            view.ns_view.as_ptr(),
            Activation(asked.clone()),
            Actions(asked.clone()),
        )
    };
    Some(adapter)
}

struct Activation(Asked);

impl ActivationHandler for Activation {
    fn request_initial_tree(&mut self) -> Option<TreeUpdate> {
        platform::keep_loaded();
        self.0.want_tree(true);
        None
    }
}

struct Actions(Asked);

impl ActionHandler for Actions {
    fn do_action(&mut self, request: ActionRequest) {
        self.0.request(request);
    }
}
