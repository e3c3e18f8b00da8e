//! A plain window of the host's own that holds the plugin's editor: under X11 and on Windows; elsewhere opening it says so.

#[cfg(all(unix, not(target_os = "macos")))]
mod x11;
#[cfg(all(unix, not(target_os = "macos")))]
pub(super) use x11::EditorWindow;

#[cfg(windows)]
mod win32;
#[cfg(windows)]
pub(super) use win32::EditorWindow;

#[cfg(target_os = "macos")]
mod absent;
#[cfg(target_os = "macos")]
pub(super) use absent::EditorWindow;
