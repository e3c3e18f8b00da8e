//! The files of takes that were recorded before: whether they are there and still ours. Runs on the recorder thread and on the
//! thread of a look for takes ([`super::look`]); blocks on the disk.

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
/// the file is there and is what the take says. A database that any program can write to may name another take's file; files of
/// early versions name no take.
pub(super) fn look_up(take: &mut KnownTake) -> bool {
    match BwfReader::open(&take.path) {
        Ok(reader) => {
            let is_same = (reader.rate(), reader.channels()) == (take.rate, take.channels)
                && (reader.id().is_empty() || reader.id() == take.id.in_header());
            take.frames = reader.frames();
            if !is_same {
                tracing::warn!(path = %take.path.display(), "Earmark does not continue a take, because its file belongs to another take");
            }
            is_same
        }
        Err(error) => {
            tracing::warn!(%error, "a take is not continued");
            false
        }
    }
}
