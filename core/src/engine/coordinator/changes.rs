//! Changes that windows ask for: each is made where it was meant, whatever the window shows by the time the database takes
//! it, and remembered for undo. What a change entails besides its rows (windows follow a renamed profile, a classifier in
//! use scans) happens here.

use super::Coordinator;
use super::channels::Channels;
use super::labels;
use super::profiles::{follow_renamed, leave_profile, show_profile};
use super::session::{Health, Part, Session, invalidate_all, tell};
use super::sounds;
use super::training::{scan, train};
use super::waiting::{Request, Step};
use crate::marks::{self, Added, ClipFiles};
use crate::protocol::{Change, EngineError, InstanceId, ProfileTarget, Severity, Target};
use crate::store::DEFAULT_PROFILE;

/// Carries out what was asked for, at last or at once, with the clips that were written for it.
pub(super) fn carry_out(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    request: &Request,
    clips: &ClipFiles,
) -> Result<(), EngineError> {
    let outcome = match request {
        Request::Change(change) => commit(coordinator, instance, change, clips),
        Request::Step(step, generation) if *generation == coordinator.store.generation() => {
            step_over(coordinator, instance, *step)
        }
        Request::Train(request) => {
            if let Some(session) = coordinator.sessions.get_mut(&instance) {
                train(instance, session, request.clone(), &coordinator.channels);
            }
            return Ok(());
        }
        Request::Step(..) => Err(EngineError::Vanished {
            what: "what was to be undone or redone",
        }),
    };
    invalidate_all(&coordinator.sessions, Part::Database);
    if outcome.is_ok() {
        coordinator.upkeep.think_of_backup(&coordinator.channels);
    }
    outcome
}

fn commit(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    change: &Change,
    clips: &ClipFiles,
) -> Result<(), EngineError> {
    let store = &coordinator.store;
    let applied = marks::commit_with(store, change, clips)?;
    let is_kept = !applied.inverse.is_empty();
    if let Some(session) = coordinator.sessions.get_mut(&instance) {
        if let (Added::Imported(_), Some(message)) =
            (&applied.outcome.added, &applied.outcome.message)
        {
            session.labels.note_imported(message);
        }
        if let Some(message) = applied.outcome.message {
            session.health.say(Severity::Info, message);
        }
        if let Target::Profile(ProfileTarget::Deleted { name }) = &change.target
            && !is_kept
        {
            session.history.forget_profile(name);
        }
        session.history.keep_to(store.generation());
        let label = applied.outcome.label;
        session.history.push(change.clone(), label, applied.inverse);
    }
    if is_kept || !matches!(change.target, Target::ClassifierInUse { .. }) {
        follow(coordinator, instance, change, Step::Done);
    }
    Ok(())
}

fn step_over(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    step: Step,
) -> Result<(), EngineError> {
    let store = &coordinator.store;
    let Some(session) = coordinator.sessions.get_mut(&instance) else {
        return Ok(());
    };
    session.history.keep_to(store.generation());
    let stepped = match step {
        Step::Undone => session.history.undo(store)?,
        Step::Done => session.history.redo(store)?,
    };
    let Some(stepped) = stepped else {
        return Ok(());
    };
    follow(coordinator, instance, &stepped.change, step);
    let words = match step {
        Step::Undone => format!("Undid {}", stepped.label),
        Step::Done => format!("Did {} again", stepped.label),
    };
    tell(&mut coordinator.sessions, instance, words);
    if matches!(stepped.change.target, Target::Imported { .. }) {
        labels::read_again(coordinator, instance)?;
    }
    Ok(())
}

/// What a change entails besides its rows.
fn follow(coordinator: &mut Coordinator, instance: InstanceId, change: &Change, step: Step) {
    if let Target::Profile(target) = &change.target {
        follow_profile(coordinator, instance, change, (target, step));
        return;
    }
    let Some(session) = coordinator.sessions.get_mut(&instance) else {
        return;
    };
    let place = &change.place;
    match (&change.target, step) {
        (Target::RegionShape(_), _) if session.shown.is_at(&place.profile, &place.model) => {
            session.shown.cut_anew();
        }
        (Target::ClassifierInUse { .. }, _) => {
            let scans = scan_again(instance, session, change, &coordinator.channels);
            if !scans && step == Step::Done {
                add_to_status(&mut session.health, "Scan to see what it finds.");
            }
        }
        (Target::VersionRestored, Step::Done) => session.shown.show_newest_version(),
        (Target::VersionDeleted, Step::Done) => {
            // A window that shows the deleted version, or compares with it, does so no longer.
            if let Some(timestamp) = &place.version {
                session.shown.leave_version(timestamp);
            }
        }
        _ => {}
    }
}

fn follow_profile(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    change: &Change,
    (target, step): (&ProfileTarget, Step),
) {
    let Coordinator {
        sessions, waiting, ..
    } = coordinator;
    match (target, step) {
        (ProfileTarget::Exists { name } | ProfileTarget::CopyOf { to: name, .. }, Step::Done) => {
            show_profile(sessions, instance, name.trim());
        }
        (ProfileTarget::Exists { name } | ProfileTarget::CopyOf { to: name, .. }, Step::Undone) => {
            leave_profile(sessions, instance, name.trim(), &change.place.profile);
        }
        (ProfileTarget::Renamed { from, to }, Step::Done) => {
            sounds::follow_profile(sessions, from, Some(to.trim()));
            follow_renamed(sessions, waiting, instance, (from, to.trim()));
        }
        (ProfileTarget::Renamed { from, to }, Step::Undone) => {
            sounds::follow_profile(sessions, to.trim(), Some(from));
            follow_renamed(sessions, waiting, instance, (to.trim(), from));
        }
        (ProfileTarget::Deleted { name }, Step::Done) => {
            sounds::follow_profile(sessions, name, None);
            leave_profile(sessions, instance, name, DEFAULT_PROFILE);
            if let Some(session) = sessions.get_mut(&instance) {
                session.asked.show_counted(None);
            }
        }
        (ProfileTarget::Deleted { name }, Step::Undone) => show_profile(sessions, instance, name),
    }
}

fn add_to_status(health: &mut Health, words: &str) {
    let said = health.status();
    let said = said.map_or_else(String::new, |status| format!("{} ", status.text));
    health.say(Severity::Info, format!("{said}{words}"));
}

/// Scans with the classifier that is the newest by now, if the window still shows where the change was meant; says whether it
/// does.
fn scan_again(
    instance: InstanceId,
    session: &mut Session,
    change: &Change,
    channels: &Channels,
) -> bool {
    let place = &change.place;
    let is_idle = !session.jobs.is_at_work()
        && session.shown.is_at(&place.profile, &place.model)
        && !session.takes.recordings().is_empty();
    let status = session.health.status().cloned();
    let begun = is_idle && scan(instance, session, channels);
    // What was said of the classifier stays beside the progress of the scan.
    if let Some(status) = status.filter(|_| begun) {
        session.health.say(status.severity, status.text);
    }
    begun
}
