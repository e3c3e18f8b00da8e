//! Changes that windows ask for: each is made where it was meant, whatever the window shows by the time the database takes
//! it, and remembered for undo. What a change entails besides its rows (windows follow a renamed profile, a classifier in
//! use scans) happens here.

use std::time::Instant;

use super::Coordinator;
use super::session::Session;
use super::waiting::{Request, Waiting};
use crate::export::{ListedRegion, WaitingChange};
use crate::marks;
use crate::protocol::{
    Change, Compared, EngineError, InstanceId, MarkKind, ProfileTarget, Severity, Target,
};
use crate::settings::{EMBEDDINGS_GB, Setting, UNMARKED_TAKES_DAYS};
use crate::store::DEFAULT_PROFILE;

/// In which direction a change is stepped over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Done,
    Undone,
}

impl Coordinator {
    /// Makes a change, or keeps it until the database can take it.
    pub(super) fn change(
        &mut self,
        instance: InstanceId,
        change: Change,
    ) -> Result<(), EngineError> {
        match &change.target {
            Target::ClassifierInUse { .. } => {
                let session = self.sessions.get_mut(&instance);
                if let Some(session) = session.filter(|session| session.job.is_some()) {
                    session.say(Severity::Info, super::commands::ONE_JOB_AT_A_TIME);
                    return Ok(());
                }
            }
            // Where the database is, is chosen above all when something is wrong with it.
            Target::Setting { key, value } if !Setting::find(key)?.is_in_database() => {
                return self.choose_place(instance, key, value.as_deref());
            }
            _ => {}
        }
        let target = change.target.clone();
        self.write(instance, Request::Change(Box::new(change)))?;
        match target {
            Target::Profile(ProfileTarget::Exists { name }) => {
                // Also of one that waits for the database, or that is there already.
                self.show_profile(instance, name.trim());
            }
            Target::Setting { key, .. } if [UNMARKED_TAKES_DAYS, EMBEDDINGS_GB].contains(&key) => {
                // Shows what would be deleted; nothing is deleted yet.
                self.survey(instance);
            }
            _ => {}
        }
        Ok(())
    }

    /// Carries out what was asked for, at last or at once.
    pub(super) fn fulfil(
        &mut self,
        instance: InstanceId,
        request: &Request,
    ) -> Result<(), EngineError> {
        let outcome = match request {
            Request::Change(change) => self.commit(instance, change),
            Request::Undo { generation } | Request::Redo { generation }
                if *generation != self.store.generation() =>
            {
                Err(EngineError::Vanished {
                    what: "what was to be undone or redone",
                })
            }
            Request::Undo { .. } => self.step(instance, Step::Undone),
            Request::Redo { .. } => self.step(instance, Step::Done),
        };
        for session in self.sessions.values_mut() {
            session.stale = true;
        }
        if outcome.is_ok() {
            self.think_of_backup();
        }
        outcome
    }

    fn commit(&mut self, instance: InstanceId, change: &Change) -> Result<(), EngineError> {
        let applied = marks::commit(&self.store, &self.config.clips_folder, change)?;
        let message = applied.outcome.message.clone();
        let is_kept = !applied.inverse.is_empty();
        let generation = self.store.generation();
        if let Some(session) = self.sessions.get_mut(&instance) {
            if let Some(message) = message {
                session.say(Severity::Info, message);
            }
            if let Target::Profile(ProfileTarget::Deleted { name }) = &change.target
                && !is_kept
            {
                session.history.forget_profile(name);
            }
            session.history.keep_to(generation);
            session.history.push(change.clone(), applied);
        }
        if is_kept || !matches!(change.target, Target::ClassifierInUse { .. }) {
            self.follow(instance, change, Step::Done);
        }
        Ok(())
    }

    fn step(&mut self, instance: InstanceId, step: Step) -> Result<(), EngineError> {
        let Some(session) = self.sessions.get_mut(&instance) else {
            return Ok(());
        };
        session.history.keep_to(self.store.generation());
        let stepped = match step {
            Step::Undone => session.history.undo(&self.store)?,
            Step::Done => session.history.redo(&self.store)?,
        };
        let Some(stepped) = stepped else {
            return Ok(());
        };
        self.follow(instance, &stepped.change, step);
        let words = match step {
            Step::Undone => format!("Undid {}", stepped.label),
            Step::Done => format!("Did {} again", stepped.label),
        };
        self.tell(instance, words);
        Ok(())
    }

    /// What a change entails besides its rows.
    fn follow(&mut self, instance: InstanceId, change: &Change, step: Step) {
        let place = &change.place;
        match (&change.target, step) {
            (Target::RegionShape(_), _) => self.cut_anew(instance, &place.profile, &place.model),
            (Target::ClassifierInUse { .. }, _) => {
                if !self.scan_again(instance, change) && step == Step::Done {
                    self.add_to_status(instance, "Scan to see what it finds.");
                }
            }
            (Target::VersionRestored, Step::Done) => {
                if let Some(session) = self.sessions.get_mut(&instance) {
                    session.shown_version = None;
                }
            }
            (Target::VersionDeleted, Step::Done) => self.leave_version(instance, change),
            (Target::Profile(target), step) => self.follow_profile(instance, change, target, step),
            _ => {}
        }
    }

