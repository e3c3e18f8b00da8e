//! The rows of takes: read once for each source, and saved as the takes grow. A row that the database refuses is tried again.
//! Coordinator's thread only; short transactions.

use super::session::{Session, Sessions};
use super::upkeep::Upkeep;
use crate::store::StoreHandle;

/// Reads the takes of earlier sessions, once. Without the database recording goes on all the same; the rows are entered when
/// it opens.
pub(super) fn read_takes(session: &mut Session, store: &StoreHandle, upkeep: &mut Upkeep) {
    if session.takes.are_read() {
        return;
    }
    let source = &session.identity;
    let rows = store.with(|store| {
        store.upsert_source(&source.id, &source.name)?;
        store.takes_of(&source.id)
    });
    match rows {
        Ok(mut rows) => {
            rows.retain(|row| !upkeep.is_being_deleted(&row.filename));
            session.takes.enter_known(rows);
            upkeep.think_of_retention();
        }
        Err(error) => session.health.refuse(&error),
    }
}

/// Reads the takes of windows that were opened while the database could not be read.
pub(super) fn read_missed_takes(sessions: &mut Sessions, store: &StoreHandle, upkeep: &mut Upkeep) {
    for session in sessions.values_mut() {
        if session.is_window_open() {
            read_takes(session, store, upkeep);
        }
    }
}

/// Saves lengths and gaps of takes; with `all`, also of those saved a moment ago.
pub(super) fn save_takes(session: &mut Session, store: &StoreHandle, all: bool) {
    if store.damage().is_some() {
        // Saved in what takes the damaged file's place.
        return;
    }
    let source = &session.identity;
    let outcome = session.takes.save(all, |row| {
        store.with(|store| {
            store.upsert_source(&source.id, &source.name)?;
            store.upsert_take(row)
        })
    });
    if let Some(outcome) = outcome {
        session.health.note_written(&outcome);
    }
}

/// Tries takes again that the database refused.
pub(super) fn retry_takes(sessions: &mut Sessions, store: &StoreHandle) {
    for session in sessions.values_mut() {
        if session.takes.has_unsaved() {
            save_takes(session, store, false);
        }
    }
}

/// Saves every take, for the last time or in another database.
pub(super) fn save_all_takes(sessions: &mut Sessions, store: &StoreHandle) {
    for session in sessions.values_mut() {
        save_takes(session, store, true);
    }
}
