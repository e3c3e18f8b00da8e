//! The thread of exports and of the choice of folders: it blocks on disks, so that neither a window nor the coordinator does.
//!
//! A thread of its own, because the worker may be at a training while somebody wants a list of what is shown. It sleeps until
//! a task comes, and looks into folders between the exports only. A panic fails the export at work.

use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::{ExportJob, Exported, folders};
use crate::job::JobControl;
use crate::protocol::{EngineError, ExportRequest, FolderView, InstanceId};
use crate::store::StoreHandle;
use crate::threads::{
    self, FaultOutcome, FaultReporter, Supervised, ThreadFault, spawn_supervised,
};

/// The thread's name.
pub(crate) const NAME: &str = "earmark-files";

/// What to do, and which instance hears of it.
pub(crate) struct CoordinatorToFiles {
    pub instance: InstanceId,
    pub task: FilesTask,
}

pub(crate) enum FilesTask {
    /// `None` looks into the folder that the last export went to.
    Look(Option<PathBuf>),
    MakeFolder {
        parent: PathBuf,
        name: String,
    },
    Export(Box<ExportJob>, JobControl),
}

/// What came of it.
pub(crate) struct FilesToCoordinator {
    pub instance: InstanceId,
    pub news: FilesNews,
}

pub(crate) enum FilesNews {
    Looked(FolderView),
    Exported {
        request: ExportRequest,
        outcome: Result<Exported, EngineError>,
        /// Of the database that the rows were entered in ([`StoreHandle::generation`]).
        generation: u64,
    },
}

/// The near end of the thread.
pub(crate) struct Files {
    tasks: Option<Sender<CoordinatorToFiles>>,
    thread: Option<JoinHandle<()>>,
    pub reports: Receiver<FilesToCoordinator>,
}

impl Files {
    /// Starts the thread. `takes` is where takes are kept; `faults` hears of its panics.
    pub fn spawn(
        takes: PathBuf,
        store: StoreHandle,
        faults: Sender<ThreadFault>,
    ) -> Result<Self, EngineError> {
        let (tasks, asked) = unbounded();
        let (report, reports) = unbounded();
        let work = FilesThread {
            takes,
            store,
            number: 0,
            exporting: None,
            tasks: asked,
            reports: report,
            faults: FaultReporter::new(NAME, faults),
        };
        let thread = spawn_supervised(NAME, work).map_err(EngineError::Threads)?;
        Ok(Self {
            tasks: Some(tasks),
            thread: Some(thread),
            reports,
        })
    }

    pub fn order(&self, task: CoordinatorToFiles) {
        if let Some(tasks) = &self.tasks
            && tasks.send(task).is_err()
        {
            tracing::error!("the files thread is gone; exports stop until the plugin is reloaded");
        }
    }

    /// Waits for what is at work, until `deadline`.
    pub fn end(&mut self, deadline: Instant) {
        self.tasks = None;
        if let Some(thread) = self.thread.take() {
            threads::join_until(thread, deadline);
        }
    }
}

struct FilesThread {
    takes: PathBuf,
    store: StoreHandle,
    /// How many tasks there were.
    number: u64,
    /// The export at work: who asked for it, and for what.
    exporting: Option<(InstanceId, ExportRequest)>,
    tasks: Receiver<CoordinatorToFiles>,
    reports: Sender<FilesToCoordinator>,
    faults: FaultReporter,
}

impl Supervised for FilesThread {
    fn run(&mut self) {
        while let Ok(task) = self.tasks.recv() {
            self.number += 1;
            let instance = task.instance;
            let news = self.carry_out(task);
            self.exporting = None;
            let report = FilesToCoordinator { instance, news };
            // The coordinator outlives this thread, so a report that finds no reader means that everything shuts down.
            if self.reports.send(report).is_err() {
                return;
            }
        }
    }

    fn recover(&mut self) {
        self.fail_export(EngineError::Internal);
        self.faults.report(FaultOutcome::Restarted);
    }

    fn stay_down(&mut self) {
        self.fail_export(EngineError::Stopped);
        self.faults.report(FaultOutcome::Stopped);
        while let Ok(task) = self.tasks.recv() {
            if let FilesTask::Export(export, _) = task.task {
                self.exporting = Some((task.instance, export.request));
                self.fail_export(EngineError::Stopped);
            }
        }
    }
}

impl FilesThread {
    fn carry_out(&mut self, asked: CoordinatorToFiles) -> FilesNews {
        let (takes, store, number) = (&self.takes, &self.store, self.number);
        let found = match asked.task {
            FilesTask::Look(folder) => folders::look(folder, takes, store),
            FilesTask::MakeFolder { parent, name } => folders::make(&parent, &name, takes, store),
            FilesTask::Export(export, job) => {
                self.exporting = Some((asked.instance, export.request.clone()));
                let generation = store.generation();
                let outcome = job.go_on().and_then(|()| export.run(store, &job));
                return FilesNews::Exported {
                    request: export.request,
                    outcome,
                    generation,
                };
            }
        };
        FilesNews::Looked(FolderView { number, ..found })
    }

    /// Tells whoever waits for the export at work that it failed.
    fn fail_export(&mut self, why: EngineError) {
        if let Some((instance, request)) = self.exporting.take() {
            // Nobody listens any more when everything shuts down.
            let news = FilesNews::Exported {
                request,
                outcome: Err(why),
                generation: self.store.generation(),
            };
            drop(self.reports.send(FilesToCoordinator { instance, news }));
        }
    }
}
