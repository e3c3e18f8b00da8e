//! What other systems than this one must pass: Windows runs here, under Wine; macOS is type-checked; the command line for 64-bit
//! ARM runs on an emulated processor.

mod arm;
mod mac_bundle;
mod macos;
mod second_try;
mod session;
mod side;
mod windows;

pub(super) use arm::run as arm;
pub(super) use macos::run as macos;
pub(super) use windows::run as windows;
