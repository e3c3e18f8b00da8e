//! The coordinator: one thread that takes commands and reports in order and keeps what every instance shows.
//!
//! It never runs a model (that is the worker's work) and waits neither for a window nor for any disk but the database's: looks at
//! files and clips are other threads' work. Marks are committed before the next message is read, those with clips when these are
//! written. While no window is open and no job runs it sleeps until a message comes.

mod audition;
mod changes;
mod channels;
mod commands;
mod comparison;
mod database_watch;
mod dates;
mod dropped;
mod export;
mod faults;
#[cfg(test)]
mod fixture;
mod labels;
mod labels_reports;
mod library;
mod library_reports;
mod library_search;
mod live_regions;
mod mark_buttons;
mod marks_since;
mod memory_export;
mod messages;
mod missing;
mod obstacles;
mod output;
mod packs;
mod profiles;
mod reading;
mod recording;
mod recovery;
mod reports;
mod session;
mod showing;
mod similar;
mod sounds;
mod spectrogram;
mod storage;
mod surroundings;
mod take_rows;
mod threshold;
mod training;
mod upkeep;
mod view;
mod waiting;
mod writing;

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, select};

use super::audition_thread::AuditionTask;
use crate::config::Config;
use crate::protocol::{EngineError, InstanceId, Obstacle};
use crate::recorder::RecorderEvent;
use crate::store::StoreHandle;
use channels::{Channels, FilesNews, FilesToCoordinator, LooksToCoordinator};
pub(super) use faults::NAME as COORDINATOR_THREAD;
use library::LibraryState;
#[cfg(test)]
pub(super) use messages::{DiskOf, PanicIn};
pub(super) use messages::{InstanceMessage, InstanceToCoordinator};
use session::{Session, Sessions};
use upkeep::Upkeep;
use waiting::Waiting;

/// How often something that moves is shown anew, and how soon another writer's change is noticed.
const TICK: Duration = Duration::from_millis(100);
/// How often the mark buttons are looked at while the transport stands: the audio thread cannot wake anybody.
const STANDING_TICK: Duration = Duration::from_millis(500);
/// While there is nothing to look at.
const SLEEP: Duration = Duration::from_secs(3600);
/// How long a shutdown gives disks to take what the last instances left, all of them together, and as long again the database. A
/// disk that hangs longer than this must not hang the host as well.
const SHUTDOWN_TIME_LIMIT: Duration = Duration::from_secs(10);
/// How long the other threads have at least to stop after that.
const JOIN_TIME_LIMIT: Duration = Duration::from_secs(2);
/// How long a database that refused is left alone: the user needs longer than this to mend it.
const RETRY: Duration = Duration::from_secs(2);
/// How long the coordinator waits for another writer before it turns to its windows again; the queue of what waits has all
/// the time in the world.
const PATIENCE: Duration = Duration::from_secs(1);

/// The threads, the channels and the sessions, and the loop that serves them. What it does with a message stands in the file of
/// the message's family.
pub(super) struct Coordinator {
    config: Config,
    store: StoreHandle,
    inbox: Receiver<InstanceToCoordinator>,
    channels: Channels,
    sessions: Sessions,
    /// What the database has not taken yet.
    waiting: Waiting,
    upkeep: Upkeep,
    library: LibraryState,
    /// Whose session the present message changes; `None` while it may be anybody's.
    at_work_for: Option<InstanceId>,
    /// The other threads that stay down.
    stopped: Vec<Obstacle>,
    /// The last instance is gone.
    is_closing: bool,
    /// Until when disks may take what is left to write.
    close_by: Option<Instant>,
    #[cfg(test)]
    panics_in_every_look: bool,
}

impl Coordinator {
    /// Starts the other threads. Opens no database, model or audio file.
    pub(super) fn new(
        config: Config,
        inbox: Receiver<InstanceToCoordinator>,
    ) -> Result<Self, EngineError> {
        let store =
            StoreHandle::new(config.database.clone())?.with_places(config.places_file.clone());
        let channels = Channels::open(&config, &store)?;
        Ok(Self {
            store: store.with_patience(PATIENCE),
            inbox,
            channels,
            sessions: Sessions::new(),
            waiting: Waiting::default(),
            upkeep: Upkeep::new(config.retention_after),
            library: LibraryState::default(),
            at_work_for: None,
            stopped: Vec::new(),
            is_closing: false,
            close_by: None,
            #[cfg(test)]
            panics_in_every_look: false,
            config,
        })
    }

