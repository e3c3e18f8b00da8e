//! Commands that change the database. Each is carried out where it was given, whatever the window shows by the time
//! the database takes it.

use std::sync::Arc;
use std::time::Instant;

use super::Desk;
use super::order::Order;
use super::reviewing::of_version;
use super::session::Session;
use super::told::told;
use crate::engine::EngineError;
use crate::engine::command::{Command, Compared};
use crate::engine::review::{Deed, Reviewer, Step, VersionKey};
use crate::engine::settings::versions_kept;
use crate::engine::view::{Severity, ShownId};
use crate::store::ScanVersion;
use crate::time::Span;

/// What is said of the spans that a command names.
type Word<'a> = &'a dyn Fn(&Reviewer, &[Span]) -> Result<Deed, EngineError>;

impl Desk {
    pub(super) fn fulfil(&mut self, order: &Order) -> Result<(), EngineError> {
        let outcome = self.change(order);
        // Also after a failure: part of what was asked may have been committed.
        for session in self.sessions.values_mut() {
            session.stale = true;
        }
        let deed = outcome?;
        self.think_of_backup();
        if let (Some(deed), Some(session)) = (deed, self.sessions.get_mut(&order.instance)) {
            let words = order.is_mark().then(|| told(&deed, order.place.start_s));
            if let Some(words) = words.flatten() {
                session.say(Severity::Info, words);
            }
            session.history.keep_to(self.store.generation());
            session.history.push(deed);
        }
        Ok(())
    }

