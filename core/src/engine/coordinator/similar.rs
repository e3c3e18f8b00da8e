//! Searches for similar stretches as the coordinator sees them: begun for a window, answered by the worker, shown with the marks
//! that lie on what was found, and its recordings entered in the database with the first mark.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::channels::{Channels, FilesNews, FilesToCoordinator};
use super::session::{Answer, FoundStretches, Session};
use super::training::begin_job;
use crate::export::jobs::StretchesJob;
use crate::marks::Marks;
use crate::protocol::{
    Change, EngineError, Example, InstanceId, JobKind, PlacedRecording, RegionState, RegionView,
    SearchedPlace, SimilarQuery, SimilarState, SimilarStretch, SimilarView,
};
use crate::store::{Store, StoreError, StoreHandle};
use crate::worker::thread::{SimilarTask, WorkerTask};
use crate::worker::{NamedHit, SimilarRequest, SimilarScope, SimilarWork};

/// Stretches that a window shows at most.
const TOP: usize = 50;

/// Begins a search.
pub(super) fn find_similar(
    instance: InstanceId,
    session: &mut Session,
    query: SimilarQuery,
    channels: &Channels,
) {
    if query.examples.is_empty() {
        return;
    }
    let profile = session.shown.profile().to_owned();
    let request = SimilarRequest {
        examples: query.examples.clone(),
        rejected: query.rejected.clone(),
        scope: match query.place {
            SearchedPlace::Take => SimilarScope::Recording,
            SearchedPlace::Project => SimilarScope::Profile(profile),
            SearchedPlace::Library => SimilarScope::Library,
        },
        model: session.shown.model().to_owned(),
        top: TOP,
    };
    let (number, job) = session.similar.begin(query);
    let task = SimilarTask {
        number,
        work: SimilarWork::new(request),
        job,
    };
    channels.ask_worker(instance, WorkerTask::FindSimilar(Box::new(task)));
}

/// Takes in what the worker found.
pub(super) fn take_similar(
    session: &mut Session,
    number: u64,
    outcome: Result<Vec<NamedHit>, EngineError>,
) {
    if let Some(error) = session.similar.take(number, outcome) {
        session.health.fail(&error);
    }
}

/// Enters the recordings of `change` in the database, if a search found them: its name was only a proposal. While the database
/// cannot take it, the change waits under that name.
pub(super) fn enter_found(change: &mut Change, session: &mut Session, store: &StoreHandle) {
    for part in change.parts_mut() {
        enter_found_in(part, session, store);
    }
}

fn enter_found_in(change: &mut Change, session: &mut Session, store: &StoreHandle) {
    let Some(placed) = &mut change.place.recording else {
        return;
    };
    let shown = placed.recording.filename.clone();
    let hit = session.similar.hit_in(&shown);
    let Some(file) = hit.and_then(|hit| hit.file.as_ref()) else {
        return;
    };
    match store.with(|store| store.enter_recording(file)) {
        Ok(named) => {
            placed.recording = named.clone().into();
            session.similar.rename(&shown, &named);
        }
        Err(error) => tracing::debug!("{shown} is not entered yet: {error}"),
    }
}

/// The recording `filename` and where it lies, if the last search found it.
pub(super) fn place_of_found(session: &Session, filename: &str) -> Option<PlacedRecording> {
    let hit = session.similar.hit_in(filename)?;
    Some(hit.placed.clone())
}

/// Where the recording `filename` is, if the last search found it.
pub(super) fn path_of_found(session: &Session, filename: &str) -> Option<PathBuf> {
    let placed = place_of_found(session, filename)?;
    Some(placed.recording.path)
}

/// Reads the marks that lie on what was found.
pub(super) fn read_found(session: &Session, store: &Store) -> Result<FoundStretches, StoreError> {
    let Some((number, hits)) = session.similar.found() else {
        return Ok(FoundStretches::default());
    };
    let mut marks: HashMap<&str, Marks> = HashMap::new();
    let mut stretches = Vec::with_capacity(hits.len());
    for hit in hits {
        let filename = hit.placed.recording.filename.as_str();
        if !marks.contains_key(filename) {
            let read = Marks::read(store, session.shown.profile(), filename)?;
            marks.insert(filename, read);
        }
        let mut stretch = unmarked(hit);
        if let Some(marks) = marks.get(filename) {
            stretch.region.state = marks.state(hit.span, false);
            stretch.region.class = match stretch.region.state {
                RegionState::Positive => marks.class_on(hit.span),
                _ => None,
            };
        }
        stretches.push(stretch);
    }
    Ok(FoundStretches {
        number,
        stretches: Arc::new(stretches),
    })
}

fn unmarked(hit: &NamedHit) -> SimilarStretch {
    SimilarStretch {
        placed: hit.placed.clone(),
        region: RegionView::found(hit.span, hit.likeness),
    }
}

/// What the window shows of the search.
pub(super) fn similar_view(session: &Session) -> Option<SimilarView> {
    let (number, query, answer) = session.similar.last()?;
    let state = match answer {
        Answer::Awaited(job) => SimilarState::Searching(job.progress()),
        Answer::Found(hits) => {
            let read = session.shown.loaded().map(|loaded| &loaded.similar);
            SimilarState::Found(match read.filter(|read| read.number == number) {
                Some(read) => Arc::clone(&read.stretches),
                None => Arc::new(hits.iter().map(unmarked).collect()),
            })
        }
        Answer::NoLibrary => SimilarState::NoLibrary,
        Answer::NothingIndexed => SimilarState::NothingIndexed,
        Answer::Cancelled => SimilarState::Cancelled,
        Answer::Failed => SimilarState::Failed,
    };
    Some(SimilarView {
        query: query.clone(),
        state,
    })
}

/// Writes stretches of recordings as clips of a class.
pub(super) fn export_stretches(
    instance: InstanceId,
    session: &mut Session,
    (stretches, class, to): (Vec<Example>, String, PathBuf),
    channels: &mut Channels,
) -> Result<(), EngineError> {
    let Some((_, job)) = begin_job(session, JobKind::Exporting) else {
        return Ok(());
    };
    let export = StretchesJob::new(
        stretches,
        &class,
        to,
        (session.shown.profile(), session.shown.model()),
    );
    let request = export.request().clone();
    let store = channels.store().clone();
    let generation = store.generation();
    let exported = move |outcome| FilesToCoordinator {
        instance,
        news: FilesNews::Exported {
            request,
            outcome,
            generation,
        },
    };
    let failed = exported.clone();
    let asked = channels.files.send(
        move || exported(export.run(&store, &job)),
        move |why| failed(Err(why)),
    );
    if asked.is_err() {
        session.jobs.end();
    }
    asked
}
