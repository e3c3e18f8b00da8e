//! Versions pinned, restored and deleted, each so that it can be taken back.

use std::sync::Arc;

use super::Coordinator;
use super::order::Order;
use crate::marks::{Deed, Step, VersionKey};
use crate::protocol::{EngineError, Severity};
use crate::settings::versions_kept;
use crate::store::{DeletedVersion, ScanVersion};

impl Coordinator {
    pub(super) fn pin(
        &self,
        order: &Order,
        timestamp: &str,
        pinned: bool,
    ) -> Result<Deed, EngineError> {
        let version = order.version(timestamp)?;
        let number = find(&self.versions(&version)?, &version)?.number;
        let VersionKey {
            filename,
            profile,
            model,
            ..
        } = &version;
        let found = self
            .store
            .with(|store| store.set_pinned(filename, profile, model, timestamp, pinned))?;
        if !found {
            return Err(gone(&version));
        }
        let verb = if pinned { "pinning" } else { "unpinning" };
        Ok(Deed {
            what: format!("{verb} version {number}"),
            steps: vec![Step::Pinned { version, pinned }],
        })
    }

    pub(super) fn restore(&mut self, order: &Order, timestamp: &str) -> Result<Deed, EngineError> {
        let version = order.version(timestamp)?;
        let before = self.versions(&version)?;
        let number = find(&before, &version)?.number;
        let keep = self.store.with(|store| versions_kept(store))?;
        let VersionKey {
            filename,
            profile,
            model,
            ..
        } = &version;
        let restored = self
            .store
            .with(|store| store.restore_version(filename, profile, model, timestamp, keep))?
            .ok_or_else(|| gone(&version))?;
        let number_of = |timestamp: &str| {
            let mut versions = before.iter();
            versions.find(|version| version.timestamp == timestamp)
        };
        let pruned: Vec<String> = restored
            .pruned
            .iter()
            .filter_map(|pruned| Some(number_of(pruned.timestamp())?.number.to_string()))
            .collect();
        let mut words = format!(
            "Version {number} is active again, as version {}",
            restored.saved.number
        );
        if !pruned.is_empty() {
            words.push_str(&format!(
                "; {keep} are kept, so version {} went",
                pruned.join(", ")
            ));
        }
        if let Some(session) = self.sessions.get_mut(&order.instance) {
            session.shown.show_newest_version();
            session.health.say(Severity::Info, words);
        }
        let at = |rows: &DeletedVersion| VersionKey {
            timestamp: rows.timestamp().to_owned(),
            ..version.clone()
        };
        // Done again in this order: what went makes room for the copy.
        let mut steps: Vec<Step> = restored
            .pruned
            .into_iter()
            .map(|pruned| Step::VersionDeleted {
                version: at(&pruned),
                rows: Arc::new(pruned),
            })
            .collect();
        steps.push(Step::VersionBroughtBack {
            version: at(&restored.copy),
            rows: Arc::new(restored.copy),
        });
        Ok(Deed {
            what: format!("restoring version {number}"),
            steps,
        })
    }

    pub(super) fn delete(&mut self, order: &Order, timestamp: &str) -> Result<Deed, EngineError> {
        let version = order.version(timestamp)?;
        let number = find(&self.versions(&version)?, &version)?.number;
        let VersionKey {
            filename,
            profile,
            model,
            ..
        } = &version;
        let deleted = self
            .store
            .with(|store| store.delete_version(filename, profile, model, timestamp))?
            .ok_or_else(|| gone(&version))?;
        if let Some(session) = self.sessions.get_mut(&order.instance) {
            session.shown.leave_version(timestamp);
            session
                .health
                .say(Severity::Info, format!("Deleted version {number}"));
        }
        Ok(Deed {
            what: format!("deleting version {number}"),
            steps: vec![Step::VersionDeleted {
                version,
                rows: Arc::new(deleted),
            }],
        })
    }

    fn versions(&self, of: &VersionKey) -> Result<Vec<ScanVersion>, EngineError> {
        Ok(self
            .store
            .with(|store| store.versions(&of.filename, &of.profile, &of.model))?)
    }
}

fn find<'a>(
    versions: &'a [ScanVersion],
    wanted: &VersionKey,
) -> Result<&'a ScanVersion, EngineError> {
    versions
        .iter()
        .find(|version| version.timestamp == wanted.timestamp)
        .ok_or_else(|| gone(wanted))
}

/// Deleted or pruned, by this window or by anybody else, since the window last looked.
fn gone(version: &VersionKey) -> EngineError {
    EngineError::NoSuchVersion {
        wanted: format!("version of {}", version.timestamp),
        filename: version.filename.clone(),
        model: version.model.clone(),
        profile: version.profile.clone(),
    }
}