    fn change(&mut self, order: &Order) -> Result<Option<Deed>, EngineError> {
        let say = |ids: &[ShownId], word: Word<'_>| {
            let spans = order.spans(&self.store, ids)?;
            word(&self.reviewer_of(order, &of_version(ids))?, &spans).map(Some)
        };
        match &order.command {
            Command::ToggleNegative { regions } => say(regions, &Reviewer::toggle_negative),
            Command::ToggleUnsure { regions } => say(regions, &Reviewer::toggle_unsure),
            Command::ConfirmPositive { regions, class } => say(regions, &|reviewer, spans| {
                reviewer.toggle_positive(spans, class)
            }),
            Command::ToggleDisabled { regions } => self.toggle_disabled(order, regions).map(Some),
            Command::MergeRegions { regions } => {
                let rows = order.rows(&self.store, regions)?;
                self.reviewer_of(order, regions)?.merge(&rows).map(Some)
            }
            Command::ResizeRegion { region, span } => {
                let rows = order.rows(&self.store, &[*region])?;
                let row = rows
                    .first()
                    .ok_or(EngineError::Vanished { what: "the region" })?;
                let reviewer = self.reviewer_of(order, &[*region])?;
                reviewer.resize(row, *span, order.place.length_s).map(Some)
            }
            Command::AddPositive { span, class, .. } => {
                self.reviewer(order)?.confirm(&[*span], class).map(Some)
            }
            Command::AddNegative { span, .. } => {
                self.reviewer(order)?.mark_negatives(&[*span]).map(Some)
            }
            Command::AddUnsure { span, .. } => {
                self.reviewer(order)?.mark_unsure(&[*span]).map(Some)
            }
            Command::RemoveNegatives { negatives } => {
                if order.generation != self.store.generation() && !order.saw_negatives(self)? {
                    return Err(EngineError::Vanished {
                        what: "the hard negative",
                    });
                }
                self.remove_negatives(negatives).map(Some)
            }
            Command::ClearNegatives { source_model } => self
                .clear_negatives(&order.place.profile, source_model.as_deref())
                .map(Some),
            Command::PinVersion {
                timestamp, pinned, ..
            } => self.pin(order, timestamp, *pinned).map(Some),
            Command::RestoreVersion { timestamp, .. } => {
                self.restore(order, timestamp).map(|()| None)
            }
            Command::RestoreClassifier { version } => self.restore_classifier(order, *version),
            Command::DeleteVersion { timestamp, .. } => self.delete(order, timestamp).map(Some),
            Command::SetRegionShape { shape } => {
                let (profile, model) = (&order.place.profile, &order.place.model);
                self.store
                    .with(|store| store.set_region_shape(profile, model, *shape))?;
                if let Some(session) = self.sessions.get_mut(&order.instance) {
                    // As if the threshold had moved: cut for the eye at once, and written when it rests.
                    session.threshold_moved = Some(Instant::now());
                }
                Ok(None)
            }
            Command::ChangeSetting { key, value } => {
                self.choose(key, value.as_deref()).map(|()| None)
            }
            Command::CreateProfile { profile } => {
                self.store.with(|store| store.create_profile(profile))?;
                Ok(None)
            }
            Command::DuplicateProfile { from, to } => self
                .duplicate_profile(order.instance, from, to)
                .map(|()| None),
            Command::RenameProfile { from, to } => {
                self.rename_profile(order.instance, from, to).map(|()| None)
            }
            Command::DeleteProfile { profile } => {
                self.delete_profile(order.instance, profile).map(|()| None)
            }
            Command::Undo | Command::Redo if order.generation != self.store.generation() => {
                Err(EngineError::Vanished {
                    what: "what was to be undone or redone",
                })
            }
            Command::Undo | Command::Redo => self.step_through_history(order).map(|()| None),
            // The others change nothing in the database.
            _ => Ok(None),
        }
    }

    fn pin(&self, order: &Order, timestamp: &str, pinned: bool) -> Result<Deed, EngineError> {
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

    fn restore(&mut self, order: &Order, timestamp: &str) -> Result<(), EngineError> {
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
        let saved = self
            .store
            .with(|store| store.restore_version(filename, profile, model, timestamp, keep))?
            .ok_or_else(|| gone(&version))?;
        // It is done: an error now would have it done twice.
        let after = self.versions(&version).unwrap_or_else(|_| before.clone());
        let pruned: Vec<String> = before
            .iter()
            .filter(|old| after.iter().all(|kept| kept.timestamp != old.timestamp))
            .map(|old| old.number.to_string())
            .collect();
        let mut words = format!(
            "Version {number} is active again, as version {}",
            saved.number
        );
        if !pruned.is_empty() {
            words.push_str(&format!(
                "; {keep} are kept, so version {} went",
                pruned.join(", ")
            ));
        }
        if let Some(session) = self.sessions.get_mut(&order.instance) {
            session.shown_version = None;
            session.say(Severity::Info, words);
        }
        Ok(())
    }

    fn restore_classifier(
        &mut self,
        order: &Order,
        version: u32,
    ) -> Result<Option<Deed>, EngineError> {
        let (profile, model) = (&order.place.profile, &order.place.model);
        let vanished = EngineError::Vanished {
            what: "the classifier",
        };
        let newest = self
            .store
            .with(|store| store.latest_classifier(profile, model))?;
        let before = match newest {
            // It is in use: nothing to go back to.
            Some(newest) if newest.version == version => return Ok(None),
            Some(newest) => newest.version,
            None => return Err(vanished),
        };
        let restored = self
            .store
            .with(|store| store.restore_classifier(profile, model, version))?
            .ok_or(vanished)?;
        let scans = self.scan_again(order);
        if let Some(session) = self.sessions.get_mut(&order.instance) {
            let words = format!(
                "Classifier {version} is in use again, as classifier {}.{}",
                restored.version,
                if scans {
                    ""
                } else {
                    " Scan to see what it finds."
                }
            );
            session.say(Severity::Info, words);
        }
        Ok(Some(Deed {
            what: format!("going back to classifier {version}"),
            steps: vec![Step::ClassifierRestored {
                profile: profile.clone(),
                model: model.clone(),
                version,
                before,
            }],
        }))
    }

    /// Scans with the classifier that is the newest by now, if the window still shows where the order was given; says
    /// whether it does.
    fn scan_again(&mut self, order: &Order) -> bool {
        let is_idle = |session: &Session| {
            session.job.is_none()
                && session.profile == order.place.profile
                && session.model == order.place.model
                && !session.recordings().is_empty()
        };
        let scans = self.sessions.get(&order.instance).is_some_and(is_idle);
        scans && self.scan(order.instance).is_ok()
    }

    fn delete(&mut self, order: &Order, timestamp: &str) -> Result<Deed, EngineError> {
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
            session.shown_version.take_if(|shown| shown == timestamp);
            let deleted = Compared::Version(timestamp.to_owned());
            session.compare_with.take_if(|with| *with == deleted);
            session.say(Severity::Info, format!("Deleted version {number}"));
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

    fn step_through_history(&mut self, order: &Order) -> Result<(), EngineError> {
        let Some(session) = self.sessions.get_mut(&order.instance) else {
            return Ok(());
        };
        session.history.keep_to(self.store.generation());
        let deed = match order.command {
            Command::Undo => session.history.last_done(),
            _ => session.history.last_undone(),
        };
        let rescans = deed.is_some_and(Deed::changes_classifier);
        let words = if order.command == Command::Undo {
            let undone = session.history.undo(&self.store)?;
            undone.map(|what| format!("Undid {what}"))
        } else {
            let redone = session.history.redo(&self.store)?;
            redone.map(|what| format!("Did {what} again"))
        };
        if rescans {
            self.scan_again(order);
        }
        if let (Some(words), Some(session)) = (words, self.sessions.get_mut(&order.instance)) {
            session.say(Severity::Info, words);
        }
        Ok(())
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
