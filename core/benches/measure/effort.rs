//! How much of a measurement is done, and what it says about itself meanwhile.

use std::fmt::Display;

/// How much time a measurement may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// At most two minutes for one name, on two cores.
    Short,
    /// As long as steady figures need; `--long` asks for it.
    Long,
}

impl Effort {
    /// `short` or `long`, whichever is meant.
    pub fn choose<T>(self, short: T, long: T) -> T {
        match self {
            Self::Short => short,
            Self::Long => long,
        }
    }
}

/// Says on standard error what is done now.
pub fn say(step: impl Display) {
    eprintln!("  {step}");
}
