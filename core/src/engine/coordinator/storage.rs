//! Settings and disk space: what is chosen, what a survey finds, and which takes may be deleted.

use std::sync::Arc;
use std::time::Duration;

use super::channels::{Channels, LooksToCoordinator};
use super::session::{Part, Sessions, invalidate_all};
use super::take_rows::read_takes;
use super::upkeep::Upkeep;
use crate::protocol::{EngineError, InUse, InstanceId, Severity};
use crate::settings::{Setting, SettingsView};
use crate::store::{StoreError, StoreHandle};
use crate::words::{bytes_in_words, counted};
use crate::worker::retention::{self, DeleteTakes, DeletedTakes};
use crate::worker::thread::WorkerTask;

/// How often old takes are looked at while a host runs for days.
const RETENTION_LOOK: Duration = Duration::from_secs(24 * 3600);

/// Chooses a setting that is not kept in the database: it must not wait for it, since where the database is, is chosen above all
/// when something is wrong with it. The looks thread does it, because a path that somebody types may lead to any disk.
pub(super) fn choose_outside_database(
    instance: InstanceId,
    setting: &'static Setting,
    value: Option<String>,
    store: &StoreHandle,
    channels: &mut Channels,
) -> Result<(), EngineError> {
    let store = store.clone();
    let chosen = move |outcome| LooksToCoordinator::Chosen { instance, outcome };
    channels.looks.send(
        move || {
            let outcome = setting.choose(&store, value.as_deref());
            let view = outcome.map(|()| SettingsView::without_database(&store));
            chosen(view.map_err(EngineError::from))
        },
        move |why| chosen(Err(why)),
    )
}

/// Takes in what came of choosing such a setting.
pub(super) fn take_chosen(
    instance: InstanceId,
    outcome: Result<SettingsView, EngineError>,
    sessions: &mut Sessions,
    channels: &Channels,
) {
    match outcome {
        Ok(settings) => {
            let settings = Arc::new(settings);
            for session in sessions.values_mut() {
                session.invalidate(Part::Database);
                session.invalidate(Part::View);
                session.shown.show_settings_without_database(&settings);
            }
            ask_for_survey(instance, sessions, channels);
        }
        Err(error) => {
            if let Some(session) = sessions.get_mut(&instance) {
                session.health.fail(&error);
            }
        }
    }
}

/// Asks the worker what is kept on this machine.
pub(super) fn ask_for_survey(instance: InstanceId, sessions: &Sessions, channels: &Channels) {
    let in_use = takes_in_use(sessions);
    channels.ask_worker(instance, WorkerTask::Survey(in_use));
}

fn takes_in_use(sessions: &Sessions) -> InUse {
    let sessions = sessions.values();
    let takes = sessions.clone().flat_map(|session| session.takes.iter());
    InUse {
        filenames: takes.map(|(_, take)| take.row().filename.clone()).collect(),
        sources: sessions.map(|session| session.identity.id).collect(),
    }
}

/// Has the worker delete takes that the user chose in the window of `instance`.
///
/// It looks at each again, because somebody may have marked something in it since it was listed. No instance can begin to
/// use one of them meanwhile: what is being deleted is not read.
pub(super) fn delete_takes(
    instance: InstanceId,
    filenames: Vec<String>,
    sessions: &Sessions,
    channels: &Channels,
    upkeep: &mut Upkeep,
) {
    let task = DeleteTakes {
        instance: Some(instance),
        filenames,
        in_use: takes_in_use(sessions),
        kept_for: None,
    };
    upkeep.begin_deletion(&task.filenames);
    channels.ask_worker(None, WorkerTask::DeleteTakes(task));
    ask_for_survey(instance, sessions, channels);
}

/// Says what came of deleting takes. Those that stayed can be used again.
pub(super) fn take_deleted(
    task: &DeleteTakes,
    outcome: Result<DeletedTakes, StoreError>,
    sessions: &mut Sessions,
    store: &StoreHandle,
    upkeep: &mut Upkeep,
) {
    upkeep.end_deletion(&task.filenames);
    for session in sessions.values_mut() {
        if session.takes.are_read() {
            session.takes.read_again();
            read_takes(session, store, upkeep);
        }
    }
    match task.instance {
        Some(instance) => {
            invalidate_all(sessions, Part::Database);
            if let Some(session) = sessions.get_mut(&instance) {
                let (severity, words) = words_of_deletion(outcome);
                session.health.say(severity, words);
            }
        }
        None => say_what_went(outcome, sessions),
    }
}

fn words_of_deletion(outcome: Result<DeletedTakes, StoreError>) -> (Severity, String) {
    match outcome {
        Ok(DeletedTakes { count, kept, .. }) => {
            let severity = match kept.is_empty() {
                true => Severity::Info,
                false => Severity::Warning,
            };
            let deleted = format!("Deleted {}", counted(count, "take"));
            let parts: Vec<String> = std::iter::once(deleted).chain(kept).collect();
            (severity, parts.join("; "))
        }
        Err(error) => (Severity::Error, error.to_string()),
    }
}

/// Says in every window which takes Earmark deleted by itself.
fn say_what_went(outcome: Result<DeletedTakes, StoreError>, sessions: &mut Sessions) {
    match outcome {
        Ok(DeletedTakes { count: 0, .. }) => {}
        Ok(DeletedTakes { count, bytes, .. }) => {
            let words = format!(
                "Deleted {} without marks ({}), as chosen in Settings",
                counted(count, "old take"),
                bytes_in_words(bytes)
            );
            for session in sessions.values_mut() {
                session.health.say(Severity::Info, words.clone());
                session.invalidate(Part::Database);
            }
        }
        Err(error) => tracing::debug!("no old take is deleted: {error}"),
    }
}

/// Has the worker delete the takes that are kept no longer, and embeddings: a while after the database was first used, once a
/// day while the host runs, and when somebody opens the settings.
pub(super) fn apply_retention(
    sessions: &Sessions,
    store: &StoreHandle,
    channels: &Channels,
    upkeep: &mut Upkeep,
) {
    upkeep.delay_retention(RETENTION_LOOK);
    // What a damaged file says of marks is not to be believed.
    if store.damage().is_some() {
        return;
    }
    match old_takes(sessions, store) {
        Ok(None) => {}
        Ok(Some(task)) => {
            upkeep.begin_deletion(&task.filenames);
            channels.ask_worker(None, WorkerTask::DeleteTakes(task));
        }
        Err(error) => tracing::debug!("no old take is deleted: {error}"),
    }
    let in_use = takes_in_use(sessions);
    channels.ask_worker(None, WorkerTask::TrimCache(in_use));
}

/// The unmarked takes that nobody uses, if the user chose that they go when they are old.
fn old_takes(sessions: &Sessions, store: &StoreHandle) -> Result<Option<DeleteTakes>, StoreError> {
    // What can be undone may be the removal of a mark, which undo would bring back without its sound.
    let mut all = sessions.values();
    if all.any(|session| session.history.next_undo().is_some()) {
        return Ok(None);
    }
    let kept_for = retention::takes_kept_for(&store.places());
    if kept_for.is_none() {
        return Ok(None);
    }
    let unmarked = store.with(|store| store.unmarked_takes())?;
    let in_use = takes_in_use(sessions);
    let free = unmarked.into_iter().filter(|take| !in_use.has(take));
    let filenames: Vec<String> = free.map(|take| take.filename).collect();
    Ok((!filenames.is_empty()).then_some(DeleteTakes {
        instance: None,
        filenames,
        in_use,
        kept_for,
    }))
}
