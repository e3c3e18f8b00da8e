//! Notices what others do to the database: they wrote to it, put another file in its place, or it turned out to be damaged.
//! Coordinator's thread only.

use super::channels::Channels;
use super::session::{Part, Session, Sessions};
use super::take_rows::{read_missed_takes, read_takes, save_all_takes};
use super::upkeep::Upkeep;
use crate::store::StoreHandle;

/// Another instance, process or program may have written: then every open window reads again, and every audio thread that needs
/// it is told anew what was found.
pub(super) fn look_for_other_writers(
    sessions: &mut Sessions,
    store: &StoreHandle,
    channels: &Channels,
    upkeep: &mut Upkeep,
) {
    let needs = |it: &Session| it.is_window_open() || it.line.is_output_wanted();
    let is_watched = sessions.values().any(needs);
    if !is_watched || upkeep.is_database_resting() {
        return;
    }
    upkeep.ask_database_now();
    match store.with(|store| store.data_version()) {
        Ok(version) => {
            upkeep.think_of_backup(channels);
            upkeep.think_of_retention();
            read_missed_takes(sessions, store, upkeep);
            // Another file may well be at the same version.
            let version = (store.generation(), version);
            let is_changed = upkeep.note_version(version);
            for session in sessions.values() {
                if is_changed || session.shown.loaded().is_none() {
                    session.invalidate(Part::Database);
                }
            }
        }
        Err(error) => {
            upkeep.rest_database();
            for session in sessions.values_mut() {
                session.health.refuse(&error);
            }
        }
    }
}

/// Brings every session along when another file is in use by now, or this one turns out to be damaged.
pub(super) fn notice_the_file(sessions: &mut Sessions, store: &StoreHandle, upkeep: &mut Upkeep) {
    let generation = store.generation();
    if upkeep.note_generation(generation) {
        for session in sessions.values_mut() {
            session.begin_with_another_database(generation);
        }
        for session in sessions.values_mut() {
            read_takes(session, store, upkeep);
        }
        save_all_takes(sessions, store);
    }
    let damage = upkeep.note_damage(store.damage());
    for session in sessions.values_mut() {
        session.health.show_damage(damage);
    }
}
