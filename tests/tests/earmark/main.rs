//! The built bundles in real hosts: what a user's DAW would see, hear and find on disk.
//!
//! Nothing here links the plugin. Every host runs in a process of its own (`earmark-test-host`, or Python for VST3), with
//! database, takes and caches in a folder of the test's own. `cargo xtask test` builds the bundles and says where they
//! are; without it these tests fail rather than skip.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should say so in one word, and so should its helpers"
)]

mod support;

#[cfg(target_os = "linux")]
mod ardour;
mod audio;
mod audition;
mod bad_input;
#[cfg(target_os = "linux")]
mod drops;
mod formats;
#[cfg(target_os = "linux")]
mod host_keys;
#[cfg(target_os = "linux")]
mod instances;
#[cfg(target_os = "linux")] // The recordings are Debian's.
mod library;
mod lifecycle;
#[cfg(target_os = "linux")]
mod markers;
mod output;
mod pads;
mod parameters;
mod privacy;
#[cfg(target_os = "linux")]
mod qtractor;
mod realtime;
mod scan;
#[cfg(target_os = "linux")]
mod screen_reader;
mod settings;
#[cfg(target_os = "linux")]
mod similar;
mod soak;
#[cfg(target_os = "linux")]
mod sources;
mod state;
mod takes;
mod timeline;
#[cfg(any(
    windows,
    all(target_os = "linux", target_arch = "x86_64"),
    all(target_os = "macos", target_arch = "aarch64")
))]
mod transport;
#[cfg(target_os = "linux")]
mod two_windows;
mod vst3;
mod vst3_factory;
mod watching;
mod window;
mod window_size;