    /// Takes the next message, if one comes before something must be looked at.
    fn take_message(&mut self) {
        let patience = self.patience();
        let (sessions, channels) = (&mut self.sessions, &self.channels);
        select! {
            recv(self.inbox) -> message => match message {
                Ok(InstanceToCoordinator::Instance(instance, message)) => {
                    self.at_work_for = Some(instance);
                    self.take_instance_message(instance, message);
                }
                #[cfg(test)]
                Ok(InstanceToCoordinator::HangDisk(disk, until)) => self.channels.hang_disk(disk, until),
                Ok(InstanceToCoordinator::Shutdown) | Err(_) => self.is_closing = true,
            },
            recv(channels.recorder_events) -> event => if let Ok(event) = event {
                self.take_recorder_event(event);
            },
            recv(channels.worker_reports) -> report => if let Ok(report) = report {
                self.at_work_for = report.instance;
                let upkeep = &mut self.upkeep;
                reports::take_report(report, sessions, &self.store, channels, upkeep);
            },
            recv(channels.files.reports()) -> report => if let Ok(report) = report {
                self.take_files(report);
            },
            recv(channels.labels.reports()) -> report => if let Ok(report) = report {
                labels_reports::take_report(self, report);
            },
            recv(channels.library.reports()) -> report => if let Ok(report) = report {
                library::take_report(self, report);
            },
            recv(channels.search.reports()) -> report => if let Ok(report) = report {
                library::take_report(self, report);
            },
            recv(channels.index.reports()) -> report => if let Ok(report) = report {
                library::take_report(self, report);
            },
            recv(channels.looks.reports()) -> report => if let Ok(report) = report {
                self.take_look(report);
            },
            recv(channels.clips()) -> written => if let Ok(Some(written)) = written {
                writing::take_clips(self, written);
            },
            recv(channels.audition_reports) -> report => if let Ok(report) = report {
                self.at_work_for = Some(report.instance);
                audition::take_report(report, sessions);
            },
            recv(channels.spectrograms.reports()) -> report => if let Ok(Some(report)) = report {
                self.at_work_for = Some(report.instance);
                spectrogram::take_report(report, sessions);
            },
            recv(channels.faults) -> fault => if let Ok(fault) = fault {
                faults::take_fault(&fault, sessions, &mut self.upkeep, &mut self.stopped);
            },
            default(patience) => {}
        }
        self.at_work_for = None;
    }

    /// Takes in what came of an errand of the files thread.
    fn take_files(&mut self, report: FilesToCoordinator) {
        match report.news {
            FilesNews::SortedOut { target, outcome } => {
                dropped::take_sorted_out(self, report.instance, target, outcome);
            }
            FilesNews::Pack(news) => packs::take_report(self, report.instance, news),
            news => {
                let report = FilesToCoordinator { news, ..report };
                let (sessions, channels) = (&mut self.sessions, &mut self.channels);
                export::take_report(report, sessions, &self.store, channels);
            }
        }
    }

    /// Looks at what no message says, and shows what changed.
    fn look_around(&mut self) {
        #[cfg(test)]
        faults::panic_in_every_look(self);
        self.channels.relieve_recorder();
        threshold::follow_the_host(&mut self.sessions, &self.store);
        mark_buttons::look_at_buttons(self);
        {
            let Self {
                sessions,
                store,
                channels,
                upkeep,
                library,
                ..
            } = self;
            database_watch::look_for_other_writers(sessions, store, channels, upkeep);
            missing::look_for_missing(sessions, channels, upkeep);
            if upkeep.is_retention_due() {
                storage::apply_retention(sessions, store, channels, upkeep);
                library.want_update();
            }
            database_watch::notice_the_file(sessions, store, upkeep);
        }
        library::look(self);
        writing::retry(self);
        take_rows::retry_takes(&mut self.sessions, &self.store);
        threshold::settle_all(&mut self.sessions, &self.store);
        output::send_found(&mut self.sessions, &self.store, &mut self.upkeep);
        showing::publish(
            &mut self.sessions,
            &self.store,
            &self.channels,
            &mut self.upkeep,
        );
        for session in self.sessions.values() {
            session.publish_remembered();
        }
    }

    /// How long nothing needs to be looked at, if nobody says anything.
    fn patience(&self) -> Duration {
        if !self.waiting.is_empty() || self.sessions.values().any(Session::is_moving) {
            TICK
        } else if self.sessions.values().any(|it| it.line.has_buttons()) {
            STANDING_TICK
        } else {
            SLEEP
        }
    }

