//! The coordinator's ends of the channels to all other threads: work goes out here and reports come in.

use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::config::Config;
use crate::engine::audition_thread::{self, AuditionToCoordinator, CoordinatorToAudition};
use crate::engine::spectrogram_thread::{SpectrogramToCoordinator, Spectrograms, Wish};
use crate::export::jobs::thread::{CoordinatorToFiles, Files, FilesTask, FilesToCoordinator};
use crate::job::JobControl;
use crate::protocol::{EngineError, InstanceId, JobKind};
use crate::recorder::{Destination, KnownTake, LineId, Recorder, RecorderEvent};
use crate::store::StoreHandle;
use crate::threads::{self, ThreadFault};
use crate::worker::thread::{CoordinatorToWorker, WorkerTask, WorkerToCoordinator};
use crate::worker::{Worker, thread as worker_thread};

/// Every other thread of the engine.
pub(super) struct Channels {
    recorder: Option<Recorder>,
    takes_folder: PathBuf,
    worker: Option<Sender<CoordinatorToWorker>>,
    worker_thread: Option<JoinHandle<()>>,
    audition: Option<Sender<CoordinatorToAudition>>,
    audition_thread: Option<JoinHandle<()>>,
    spectrograms: Spectrograms,
    files: Files,
    /// Ends the live scan when everything shuts down.
    closing: JobControl,
    pub recorder_events: Receiver<RecorderEvent>,
    pub worker_reports: Receiver<WorkerToCoordinator>,
    pub audition_reports: Receiver<AuditionToCoordinator>,
    /// Panics of the other threads.
    pub faults: Receiver<ThreadFault>,
}

impl Channels {
    /// Starts the threads. They open no database, model or audio file yet.
    pub(super) fn open(config: &Config, store: &StoreHandle) -> Result<Self, EngineError> {
        let (recorder_events, recorded) = unbounded();
        let recorder = Recorder::spawn(recorder_events)?;
        let (fault, faults) = unbounded();
        let files = Files::spawn(config.takes_folder.clone(), store.clone(), fault.clone())?;
        let closing = JobControl::new(JobKind::Scanning);
        let (to_worker, tasks) = unbounded();
        let (report, worker_reports) = unbounded();
        let worker = Worker::new(config.clone(), store.clone());
        let worker_thread =
            worker_thread::spawn(worker, tasks, report, fault.clone(), closing.clone())
                .map_err(EngineError::Threads)?;
        let (to_audition, tasks) = unbounded();
        let (report, audition_reports) = unbounded();
        let audition_thread =
            audition_thread::spawn(tasks, report, fault.clone()).map_err(EngineError::Threads)?;
        Ok(Self {
            recorder: Some(recorder),
            takes_folder: config.takes_folder.clone(),
            worker: Some(to_worker),
            worker_thread: Some(worker_thread),
            audition: Some(to_audition),
            audition_thread: Some(audition_thread),
            spectrograms: Spectrograms::new(fault),
            files,
            closing,
            recorder_events: recorded,
            worker_reports,
            audition_reports,
            faults,
        })
    }

    /// Where finished spectrograms arrive.
    pub(super) fn spectrogram_reports(&self) -> &Receiver<SpectrogramToCoordinator> {
        self.spectrograms.reports()
    }

    /// Where what came of exports arrives.
    pub(super) fn file_reports(&self) -> &Receiver<FilesToCoordinator> {
        &self.files.reports
    }

    /// The recorder, until it was told to end.
    pub(super) fn recorder(&self) -> Option<&Recorder> {
        self.recorder.as_ref()
    }

    /// Tells the recorder where the takes of a line go and which there are already.
    pub(super) fn set_destination(&self, line: LineId, source_name: String, takes: Vec<KnownTake>) {
        if let Some(recorder) = &self.recorder {
            recorder.set_destination(
                line,
                Destination {
                    folder: self.takes_folder.clone(),
                    source_name,
                    takes,
                },
            );
        }
    }

    /// Gives the worker something to do, for the instance that is shown the outcome if any is.
    pub(super) fn ask_worker(&self, instance: impl Into<Option<InstanceId>>, task: WorkerTask) {
        let instance = instance.into();
        if let Some(worker) = &self.worker
            && worker.send(CoordinatorToWorker { instance, task }).is_err()
        {
            tracing::error!(
                "the worker is gone; scans and training stop until the plugin is reloaded"
            );
        }
    }

    /// Gives the audition thread something to do.
    pub(super) fn ask_audition(&self, task: CoordinatorToAudition) {
        if let Some(audition) = &self.audition
            && audition.send(task).is_err()
        {
            tracing::error!("the audition thread is gone; nothing can be auditioned");
        }
    }

    /// Gives the files thread something to do.
    pub(super) fn ask_files(&self, instance: InstanceId, task: FilesTask) {
        self.files.order(CoordinatorToFiles { instance, task });
    }

    /// Replaces what an instance wanted to see before.
    ///
    /// # Errors
    /// When the system refuses the thread that draws.
    pub(super) fn ask_spectrogram(&mut self, wish: Wish) -> Result<(), EngineError> {
        self.spectrograms.ask(wish)
    }

    /// Ends the live scan soon.
    pub(super) fn begin_closing(&self) {
        self.closing.cancel();
    }

    /// Ends the recorder. It writes what its lines still hold, until `deadline`.
    pub(super) fn end_recorder(&mut self, deadline: Instant) {
        if let Some(thread) = self.recorder.take().and_then(Recorder::end) {
            // Left to itself it goes on writing; its takes are entered when a session continues them.
            threads::join_until(thread, deadline);
        }
    }

    /// Tells the other threads that nothing more comes. Each ends after what it is at.
    pub(super) fn hang_up(&mut self) {
        self.worker = None;
        self.audition = None;
    }

    /// Waits for the other threads, until `deadline`.
    pub(super) fn join(&mut self, deadline: Instant) {
        let drawing = self.spectrograms.end();
        let threads = [self.worker_thread.take(), self.audition_thread.take()];
        for thread in threads.into_iter().flatten().chain(drawing) {
            threads::join_until(thread, deadline);
        }
        self.files.end(deadline);
    }
}
