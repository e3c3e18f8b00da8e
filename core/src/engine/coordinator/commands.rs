//! Commands of a window, each handed to the family that carries it out, with the parts that it needs.

use super::Coordinator;
use super::audition::{audition, stop_audition};
use super::export::export;
use super::profiles::count_profile;
use super::recording::ask_for_waveform;
use super::recovery::{export_memory, restore_backup, start_new_database};
use super::session::{Part, Session};
use super::showing::{close_window, open_window, rename_source};
use super::spectrogram::{request_for, show_spectrogram};
use super::storage::{apply_retention, ask_for_survey, delete_takes};
use super::training::{find_recordings, scan, train};
use super::waiting::Request;
use super::writing::{change, write};
use crate::export::jobs::thread::CoordinatorToFiles;
use crate::protocol::{Command, EngineError, InstanceId};
use crate::worker::thread::CoordinatorToWorker;

/// Carries out a command, and shows what came of it.
pub(super) fn carry_out(coordinator: &mut Coordinator, instance: InstanceId, command: Command) {
    let outcome = dispatch(coordinator, instance, command);
    if let Some(session) = coordinator.sessions.get_mut(&instance) {
        session.invalidate(Part::View);
        if let Err(error) = outcome {
            session.health.fail(&error);
        }
    }
}

/// Finds the family that carries out `command`.
fn dispatch(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    command: Command,
) -> Result<(), EngineError> {
    let Some(session) = coordinator.sessions.get_mut(&instance) else {
        return Ok(());
    };
    let Some(command) = choose_what_is_shown(session, command) else {
        return Ok(());
    };
    match command {
        Command::EditorOpened
        | Command::EditorClosed
        | Command::ShowTake { .. }
        | Command::RenameSource { .. }
        | Command::CountProfile { .. }
        | Command::Audition { .. }
        | Command::StopAudition
        | Command::ShowSpectrogram(_) => look_or_listen(coordinator, instance, command),
        Command::Scan
        | Command::Train(_)
        | Command::FindRecordings { .. }
        | Command::Export(_)
        | Command::LookInto { .. }
        | Command::MakeFolder { .. } => begin_work(coordinator, instance, command),
        Command::ExportMemory
        | Command::RestoreBackup
        | Command::StartNewDatabase
        | Command::Survey
        | Command::EmptyCache
        | Command::DeleteTakes { .. } => manage_storage(coordinator, instance, command),
        Command::Change(asked) => change(coordinator, instance, *asked),
        Command::Undo => {
            let generation = coordinator.store.generation();
            write(coordinator, instance, Request::Undo { generation })
        }
        Command::Redo => {
            let generation = coordinator.store.generation();
            write(coordinator, instance, Request::Redo { generation })
        }
        // The others were carried out already.
        _ => Ok(()),
    }
}

/// Carries out what concerns nothing but the session itself; returns the command if it concerns more.
fn choose_what_is_shown(session: &mut Session, command: Command) -> Option<Command> {
    match command {
        Command::ExpectTakes => session.takes.expect(),
        Command::PointAt { filename, span } => session.line.point_at(filename, span),
        Command::SetMarkClass { class } => session.line.set_mark_class(class),
        Command::CancelJob => session.jobs.cancel(),
        Command::ConsiderTraining(request) => session.jobs.consider(request),
        Command::RankByNovelty { wanted } => session.jobs.rank_by_novelty(wanted),
        Command::ShowModel { model } => {
            session.shown.change_model(model);
            session.takes.forget_live_scores();
        }
        Command::ShowVersion { timestamp } => session.shown.show_version(timestamp),
        Command::CompareWith { with } => session.shown.compare(with),
        Command::SetProfile { profile } => session.change_profile(&profile),
        Command::SetThreshold { threshold } => session.set_threshold(threshold),
        Command::DismissStatus => drop(session.health.take_status()),
        command => return Some(command),
    }
    None
}

/// What the window itself does, and what it shows or plays of a recording.
fn look_or_listen(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    command: Command,
) -> Result<(), EngineError> {
    let Coordinator {
        sessions,
        store,
        channels,
        upkeep,
        ..
    } = coordinator;
    let Some(session) = sessions.get_mut(&instance) else {
        return Ok(());
    };
    match command {
        Command::EditorOpened => open_window(session, store, upkeep),
        Command::EditorClosed => close_window(instance, session, channels)?,
        Command::ShowTake { filename } => {
            session.shown.show_take(filename);
            ask_for_waveform(instance, session, channels);
        }
        Command::RenameSource { name } => rename_source(session, name, store),
        Command::CountProfile { profile } => count_profile(session, store, profile)?,
        Command::Audition {
            filename,
            span,
            mode,
        } => audition(instance, session, store, channels, (filename, span, mode))?,
        Command::StopAudition => stop_audition(instance, &mut session.asked, channels),
        Command::ShowSpectrogram(Some(wish)) => {
            let request = request_for(wish, session, store)?;
            show_spectrogram(instance, Some(request), channels)?;
        }
        Command::ShowSpectrogram(None) => {
            session.asked.show_spectrogram(None);
            show_spectrogram(instance, None, channels)?;
        }
        _ => {}
    }
    Ok(())
}

/// What other threads do for the window.
fn begin_work(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    command: Command,
) -> Result<(), EngineError> {
    let Coordinator {
        sessions, channels, ..
    } = coordinator;
    let Some(session) = sessions.get_mut(&instance) else {
        return Ok(());
    };
    match command {
        Command::Scan => {
            scan(instance, session, channels);
        }
        Command::Train(request) => train(instance, session, request, channels),
        Command::FindRecordings { folder } => find_recordings(instance, session, folder, channels),
        Command::Export(request) => export(instance, session, request, channels)?,
        Command::LookInto { folder } => {
            channels.ask_files(CoordinatorToFiles::Look { instance, folder });
        }
        Command::MakeFolder { parent, name } => {
            channels.ask_files(CoordinatorToFiles::MakeFolder {
                instance,
                parent,
                name,
            });
        }
        _ => {}
    }
    Ok(())
}

/// Settings, disk space, and what can be done about a database that cannot be used.
fn manage_storage(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    command: Command,
) -> Result<(), EngineError> {
    match command {
        Command::ExportMemory => export_memory(coordinator, instance)?,
        Command::RestoreBackup => restore_backup(coordinator, instance)?,
        Command::StartNewDatabase => start_new_database(coordinator, instance)?,
        Command::EmptyCache => {
            let task = CoordinatorToWorker::EmptyCache { instance };
            coordinator.channels.ask_worker(task);
        }
        command => {
            let Coordinator {
                sessions,
                store,
                channels,
                upkeep,
                ..
            } = coordinator;
            match command {
                Command::DeleteTakes { filenames } => {
                    delete_takes(instance, filenames, sessions, channels, upkeep);
                }
                Command::Survey => {
                    apply_retention(sessions, store, channels, upkeep);
                    ask_for_survey(instance, sessions, channels);
                }
                _ => {}
            }
        }
    }
    Ok(())
}
