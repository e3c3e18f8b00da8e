//! Exports of what a window shows, and the folders that it chooses from.

use std::path::{Path, PathBuf};

use super::channels::{Channels, FilesNews, FilesToCoordinator};
use super::session::{Part, Session, Sessions, invalidate_all};
use super::training::begin_job;
use super::view::view_of;
use crate::export::jobs::{ExportJob, Exported, ExportedClips, choose, folders};
use crate::job::JobControl;
use crate::marks::Inverse;
use crate::platform;
use crate::protocol::{
    Change, EngineError, ExportKind, ExportRequest, FolderView, InstanceId, JobKind, MarkId, Place,
    RegionView, Severity, Target,
};
use crate::recording::Recording;
use crate::store::{Clip, StoreHandle};
use crate::words::counted;

/// Looks into `folder`, or without one into the one that the last export went to.
pub(super) fn look_into(
    instance: InstanceId,
    folder: Option<PathBuf>,
    channels: &mut Channels,
) -> Result<(), EngineError> {
    ask_for_folder(instance, channels, move |takes, store| {
        folders::look(folder, takes, store)
    })
}

/// Makes the folder `name` in `parent` and looks into it.
pub(super) fn make_folder(
    instance: InstanceId,
    parent: PathBuf,
    name: String,
    channels: &mut Channels,
) -> Result<(), EngineError> {
    ask_for_folder(instance, channels, move |takes, store| {
        folders::make(&parent, &name, takes, store)
    })
}

fn ask_for_folder(
    instance: InstanceId,
    channels: &mut Channels,
    look: impl FnOnce(&Path, &StoreHandle) -> FolderView + Send + 'static,
) -> Result<(), EngineError> {
    let number = channels.next_folder();
    let (takes, store) = (channels.takes_folder().to_owned(), channels.store().clone());
    let looked = move |found| FilesToCoordinator {
        instance,
        news: FilesNews::Looked(FolderView { number, ..found }),
    };
    channels.files.send(
        move || looked(look(&takes, &store)),
        move |why| {
            looked(FolderView {
                problem: Some(why.to_string()),
                ..FolderView::default()
            })
        },
    )
}

/// Shows a file in the system's file manager.
pub(super) fn show_in_folder(
    instance: InstanceId,
    path: PathBuf,
    channels: &mut Channels,
) -> Result<(), EngineError> {
    let shown = move |outcome| FilesToCoordinator {
        instance,
        news: FilesNews::Shown(outcome),
    };
    channels.files.send(
        move || shown(platform::show_in_folder(&path).map_err(EngineError::from)),
        move |why| shown(Err(why)),
    )
}

/// Exports what the window shows now. A list is written whatever else is at work; what takes longer is a job.
pub(super) fn export(
    instance: InstanceId,
    session: &mut Session,
    request: ExportRequest,
    channels: &mut Channels,
) -> Result<(), EngineError> {
    session.asked.forget_export_question();
    let is_list = matches!(request.choices.kind, ExportKind::List { .. });
    let Some(export) = export_job(session, request)? else {
        let words = "Nothing to export yet: play the track once";
        session.health.say(Severity::Info, words);
        return Ok(());
    };
    let job = match is_list {
        true => JobControl::new(JobKind::Exporting),
        false => match begin_job(session, JobKind::Exporting) {
            Some((_, job)) => job,
            None => return Ok(()),
        },
    };
    let (store, request) = (channels.store().clone(), export.request.clone());
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
    channels.files.send(
        move || exported(job.go_on().and_then(|()| export.run(&store, &job))),
        move |why| failed(Err(why)),
    )
}

