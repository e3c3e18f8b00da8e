//! Earmark for other systems than this one: built with Debian's compiler, and run under Wine or an emulator.
//!
//! One folder, `target/foreign`, holds all of these builds, so that what runs while they compile is compiled once.
//! Nothing here ends in a bundle: see [`crate::bundle`].

mod artifacts;
mod compiler;
mod emulator;
mod target;
mod wine;

pub use artifacts::{Artifacts, Program};
pub use compiler::{build, build_release, cargo};
pub use emulator::Emulator;
pub use target::{LINUX_ARM, MAC_ARM, MAC_INTEL, Target, WINDOWS};
pub use wine::Prefix;
