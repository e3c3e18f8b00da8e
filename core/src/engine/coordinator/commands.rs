//! Commands of a window, each handed to the family that carries it out, with the parts that it needs.

use super::Coordinator;
use super::audition::{audition, stop_audition};
use super::export::export;
use super::recovery::{export_memory, restore_backup, start_new_database};
use super::session::{Part, Session};
use super::showing::{ask_for_waveform, close_window, open_window, rename_source};
use super::spectrogram::{request_for, show_spectrogram};
use super::storage::{apply_retention, ask_for_survey, choose_outside_database, delete_takes};
use super::training::{ONE_JOB_AT_A_TIME, find_recordings, scan, train};
use crate::export::jobs::thread::CoordinatorToFiles;
use crate::protocol::{Command, EngineError, InstanceId, Severity};
use crate::settings::{EMBEDDINGS_GB, Setting, UNMARKED_TAKES_DAYS};
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
        | Command::ChangeSetting { .. }
        | Command::Survey
        | Command::EmptyCache
        | Command::DeleteTakes { .. } => manage_storage(coordinator, instance, command),
        Command::CountProfile { profile } => coordinator.count_profile(instance, profile),
        command => change_database(coordinator, instance, command),
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
        Command::SetThreshold { threshold } => session.shown.move_threshold(threshold),
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
        sessions,
        store,
        channels,
        ..
    } = coordinator;
    let Some(session) = sessions.get_mut(&instance) else {
        return Ok(());
    };
    match command {
        Command::Scan => {
            scan(instance, session, channels);
        }
        Command::Train(request) => train(instance, session, request, store, channels)?,
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
        Command::ChangeSetting { key, value } => {
            change_setting(coordinator, instance, key, value)?;
        }
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
                    delete_takes(instance, &filenames, sessions, store, channels);
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

/// What is kept in the database waits for it like any mark; what is not must not.
fn change_setting(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    key: &'static str,
    value: Option<String>,
) -> Result<(), EngineError> {
    let shows_survey = if Setting::find(key)?.is_in_database() {
        coordinator.write(instance, Command::ChangeSetting { key, value })?;
        // Shows what would be deleted; nothing is deleted yet.
        [UNMARKED_TAKES_DAYS, EMBEDDINGS_GB].contains(&key)
    } else {
        let (sessions, store) = (&mut coordinator.sessions, &coordinator.store);
        choose_outside_database(key, value.as_deref(), sessions, store)?;
        true
    };
    if shows_survey {
        ask_for_survey(instance, &coordinator.sessions, &coordinator.channels);
    }
    Ok(())
}

/// What is carried out where it was given, now or once the database can take it.
fn change_database(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    command: Command,
) -> Result<(), EngineError> {
    let session = coordinator.sessions.get_mut(&instance);
    match (command, session) {
        (Command::RestoreClassifier { .. }, Some(session)) if session.jobs.is_at_work() => {
            session.health.say(Severity::Info, ONE_JOB_AT_A_TIME);
            Ok(())
        }
        (Command::CreateProfile { profile }, _) => {
            let profile = profile.trim().to_owned();
            let order = Command::CreateProfile {
                profile: profile.clone(),
            };
            // Before the window goes there: undo leads back to where it was.
            coordinator.write(instance, order)?;
            coordinator.show_profile(instance, &profile);
            Ok(())
        }
        (command, _) => coordinator.write(instance, command),
    }
}
