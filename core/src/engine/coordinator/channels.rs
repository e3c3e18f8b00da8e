//! The coordinator's ends of the channels to all other threads: work goes out here and reports come in.

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::library_reports::LibraryToCoordinator;
use super::surroundings::Surroundings;
use crate::config::Config;
use crate::engine::audition_thread::{
    self, AuditionTask, AuditionToCoordinator, CoordinatorToAudition,
};
use crate::engine::dropped::{DropTarget, Dropped};
use crate::engine::errands::{self, Errands};
use crate::engine::labels::{PlannedLabels, WrittenLabels};
use crate::engine::packs::PackNews;
use crate::export::jobs::Exported;
use crate::job::{JobControl, RightOfWay};
use crate::marks::ClipFiles;
use crate::protocol::{
    Change, EngineError, ExportRequest, FolderView, InstanceId, JobKind, SpectrogramView,
};
use crate::recorder::{Destination, KnownTake, LineId, Recorder, RecorderEvent};
use crate::settings::SettingsView;
use crate::store::StoreHandle;
use crate::threads::{self, ThreadFault};
use crate::worker::thread::{CoordinatorToWorker, ToWorker, WorkerTask, WorkerToCoordinator};
use crate::worker::{Worker, thread as worker_thread};

/// How long a shutdown waits for a look: nothing is lost with one.
const LOOK_TIME_LIMIT: Duration = Duration::from_millis(500);

/// What the looks thread found.
pub(super) enum LooksToCoordinator {
    /// `None` when the look failed.
    Looked(Option<Box<Surroundings>>),
    /// A setting was chosen that the database does not keep.
    Chosen {
        instance: InstanceId,
        outcome: Result<SettingsView, EngineError>,
    },
}

/// What came of an errand of the files thread.
pub(super) struct FilesToCoordinator {
    pub instance: InstanceId,
    pub news: FilesNews,
}

pub(super) enum FilesNews {
    Looked(FolderView),
    Pack(PackNews),
    /// Dropped files were looked through.
    SortedOut {
        target: DropTarget,
        outcome: Result<Dropped, EngineError>,
    },
    /// A file was shown in the file manager, or not.
    Shown(Result<(), EngineError>),
    Exported {
        request: ExportRequest,
        outcome: Result<Exported, EngineError>,
        /// Of the database that was meant ([`StoreHandle::generation`]).
        generation: u64,
    },
}

/// What came of reading or importing the label files of question `number`.
pub(super) struct LabelsToCoordinator {
    pub instance: InstanceId,
    pub number: u64,
    pub news: LabelsNews,
}

pub(super) enum LabelsNews {
    Planned(Result<PlannedLabels, EngineError>),
    /// The clips are written, and nothing is marked yet. `None` where nothing is new.
    Written(Result<Option<Box<WrittenLabels>>, EngineError>),
}

/// A spectrogram that is ready, or why there is none.
pub(super) struct SpectrogramToCoordinator {
    pub instance: InstanceId,
    pub outcome: Result<SpectrogramView, EngineError>,
}

/// The clips that were asked for under `number`, or why there are none.
pub(super) struct ClipsWritten {
    pub number: u64,
    pub outcome: Result<ClipFiles, EngineError>,
}

