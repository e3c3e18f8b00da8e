//! The coordinator: one thread that takes commands and reports in order and keeps what every instance shows.
//!
//! It never runs a model (that is the worker's work) and never waits for a window. Marks are committed before the next
//! message is read. While no window is open and no job runs it sleeps until it is told something.

mod auditioning;
mod capturing;
mod changes;
mod commands;
mod exporting;
mod loaded;
mod missing;
mod novelty;
mod picture;
mod profiles;
mod proof;
mod reports;
mod rescue;
mod retention;
mod rival;
mod session;
mod spectrograms;
mod storage;
mod training;
mod triggers;
mod trouble;
mod waiting;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, select, unbounded};

use super::audition_thread;
use super::audition_thread::{AuditionToCoordinator, CoordinatorToAudition};
use super::outbox::Outbox;
use super::spectrogram_thread::Spectrograms;
use crate::audition::AuditionFeed;
use crate::capture::CaptureReader;
use crate::config::Config;
use crate::export::jobs::thread::Files;
use crate::job::JobControl;
use crate::protocol::{Command, EngineError, InstanceId, JobKind, SourceIdentity};
use crate::recorder::{Recorder, RecorderEvent};
use crate::store::{StoreError, StoreHandle};
use crate::threads;
use crate::time::SampleRate;
use crate::trigger::TriggerReader;
use crate::worker::thread::{CoordinatorToWorker, WorkerToCoordinator};
use crate::worker::{Worker, thread as worker_thread};
use session::Session;
use triggers::Triggers;
use waiting::Waiting;

/// What the coordinator is told.
pub(super) enum InstanceToCoordinator {
    Attach {
        instance: InstanceId,
        identity: SourceIdentity,
        outbox: Arc<Outbox>,
    },
    ChangeSource {
        instance: InstanceId,
        identity: SourceIdentity,
    },
    Connect {
        instance: InstanceId,
        reader: CaptureReader,
    },
    ConnectAudition {
        instance: InstanceId,
        feed: AuditionFeed,
    },
    ConnectTriggers {
        instance: InstanceId,
        reader: TriggerReader,
        rate: SampleRate,
    },
    Command(InstanceId, Command),
    Detach(InstanceId),
    Shutdown,
}

/// How often a moving picture is published, and how soon another writer's change is noticed.
const TICK: Duration = Duration::from_millis(100);
/// How often the mark buttons are looked at while the transport stands: the audio thread cannot wake anybody.
const STANDING_TICK: Duration = Duration::from_millis(500);
/// While there is nothing to look at.
const SLEEP: Duration = Duration::from_secs(3600);
/// How long, when all ends, the recorder is given to write what the last instances left, the database to take what waits
/// for it, and the other threads to stop. A disk that hangs longer than this must not hang the host as well.
const FAREWELL: Duration = Duration::from_secs(10);
/// How long a database that refused is left alone: the user needs longer than this to mend it.
const RETRY: Duration = Duration::from_secs(2);
/// How long the coordinator waits for another writer before it turns to its windows again; the queue of what waits has all
/// the time in the world.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) struct Coordinator {
    config: Config,
    store: StoreHandle,
    inbox: Receiver<InstanceToCoordinator>,
    recorder: Option<Recorder>,
    recorded: Receiver<RecorderEvent>,
    worker: Option<Sender<CoordinatorToWorker>>,
    reports: Receiver<WorkerToCoordinator>,
    worker_thread: Option<JoinHandle<()>>,
    auditions: Option<Sender<CoordinatorToAudition>>,
    auditioned: Receiver<AuditionToCoordinator>,
    audition_thread: Option<JoinHandle<()>>,
    spectrograms: Spectrograms,
    files: Files,
    sessions: BTreeMap<InstanceId, Session>,
    /// Ends the live scan when all is coming down.
    closing: JobControl,
    /// The database's generation and SQLite's counter of other connections' commits, as last seen.
    data_version: Option<(u64, i64)>,
    /// The database refused; it is not asked again before then.
    ask_again: Option<Instant>,
    /// What the database has not taken yet.
    waiting: Waiting,
    /// Of the file that the sessions know ([`StoreHandle::generation`]), and what is known to be damaged in it.
    generation: u64,
    damage: Option<Arc<StoreError>>,
    /// When to look again for what windows miss.
    missing_look: Option<Instant>,
    /// When to think of the daily backup again; `None` until the database was first used.
    backup_look: Option<Instant>,
    /// When to let go again what is kept no longer; `None` until the database was first used.
    retention_look: Option<Instant>,
}

