//! What a session needs and cannot find: the runtime, a model, its takes. A project may have been opened on another machine,
//! or before a disk was connected.
//!
//! Every few seconds while a window is open the coordinator has the looks thread look for it, because nobody says when it is
//! back, and goes by what the newest look found. One look is on its way at a time, so a disk that does not answer only makes the
//! windows' news old.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::channels::{Channels, LooksToCoordinator};
use super::recording::ask_for_waveform;
use super::session::{Part, Session, Sessions, invalidate_all};
use super::surroundings::Surroundings;
use super::upkeep::Upkeep;
use crate::embed::Manifest;
use crate::protocol::Obstacle;
use crate::store::{Files as _, StoreHandle};

/// How soon it is noticed that something has gone or is back.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Sends for a look at what open windows need, if it is time for one.
pub(super) fn look_for_missing(sessions: &Sessions, channels: &mut Channels, upkeep: &mut Upkeep) {
    if upkeep.is_other_look_slow() {
        invalidate_all(sessions, Part::Database);
    }
    let is_watched = sessions.values().any(Session::is_window_open);
    if !is_watched || !upkeep.is_missing_look_due(LOOK_EVERY) {
        return;
    }
    let watched = sessions.values().filter(|it| it.is_window_open());
    let files: BTreeSet<PathBuf> = watched.flat_map(Session::files_it_needs).collect();
    let sent = channels.looks.send(
        move || LooksToCoordinator::Looked(Some(Box::new(Surroundings::look(files)))),
        |_| LooksToCoordinator::Looked(None),
    );
    match sent {
        Ok(()) => upkeep.note_look_sent(),
        Err(error) => tracing::warn!("nobody looks for what is missing: {error}"),
    }
}

/// Takes in what a look found; every open window whose obstacles are others now reads again.
pub(super) fn take_look(
    found: Option<Surroundings>,
    sessions: &mut Sessions,
    store: &StoreHandle,
    channels: &Channels,
    upkeep: &mut Upkeep,
) {
    let is_other = upkeep.take_look(found);
    let Some(surroundings) = upkeep.surroundings().cloned() else {
        return;
    };
    for session in sessions.values_mut() {
        session.takes.note_missing(&surroundings.missing);
    }
    follow_moved_takes(sessions, store);
    for (&instance, session) in &*sessions {
        let Some(loaded) = session.shown.loaded().filter(|_| session.is_window_open()) else {
            continue;
        };
        if is_other || loaded.view.health.obstacles != obstacles(session, upkeep, store.path()) {
            session.invalidate(Part::Database);
            // The shown take may not have been there when it was to be drawn.
            if session.wants_waveform() {
                ask_for_waveform(instance, session, channels);
            }
        }
    }
}

/// Somebody may have found missing takes again, here or by the command line: the database says where they are now.
fn follow_moved_takes(sessions: &mut Sessions, store: &StoreHandle) {
    let watched = sessions.values_mut();
    for session in watched.filter(|session| session.is_window_open()) {
        if !session.takes.missing().is_empty()
            && let Ok(rows) = store.with(|store| store.takes_of(&session.identity.id))
        {
            session.takes.follow_moved(rows);
        }
    }
}

/// What is missing for `session`, in words, as far as a look has found out.
pub(super) fn obstacles(session: &Session, upkeep: &Upkeep, database: &Path) -> Vec<Obstacle> {
    let seen = upkeep.surroundings();
    [
        slow_disk(upkeep),
        seen.and_then(|seen| missing_runtime(seen)),
        seen.and_then(|seen| missing_model(session, seen)),
        unknown_source(session, database),
        missing_takes(session),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn slow_disk(upkeep: &Upkeep) -> Option<Obstacle> {
    upkeep.is_look_slow().then(|| Obstacle {
        what: String::from(
            "A disk does not answer, so Earmark cannot find out which takes and models are there",
        ),
        remedy: String::from(
            "Check that the disks with takes and models are connected and awake; Earmark goes on saving marks",
        ),
        offers: Vec::new(),
    })
}

fn missing_runtime(surroundings: &Surroundings) -> Option<Obstacle> {
    (!surroundings.has_runtime).then(|| Obstacle {
        what: String::from("ONNX Runtime is missing, so nothing can be scanned"),
        remedy: String::from(
            "Install Earmark with its resources folder (cargo xtask install), or set EARMARK_ORT_DYLIB to the library",
        ),
        offers: Vec::new(),
    })
}

fn missing_model(session: &Session, surroundings: &Surroundings) -> Option<Obstacle> {
    let key = session.shown.model();
    let what = match surroundings.model(key) {
        Some(model) if surroundings.is_there(&model.model_path()) => return None,
        Some(model) => format!(
            "The file of the model {}, {}, is missing, so nothing can be scanned with it",
            key,
            model.model_path().display()
        ),
        None if !surroundings.models.is_empty() => {
            let others = surroundings.models.iter();
            let others: Vec<&str> = others.map(Manifest::key).collect();
            format!(
                "The model {} is missing here, so nothing can be scanned with it; there is {}",
                key,
                others.join(", ")
            )
        }
        None => surroundings.broken_model.clone().unwrap_or_else(|| {
            String::from("No embedding model was found, so nothing can be scanned")
        }),
    };
    Some(Obstacle {
        what,
        remedy: String::from(
            "Install Earmark with its resources folder (cargo xtask install), or put the model where it was",
        ),
        offers: Vec::new(),
    })
}

/// The project was made with another database.
fn unknown_source(session: &Session, database: &Path) -> Option<Obstacle> {
    session.takes.are_unknown().then(|| Obstacle {
        what: format!(
            "The project was saved with takes of this track, but the database {} knows none",
            database.display()
        ),
        remedy: String::from(
            "Put the database that the project was made with in its place, or play the track to record it anew",
        ),
        offers: Vec::new(),
    })
}

fn missing_takes(session: &Session) -> Option<Obstacle> {
    let missing = session.takes.missing();
    let first = missing.first()?;
    let what = match missing.len() {
        1 => format!("A take of this track is missing: {}", first.display()),
        count => format!(
            "{count} takes of this track are missing, among them {}",
            first.display()
        ),
    };
    Some(Obstacle {
        what,
        remedy: String::from(
            "Connect the disk, put the files back, or find them (earmark relink FOLDER); Earmark keeps their regions and goes on recording new takes",
        ),
        offers: Vec::new(),
    })
}
