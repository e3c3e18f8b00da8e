//! Files that were dropped on a window: looked through on the files thread, then made examples as one change, or scanned.
//! Coordinator's thread, but for the looking.

use std::path::PathBuf;

use super::Coordinator;
use super::channels::{Channels, FilesNews, FilesToCoordinator};
use super::session::Session;
use super::training::ONE_JOB_AT_A_TIME;
use super::writing::change;
use crate::engine::dropped::{DropTarget, Dropped, Purpose, sort_out};
use crate::export::ClassName;
use crate::job::JobControl;
use crate::protocol::{Change, EngineError, InstanceId, JobKind, Place, Severity, Target};
use crate::words::counted;
use crate::worker::thread::WorkerTask;

/// Makes the files at `paths`, and the audio files in the folders among them, examples of `class`.
pub(super) fn add_examples(
    instance: InstanceId,
    session: &mut Session,
    (class, paths): (String, Vec<PathBuf>),
    channels: &mut Channels,
) -> Result<(), EngineError> {
    // Before anybody waits for the files.
    let class = ClassName::new(&class)?.as_str().to_owned();
    let place = Box::new(Place {
        profile: session.shown.profile().to_owned(),
        generation: channels.store().generation(),
        ..Place::default()
    });
    let target = DropTarget::Examples { class, place };
    look_through(
        instance,
        session,
        (paths, JobKind::Adding),
        channels,
        |_| target,
    )
}

/// Scans the files at `paths`, and the audio files in the folders among them.
pub(super) fn scan_files(
    instance: InstanceId,
    session: &mut Session,
    paths: Vec<PathBuf>,
    channels: &mut Channels,
) -> Result<(), EngineError> {
    let wanted = (paths, JobKind::ScanningFiles);
    look_through(instance, session, wanted, channels, |job| {
        DropTarget::Scanned(job.clone())
    })
}

fn look_through(
    instance: InstanceId,
    session: &mut Session,
    (paths, kind): (Vec<PathBuf>, JobKind),
    channels: &mut Channels,
    target: impl FnOnce(&JobControl) -> DropTarget,
) -> Result<(), EngineError> {
    if session.jobs.is_at_work() {
        session.health.say(Severity::Info, ONE_JOB_AT_A_TIME);
        return Ok(());
    }
    let job = session.jobs.begin(kind);
    let target = target(&job);
    let purpose = match target {
        DropTarget::Examples { .. } => Purpose::Examples,
        DropTarget::Scanned(_) => Purpose::Recordings,
    };
    let words = format!("Reading {}…", counted(paths.len(), "added file"));
    session.health.say(Severity::Info, words);
    let store = channels.store().clone();
    let sorted_out = move |outcome| FilesToCoordinator {
        instance,
        news: FilesNews::SortedOut { target, outcome },
    };
    let failed = sorted_out.clone();
    let asked = channels.files.send(
        move || sorted_out(sort_out(&paths, purpose, &store, &job)),
        move |why| failed(Err(why)),
    );
    if asked.is_err() {
        session.jobs.end();
    }
    asked
}

/// Takes in what is among dropped files, and does with them what was wanted.
pub(super) fn take_sorted_out(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    target: DropTarget,
    outcome: Result<Dropped, EngineError>,
) {
    let Some(session) = coordinator.sessions.get_mut(&instance) else {
        return;
    };
    let dropped = match outcome {
        Ok(dropped) if !dropped.recordings.is_empty() => dropped,
        outcome => {
            session.jobs.end();
            match outcome {
                Ok(nothing) => session.health.say(Severity::Warning, nothing.left_out),
                Err(error) => session.health.fail(&error),
            }
            return;
        }
    };
    match target {
        DropTarget::Examples { class, place } => {
            session.jobs.end();
            let examples = Change {
                place: *place,
                target: Target::ExamplesAdded {
                    class,
                    recordings: dropped.recordings,
                    remark: dropped.left_out,
                },
            };
            if let Err(error) = change(coordinator, instance, examples)
                && let Some(session) = coordinator.sessions.get_mut(&instance)
            {
                session.health.fail(&error);
            }
        }
        DropTarget::Scanned(job) => {
            let recordings = dropped.recordings.into_iter();
            let requests = recordings
                .map(|placed| session.scan_request(placed.recording))
                .collect();
            drop(session.health.take_status());
            if !dropped.left_out.is_empty() {
                session.health.say(Severity::Warning, dropped.left_out);
            }
            let task = WorkerTask::Scan(requests, job);
            coordinator.channels.ask_worker(instance, task);
        }
    }
}
