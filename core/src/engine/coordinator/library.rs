//! The library as all windows of a process share it: its folders, the update at work, and what was said of both. Coordinator's thread;
//! the threads [`LIBRARY`](crate::engine::errands::LIBRARY) and [`INDEX`](crate::engine::errands::INDEX) do the work.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Coordinator;
use super::library_reports::{Changed, LibraryToCoordinator, ReadLibrary};
use super::library_search::{open_file, search, take_found, take_opened};
use super::session::{Session, Sessions};
use crate::config::Config;
use crate::job::JobControl;
use crate::protocol::{
    EngineError, InstanceId, JobKind, Library, LibraryFolderView, LibraryUpdateView, LibraryView,
    Severity,
};
use crate::store::StoreHandle;
use crate::words::counted;
use crate::worker::{AddedFolders, LibraryReport, Worker, add_folders};

/// Where the database says that indexing is paused.
const PAUSED: &str = "library_paused";
const YES: &str = "yes";
/// While an update is at work, the library is read again after this time at the earliest, and after so many times what reading took:
/// a large one takes seconds.
const READ_AGAIN: Duration = Duration::from_secs(2);
const READING_SHARE: u32 = 20;

/// What is known of the library.
#[derive(Default)]
pub(super) struct LibraryState {
    folders: Option<Arc<Vec<LibraryFolderView>>>,
    is_paused: bool,
    /// Why it could not be read, and why it could not be indexed.
    unread: Option<String>,
    unindexed: Option<String>,
    /// The update at work, and what ends it.
    update: Option<JobControl>,
    /// Whoever asked for the update that begins as soon as the one at work has ended.
    next: Option<Option<InstanceId>>,
    /// An update begins if there is something to index and nobody paused that.
    wants_update: bool,
    /// It is being read.
    is_reading: bool,
    /// What was read is out of date.
    must_read: bool,
    read_again: Option<Instant>,
}

impl LibraryState {
    /// It is time to see what is new in the folders.
    pub fn want_update(&mut self) {
        self.wants_update = true;
        self.must_read = true;
        self.read_again = None;
    }

    /// Ends the update soon: everything shuts down.
    pub fn close(&mut self) {
        self.next = None;
        if let Some(update) = &self.update {
            update.cancel();
        }
    }

    fn read_soon(&mut self) {
        self.must_read = true;
        self.read_again = None;
    }

    /// What windows are shown of it.
    fn view(&self) -> LibraryView {
        let update = self.update.as_ref().map(|job| LibraryUpdateView {
            job: job.progress(),
            gives_way: job.is_resting(),
        });
        let problem = self.unread.as_ref().or(self.unindexed.as_ref());
        LibraryView {
            folders: self.folders.clone(),
            update,
            is_paused: self.is_paused,
            problem: problem.cloned().unwrap_or_default(),
            ..LibraryView::default()
        }
    }
}

/// Carries out what a window asks of the library.
pub(super) fn carry_out(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    asked: Library,
) -> Result<(), EngineError> {
    match asked {
        Library::Add(paths) => change(coordinator, instance, move |store| {
            add_folders(store, &paths).map(Changed::Added)
        }),
        Library::Remove(path) => change(coordinator, instance, move |store| {
            let files = store.with(|store| store.remove_library_folder(&path))?;
            Ok(Changed::Removed(path, files))
        }),
        Library::Pause => pause(coordinator, instance, true),
        Library::Resume => pause(coordinator, instance, false),
        Library::Update => begin_update(coordinator, Some(instance)),
        Library::Cancel => {
            coordinator.library.close();
            Ok(())
        }
        Library::Search { saves } => search(coordinator, instance, saves),
        Library::Open(path) => open_file(coordinator, instance, path),
    }
}

fn pause(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    is_paused: bool,
) -> Result<(), EngineError> {
    if is_paused {
        coordinator.library.close();
    }
    change(coordinator, instance, move |store| {
        let value = if is_paused { YES } else { "" };
        store.with(|store| store.set_setting(PAUSED, value))?;
        Ok(Changed::Paused(is_paused))
    })
}

/// Has the database changed where the window of `instance` does not wait for it.
fn change(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    work: impl FnOnce(&StoreHandle) -> Result<Changed, EngineError> + Send + 'static,
) -> Result<(), EngineError> {
    let store = coordinator.channels.store().clone();
    let changed = move |outcome| LibraryToCoordinator::Changed { instance, outcome };
    coordinator
        .channels
        .library
        .send(move || changed(work(&store)), move |why| changed(Err(why)))
}

