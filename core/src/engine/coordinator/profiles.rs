//! Profiles counted, and the windows that show a profile brought along when it is renamed or deleted.

use super::session::{Part, Session, Sessions};
use super::waiting::Waiting;
use crate::marks;
use crate::protocol::{EngineError, InstanceId, ProfileView};
use crate::store::StoreHandle;

/// Shows what is in the profile `name`.
pub(super) fn count_profile(
    session: &mut Session,
    store: &StoreHandle,
    name: String,
) -> Result<(), EngineError> {
    let (rows, comes_back) =
        store.with(|store| Ok((store.profile_rows(&name)?, marks::comes_back(store, &name)?)))?;
    session.asked.show_counted(Some(ProfileView {
        name,
        rows,
        comes_back,
    }));
    Ok(())
}

/// The window of `instance` shows `profile` from now on.
pub(super) fn show_profile(sessions: &mut Sessions, instance: InstanceId, profile: &str) {
    if let Some(session) = sessions.get_mut(&instance) {
        session.change_profile(profile);
    }
}

/// Every window that shows the profile `from` shows `to`, and what waits for `from` waits for that.
pub(super) fn follow_renamed(
    sessions: &mut Sessions,
    waiting: &mut Waiting,
    instance: InstanceId,
    (from, to): (&str, &str),
) {
    waiting.rename_profile(from, to);
    leave_profile(sessions, instance, from, to);
}

/// Every window that shows the profile `from` shows `to`. What the other windows did to it can no longer be undone
/// there: rows put back would bring it back under its old name. In the window of `instance` its going is itself
/// undone first.
pub(super) fn leave_profile(sessions: &mut Sessions, instance: InstanceId, from: &str, to: &str) {
    for (&other, session) in sessions {
        if other != instance {
            session.history.forget_profile(from);
            session.invalidate(Part::View);
        }
        if session.shown.profile() == from {
            session.change_profile(to);
        }
    }
}
