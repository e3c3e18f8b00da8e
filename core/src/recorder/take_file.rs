//! The files of takes that were recorded before: whether they are there and still ours. Recorder thread; blocks on the disk.

use super::RecorderError;
use super::known::KnownTake;
use crate::audio::bwf::{BwfError, BwfReader};

/// Whether the take's file is gone or no longer ours.
pub(super) fn is_lost(error: &RecorderError) -> bool {
    match error {
        RecorderError::Take(BwfError::Io { source, .. }) => {
            source.kind() == std::io::ErrorKind::NotFound
        }
        RecorderError::Take(error) => {
            matches!(
                error,
                BwfError::Unsupported { .. } | BwfError::Foreign { .. }
            )
        }
        _ => false,
    }
}

/// Brings a take's length up to what its file holds (a crash may have kept the database behind), and tells whether
/// the file is there and is what the take says.
pub(super) fn look_up(take: &mut KnownTake) -> bool {
    match BwfReader::open(&take.path) {
        Ok(reader) if (reader.rate(), reader.channels()) == (take.rate, take.channels) => {
            take.frames = reader.frames();
            true
        }
        Ok(_) => {
            tracing::warn!(path = %take.path.display(), "a take is not continued: its format changed");
            false
        }
        Err(error) => {
            tracing::warn!(%error, "a take is not continued");
            false
        }
    }
}
