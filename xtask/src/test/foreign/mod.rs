//! What other systems than this one must pass: Windows runs here, under Wine; macOS is type-checked.
//!
//! Run by name (`--only`), where the tools are there or may be installed.

mod macos;
mod session;
mod side;
mod windows;

pub(super) use macos::run as macos;
pub(super) use windows::run as windows;