/// Indexes what is new or changed. An update at work begins again, because it may not know of the change that this one is for.
fn begin_update(
    coordinator: &mut Coordinator,
    instance: Option<InstanceId>,
) -> Result<(), EngineError> {
    let library = &mut coordinator.library;
    library.wants_update = false;
    if library.is_paused {
        return Ok(());
    }
    if let Some(update) = &library.update {
        update.cancel();
        library.next = Some(instance);
        return Ok(());
    }
    library.unindexed = None;
    let channels = &mut coordinator.channels;
    let job = JobControl::behind(JobKind::Indexing, channels.way().clone());
    let (config, store) = (coordinator.config.clone(), channels.store().clone());
    let (model, at_work) = (model_of(&coordinator.sessions), job.clone());
    let updated = move |outcome, notices| LibraryToCoordinator::Updated {
        instance,
        outcome,
        notices,
    };
    channels.index.send(
        move || {
            // It goes when the update has ended, and the memory of its model with it.
            let mut worker = Worker::idle(config, store);
            let outcome = worker.update_library(&model, &|_| true, &at_work);
            updated(outcome, worker.take_notices())
        },
        move |why| updated(Err(why), Vec::new()),
    )?;
    library.update = Some(job);
    Ok(())
}

/// The model that the library is indexed with: the one on show in a window that looks at it.
fn model_of(sessions: &Sessions) -> String {
    let mut looking = sessions.values().filter(|it| it.asked.looks_at_library());
    let session = looking.next().or_else(|| sessions.values().next());
    session.map_or_else(String::new, |session| session.shown.model().to_owned())
}

/// Takes in what one of the library's threads did.
pub(super) fn take_report(coordinator: &mut Coordinator, report: LibraryToCoordinator) {
    match report {
        LibraryToCoordinator::Read { outcome, took } => take_read(coordinator, outcome, took),
        LibraryToCoordinator::Changed { instance, outcome } => {
            coordinator.library.read_soon();
            match outcome {
                Ok(changed) => take_changed(coordinator, instance, changed),
                Err(error) => fail(&mut coordinator.sessions, Some(instance), &error),
            }
        }
        LibraryToCoordinator::Updated {
            instance,
            outcome,
            notices,
        } => {
            take_updated(coordinator, instance, outcome, notices);
            if let Some(next) = coordinator.library.next.take()
                && let Err(error) = begin_update(coordinator, next)
            {
                fail(&mut coordinator.sessions, next, &error);
            }
        }
        LibraryToCoordinator::Searched {
            instance,
            outcome,
            notices,
        } => take_found(coordinator, instance, outcome, &notices),
        LibraryToCoordinator::Opened { instance, outcome } => {
            take_opened(coordinator, instance, outcome);
        }
    }
}

fn take_read(
    coordinator: &mut Coordinator,
    outcome: Result<ReadLibrary, EngineError>,
    took: Duration,
) {
    let library = &mut coordinator.library;
    library.is_reading = false;
    library.read_again = Some(Instant::now() + READ_AGAIN.max(took * READING_SHARE));
    match outcome {
        Ok(read) => {
            library.unread = None;
            library.is_paused = read.is_paused;
            let is_empty = read.folders.is_empty();
            if library.folders.as_deref() != Some(&read.folders) {
                library.folders = Some(Arc::new(read.folders));
            }
            if library.wants_update && !is_empty && library.update.is_none() {
                let begun = begin_update(coordinator, None);
                drop(begun.inspect_err(|error| tracing::debug!("nothing is indexed: {error}")));
            }
            coordinator.library.wants_update = false;
        }
        Err(error) => library.unread = Some(error.to_string()),
    }
}

fn take_changed(coordinator: &mut Coordinator, instance: InstanceId, changed: Changed) {
    let (words, updates) = match changed {
        Changed::Added(added) => (words_of_added(&added), true),
        Changed::Removed(path, Some(files)) => {
            let files = counted(usize::try_from(files).unwrap_or(usize::MAX), "audio file");
            let path = path.display();
            let words = format!("Removed {path} from the library. Its {files} stay on the disk.");
            // One at work may be about to index what is no longer wanted.
            (words, coordinator.library.update.is_some())
        }
        Changed::Removed(path, None) => {
            let path = path.display();
            (format!("{path} is no longer in the library."), false)
        }
        Changed::Paused(is_paused) => {
            coordinator.library.is_paused = is_paused;
            let words = match is_paused {
                true => "Paused indexing. It stays paused until you resume it.",
                false => "Resumed indexing.",
            };
            (String::from(words), !is_paused)
        }
    };
    say(
        &mut coordinator.sessions,
        Some(instance),
        Severity::Info,
        &words,
    );
    if updates && let Err(error) = begin_update(coordinator, Some(instance)) {
        fail(&mut coordinator.sessions, Some(instance), &error);
    }
}

fn words_of_added(added: &AddedFolders) -> String {
    if let [(part, whole)] = added.parts.as_slice() {
        let (part, whole) = (part.display(), whole.display());
        return format!("{part} is in the library already, as a part of {whole}.");
    }
    match added.folders.as_slice() {
        [folder] => format!("Added {} to the library.", folder.display()),
        folders => format!("Added {} to the library.", counted(folders.len(), "folder")),
    }
}