/// Every other thread of the engine.
pub(super) struct Channels {
    recorder: Option<Recorder>,
    takes_folder: PathBuf,
    store: StoreHandle,
    worker: Option<ToWorker>,
    worker_thread: Option<JoinHandle<()>>,
    audition: Option<Sender<CoordinatorToAudition>>,
    audition_thread: Option<JoinHandle<()>>,
    /// Draws; `None` is what nobody wants to see any more.
    pub spectrograms: Errands<Option<SpectrogramToCoordinator>>,
    /// Exports and looks into folders.
    pub files: Errands<FilesToCoordinator>,
    folders_asked: u64,
    /// Reads label files.
    pub labels: Errands<LabelsToCoordinator>,
    /// Looks for files.
    pub looks: Errands<LooksToCoordinator>,
    /// Writes and deletes the clips of marks.
    clips: Errands<Option<ClipsWritten>>,
    /// Reads and changes the list of the library's folders.
    pub library: Errands<LibraryToCoordinator>,
    /// Indexes the library.
    pub index: Errands<LibraryToCoordinator>,
    /// Searches it with classifiers.
    pub search: Errands<LibraryToCoordinator>,
    /// On which the worker goes first.
    way: RightOfWay,
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
        let (fault, faults) = unbounded();
        let recorder = Recorder::spawn(recorder_events, fault.clone())?;
        let closing = JobControl::new(JobKind::Scanning);
        let (report, worker_reports) = unbounded();
        let worker = Worker::new(config.clone(), store.clone());
        let way = RightOfWay::default();
        let (to_worker, worker_thread) =
            worker_thread::spawn(worker, report, fault.clone(), closing.clone(), way.clone())
                .map_err(EngineError::Threads)?;
        let (to_audition, tasks) = unbounded();
        let (report, audition_reports) = unbounded();
        let audition_thread =
            audition_thread::spawn(tasks, report, fault.clone()).map_err(EngineError::Threads)?;
        Ok(Self {
            recorder: Some(recorder),
            takes_folder: config.takes_folder.clone(),
            store: store.clone(),
            worker: Some(to_worker),
            worker_thread: Some(worker_thread),
            audition: Some(to_audition),
            audition_thread: Some(audition_thread),
            looks: Errands::new(errands::LOOKS, fault.clone()),
            clips: Errands::new(errands::CLIPS, fault.clone()),
            spectrograms: Errands::new(errands::SPECTROGRAMS, fault.clone()),
            labels: Errands::new(errands::LABELS, fault.clone()),
            library: Errands::new(errands::LIBRARY, fault.clone()),
            index: Errands::new(errands::INDEX, fault.clone()),
            search: Errands::new(errands::SEARCH, fault.clone()),
            way,
            files: Errands::new(errands::FILES, fault),
            folders_asked: 0,
            closing,
            recorder_events: recorded,
            worker_reports,
            audition_reports,
            faults,
        })
    }

    /// Where the clips of marks arrive; `None` for those that were deleted.
    pub(super) fn clips(&self) -> &Receiver<Option<ClipsWritten>> {
        self.clips.reports()
    }

    /// Has the clips of `change` written below `folder`. They arrive under `number`.
    ///
    /// # Errors
    /// When the system refuses the thread that writes.
    pub(super) fn ask_for_clips(
        &mut self,
        number: u64,
        folder: &Path,
        change: &Change,
    ) -> Result<(), EngineError> {
        let (store, folder, change) = (self.store.clone(), folder.to_owned(), change.clone());
        let written = move |outcome| Some(ClipsWritten { number, outcome });
        self.clips.send(
            move || written(ClipFiles::write_for(&store, &folder, &change)),
            move |why| written(Err(why)),
        )
    }

    /// Lets a thread wait as it waits for a disk that does not answer.
    #[cfg(test)]
    pub(super) fn hang_disk(&mut self, disk: super::DiskOf, until: Receiver<()>) {
        let hang = move || until.recv().unwrap_or_default();
        let sent = match disk {
            super::DiskOf::Looks => self.looks.send(
                move || {
                    hang();
                    LooksToCoordinator::Looked(None)
                },
                |_| LooksToCoordinator::Looked(None),
            ),
            super::DiskOf::Clips => self.clips.send(
                move || {
                    hang();
                    None
                },
                |_| None,
            ),
        };
        sent.expect("a thread");
    }

    /// Deletes clips that have no rows.
    pub(super) fn delete_clips(&mut self, clips: ClipFiles) {
        if clips.is_empty() {
            return;
        }
        let deleted = self.clips.send(
            move || {
                drop(clips);
                None
            },
            |_| None,
        );
        if let Err(error) = deleted {
            tracing::warn!("clips without rows stay: {error}");
        }
    }

    /// The recorder, until it was told to end.
    pub(super) fn recorder(&self) -> Option<&Recorder> {
        self.recorder.as_ref()
    }

    /// Sees to it that the disk of one line keeps the recorder from no other.
    pub(super) fn relieve_recorder(&mut self) {
        if let Some(recorder) = &mut self.recorder {
            recorder.relieve();
        }
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
        if let Some(worker) = &self.worker {
            worker.send(CoordinatorToWorker { instance, task });
        }
    }

    /// The worker, until it was told that nothing more comes.
    pub(super) fn worker(&self) -> Option<&ToWorker> {
        self.worker.as_ref()
    }

    /// Gives the audition thread something to do.
    pub(super) fn ask_audition(&self, instance: InstanceId, task: AuditionTask) {
        if let Some(audition) = &self.audition
            && audition
                .send(CoordinatorToAudition { instance, task })
                .is_err()
        {
            tracing::error!("the audition thread is gone; nothing can be auditioned");
        }
    }

    /// The number of a look into a folder, by which a window tells it from the one before.
    pub(super) fn next_folder(&mut self) -> u64 {
        self.folders_asked += 1;
        self.folders_asked
    }

    /// On which the worker goes first.
    pub(super) fn way(&self) -> &RightOfWay {
        &self.way
    }

    /// Where new takes go.
    pub(super) fn takes_folder(&self) -> &Path {
        &self.takes_folder
    }

    /// The database, for those who may wait for it long.
    pub(super) fn store(&self) -> &StoreHandle {
        &self.store
    }

    /// Ends the live scan soon.
    pub(super) fn begin_closing(&self) {
        self.closing.cancel();
    }

    /// Ends the recorder. It writes what its lines still hold, until `deadline`.
    pub(super) fn end_recorder(&mut self, deadline: Instant) {
        for thread in self.recorder.take().map_or_else(Vec::new, Recorder::end) {
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
        let looking = self.looks.end();
        let threads = [
            self.worker_thread.take(),
            self.audition_thread.take(),
            self.spectrograms.end(),
            self.index.end(),
            self.search.end(),
            self.library.end(),
            self.clips.end(),
            self.labels.end(),
            self.files.end(),
        ];
        for thread in threads.into_iter().flatten() {
            threads::join_until(thread, deadline);
        }
        if let Some(thread) = looking {
            threads::join_until(thread, deadline.min(Instant::now() + LOOK_TIME_LIMIT));
        }
    }
}
