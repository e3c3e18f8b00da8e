//! Stands in for `xkbcommon-dl` (see `[patch.crates-io]` in the workspace's `Cargo.toml`) to mend one leak in baseview.
//!
//! baseview 0.4.2 makes an XKB keymap for every window it opens on X11, makes a keyboard state of it, and gives back the
//! state alone: nearly 100 KB a window, in the host's process, for as long as the host runs
//! (`baseview/src/platform/x11`, `XkbcommonState::new`). The state holds a reference of its own, so the maker's can be
//! given back as soon as the state is made. That is the one thing that differs here; all else is the real crate.
//!
//! Nothing else may use this crate: a caller that gives its keymap back as it should would do so twice. Goes when
//! baseview does it itself.
#![cfg(target_os = "linux")]

pub use bindings::*;

/// The library, loaded once; `None` where it is not installed.
pub fn xkbcommon_option() -> Option<&'static XkbCommon> {
    XKBCOMMON_OPTION.as_ref()
}

/// The X11 side: what baseview uses of it, with another answer to who owns the keymap.
pub mod x11 {
    use std::sync::OnceLock;

    use bindings::x11::XKBCOMMON_X11_OPTION;
    pub use bindings::x11::xcb_connection_t;
    use bindings::{xkb_context, xkb_keymap, xkb_keymap_compile_flags, xkb_state};

    type DeviceId = i32;

    /// Functions of the library, under their own names.
    pub struct XkbCommonX11 {
        pub xkb_x11_get_core_keyboard_device_id:
            unsafe extern "C" fn(*mut xcb_connection_t) -> DeviceId,
        pub xkb_x11_keymap_new_from_device: unsafe extern "C" fn(
            *mut xkb_context,
            *mut xcb_connection_t,
            DeviceId,
            xkb_keymap_compile_flags,
        ) -> *mut xkb_keymap,
        /// Takes the caller's reference to the keymap over.
        pub xkb_x11_state_new_from_device: unsafe extern "C" fn(
            *mut xkb_keymap,
            *mut xcb_connection_t,
            DeviceId,
        ) -> *mut xkb_state,
    }

    /// The library, loaded once; `None` where it is not installed.
    pub fn xkbcommon_x11_option() -> Option<&'static XkbCommonX11> {
        static LIBRARY: OnceLock<Option<XkbCommonX11>> = OnceLock::new();
        LIBRARY
            .get_or_init(|| {
                super::xkbcommon_option()?;
                let real = XKBCOMMON_X11_OPTION.as_ref()?;
                Some(XkbCommonX11 {
                    xkb_x11_get_core_keyboard_device_id: *real.xkb_x11_get_core_keyboard_device_id,
                    xkb_x11_keymap_new_from_device: *real.xkb_x11_keymap_new_from_device,
                    xkb_x11_state_new_from_device: state_that_takes_the_keymap,
                })
            })
            .as_ref()
    }

    unsafe extern "C" fn state_that_takes_the_keymap(
        keymap: *mut xkb_keymap,
        connection: *mut xcb_connection_t,
        device: DeviceId,
    ) -> *mut xkb_state {
        let (Some(x11), Some(xkb)) = (XKBCOMMON_X11_OPTION.as_ref(), super::xkbcommon_option())
        else {
            return std::ptr::null_mut();
        };
        // SAFETY: the caller's arguments, handed on. The state has its own reference by the time the caller's goes; a
        // keymap that could not be made is null, and null is not given back.
        unsafe {
            let state = (x11.xkb_x11_state_new_from_device)(keymap, connection, device);
            if !keymap.is_null() {
                (xkb.xkb_keymap_unref)(keymap);
            }
            state
        }
    }
}
