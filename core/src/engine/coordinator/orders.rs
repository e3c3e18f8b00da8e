//! Commands that change the database. Each is carried out where it was given, whatever the window shows by the time
//! the database takes it.

use super::Coordinator;
use super::order::Order;
use super::reviewing::of_version;
use super::session::{Part, Session, invalidate_all};
use super::storage::choose;
use super::told::told;
use super::training::scan;
use crate::marks::{Deed, Reviewer, Step};
use crate::protocol::{Command, EngineError, InstanceId, Severity, ShownId};
use crate::scan::RegionShape;
use crate::time::Span;

/// What is said of the spans that a command names.
type Word<'a> = &'a dyn Fn(&Reviewer, &[Span]) -> Result<Deed, EngineError>;

impl Coordinator {
    pub(super) fn fulfil(&mut self, order: &Order) -> Result<(), EngineError> {
        let outcome = self.change(order);
        // Also after a failure: part of what was asked may have been committed.
        invalidate_all(&self.sessions, Part::Database);
        let deed = outcome?;
        self.upkeep.think_of_backup(&self.channels);
        if let (Some(deed), Some(session)) = (deed, self.sessions.get_mut(&order.instance)) {
            let words = order.is_mark().then(|| told(&deed, order.place.start_s));
            if let Some(words) = words.flatten() {
                session.health.say(Severity::Info, words);
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
            Command::RestoreVersion { timestamp, .. } => self.restore(order, timestamp).map(Some),
            Command::RestoreClassifier { version } => self.restore_classifier(order, *version),
            Command::DeleteVersion { timestamp, .. } => self.delete(order, timestamp).map(Some),
            Command::SetRegionShape { shape } => self.shape(order, *shape).map(Some),
            Command::ChangeSetting { key, value } => {
                choose(key, value.as_deref(), &self.store).map(|()| None)
            }
            Command::CreateProfile { profile } => self.create_profile(order, profile),
            Command::DuplicateProfile { from, to } => {
                self.duplicate_profile(order, from, to).map(Some)
            }
            Command::RenameProfile { from, to } => {
                self.rename_profile(order.instance, from, to).map(Some)
            }
            Command::DeleteProfile { profile } => self.delete_profile(order.instance, profile),
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

    /// As if the threshold had moved: cut for the eye at once, and written when it rests.
    pub(super) fn cut_anew(&mut self, instance: InstanceId, profile: &str, model: &str) {
        let session = self.sessions.get_mut(&instance);
        if let Some(session) = session.filter(|it| it.shown.is_at(profile, model)) {
            session.shown.cut_anew();
        }
    }

    fn shape(&mut self, order: &Order, shape: RegionShape) -> Result<Deed, EngineError> {
        let (profile, model) = (&order.place.profile, &order.place.model);
        let before = self.store.with(|store| {
            let before = store.region_shape(profile, model)?;
            store.set_region_shape(profile, model, shape)?;
            Ok(before)
        })?;
        self.cut_anew(order.instance, profile, model);
        Ok(Deed {
            what: String::from("giving regions another shape"),
            steps: vec![Step::Shaped {
                profile: profile.clone(),
                model: model.clone(),
                before,
                after: shape,
            }],
        })
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
            session.health.say(Severity::Info, words);
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
    pub(super) fn scan_again(&mut self, order: &Order) -> bool {
        let is_idle = |session: &Session| {
            !session.jobs.is_at_work()
                && session
                    .shown
                    .is_at(&order.place.profile, &order.place.model)
                && !session.takes.recordings().is_empty()
        };
        let session = self.sessions.get_mut(&order.instance);
        session
            .filter(|session| is_idle(session))
            .is_some_and(|session| scan(order.instance, session, &self.channels))
    }
}
