//! The one way into the database for windows: a change is made at once, or waits until the database can take it and is tried
//! again. Coordinator's thread only.

use std::time::Duration;

use super::Coordinator;
use super::changes::carry_out;
use super::memory_export::export_all;
use super::obstacles::Cause;
use super::profiles::show_profile;
use super::storage::{ask_for_survey, choose_outside_database};
use super::training::ONE_JOB_AT_A_TIME;
use super::waiting::{Request, Waiter, show_waiting};
use crate::protocol::{Change, EngineError, InstanceId, ProfileTarget, Severity, Target};
use crate::settings::{EMBEDDINGS_GB, Setting, UNMARKED_TAKES_DAYS};
use crate::store::StoreHandle;

/// Makes a change, or keeps it until the database can take it.
pub(super) fn change(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    change: Change,
) -> Result<(), EngineError> {
    match &change.target {
        Target::ClassifierInUse { .. } => {
            let session = coordinator.sessions.get_mut(&instance);
            if let Some(session) = session.filter(|session| session.jobs.is_at_work()) {
                session.health.say(Severity::Info, ONE_JOB_AT_A_TIME);
                return Ok(());
            }
        }
        // Where the database is, is chosen above all when something is wrong with it.
        Target::Setting { key, value } if !Setting::find(key)?.is_in_database() => {
            let (sessions, store) = (&mut coordinator.sessions, &coordinator.store);
            choose_outside_database(key, value.as_deref(), sessions, store)?;
            ask_for_survey(instance, sessions, &coordinator.channels);
            return Ok(());
        }
        _ => {}
    }
    let target = change.target.clone();
    write(coordinator, instance, Request::Change(Box::new(change)))?;
    match target {
        Target::Profile(ProfileTarget::Exists { name }) => {
            // Also of one that waits for the database, or that is there already.
            show_profile(&mut coordinator.sessions, instance, name.trim());
        }
        Target::Setting { key, .. } if [UNMARKED_TAKES_DAYS, EMBEDDINGS_GB].contains(&key) => {
            // Shows what would be deleted; nothing is deleted yet.
            ask_for_survey(instance, &coordinator.sessions, &coordinator.channels);
        }
        _ => {}
    }
    Ok(())
}

/// Carries out what changes the database, or keeps it until the database can take it. What is asked for later waits
/// behind it: marks are meant in the order in which they were made.
pub(super) fn write(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    request: Request,
) -> Result<(), EngineError> {
    if !coordinator.sessions.contains_key(&instance) {
        return Ok(());
    }
    // A damaged file may still take it, but what a backup replaces tomorrow is no place for it.
    let damage = coordinator.store.damage();
    let refusal = damage.and_then(|error| Cause::of_store(&error));
    if refusal.is_some() || !coordinator.waiting.is_empty() {
        keep(coordinator, instance, request, refusal);
        return Ok(());
    }
    match carry_out(coordinator, instance, &request) {
        Err(error) => match Cause::of(&error) {
            Some(cause) => {
                keep(coordinator, instance, request, Some(cause));
                Ok(())
            }
            None => Err(error),
        },
        Ok(()) => Ok(()),
    }
}

fn keep(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    request: Request,
    refusal: Option<Cause>,
) {
    let waiting = &mut coordinator.waiting;
    waiting.push(Waiter { instance, request });
    if let Some(cause) = refusal {
        waiting.refuse(cause);
    }
    show_waiting(&mut coordinator.sessions, waiting);
}

/// Tries what waits, if it is time to.
pub(super) fn retry(coordinator: &mut Coordinator) {
    if coordinator.waiting.is_due() {
        try_now(coordinator);
    }
}

/// Tries what waits, in order, until the database refuses again.
pub(super) fn try_now(coordinator: &mut Coordinator) {
    while let Some(waiter) = coordinator.waiting.pop() {
        let (instance, request) = (waiter.instance, &waiter.request);
        let outcome =
            usable(&coordinator.store).and_then(|()| carry_out(coordinator, instance, request));
        let Err(error) = outcome else {
            continue;
        };
        if let Some(cause) = Cause::of(&error) {
            coordinator.waiting.put_back(waiter);
            coordinator.waiting.refuse(cause);
            break;
        }
        if let Some(session) = coordinator.sessions.get_mut(&instance) {
            session.health.fail(&error);
        } else {
            tracing::error!("a mark could not be saved: {error}");
        }
    }
    let waiting = &mut coordinator.waiting;
    if waiting.is_empty() {
        waiting.forget_refusal();
    }
    show_waiting(&mut coordinator.sessions, waiting);
}

/// Looks whether the file is still the one that was found to be damaged.
fn usable(store: &StoreHandle) -> Result<(), EngineError> {
    let Some(damage) = store.damage() else {
        return Ok(());
    };
    store.with(|store| store.data_version())?;
    // Still there when the look has not found another file.
    let damage = store.damage().and(damage.damage());
    damage.map_or(Ok(()), |damage| Err(damage.into()))
}

/// The last chance, when everything shuts down: what the database does not take even now is left in a file.
pub(super) fn save_for_the_last_time(coordinator: &mut Coordinator, patience: Duration) {
    if coordinator.waiting.is_empty() {
        return;
    }
    coordinator.store = coordinator.store.with_patience(patience);
    try_now(coordinator);
    if coordinator.waiting.is_empty() {
        return;
    }
    match export_all(
        &coordinator.sessions,
        &coordinator.waiting,
        &coordinator.store,
        &coordinator.config.takes_folder,
    ) {
        Ok((path, words)) => tracing::error!(
            "{words}: the database refused to the end, so they are in {}",
            path.display()
        ),
        Err(error) => tracing::error!("{error}"),
    }
}
