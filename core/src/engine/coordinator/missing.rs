//! What a session needs and cannot find: the runtime, a model, its takes. A project may have been opened on another machine,
//! or before a disk was connected.
//!
//! The coordinator looks for it when it reads the database, and every few seconds while a window is open, because nobody says
//! when it is back. It loads nothing for that.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::channels::Channels;
use super::recording::ask_for_waveform;
use super::session::{Part, Session, Sessions};
use super::upkeep::Upkeep;
use crate::embed::{self, Manifest, ModelError};
use crate::platform;
use crate::protocol::Obstacle;
use crate::store::StoreHandle;

/// How soon it is noticed that something has gone or is back.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Lets every open window whose obstacles are others by now read again.
pub(super) fn look_for_missing(
    sessions: &mut Sessions,
    store: &StoreHandle,
    channels: &Channels,
    upkeep: &mut Upkeep,
) {
    let is_watched = sessions.values().any(Session::is_window_open);
    if !is_watched || !upkeep.is_missing_look_due(LOOK_EVERY) {
        return;
    }
    follow_moved_takes(sessions, store);
    let (database, models) = (store.path(), embed::find_models(&platform::model_folders()));
    for (&instance, session) in &*sessions {
        let Some(loaded) = session.shown.loaded().filter(|_| session.is_window_open()) else {
            continue;
        };
        if loaded.view.health.obstacles != obstacles(session, &models, database) {
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
        if session.takes.is_any_missing()
            && let Ok(rows) = store.with(|store| store.takes_of(&session.identity.id))
        {
            session.takes.follow_moved(rows);
        }
    }
}

/// What is missing for `session`, in words.
pub(super) fn obstacles(
    session: &Session,
    models: &[Result<Manifest, ModelError>],
    database: &Path,
) -> Vec<Obstacle> {
    [
        missing_runtime(),
        missing_model(session, models),
        unknown_source(session, database),
        missing_takes(session),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn missing_runtime() -> Option<Obstacle> {
    let candidates = platform::runtime_candidates();
    let is_there = candidates.iter().any(|path| path.is_file());
    (!is_there).then(|| Obstacle {
        what: String::from("ONNX Runtime is missing, so nothing can be scanned"),
        remedy: String::from(
            "Install Earmark with its resources folder (cargo xtask install), or set EARMARK_ORT_DYLIB to the library",
        ),
        offers: Vec::new(),
    })
}

fn missing_model(session: &Session, models: &[Result<Manifest, ModelError>]) -> Option<Obstacle> {
    let found: Vec<&Manifest> = models.iter().flatten().collect();
    let key = session.shown.model();
    let shown = found.iter().find(|model| model.key() == key);
    let what = match shown {
        Some(model) if model.model_path().is_file() => return None,
        Some(model) => format!(
            "The file of the model {}, {}, is missing, so nothing can be scanned with it",
            key,
            model.model_path().display()
        ),
        None if !found.is_empty() => {
            let others: Vec<&str> = found.iter().map(|model| model.key()).collect();
            format!(
                "The model {} is missing here, so nothing can be scanned with it; there is {}",
                key,
                others.join(", ")
            )
        }
        None => match models.iter().find_map(|model| model.as_ref().err()) {
            Some(error) => error.to_string(),
            None => String::from("No embedding model was found, so nothing can be scanned"),
        },
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
    let takes = session.takes.in_order();
    let missing: Vec<&PathBuf> = takes
        .iter()
        .filter(|take| !take.is_recording() && take.row().frames > 0)
        .map(|take| &take.row().path)
        .filter(|path| !path.is_file())
        .collect();
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
