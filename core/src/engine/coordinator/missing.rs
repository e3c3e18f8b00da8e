//! What a session needs and cannot find: the runtime, a model, its takes. A project may have been opened on another machine,
//! or before a disk was connected.
//!
//! Looked for when the database is read, and every few seconds while a window is open, because nobody tells when it is
//! back. Nothing is loaded for it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Coordinator;
use super::session::Session;
use crate::embed::{self, Manifest, ModelError};
use crate::platform;
use crate::protocol::{InstanceId, Obstacle};
use crate::recorder::TakeId;

/// How soon it is noticed that something has gone or is back.
const LOOK_EVERY: Duration = Duration::from_secs(2);

impl Coordinator {
    /// Lets every open window whose obstacles are others by now read again.
    pub(super) fn look_for_missing(&mut self) {
        let watched = self.sessions.values().any(|session| session.editor_open);
        if !watched || self.missing_look.is_some_and(|at| Instant::now() < at) {
            return;
        }
        self.missing_look = Some(Instant::now() + LOOK_EVERY);
        self.follow_moved_takes();
        let models = embed::find_models(&platform::model_folders());
        let mut returned = Vec::new();
        for (&instance, session) in &mut self.sessions {
            let Some(loaded) = &session.loaded else {
                continue;
            };
            if session.editor_open
                && loaded.obstacles != obstacles(session, &models, self.store.path())
            {
                session.stale = true;
                returned.push(instance);
            }
        }
        for instance in returned {
            self.draw_again(instance);
        }
    }

    /// Somebody may have found missing takes again, here or by the command line: the database says where they are now.
    fn follow_moved_takes(&mut self) {
        let watched = self.sessions.values_mut();
        for session in watched.filter(|session| session.editor_open && has_missing_take(session)) {
            let source = session.identity.id;
            let Ok(rows) = self.store.with(|store| store.takes_of(&source)) else {
                continue;
            };
            for row in rows {
                let take = row.id.parse::<TakeId>();
                let take = take.ok().and_then(|id| session.takes.get_mut(&id));
                if let Some(take) = take.filter(|take| !take.recording) {
                    take.row.path = row.path;
                }
            }
        }
    }

    /// The take on show may not have been there when it was to be drawn.
    fn draw_again(&self, instance: InstanceId) {
        if self
            .sessions
            .get(&instance)
            .is_some_and(Session::wants_waveform)
        {
            self.order_waveform(instance);
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
    let shown = found.iter().find(|model| model.key() == session.model);
    let what = match shown {
        Some(model) if model.model_path().is_file() => return None,
        Some(model) => format!(
            "The file of the model {}, {}, is missing, so nothing can be scanned with it",
            session.model,
            model.model_path().display()
        ),
        None if !found.is_empty() => {
            let others: Vec<&str> = found.iter().map(|model| model.key()).collect();
            format!(
                "The model {} is missing here, so nothing can be scanned with it; there is {}",
                session.model,
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
    let is_unknown = session.expects_takes && session.takes_read && session.takes.is_empty();
    is_unknown.then(|| Obstacle {
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

fn has_missing_take(session: &Session) -> bool {
    let mut takes = session.takes.values();
    takes.any(|take| !take.recording && take.row.frames > 0 && !take.row.path.is_file())
}

fn missing_takes(session: &Session) -> Option<Obstacle> {
    let takes = session.takes_in_order();
    let missing: Vec<&PathBuf> = takes
        .iter()
        .filter(|take| !take.recording && take.row.frames > 0)
        .map(|take| &take.row.path)
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
            "Connect the disk, put the files back, or find them (earmark relink FOLDER); what was found in them is kept, and new takes are recorded meanwhile",
        ),
        offers: Vec::new(),
    })
}