fn take_updated(
    coordinator: &mut Coordinator,
    instance: Option<InstanceId>,
    outcome: Result<LibraryReport, EngineError>,
    notices: Vec<String>,
) {
    let library = &mut coordinator.library;
    library.update = None;
    library.read_soon();
    let is_followed = library.next.is_some();
    for notice in notices {
        say(
            &mut coordinator.sessions,
            instance,
            Severity::Warning,
            &notice,
        );
    }
    match outcome {
        Ok(report) => {
            if instance.is_some() || report.indexed > 0 || !report.failed.is_empty() {
                let (severity, words) = words_of_update(&report);
                say(&mut coordinator.sessions, instance, severity, &words);
            }
        }
        Err(EngineError::Cancelled) if is_followed || library.is_paused => {}
        Err(error) => {
            if !matches!(error, EngineError::Cancelled) {
                library.unindexed = Some(error.to_string());
            }
            fail(&mut coordinator.sessions, instance, &error);
        }
    }
}

fn words_of_update(report: &LibraryReport) -> (Severity, String) {
    let indexed = counted(report.indexed, "file");
    match (report.indexed, report.failed.len()) {
        (0, 0) => (Severity::Info, String::from("The library is up to date.")),
        (_, 0) => (Severity::Info, format!("Indexed {indexed} of the library.")),
        (_, failed) => {
            let what = counted(failed, "file or folder");
            let what = what.replace("file or folders", "files and folders");
            let words = format!(
                "Indexed {indexed} of the library; {what} could not be read: the Library panel says why."
            );
            (Severity::Warning, words)
        }
    }
}

/// Says `words` in the window of `instance`; without one, in those that look at the library.
fn say(sessions: &mut Sessions, instance: Option<InstanceId>, severity: Severity, words: &str) {
    for session in concerned(sessions, instance) {
        session.health.say(severity, words);
    }
}

fn fail(sessions: &mut Sessions, instance: Option<InstanceId>, error: &EngineError) {
    for session in concerned(sessions, instance) {
        session.health.fail(error);
    }
}

fn concerned(
    sessions: &mut Sessions,
    instance: Option<InstanceId>,
) -> impl Iterator<Item = &mut Session> {
    let all = sessions.iter_mut();
    let is_concerned = move |(id, session): &(&InstanceId, &mut Session)| match instance {
        Some(instance) => **id == instance,
        None => session.asked.looks_at_library(),
    };
    all.filter(is_concerned).map(|(_, session)| session)
}

/// Reads the library where it is out of date and somebody wants to know, and shows what became of it.
pub(super) fn look(coordinator: &mut Coordinator) {
    let looking = |session: &&Session| session.is_window_open() && session.asked.looks_at_library();
    let mut sessions = coordinator.sessions.values().filter(looking);
    let is_changed = sessions.clone().any(Session::must_read);
    let is_wanted = sessions.next().is_some();
    let library = &mut coordinator.library;
    library.must_read |= is_changed || library.update.is_some() || library.folders.is_none();
    let is_due = library.read_again.is_none_or(|at| Instant::now() >= at);
    if library.must_read && !library.is_reading && is_due && (is_wanted || library.wants_update) {
        match read(coordinator) {
            Ok(()) => {
                coordinator.library.is_reading = true;
                coordinator.library.must_read = false;
            }
            Err(error) => coordinator.library.unread = Some(error.to_string()),
        }
    }
    if is_wanted {
        let view = coordinator.library.view();
        for session in coordinator.sessions.values_mut() {
            if session.asked.looks_at_library() {
                session.asked.show_library(&view);
            }
        }
    }
}

fn read(coordinator: &mut Coordinator) -> Result<(), EngineError> {
    let (config, store) = (
        coordinator.config.clone(),
        coordinator.channels.store().clone(),
    );
    let model = model_of(&coordinator.sessions);
    let read = |outcome, took| LibraryToCoordinator::Read { outcome, took };
    coordinator.channels.library.send(
        move || {
            let begun = Instant::now();
            let outcome = read_library(config, store, &model);
            read(outcome, begun.elapsed())
        },
        move |why| read(Err(why), Duration::ZERO),
    )
}

fn read_library(
    config: Config,
    store: StoreHandle,
    model: &str,
) -> Result<ReadLibrary, EngineError> {
    let paused = store.with(|store| store.setting(PAUSED))?;
    let job = JobControl::new(JobKind::Indexing);
    Ok(ReadLibrary {
        folders: Worker::new(config, store).library_summary(model, &job)?,
        is_paused: paused.is_some_and(|value| value == YES),
    })
}
