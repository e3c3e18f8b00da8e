//! Profiles made, copied, renamed and deleted, each so that it can be taken back, and the windows that show them brought
//! along.

use std::sync::Arc;

use super::Coordinator;
use super::order::Order;
use super::recovery::tell;
use super::session::Part;
use crate::marks::{Deed, KEPT_LIMIT_BYTES, ProfileChange, Step};
use crate::protocol::{EngineError, InstanceId, ProfileView};
use crate::store::{DEFAULT_PROFILE, ProfileRows, Store, StoreError};

impl Coordinator {
    pub(super) fn count_profile(
        &mut self,
        instance: InstanceId,
        name: String,
    ) -> Result<(), EngineError> {
        let (rows, comes_back) = self
            .store
            .with(|store| Ok((store.profile_rows(&name)?, comes_back(store, &name)?)))?;
        if let Some(session) = self.sessions.get_mut(&instance) {
            session.asked.show_counted(Some(ProfileView {
                name,
                rows,
                comes_back,
            }));
        }
        Ok(())
    }

    /// Makes it and says so; nothing to take back where there was one already.
    pub(super) fn create_profile(
        &mut self,
        order: &Order,
        profile: &str,
    ) -> Result<Option<Deed>, EngineError> {
        let is_new = self.store.with(|store| store.create_profile(profile))?;
        Ok(is_new.then(|| Deed {
            what: format!("making the profile {profile}"),
            steps: vec![Step::ProfileAdded(ProfileChange {
                profile: profile.to_owned(),
                rows: ProfileRows::default(),
                instead: order.place.profile.clone(),
                kept: None,
            })],
        }))
    }

    pub(super) fn duplicate_profile(
        &mut self,
        order: &Order,
        from: &str,
        to: &str,
    ) -> Result<Deed, EngineError> {
        let to = to.trim();
        let rows = self.store.with(|store| store.duplicate_profile(from, to))?;
        self.show_profile(order.instance, to);
        let words = format!("Copied the profile {from} to {to}");
        tell(&mut self.sessions, order.instance, words);
        Ok(Deed {
            what: format!("copying the profile {from} to {to}"),
            steps: vec![Step::ProfileAdded(ProfileChange {
                profile: to.to_owned(),
                rows,
                instead: order.place.profile.clone(),
                kept: None,
            })],
        })
    }

    pub(super) fn rename_profile(
        &mut self,
        instance: InstanceId,
        from: &str,
        to: &str,
    ) -> Result<Deed, EngineError> {
        let to = to.trim();
        self.store.with(|store| store.rename_profile(from, to))?;
        self.follow_renamed(instance, from, to);
        let words = format!("The profile {from} is called {to} now");
        tell(&mut self.sessions, instance, words);
        Ok(Deed {
            what: format!("renaming the profile {from} to {to}"),
            steps: vec![Step::ProfileRenamed {
                from: from.to_owned(),
                to: to.to_owned(),
            }],
        })
    }

    /// Deletes it, so that it can be brought back unless it takes too much memory. The window was told which when it asked.
    pub(super) fn delete_profile(
        &mut self,
        instance: InstanceId,
        profile: &str,
    ) -> Result<Option<Deed>, EngineError> {
        let (rows, kept) = self.store.with(|store| {
            if comes_back(store, profile)? {
                let removed = store.remove_profile(profile)?;
                Ok((*removed.rows(), Some(Arc::new(removed))))
            } else {
                Ok((store.delete_profile(profile)?, None))
            }
        })?;
        self.leave_profile(instance, profile, DEFAULT_PROFILE);
        if let Some(session) = self.sessions.get_mut(&instance) {
            session.asked.show_counted(None);
            if kept.is_none() {
                session.history.forget_profile(profile);
            }
        }
        let words = format!("Deleted the profile {profile} with {} rows", rows.total());
        tell(&mut self.sessions, instance, words);
        Ok(kept.map(|kept| Deed {
            what: format!("deleting the profile {profile}"),
            steps: vec![Step::ProfileRemoved(ProfileChange {
                profile: profile.to_owned(),
                rows,
                instead: DEFAULT_PROFILE.to_owned(),
                kept: Some(kept),
            })],
        }))
    }

    pub(super) fn show_profile(&mut self, instance: InstanceId, profile: &str) {
        if let Some(session) = self.sessions.get_mut(&instance) {
            session.change_profile(profile);
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
                session.invalidate(Part::View);
            }
            if session.shown.profile() == from {
                session.change_profile(to);
            }
        }
    }
}

/// Whether a profile is small enough to be kept in memory once it is deleted.
fn comes_back(store: &Store, profile: &str) -> Result<bool, StoreError> {
    Ok(store.profile_bytes(profile)? <= KEPT_LIMIT_BYTES as u64)
}