impl Coordinator {
    /// Starts the recorder and the worker. Opens no database, model or audio file.
    pub(super) fn new(
        config: Config,
        inbox: Receiver<InstanceToCoordinator>,
    ) -> Result<Self, EngineError> {
        let store = StoreHandle::new(config.database.clone())?;
        let (recorder_events, recorded) = unbounded();
        let (to_worker, tasks) = unbounded();
        let (report, reports) = unbounded();
        let recorder = Recorder::spawn(recorder_events)?;
        let worker = Worker::new(config.clone(), store.clone());
        let files = Files::spawn(config.takes_folder.clone(), store.clone())?;
        let store = store.with_patience(PATIENCE);
        let closing = JobControl::new(JobKind::Scanning);
        let leash = closing.clone();
        let worker_thread = std::thread::Builder::new()
            .name(String::from("earmark-worker"))
            .spawn(move || worker_thread::run(worker, &tasks, &report, &leash))
            .map_err(EngineError::Threads)?;
        let (auditions, asked) = unbounded();
        let (heard, auditioned) = unbounded();
        let audition_thread = std::thread::Builder::new()
            .name(String::from("earmark-audition"))
            .spawn(move || audition_thread::run(&asked, &heard))
            .map_err(EngineError::Threads)?;
        Ok(Self {
            config,
            store,
            inbox,
            recorder: Some(recorder),
            recorded,
            worker: Some(to_worker),
            reports,
            worker_thread: Some(worker_thread),
            auditions: Some(auditions),
            auditioned,
            audition_thread: Some(audition_thread),
            spectrograms: Spectrograms::new(),
            files,
            sessions: BTreeMap::new(),
            closing,
            data_version: None,
            ask_again: None,
            waiting: Waiting::default(),
            generation: 0,
            damage: None,
            missing_look: None,
            backup_look: None,
            retention_look: None,
        })
    }

    pub(super) fn run(mut self) {
        loop {
            select! {
                recv(self.inbox) -> message => match message {
                    Ok(InstanceToCoordinator::Shutdown) | Err(_) => break,
                    Ok(message) => self.take(message),
                },
                recv(self.recorded) -> event => if let Ok(event) = event {
                    self.hear(event);
                },
                recv(self.reports) -> report => if let Ok(report) = report {
                    self.read(report);
                },
                recv(self.files.reports) -> report => if let Ok(report) = report {
                    self.hear_files(report);
                },
                recv(self.auditioned) -> report => if let Ok(report) = report {
                    self.hear_audition(report);
                },
                recv(self.spectrograms.reports()) -> report => if let Ok(report) = report {
                    self.see_spectrogram(report);
                },
                default(self.patience()) => {}
            }
            self.look_at_triggers();
            self.look_for_other_writers();
            self.look_for_missing();
            self.look_at_retention();
            self.notice_the_file();
            self.retry_waiting();
            self.retry_takes();
            self.settle_thresholds();
            self.publish();
        }
        self.close();
    }

    /// How long nothing needs to be looked at, if nobody says anything.
    fn patience(&self) -> Duration {
        if !self.waiting.is_empty() || self.sessions.values().any(Session::is_moving) {
            TICK
        } else if self
            .sessions
            .values()
            .any(|session| session.triggers.is_some())
        {
            STANDING_TICK
        } else {
            SLEEP
        }
    }

    fn take(&mut self, message: InstanceToCoordinator) {
        match message {
            InstanceToCoordinator::Attach {
                instance,
                identity,
                outbox,
            } => {
                self.sessions
                    .insert(instance, Session::new(identity, outbox));
            }
            InstanceToCoordinator::ChangeSource { instance, identity } => {
                self.change_source(instance, identity);
            }
            InstanceToCoordinator::Connect { instance, reader } => self.connect(instance, reader),
            InstanceToCoordinator::ConnectAudition { instance, feed } => {
                self.connect_audition(instance, feed);
            }
            InstanceToCoordinator::ConnectTriggers {
                instance,
                reader,
                rate,
            } => {
                if let Some(session) = self.sessions.get_mut(&instance) {
                    session.triggers = Some(Triggers::new(reader, rate));
                }
            }
            InstanceToCoordinator::Command(instance, command) => self.carry_out(instance, command),
            InstanceToCoordinator::Detach(instance) => self.detach(instance),
            InstanceToCoordinator::Shutdown => {}
        }
    }

