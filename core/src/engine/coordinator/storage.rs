//! Settings and disk space: what is chosen, what a survey finds, and which takes may be deleted.

use std::sync::Arc;
use std::time::Duration;

use super::channels::Channels;
use super::session::{Part, Sessions, invalidate_all};
use super::upkeep::Upkeep;
use crate::protocol::{Deletion, EngineError, InUse, InstanceId, Severity};
use crate::settings::{Setting, SettingsView};
use crate::store::{StoreError, StoreHandle, TakeRow};
use crate::words::bytes_in_words;
use crate::words::counted;
use crate::worker::retention;
use crate::worker::retention::TAKES_WENT;
use crate::worker::retention::{bytes_of, has_rested};
use crate::worker::thread::WorkerTask;

/// How often old takes are looked at while a host runs for days.
const RETENTION_LOOK: Duration = Duration::from_secs(24 * 3600);

/// What came of deleting takes.
#[derive(Default)]
struct Deleted {
    count: usize,
    bytes: u64,
    /// Names of those that stayed.
    kept: Vec<String>,
}

/// Chooses a setting that is not kept in the database: it must not wait for it, since where the database is, is chosen above all
/// when something is wrong with it.
pub(super) fn choose_outside_database(
    key: &str,
    value: Option<&str>,
    sessions: &mut Sessions,
    store: &StoreHandle,
) -> Result<(), EngineError> {
    Setting::find(key)?.choose(store, value)?;
    let settings = Arc::new(SettingsView::without_database(store.path()));
    for session in sessions.values_mut() {
        session.invalidate(Part::Database);
        session.invalidate(Part::View);
        session.shown.show_settings_without_database(&settings);
    }
    Ok(())
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

/// Deletes takes that the user chose in the window of `instance`, and says what came of it.
pub(super) fn delete_takes(
    instance: InstanceId,
    filenames: &[String],
    sessions: &mut Sessions,
    store: &StoreHandle,
    channels: &Channels,
) {
    let outcome = delete_unmarked(filenames, sessions, store);
    invalidate_all(sessions, Part::Database);
    let Some(session) = sessions.get_mut(&instance) else {
        return;
    };
    let (severity, words) = match outcome {
        Ok(Deleted { count, kept, .. }) if kept.is_empty() => (
            Severity::Info,
            format!("Deleted {}", counted(count, "take")),
        ),
        Ok(Deleted { count, kept, .. }) => (
            Severity::Warning,
            format!(
                "Deleted {}; kept {}: they are in use, or the disk did not delete them",
                counted(count, "take"),
                kept.join(", ")
            ),
        ),
        Err(error) => (Severity::Error, error.to_string()),
    };
    session.health.say(severity, words);
    ask_for_survey(instance, sessions, channels);
}

/// Deletes those of `filenames` that are still unmarked. The files of the others stay as they are.
///
/// Here rather than on the worker: no instance can begin to use a take meanwhile. Each is looked at again, because somebody may
/// have marked something in it since it was listed.
fn delete_unmarked(
    filenames: &[String],
    sessions: &Sessions,
    store: &StoreHandle,
) -> Result<Deleted, StoreError> {
    let in_use = takes_in_use(sessions);
    let unmarked = store.with(|store| store.unmarked_takes())?;
    let mut deleted = Deleted::default();
    for filename in filenames {
        let take = unmarked
            .iter()
            .find(|take| take.filename == *filename)
            .filter(|take| !in_use.has(take) && has_rested(&take.path));
        let bytes = take.map_or(0, |take| bytes_of(&take.path));
        match take.filter(|take| delete_file(take)) {
            Some(take) => {
                store.with(|store| store.remove_take(&take.id))?;
                deleted.count += 1;
                deleted.bytes += bytes;
            }
            None => deleted.kept.push(filename.clone()),
        }
    }
    Ok(deleted)
}

/// Whether the file of `take` is gone afterwards.
fn delete_file(take: &TakeRow) -> bool {
    match std::fs::remove_file(&take.path) {
        Ok(()) => true,
        Err(error) => {
            let was_gone = error.kind() == std::io::ErrorKind::NotFound;
            if !was_gone {
                tracing::warn!("{} stays: {error}", take.path.display());
            }
            was_gone
        }
    }
}

/// Deletes the takes that are kept no longer, and has the worker do so with embeddings: a while after the database was first
/// used, once a day while the host runs, and when somebody opens the settings.
pub(super) fn apply_retention(
    sessions: &mut Sessions,
    store: &StoreHandle,
    channels: &Channels,
    upkeep: &mut Upkeep,
) {
    upkeep.delay_retention(RETENTION_LOOK);
    // What a damaged file says of marks is not to be believed.
    if store.damage().is_some() {
        return;
    }
    match delete_old_takes(sessions, store) {
        Ok(None) => {}
        Ok(Some(deletion)) => {
            let words = format!(
                "Deleted {} without marks ({}), as chosen in Settings",
                counted(deletion.count, "old take"),
                bytes_in_words(deletion.bytes)
            );
            for session in sessions.values_mut() {
                session.health.say(Severity::Info, words.clone());
                session.invalidate(Part::Database);
            }
        }
        Err(error) => tracing::debug!("no old take is deleted: {error}"),
    }
    let in_use = takes_in_use(sessions);
    channels.ask_worker(None, WorkerTask::TrimCache(in_use));
}

fn delete_old_takes(
    sessions: &Sessions,
    store: &StoreHandle,
) -> Result<Option<Deletion>, StoreError> {
    // What can be undone may be the removal of a mark, which undo would bring back without its sound.
    let mut all = sessions.values();
    if all.any(|session| session.history.next_undo().is_some()) {
        return Ok(None);
    }
    let (kept_for, unmarked) = store.with(|store| {
        let kept_for = retention::takes_kept_for(store)?;
        let unmarked = match kept_for {
            Some(_) => store.unmarked_takes()?,
            None => Vec::new(),
        };
        Ok((kept_for, unmarked))
    })?;
    let Some(kept_for) = kept_for else {
        return Ok(None);
    };
    let due = unmarked
        .into_iter()
        .filter(|take| retention::is_due(&take.path, kept_for));
    let names: Vec<String> = due.map(|take| take.filename).collect();
    if names.is_empty() {
        return Ok(None);
    }
    // Looks at each again.
    let deleted = delete_unmarked(&names, sessions, store)?;
    if deleted.count == 0 {
        return Ok(None);
    }
    let (count, bytes) = (deleted.count, deleted.bytes);
    store
        .with(|store| retention::note_deletion(store, TAKES_WENT, count, bytes))
        .map(Some)
}
