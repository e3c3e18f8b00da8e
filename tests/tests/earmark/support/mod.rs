//! What the tests share: where the bundles are, a desk of one's own, sounds, a trained database.

pub mod bundles;
pub mod desk;
pub mod learned;
pub mod signals;
pub mod take;
pub mod wait;

pub use bundles::{Build, python};
pub use desk::Desk;
