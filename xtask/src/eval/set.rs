//! What a set of sounds consists of: the packages with its recordings, its classes, and how its two files are built.
//!
//! Plain values. It must never know what is measured with them.

use crate::soundscape::Manner;

/// A choice of recordings that is measured on its own.
#[derive(Debug)]
pub struct Set {
    pub name: &'static str,
    /// Debian packages. Each is fetched by name with apt, which checks the archive's signature and checksums.
    pub packages: &'static [&'static str],
    /// Extensions of the files that belong to the set.
    pub formats: &'static [&'static str],
    pub classes: &'static [Class],
    /// Long recordings that lie under the examples, file A and file B, as parts of their paths.
    pub beds: [&'static [&'static str]; 3],
    /// Length of each of the two files, in seconds.
    pub duration_s: f64,
    /// Whether the target of this number took no part in choosing.
    pub is_held_out: fn(usize) -> bool,
}

/// Recordings of one kind.
#[derive(Debug)]
pub struct Class {
    pub name: &'static str,
    pub manner: Manner,
    /// A recording belongs to the first class of which its path contains one of these; spoken words (`_desc`) only to a
    /// class that asks for them.
    pub parts: &'static [&'static str],
    pub role: Role,
}

impl Class {
    /// Whether the recording at `path`, with `/` between its parts, is of this class.
    pub fn holds(&self, path: &str) -> bool {
        let spoken = path.contains("_desc");
        self.parts
            .iter()
            .any(|part| path.contains(part) && part.starts_with("_desc") == spoken)
    }
}

/// What a class is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Is looked for, and is something else to all other targets.
    Target,
    /// Is only heard beside them.
    Other,
}

pub const fn target(name: &'static str, manner: Manner, parts: &'static [&'static str]) -> Class {
    Class {
        name,
        manner,
        parts,
        role: Role::Target,
    }
}

pub const fn other(name: &'static str, manner: Manner, parts: &'static [&'static str]) -> Class {
    Class {
        name,
        manner,
        parts,
        role: Role::Other,
    }
}
