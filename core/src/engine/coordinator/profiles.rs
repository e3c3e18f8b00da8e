//! Profiles counted, and the windows that show a profile brought along when it is renamed or deleted.

use super::Coordinator;
use crate::marks;
use crate::protocol::{EngineError, InstanceId, ProfileView};

impl Coordinator {
    pub(super) fn count_profile(
        &mut self,
        instance: InstanceId,
        name: String,
    ) -> Result<(), EngineError> {
        let (rows, comes_back) = self
            .store
            .with(|store| Ok((store.profile_rows(&name)?, marks::comes_back(store, &name)?)))?;
        if let Some(session) = self.sessions.get_mut(&instance) {
            session.counted = Some(ProfileView {
                name,
                rows,
                comes_back,
            });
        }
        Ok(())
    }

    pub(super) fn show_profile(&mut self, instance: InstanceId, profile: &str) {
        if let Some(session) = self.sessions.get_mut(&instance) {
            session.change_profile(profile);
            session.changed = true;
        }
    }

    /// Every window that shows the profile `from` shows `to`, and what waits for `from` waits for that.
    pub(super) fn follow_renamed(&mut self, instance: InstanceId, from: &str, to: &str) {
        self.waiting.rename_profile(from, to);
        self.leave_profile(instance, from, to);
    }

    /// Every window that shows the profile `from` shows `to`. What the other windows did to it can no longer be undone
    /// there: rows put back would bring it back under its old name. In the window of `instance` its going is itself
    /// undone first.
    pub(super) fn leave_profile(&mut self, instance: InstanceId, from: &str, to: &str) {
        for (&other, session) in &mut self.sessions {
            if other != instance {
                session.history.forget_profile(from);
                session.changed = true;
            }
            if session.profile == from {
                session.change_profile(to);
                session.changed = true;
            }
        }
    }
}