    /// Shows another source's takes from now on. Nothing has been recorded, so the recorder has not been answered yet.
    fn change_source(&mut self, instance: InstanceId, identity: SourceIdentity) {
        let Some(session) = self.sessions.get_mut(&instance) else {
            return;
        };
        session.identity = identity;
        session.takes_read = false;
        session.shown_take = None;
        session.shown_version = None;
        session.compare_with = None;
        session.pointed = None;
        session.stale = true;
        let former = std::mem::take(&mut session.takes);
        for take in former.into_values() {
            self.order(CoordinatorToWorker::Forget(take.row.path));
        }
    }

    /// An instance leaves at once for its host; here it stays until the recorder has written what it still holds.
    fn detach(&mut self, instance: InstanceId) {
        let Some(session) = self.sessions.get_mut(&instance) else {
            return;
        };
        session.editor_open = false;
        session.triggers = None;
        session.proof.give_up();
        if let Some(job) = &session.job {
            job.cancel();
        }
        let is_connected = session.connected;
        self.ask_audition(CoordinatorToAudition::Disconnect { instance });
        if is_connected {
            self.disconnect(instance);
        } else {
            self.remove(instance);
        }
    }

    fn remove(&mut self, instance: InstanceId) {
        if let Some(session) = self.sessions.remove(&instance) {
            for take in session.takes.into_values() {
                self.order(CoordinatorToWorker::Forget(take.row.path));
            }
        }
    }

    /// Another instance, process or program may have written: then every open window reads again.
    fn look_for_other_writers(&mut self) {
        let watched = self.sessions.values().any(|session| session.editor_open);
        let resting = self.ask_again.is_some_and(|at| Instant::now() < at);
        if !watched || resting {
            return;
        }
        self.ask_again = None;
        match self.store.with(|store| store.data_version()) {
            Ok(version) => {
                self.think_of_backup();
                self.think_of_retention();
                self.read_missed_takes();
                // Another file may well be at the same version.
                let version = (self.store.generation(), version);
                let changed = self.data_version.replace(version) != Some(version);
                for session in self.sessions.values_mut() {
                    session.stale |= changed || session.loaded.is_none();
                }
            }
            Err(error) => {
                self.ask_again = Some(Instant::now() + RETRY);
                for session in self.sessions.values_mut() {
                    session.refuse(&error);
                }
            }
        }
    }

    fn publish(&mut self) {
        let mut without_waveform = Vec::new();
        let mut reread = Vec::new();
        for (&instance, session) in &mut self.sessions {
            if !session.editor_open {
                continue;
            }
            if session.stale && self.ask_again.is_none() {
                if session.load(&self.store) {
                    without_waveform.extend(session.wants_waveform().then_some(instance));
                    reread.push(instance);
                } else {
                    self.ask_again = Some(Instant::now() + RETRY);
                }
            }
            session.publish();
        }
        for instance in without_waveform {
            self.order_waveform(instance);
        }
        for instance in reread {
            self.order_novelty(instance);
            self.order_proof(instance);
        }
    }

    /// Work for the worker. It outlives every caller but [`Coordinator::close`].
    fn order(&self, task: CoordinatorToWorker) {
        if let Some(worker) = &self.worker
            && worker.send(task).is_err()
        {
            tracing::error!(
                "the worker is gone; scans and training stop until the plugin is reloaded"
            );
        }
    }

    /// Ends in the order in which nothing is lost: takes are written to their ends and entered in the database, then
    /// the jobs are stopped.
    fn close(mut self) {
        self.closing.cancel();
        for session in self.sessions.values_mut() {
            if let Some(job) = &session.job {
                job.cancel();
            }
            session.proof.give_up();
        }
        // A line may have audio that nobody has named a destination for yet: a host that renders a few seconds and goes
        // is quicker than the recorder's first look. Every instance has left, so each line closes when it is written.
        let end = Instant::now() + FAREWELL;
        while self.sessions.values().any(|session| session.connected)
            && let Ok(event) = self.recorded.recv_deadline(end)
        {
            self.hear(event);
        }
        if let Some(thread) = self.recorder.take().and_then(Recorder::end) {
            // Left to itself it goes on writing; its takes are entered when a session continues them.
            threads::join_until(thread, end);
        }
        while let Ok(event) = self.recorded.try_recv() {
            self.hear(event);
        }
        self.save_waiting(FAREWELL);
        self.save_all_takes();
        drop(self.worker.take());
        drop(self.auditions.take());
        let end = Instant::now() + FAREWELL;
        let drawing = self.spectrograms.end();
        let threads = [self.worker_thread.take(), self.audition_thread.take()];
        for thread in threads.into_iter().flatten().chain(drawing) {
            threads::join_until(thread, end);
        }
        self.files.end(end);
    }
}
