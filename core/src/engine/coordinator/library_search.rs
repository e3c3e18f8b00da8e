//! A trained sound in the whole library, and files of it that a window shows beside its takes. Coordinator's thread; the threads
//! [`SEARCH`](crate::engine::errands::SEARCH) and [`LIBRARY`](crate::engine::errands::LIBRARY) read the files.

use std::path::PathBuf;

use super::Coordinator;
use super::library_reports::LibraryToCoordinator;
use super::recording::ask_for_waveform;
use super::session::{KeptTake, Part, invalidate_all};
use super::training::ONE_JOB_AT_A_TIME;
use crate::audio;
use crate::protocol::{EngineError, InstanceId, JobKind, LibraryFound, Severity};
use crate::recording::Recording;
use crate::store::{SourceId, StoreHandle, TakeRow};
use crate::time::SampleIndex;
use crate::words::counted;
use crate::worker::thread::WorkerTask;
use crate::worker::{LibrarySearch, Worker};

/// Regions that a window lists at most.
const TOP: usize = 200;
/// Of what could not be read, so many sentences fit into the status line.
const MOST_SAID: usize = 2;

/// Searches the library with the newest classifier of what the window shows.
pub(super) fn search(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    saves: bool,
) -> Result<(), EngineError> {
    let Some(session) = coordinator.sessions.get_mut(&instance) else {
        return Ok(());
    };
    if session.jobs.is_at_work() {
        session.health.say(Severity::Info, ONE_JOB_AT_A_TIME);
        return Ok(());
    }
    let channels = &mut coordinator.channels;
    let search = LibrarySearch {
        profile: session.shown.profile().to_owned(),
        model: session.shown.model().to_owned(),
        below: None,
        threshold: session.shown.threshold(),
        top: TOP,
        saves,
    };
    drop(session.health.take_status());
    session.asked.show_found(None);
    let job = session.jobs.begin_behind(JobKind::Scanning, channels.way());
    let (config, store) = (coordinator.config.clone(), channels.store().clone());
    let searched = move |outcome, notices| LibraryToCoordinator::Searched {
        instance,
        outcome,
        notices,
    };
    let asked = channels.search.send(
        move || {
            let mut worker = Worker::new(config, store);
            let outcome = worker.search_library(&search, &job);
            searched(outcome, worker.take_notices())
        },
        move |why| searched(Err(why), Vec::new()),
    );
    if asked.is_err() {
        session.jobs.end();
    }
    asked
}

/// Shows what a search found.
pub(super) fn take_found(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    outcome: Result<LibraryFound, EngineError>,
    notices: &[String],
) {
    if let Some(session) = coordinator.sessions.get_mut(&instance) {
        session.jobs.end();
        match outcome {
            Ok(found) => {
                let (severity, words) = words_of_found(&found, notices);
                session.health.say(severity, words);
                session.asked.show_found(Some(found));
            }
            Err(error) => session.health.fail(&error),
        }
    }
    // Versions may have been saved, also before it failed.
    invalidate_all(&coordinator.sessions, Part::Database);
}

fn words_of_found(found: &LibraryFound, notices: &[String]) -> (Severity, String) {
    let files = counted(found.files, "file");
    let mut words = match found.hits.len() {
        0 => format!("Found nothing in {files} of the library."),
        TOP => format!("Found the {TOP} best regions in {files} of the library."),
        hits => format!(
            "Found {} in {files} of the library.",
            counted(hits, "region")
        ),
    };
    if found.saved > 0 {
        words.push_str(&format!(
            " Saved a version of {}.",
            counted(found.saved, "file")
        ));
    }
    for notice in notices.iter().take(MOST_SAID) {
        words.push_str(&format!(" {notice}."));
    }
    if let Some(more @ 1..) = notices.len().checked_sub(MOST_SAID) {
        words.push_str(&format!(" And {more} more."));
    }
    let severity = match notices.is_empty() {
        true => Severity::Info,
        false => Severity::Warning,
    };
    (severity, words)
}

/// Has a file read that the window shows beside its takes.
pub(super) fn open_file(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    path: PathBuf,
) -> Result<(), EngineError> {
    let Some(session) = coordinator.sessions.get_mut(&instance) else {
        return Ok(());
    };
    let source = session.identity.id;
    let store = coordinator.channels.store().clone();
    let opened = move |outcome| LibraryToCoordinator::Opened { instance, outcome };
    coordinator.channels.library.send(
        move || opened(row_of(&store, &path, source).map(Box::new)),
        move |why| opened(Err(why)),
    )
}

/// What a window shows of the file at `path`, as if it were a take at the start of the timeline.
fn row_of(
    store: &StoreHandle,
    path: &std::path::Path,
    source: SourceId,
) -> Result<TakeRow, EngineError> {
    let recording = Recording::open(store, path)?;
    let audio = audio::open(&recording.path)?;
    Ok(TakeRow {
        id: String::new(),
        source,
        filename: recording.filename,
        path: recording.path,
        rate: audio.rate(),
        channels: 1,
        start: SampleIndex(0),
        frames: audio.frames(),
        revision: 0,
        created_at: String::new(),
        gaps: Vec::new(),
    })
}

/// Shows a file that was read.
pub(super) fn take_opened(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    outcome: Result<Box<TakeRow>, EngineError>,
) {
    let Some(session) = coordinator.sessions.get_mut(&instance) else {
        return;
    };
    match outcome {
        Ok(row) => {
            let filename = row.filename.clone();
            // It may be a take of this very track.
            if session.takes.named(&filename).is_none_or(KeptTake::is_file) {
                let path = row.path.clone();
                let before = session.takes.open_file(*row);
                if let Some(before) = before.filter(|before| *before != path) {
                    let channels = &coordinator.channels;
                    channels.ask_worker(None, WorkerTask::Forget(before));
                }
            }
            session.shown.show_take(filename);
            ask_for_waveform(instance, session, &coordinator.channels);
        }
        Err(error) => session.health.fail(&error),
    }
}