    fn follow_profile(
        &mut self,
        instance: InstanceId,
        change: &Change,
        target: &ProfileTarget,
        step: Step,
    ) {
        match (target, step) {
            (
                ProfileTarget::Exists { name } | ProfileTarget::CopyOf { to: name, .. },
                Step::Done,
            ) => {
                self.show_profile(instance, name.trim());
            }
            (
                ProfileTarget::Exists { name } | ProfileTarget::CopyOf { to: name, .. },
                Step::Undone,
            ) => self.leave_profile(instance, name.trim(), &change.place.profile),
            (ProfileTarget::Renamed { from, to }, Step::Done) => {
                self.follow_renamed(instance, from, to.trim());
            }
            (ProfileTarget::Renamed { from, to }, Step::Undone) => {
                self.follow_renamed(instance, to.trim(), from);
            }
            (ProfileTarget::Deleted { name }, Step::Done) => {
                self.leave_profile(instance, name, DEFAULT_PROFILE);
                if let Some(session) = self.sessions.get_mut(&instance) {
                    session.counted = None;
                }
            }
            (ProfileTarget::Deleted { name }, Step::Undone) => self.show_profile(instance, name),
        }
    }

    /// A window that shows the deleted version, or compares with it, does so no longer.
    fn leave_version(&mut self, instance: InstanceId, change: &Change) {
        let Some(session) = self.sessions.get_mut(&instance) else {
            return;
        };
        if let Some(timestamp) = &change.place.version {
            session.shown_version.take_if(|shown| shown == timestamp);
            let deleted = Compared::Version(timestamp.clone());
            session.compare_with.take_if(|with| *with == deleted);
        }
    }

    fn add_to_status(&mut self, instance: InstanceId, words: &str) {
        if let Some(session) = self.sessions.get_mut(&instance) {
            let said = session.status.as_ref();
            let said = said.map_or_else(String::new, |status| format!("{} ", status.text));
            session.say(Severity::Info, format!("{said}{words}"));
        }
    }

    /// As if the threshold had moved: cut for the eye at once, and written when it rests.
    fn cut_anew(&mut self, instance: InstanceId, profile: &str, model: &str) {
        let session = self.sessions.get_mut(&instance);
        if let Some(session) = session.filter(|it| it.profile == profile && it.model == model) {
            session.threshold_moved = Some(Instant::now());
        }
    }

    /// Scans with the classifier that is the newest by now, if the window still shows where the change was meant; says
    /// whether it does.
    fn scan_again(&mut self, instance: InstanceId, change: &Change) -> bool {
        let is_idle = |session: &Session| {
            session.job.is_none()
                && session.profile == change.place.profile
                && session.model == change.place.model
                && !session.recordings().is_empty()
        };
        let status = self
            .sessions
            .get(&instance)
            .and_then(|it| it.status.clone());
        let scans = self.sessions.get(&instance).is_some_and(is_idle);
        let begun = scans && self.scan(instance).is_ok();
        // What was said of the classifier stays beside the progress of the scan.
        if let Some(session) = self.sessions.get_mut(&instance).filter(|_| begun) {
            session.status = status;
        }
        begun
    }
}

/// A change in words and figures, for a file that must be understood without the database.
pub(super) fn listed(change: &Change) -> WaitingChange<'_> {
    let state = match &change.target {
        Target::Marked { kind, .. } => word(kind),
        Target::Disabled { .. } => "disabled",
        _ => "",
    };
    let spans = match &change.target {
        Target::Marked { spans, .. } => spans.iter().map(|&span| (span, f32::NAN)).collect(),
        target => {
            let regions = target.regions().iter();
            regions
                .map(|region| (region.span, region.score))
                .collect::<Vec<_>>()
        }
    };
    let recording = change.place.recording.as_ref();
    WaitingChange {
        what: in_words(&change.target),
        profile: &change.place.profile,
        model: &change.place.model,
        filename: recording.map(|it| it.recording.filename.as_str()),
        regions: spans
            .into_iter()
            .map(|(span, score)| ListedRegion {
                span,
                score,
                state,
                class: "",
            })
            .collect(),
    }
}

fn word(kind: &MarkKind) -> &'static str {
    match kind {
        MarkKind::Negative => "negative",
        MarkKind::Positive { .. } => "positive",
        MarkKind::Unsure => "unsure",
    }
}

fn in_words(target: &Target) -> String {
    let text = match target {
        Target::Marked { kind, marked, .. } => {
            let verb = if *marked { "mark" } else { "unmark" };
            return match kind {
                MarkKind::Negative => format!("{verb} as not the sound"),
                MarkKind::Positive { class } => format!("{verb} as {class}"),
                MarkKind::Unsure => format!("{verb} as unsure"),
            };
        }
        Target::Disabled { disabled: true, .. } => "disable",
        Target::Disabled { .. } => "enable",
        Target::Merged { .. } => "merge",
        Target::Resized { span, .. } => {
            return format!("resize to {} s to {} s", span.start_s(), span.end_s());
        }
        // What is left concerns rows that only the database knows.
        other => return format!("{other:?}"),
    };
    text.to_owned()
}

impl Waiting {
    /// What waits, for a file that must be understood without the database; the oldest first.
    pub(super) fn listed(&self) -> Vec<WaitingChange<'_>> {
        let changes = self.requests().filter_map(|request| match request {
            Request::Change(change) => Some(listed(change)),
            Request::Undo { .. } | Request::Redo { .. } => None,
        });
        changes.collect()
    }
}
