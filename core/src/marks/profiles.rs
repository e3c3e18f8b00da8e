//! Profiles made, copied, renamed and deleted.

use super::{KEPT_LIMIT_BYTES, Outcome};
use crate::protocol::{EngineError, ProfileTarget};
use crate::store::{Store, StoreError, StoreTransaction};

pub(super) fn bring_about(
    tx: &mut StoreTransaction<'_>,
    target: &ProfileTarget,
) -> Result<Outcome, EngineError> {
    match target {
        ProfileTarget::Exists { name } => {
            let name = name.trim();
            let is_new = tx.create_profile(name)?;
            let rows = is_new.then(Default::default);
            Ok(Outcome {
                profile_rows: rows,
                ..Outcome::labelled(format!("making the profile {name}"))
            })
        }
        ProfileTarget::CopyOf { from, to } => {
            let to = to.trim();
            let rows = tx.duplicate_profile(from, to)?;
            let message = format!("Copied the profile {from} to {to}");
            Ok(Outcome {
                profile_rows: Some(rows),
                ..Outcome::labelled(format!("copying the profile {from} to {to}")).saying(message)
            })
        }
        ProfileTarget::Renamed { from, to } => {
            let to = to.trim();
            tx.rename_profile(from, to)?;
            let message = format!("The profile {from} is called {to} now");
            Ok(Outcome::labelled(format!("renaming the profile {from} to {to}")).saying(message))
        }
        ProfileTarget::Deleted { name } => {
            let rows = tx.delete_profile(name)?;
            let message = format!("Deleted the profile {name} with {} rows", rows.total());
            Ok(Outcome {
                profile_rows: Some(rows),
                ..Outcome::labelled(format!("deleting the profile {name}")).saying(message)
            })
        }
    }
}

/// Whether a profile is small enough to be kept in memory once it is deleted, so that undo brings it back.
///
/// # Errors
/// When the database cannot be read.
pub fn comes_back(store: &Store, profile: &str) -> Result<bool, StoreError> {
    Ok(store.profile_bytes(profile)? <= KEPT_LIMIT_BYTES as u64)
}
