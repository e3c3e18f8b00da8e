//! Profiles made, copied, renamed and deleted.

use super::Outcome;
use crate::protocol::{EngineError, ProfileTarget};
use crate::store::{Store, StoreError, StoreTransaction};

/// Rows that were deleted are kept in memory for undo up to this, all together; then the oldest changes are forgotten. A
/// profile that takes more is not kept.
pub const KEPT_LIMIT_BYTES: usize = 64 * 1024 * 1024;

pub(super) fn bring_about(
    tx: &mut StoreTransaction<'_>,
    target: &ProfileTarget,
) -> Result<Outcome, EngineError> {
    let (rows, label, message) = match target {
        ProfileTarget::Exists { name } => {
            let name = name.trim();
            let is_new = tx.create_profile(name)?;
            let label = format!("making the profile {name}");
            (is_new.then(Default::default), label, None)
        }
        ProfileTarget::CopyOf { from, to } => {
            let to = to.trim();
            let rows = tx.duplicate_profile(from, to)?;
            let label = format!("copying the profile {from} to {to}");
            let message = format!("Copied the profile {from} to {to}");
            (Some(rows), label, Some(message))
        }
        ProfileTarget::Renamed { from, to } => {
            let to = to.trim();
            tx.rename_profile(from, to)?;
            let label = format!("renaming the profile {from} to {to}");
            let message = format!("The profile {from} is called {to} now");
            (None, label, Some(message))
        }
        ProfileTarget::Deleted { name } => {
            let rows = tx.delete_profile(name)?;
            let label = format!("deleting the profile {name}");
            let message = format!("Deleted the profile {name} with {} rows", rows.total());
            (Some(rows), label, Some(message))
        }
    };
    Ok(Outcome {
        profile_rows: rows,
        ..Outcome::labelled(label).saying(message)
    })
}

/// Whether a profile is small enough to be kept in memory once it is deleted, so that undo brings it back.
///
/// # Errors
/// When the database cannot be read.
pub fn comes_back(store: &Store, profile: &str) -> Result<bool, StoreError> {
    Ok(store.profile_bytes(profile)? <= KEPT_LIMIT_BYTES as u64)
}
