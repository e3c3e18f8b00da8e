//! What the tests share: where the bundles are, a sandbox of one's own, sounds, a trained database.

#[cfg(target_os = "linux")]
pub mod ardour;
pub mod bundles;
pub mod busy;
pub mod census;
pub mod learned;
pub mod python;
#[cfg(target_os = "linux")]
pub mod qtractor;
#[cfg(target_os = "linux")]
pub mod reader;
pub mod sandbox;
pub mod screen;
pub mod signals;
pub mod take;
pub mod wait;
pub mod wine;

pub use bundles::Build;
pub use sandbox::Sandbox;
pub use screen::TestScreen;
