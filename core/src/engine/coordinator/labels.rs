//! Label files that a window imports: the labels thread reads them and says what they would mark, and writes the clips of an
//! import. [`labels_reports`](super::labels_reports) takes in what came of it. Coordinator's thread.

use super::Coordinator;
use super::channels::{Channels, LabelsNews, LabelsToCoordinator};
use super::session::Session;
use crate::engine::labels::{plan, write};
use crate::export::ClassName;
use crate::protocol::{EngineError, InstanceId, Labels, LabelsRequest, Place};

/// Carries out what a window asks about label files.
pub(super) fn carry_out(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    asked: Labels,
) -> Result<(), EngineError> {
    let Some(session) = coordinator.sessions.get_mut(&instance) else {
        return Ok(());
    };
    match asked {
        Labels::Read(request) => read(instance, session, request, &mut coordinator.channels),
        Labels::Import { number } => import(coordinator, instance, number),
        Labels::Cancel => {
            session.labels.cancel();
            Ok(())
        }
        Labels::Forget => {
            session.labels.forget();
            Ok(())
        }
    }
}

/// Reads the files of the last question again, because what they would mark is something else by now.
pub(super) fn read_again(
    coordinator: &mut Coordinator,
    instance: InstanceId,
) -> Result<(), EngineError> {
    let Some(session) = coordinator.sessions.get_mut(&instance) else {
        return Ok(());
    };
    match session.labels.request().cloned() {
        Some(request) => read(instance, session, request, &mut coordinator.channels),
        None => Ok(()),
    }
}

fn read(
    instance: InstanceId,
    session: &mut Session,
    request: LabelsRequest,
    channels: &mut Channels,
) -> Result<(), EngineError> {
    if !request.class.trim().is_empty() {
        // Before anybody waits for the files.
        ClassName::new(&request.class)?;
    }
    let store = channels.store().clone();
    let place = Place {
        profile: session.shown.profile().to_owned(),
        generation: store.generation(),
        ..Place::default()
    };
    let profile = place.profile.clone();
    let (number, job) = session.labels.begin(request.clone(), place);
    let planned = move |outcome| LabelsToCoordinator {
        instance,
        number,
        news: LabelsNews::Planned(outcome),
    };
    channels.labels.send(
        move || planned(plan(&store, &profile, &request, &job)),
        move |why| planned(Err(why)),
    )
}

fn import(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    number: u64,
) -> Result<(), EngineError> {
    let Some(session) = coordinator.sessions.get_mut(&instance) else {
        return Ok(());
    };
    let Some((planned, place, job)) = session.labels.begin_import(number) else {
        return Ok(());
    };
    let store = coordinator.channels.store().clone();
    let clips_folder = coordinator.config.clips_folder.clone();
    let written = move |outcome| LabelsToCoordinator {
        instance,
        number,
        news: LabelsNews::Written(outcome),
    };
    coordinator.channels.labels.send(
        move || written(write(&store, &clips_folder, (&planned, place), &job)),
        move |why| written(Err(why)),
    )
}
