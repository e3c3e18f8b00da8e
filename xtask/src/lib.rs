//! Earmark's development tasks; `cargo xtask` runs them.
//!
//! One module per command, and what they share. Errors are `anyhow` here: they are read by a person at a
//! terminal, so each says what to do.

pub mod bench;
pub mod bundle;
pub mod demo;
pub mod eval;
pub mod files;
pub mod foreign;
pub mod host;
pub mod install;
pub mod python;
pub mod screen;
pub mod setup;
pub mod soak;
pub mod soundscape;
pub mod system;
pub mod test;
pub mod workspace;

/// The error of a command that has already said what went wrong.
#[derive(Debug, Clone, Copy)]
pub struct AlreadyReported;

impl std::fmt::Display for AlreadyReported {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the command failed; see above")
    }
}

impl std::error::Error for AlreadyReported {}
