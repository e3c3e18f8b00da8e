//! Earmark's development tasks; `cargo xtask` runs them.
//!
//! One module per command, and what they share. Errors are `anyhow` here: they are read by a person at a
//! terminal, so each says what to do.

pub mod host;
pub mod setup;
pub mod system;
pub mod workspace;
