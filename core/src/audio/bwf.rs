//! Broadcast WAV files of 32-bit float samples: the form in which takes are kept.
//!
//! Owns the byte layout and nothing else. Runs wherever blocking on disk is allowed (recorder, engine workers), never
//! on the audio thread. Written here because no maintained crate overwrites samples in the middle of an existing
//! file, continues one, and grows it past 4 GB in place.
//!
//! Sources: EBU Tech 3285 (`bext`), EBU Tech 3306 and ITU-R BS.2088 (RF64 and `ds64`), Microsoft's
//! `WAVEFORMATEXTENSIBLE`.

mod header;
mod reader;
mod writer;

use std::io;
use std::path::{Path, PathBuf};

pub use reader::BwfReader;
pub use writer::{BwfWriter, NewTake};

/// Why a Broadcast WAV could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BwfError {
    /// The volume is full.
    #[error("the disk is full: {} could not grow; free some space on that volume", path.display())]
    DiskFull {
        /// The file that could not grow.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("could not {action} {}: {source}; check that the folder exists and that you may write to it", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file concerned.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// No WAV of 32-bit float samples, or a damaged one.
    #[error("{} is no 32-bit float WAV ({reason}); open it through `audio::open` instead", path.display())]
    Unsupported {
        /// The file concerned.
        path: PathBuf,
        /// What is missing or wrong.
        reason: &'static str,
    },
    /// A file that some other program made or edited, which is never written to.
    #[error("{} was made or edited by another program and is left untouched; record into a new file", path.display())]
    Foreign {
        /// The file concerned.
        path: PathBuf,
    },
    /// Samples that do not make whole frames, or no channels at all.
    #[error(
        "{samples} samples do not make whole frames of {channels} channels; pass interleaved frames"
    )]
    Ragged {
        /// How many samples were passed.
        samples: usize,
        /// Channels of the file.
        channels: u16,
    },
}

impl BwfError {
    fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::Io {
                action,
                path,
                source,
            },
        }
    }

    fn parse(path: &Path, error: header::ParseError) -> Self {
        match error {
            header::ParseError::Io(source) => Self::io("read", path, source),
            header::ParseError::Invalid(reason) => Self::Unsupported {
                path: path.to_path_buf(),
                reason,
            },
        }
    }
}

#[cfg(test)]
mod tests;