    fn take_instance_message(&mut self, instance: InstanceId, message: InstanceMessage) {
        let channels = &self.channels;
        let session = self.sessions.get_mut(&instance);
        match (message, session) {
            (InstanceMessage::Attach(identity, lock, outbox), _) => {
                let mut session = Session::new(identity, lock, outbox);
                for stopped in &self.stopped {
                    session.health.show_stopped(stopped.clone());
                }
                self.sessions.insert(instance, session);
            }
            (InstanceMessage::ConnectAudition(feed), _) => {
                channels.ask_audition(instance, AuditionTask::Connect(feed));
            }
            (InstanceMessage::ChangeSource(identity, lock), Some(session)) => {
                session.note_message();
                session.lock = lock;
                recording::hold(instance, session, channels);
                showing::change_source(session, identity, channels);
            }
            (InstanceMessage::Connect(reader), Some(session)) => {
                recording::connect(instance, &mut session.line, reader, channels);
                recording::hold(instance, session, channels);
            }
            (InstanceMessage::ConnectTriggers(reader, rate), Some(session)) => {
                session.line.connect_buttons(reader, rate);
            }
            (InstanceMessage::ConnectOutput(feed, rate), Some(session)) => {
                session.connect_output(feed, rate);
            }
            (InstanceMessage::Command(command), Some(session)) => {
                session.note_message();
                commands::carry_out(self, instance, command);
            }
            (InstanceMessage::Detach, _) => self.detach(instance),
            #[cfg(test)]
            (InstanceMessage::Panic(place), _) => faults::injected(instance, place, self),
            (_, None) => {}
        }
    }

    fn take_look(&mut self, report: LooksToCoordinator) {
        let Self {
            sessions,
            store,
            channels,
            upkeep,
            ..
        } = self;
        match report {
            LooksToCoordinator::Looked(found) => {
                missing::take_look(found.map(|it| *it), sessions, store, channels, upkeep);
            }
            LooksToCoordinator::Chosen { instance, outcome } => {
                storage::take_chosen(instance, outcome, sessions, channels);
            }
        }
    }

    fn take_recorder_event(&mut self, event: RecorderEvent) {
        self.at_work_for = Some(recording::instance_of(&event));
        let closed = recording::take_event(
            event,
            &mut self.sessions,
            &self.store,
            &self.channels,
            &mut self.upkeep,
        );
        if let Some(instance) = closed {
            self.remove(instance);
        }
    }

    /// An instance leaves at once for its host; here it stays until the recorder has written what it still holds.
    fn detach(&mut self, instance: InstanceId) {
        let Some(session) = self.sessions.get_mut(&instance) else {
            return;
        };
        session.set_window_open(false);
        session.line.let_go();
        session.jobs.give_up();
        session.similar.cancel();
        session.labels.cancel();
        let is_connected = session.line.is_connected();
        session.asked.forget_spectrogram();
        self.channels
            .ask_audition(instance, AuditionTask::Disconnect);
        if is_connected {
            recording::disconnect(instance, &self.channels);
        } else {
            self.remove(instance);
        }
    }

    fn remove(&mut self, instance: InstanceId) {
        if let Some(mut session) = self.sessions.remove(&instance) {
            showing::forget_takes(&mut session, &self.channels);
        }
    }

    /// Ends in the order in which nothing is lost: takes are written to their ends and entered in the database, then
    /// the jobs are stopped.
    ///
    /// After a panic it is called again and goes on.
    fn close(&mut self) {
        self.save_everything();
        self.end_threads();
    }

    /// Stops the jobs, lets the recorder write what its lines hold, and saves what waits.
    fn save_everything(&mut self) {
        self.channels.begin_closing();
        self.library.close();
        for session in self.sessions.values_mut() {
            session.jobs.give_up();
            session.similar.cancel();
            session.labels.cancel();
        }
        // A line may have audio that nobody has named a destination for yet: a host that renders a few seconds and goes
        // is quicker than the recorder's first look. Every instance has left, so each line closes when it is written.
        let end = *self
            .close_by
            .get_or_insert_with(|| Instant::now() + SHUTDOWN_TIME_LIMIT);
        while self.sessions.values().any(|it| it.line.is_connected()) {
            self.channels.relieve_recorder();
            let soon = end.min(Instant::now() + TICK);
            match self.channels.recorder_events.recv_deadline(soon) {
                Ok(event) => self.take_recorder_event(event),
                Err(RecvTimeoutError::Timeout) if soon < end => {}
                Err(_) => break,
            }
        }
        self.channels.end_recorder(end);
        while let Ok(event) = self.channels.recorder_events.try_recv() {
            self.take_recorder_event(event);
        }
        writing::save_for_the_last_time(self, SHUTDOWN_TIME_LIMIT, end);
        take_rows::save_all_takes(&mut self.sessions, &self.store);
    }

    /// Waits for all other threads.
    fn end_threads(&mut self) {
        self.channels.hang_up();
        let end = Instant::now() + JOIN_TIME_LIMIT;
        self.channels
            .join(self.close_by.map_or(end, |by| by.max(end)));
    }
}
