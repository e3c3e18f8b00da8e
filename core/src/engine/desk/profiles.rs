//! Profiles copied, renamed and deleted, and the windows that show them brought along.

use super::Desk;
use crate::engine::EngineError;
use crate::engine::instance::InstanceId;
use crate::engine::view::{ProfileView, Severity};
use crate::store::DEFAULT_PROFILE;

impl Desk {
    pub(super) fn count_profile(
        &mut self,
        instance: InstanceId,
        name: String,
    ) -> Result<(), EngineError> {
        let rows = self.store.with(|store| store.profile_rows(&name))?;
        if let Some(session) = self.sessions.get_mut(&instance) {
            session.counted = Some(ProfileView { name, rows });
        }
        Ok(())
    }

    pub(super) fn duplicate_profile(
        &mut self,
        instance: InstanceId,
        from: &str,
        to: &str,
    ) -> Result<(), EngineError> {
        let to = to.trim();
        self.store.with(|store| store.duplicate_profile(from, to))?;
        if let Some(session) = self.sessions.get_mut(&instance) {
            session.change_profile(to);
            session.say(Severity::Info, format!("Copied the profile {from} to {to}"));
        }
        Ok(())
    }

    pub(super) fn rename_profile(
        &mut self,
        instance: InstanceId,
        from: &str,
        to: &str,
    ) -> Result<(), EngineError> {
        let to = to.trim();
        self.store.with(|store| store.rename_profile(from, to))?;
        self.waiting.rename_profile(from, to);
        self.leave_profile(from, to);
        if let Some(session) = self.sessions.get_mut(&instance) {
            session.say(
                Severity::Info,
                format!("The profile {from} is called {to} now"),
            );
        }
        Ok(())
    }

    pub(super) fn delete_profile(
        &mut self,
        instance: InstanceId,
        profile: &str,
    ) -> Result<(), EngineError> {
        let rows = self.store.with(|store| store.delete_profile(profile))?;
        self.leave_profile(profile, DEFAULT_PROFILE);
        if let Some(session) = self.sessions.get_mut(&instance) {
            session.counted = None;
            session.say(
                Severity::Info,
                format!("Deleted the profile {profile} with {} rows", rows.total()),
            );
        }
        Ok(())
    }

    /// Every window that shows the profile `from` shows `to`. Nothing done before can be undone any more: rows put back
    /// would bring the old profile back with them.
    fn leave_profile(&mut self, from: &str, to: &str) {
        for session in self.sessions.values_mut() {
            session.history.forget();
            if session.profile == from {
                session.change_profile(to);
                session.changed = true;
            }
        }
    }
}