/// The export of what is shown; `None` while nothing is.
fn export_job(session: &Session, request: ExportRequest) -> Result<Option<ExportJob>, EngineError> {
    let shown = session.shown.take();
    let Some(take) = shown.and_then(|shown| session.takes.named(shown)) else {
        return Ok(None);
    };
    let row = take.row();
    let is_copy = request.choices.kind == ExportKind::Markers;
    if is_copy && take.is_recording() {
        return Err(EngineError::StillRecording {
            filename: row.filename.clone(),
        });
    }
    let view = view_of(session);
    let own: Vec<RegionView> = view.results.own_regions().cloned().collect();
    Ok(Some(ExportJob {
        regions: choose(&own, &request.regions, request.choices.rejected),
        request,
        profile: view.shown.profile,
        model: view.shown.model,
        version: view.shown.version.unwrap_or_default(),
        recording: Recording {
            filename: row.filename.clone(),
            path: row.path.clone(),
        },
        timeline_start_s: take.start_s(),
        rate: Some(row.rate),
    }))
}

/// Takes in what came of an export, or of a look into a folder.
pub(super) fn take_report(
    report: FilesToCoordinator,
    sessions: &mut Sessions,
    store: &StoreHandle,
    channels: &mut Channels,
) {
    let instance = report.instance;
    match report.news {
        FilesNews::Shown(Err(error)) => {
            if let Some(session) = sessions.get_mut(&instance) {
                session.health.fail(&error);
            }
        }
        FilesNews::Shown(Ok(())) | FilesNews::SortedOut { .. } | FilesNews::Pack(_) => {}
        FilesNews::Looked(found) => {
            if let Some(session) = sessions.get_mut(&instance) {
                session.asked.show_folder(found);
            }
        }
        FilesNews::Exported {
            request,
            outcome,
            generation,
        } => {
            if matches!(outcome, Ok(Exported::Clips(_))) {
                invalidate_all(sessions, Part::Database);
            }
            let Some(session) = sessions.get_mut(&instance) else {
                return;
            };
            session.history.keep_to(store.generation());
            let is_same_database = generation == store.generation();
            take_export(session, request, outcome, is_same_database);
            // The shown folder may hold other files by now.
            let folder = session.asked.answers().activity.folder.as_ref();
            if let Some(path) = folder.map(|folder| folder.path.clone())
                && let Err(error) = look_into(instance, Some(path), channels)
            {
                session.health.fail(&error);
            }
        }
    }
}

fn take_export(
    session: &mut Session,
    request: ExportRequest,
    outcome: Result<Exported, EngineError>,
    is_same_database: bool,
) {
    if !matches!(request.choices.kind, ExportKind::List { .. }) {
        session.jobs.end();
    }
    let exported = match outcome {
        Ok(exported) => exported,
        Err(error) => return session.health.fail(&error),
    };
    let words = exported.words();
    match exported {
        Exported::Asked { there } => {
            // What was said before is not about this.
            drop(session.health.take_status());
            session.asked.ask_about_export(request, there);
        }
        Exported::File { .. } => session.health.say(Severity::Info, words),
        Exported::Clips(clips) => take_clips(session, clips, words, is_same_database),
    }
}

fn take_clips(session: &mut Session, clips: ExportedClips, words: String, is_same_database: bool) {
    match clips.ended_by {
        Some(error) => {
            let words = format!("{words}; then {error}");
            session.health.say(Severity::Warning, words);
        }
        None => session.health.say(Severity::Info, words),
    }
    if is_same_database {
        remember_export(session, &clips.added);
        session.invalidate(Part::View);
    }
}

/// Undo removes the rows of the clips; their files stay.
fn remember_export(session: &mut Session, added: &[Clip]) {
    if added.is_empty() {
        return;
    }
    let label = format!(
        "the export of {} (their files stay)",
        counted(added.len(), "clip")
    );
    let target = Target::Disabled {
        regions: Vec::new(),
        disabled: true,
        removed: added.iter().map(|clip| MarkId::Clip(clip.id)).collect(),
    };
    let change = Change {
        place: Place {
            profile: session.shown.profile().to_owned(),
            model: session.shown.model().to_owned(),
            ..Place::default()
        },
        target: target.clone(),
    };
    let inverse = Inverse::Target(target);
    session.history.push(change, label, inverse);
}
