//! Commands of a window, each handed to the family that carries it out, with the parts that it needs.

use super::Coordinator;
use super::audition::{audition, stop_audition};
use super::channels::Channels;
use super::dropped::{add_examples, scan_files};
use super::export::{export, look_into, make_folder, show_in_folder};
use super::labels;
use super::library;
use super::packs;
use super::profiles::count_profile;
use super::recording::ask_for_waveform;
use super::recovery::{export_memory, restore_backup, start_new_database};
use super::session::{Part, Session};
use super::showing::{close_window, open_window, rename_source};
use super::similar::{enter_found, export_stretches, find_similar};
use super::sounds::watch;
use super::spectrogram::show_spectrogram;
use super::storage::{apply_retention, ask_for_survey, delete_takes};
use super::training::{find_recordings, scan, train};
use super::upkeep::Upkeep;
use super::waiting::{Request, Step};
use super::writing::{change, write};
use crate::protocol::{
    Command, EngineError, InstanceId, Note, Play, Severity, Show, Storage, Work,
};
use crate::store::StoreHandle;
use crate::worker::thread::WorkerTask;

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
    match command {
        Command::Storage(asked) => return manage_storage(coordinator, instance, asked),
        Command::Change(mut asked) => {
            if let Some(session) = coordinator.sessions.get_mut(&instance) {
                enter_found(&mut asked, session, &coordinator.store);
            }
            return change(coordinator, instance, *asked);
        }
        // What was marked before is learned from.
        Command::Work(Work::Train(asked)) if coordinator.waiting.awaits_clips() => {
            return write(coordinator, instance, Request::Train(asked));
        }
        Command::Library(asked) => return library::carry_out(coordinator, instance, asked),
        Command::Labels(asked) => return labels::carry_out(coordinator, instance, asked),
        Command::Undo => return step(Step::Undone, coordinator, instance),
        Command::Redo => return step(Step::Done, coordinator, instance),
        Command::Show(Show::Survey) => {
            let Coordinator {
                sessions,
                store,
                channels,
                upkeep,
                ..
            } = coordinator;
            apply_retention(sessions, store, channels, upkeep);
            ask_for_survey(instance, sessions, channels);
            return Ok(());
        }
        _ => {}
    }
    let Some(session) = coordinator.sessions.get_mut(&instance) else {
        return Ok(());
    };
    let (store, channels) = (&coordinator.store, &mut coordinator.channels);
    match command {
        Command::Note(note) => {
            let engine = (store, channels, &mut coordinator.upkeep);
            take_note(instance, session, note, engine)
        }
        Command::Show(wish) => show(instance, session, wish, (store, channels)),
        Command::Play(Play::Stretch {
            filename,
            span,
            mode,
        }) => audition(instance, session, store, channels, (filename, span, mode)),
        Command::Play(Play::Stop) => {
            stop_audition(instance, &mut session.asked, channels);
            Ok(())
        }
        Command::Packs(asked) => packs::carry_out(instance, session, asked, channels),
        Command::Work(work) => begin(instance, session, work, channels),
        _ => Ok(()),
    }
}

/// Steps over the last change of the window, one way or the other.
fn step(
    step: Step,
    coordinator: &mut Coordinator,
    instance: InstanceId,
) -> Result<(), EngineError> {
    let request = Request::Step(step, coordinator.store.generation());
    write(coordinator, instance, request)
}

/// Takes in what the window and the host say about themselves.
fn take_note(
    instance: InstanceId,
    session: &mut Session,
    note: Note,
    (store, channels, upkeep): (&StoreHandle, &mut Channels, &mut Upkeep),
) -> Result<(), EngineError> {
    match note {
        Note::EditorOpened => open_window(session, store, upkeep),
        Note::EditorClosed => close_window(instance, session, channels),
        Note::ExpectTakes => session.takes.expect(),
        Note::SourceName { name } => rename_source(session, name, store),
        Note::PointedAt { filename, span } => session.line.point_at(filename, span),
        Note::MarkClass { class } => session.line.set_mark_class(class),
        Note::StatusRead => drop(session.health.take_status()),
        Note::PathCopied { path } => {
            let words = format!("Copied {}", path.display());
            session.health.say(Severity::Info, words);
        }
    }
    Ok(())
}

/// Chooses what the window shows.
fn show(
    instance: InstanceId,
    session: &mut Session,
    wish: Show,
    (store, channels): (&StoreHandle, &mut Channels),
) -> Result<(), EngineError> {
    match wish {
        Show::Profile { profile } => session.change_profile(&profile),
        Show::Watched { profiles } => watch(session, profiles),
        Show::Take { filename } => {
            session.shown.show_take(filename);
            ask_for_waveform(instance, session, channels);
        }
        Show::Model { model } => {
            session.shown.change_model(model);
            session.takes.forget_live_scores();
        }
        Show::Version(timestamp) => session.shown.show_version(timestamp),
        Show::Comparison(with) => session.shown.compare(with),
        Show::Threshold { threshold } => session.set_threshold(threshold),
        Show::Spectrogram(wish) => show_spectrogram(instance, wish, session, store, channels)?,
        Show::Novelty { wanted } => session.jobs.rank_by_novelty(wanted),
        Show::ProfileCounts { profile } => count_profile(session, store, profile)?,
        Show::TrainingCounts(request) => session.jobs.consider(request),
        Show::Folder(folder) => look_into(instance, folder, channels)?,
        Show::Library { wanted } => session.asked.look_at_library(wanted),
        Show::Survey => {}
    }
    Ok(())
}

/// Begins what other threads do for the window, or stops it.
fn begin(
    instance: InstanceId,
    session: &mut Session,
    work: Work,
    channels: &mut Channels,
) -> Result<(), EngineError> {
    match work {
        Work::Scan => drop(scan(instance, session, channels)),
        Work::Train(request) => train(instance, session, request, channels),
        Work::FindRecordings(folder) => find_recordings(instance, session, folder, channels),
        Work::Export(request) => export(instance, session, request, channels)?,
        Work::MakeFolder { parent, name } => make_folder(instance, parent, name, channels)?,
        Work::AddExamples { class, paths } => {
            add_examples(instance, session, (class, paths), channels)?;
        }
        Work::ScanFiles(paths) => scan_files(instance, session, paths, channels)?,
        Work::ShowInFolder(path) => show_in_folder(instance, path, channels)?,
        Work::FindSimilar(query) => find_similar(instance, session, query, channels),
        Work::CancelSimilar => session.similar.cancel(),
        Work::ExportStretches {
            stretches,
            class,
            to,
        } => export_stretches(instance, session, (stretches, class, to), channels)?,
        Work::Cancel => session.jobs.cancel(),
    }
    Ok(())
}

/// Makes room on the disk, or mends a database that cannot be used.
fn manage_storage(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    asked: Storage,
) -> Result<(), EngineError> {
    match asked {
        Storage::ExportMemory => export_memory(coordinator, instance)?,
        Storage::RestoreBackup => restore_backup(coordinator, instance)?,
        Storage::StartNewDatabase => start_new_database(coordinator, instance)?,
        Storage::EmptyCache => {
            // What is deleted is not to be made again at once.
            coordinator.library.close();
            let channels = &coordinator.channels;
            channels.ask_worker(instance, WorkerTask::EmptyCache);
        }
        Storage::DeleteTakes { filenames } => {
            let (sessions, channels) = (&coordinator.sessions, &coordinator.channels);
            delete_takes(
                instance,
                filenames,
                sessions,
                channels,
                &mut coordinator.upkeep,
            );
        }
    }
    Ok(())
}
