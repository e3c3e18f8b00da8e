//! What a window shows and chooses: opened and closed, another take, model or profile, a moved threshold, another source.

use super::audition::stop_audition;
use super::channels::Channels;
use super::reading::read_loaded;
use super::recording::ask_for_waveform;
use super::session::{Part, Session, Sessions};
use super::take_rows::read_takes;
use super::training::novelty_request;
use super::upkeep::Upkeep;
use super::view::view_of;
use crate::protocol::{InstanceId, SourceIdentity};
use crate::settings::SettingsView;
use crate::store::{StoreError, StoreHandle};
use crate::worker::thread::WorkerTask;

/// The window of `session` opened.
pub(super) fn open_window(session: &mut Session, store: &StoreHandle, upkeep: &mut Upkeep) {
    session.set_window_open(true);
    if session.shown.settings().is_none() {
        let settings = SettingsView::without_database(store);
        session
            .shown
            .show_settings_without_database(&settings.into());
    }
    session.invalidate(Part::Database);
    session.invalidate(Part::View);
    read_takes(session, store, upkeep);
    upkeep.look_soon();
}

/// The window of `session` closed: nothing is played or drawn for it any more.
pub(super) fn close_window(instance: InstanceId, session: &mut Session, channels: &Channels) {
    session.set_window_open(false);
    stop_audition(instance, &mut session.asked, channels);
    session.asked.forget_spectrogram();
}

/// Shows another source's takes from now on. Nothing has been recorded, so the recorder has not been answered yet.
pub(super) fn change_source(session: &mut Session, identity: SourceIdentity, channels: &Channels) {
    session.identity = identity;
    session.shown.leave_source();
    session.line.point_at_nothing();
    forget_takes(session, channels);
}

/// The worker forgets what it holds of the takes of `session`.
pub(super) fn forget_takes(session: &mut Session, channels: &Channels) {
    for path in session.takes.leave() {
        channels.ask_worker(None, WorkerTask::Forget(path));
    }
}

/// Renames the source that `session` listens to.
pub(super) fn rename_source(session: &mut Session, name: String, store: &StoreHandle) {
    session.identity.name = name;
    // A source that has recorded nothing has no row yet; its first take brings the name along.
    if session.takes.are_read() {
        let source = &session.identity;
        let renamed = store.with(|store| store.upsert_source(&source.id, &source.name));
        if renamed.as_ref().is_err_and(StoreError::is_mendable) {
            // Its takes are tried again, and bring the name along.
            session.takes.enter_again();
        }
        session.health.note_written(&renamed);
    }
}

/// Reads the database anew; `false` when it refused.
pub(super) fn read(session: &mut Session, store: &StoreHandle, upkeep: &Upkeep) -> bool {
    match read_loaded(session, store, upkeep) {
        Ok(loaded) => {
            session.shown.take_loaded(loaded);
            session.health.note_readable();
            true
        }
        Err(error) => {
            session.health.refuse(&error);
            false
        }
    }
}

/// Asks the worker for what the window shows of what was just read: the waveform, novelty, and what classifiers say.
pub(super) fn ask_for_what_was_read(
    instance: InstanceId,
    session: &mut Session,
    channels: &Channels,
) {
    if session.wants_waveform() {
        ask_for_waveform(instance, session, channels);
    }
    if let Some(request) = novelty_request(session) {
        channels.ask_worker(instance, WorkerTask::Novelty(request));
    }
    let wanted = session
        .shown
        .loaded()
        .and_then(|loaded| loaded.proof.clone());
    if let Some(job) = session.jobs.ask_proof(wanted.as_ref())
        && let Some(request) = wanted
    {
        channels.ask_worker(instance, WorkerTask::Prove(request, job));
    }
}

/// Reads the database again where it is out of date and publishes what changed, in every open window.
pub(super) fn publish(
    sessions: &mut Sessions,
    store: &StoreHandle,
    channels: &Channels,
    upkeep: &mut Upkeep,
) {
    let mut read_by = Vec::new();
    for (&instance, session) in sessions.iter_mut() {
        if !session.is_window_open() {
            continue;
        }
        if session.must_read() && upkeep.may_read() {
            if read(session, store, upkeep) {
                read_by.push(instance);
                if session.jobs.considered().is_some() {
                    // It may learn from recordings that nobody looked for yet.
                    upkeep.look_soon();
                }
            } else {
                upkeep.rest_database();
            }
        }
        if session.must_publish() {
            session.publish(view_of);
        }
    }
    for instance in read_by {
        if let Some(session) = sessions.get_mut(&instance) {
            ask_for_what_was_read(instance, session, channels);
        }
    }
}
