//! The thread of exports and of the choice of folders: it blocks on disks, so that neither a window nor the coordinator does.
//!
//! A thread of its own, because the worker may be at a training while somebody wants a list of what is shown. It sleeps until
//! a task comes, and looks into folders between the exports only. A panic fails the export at work.

use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::{ExportJob, Exported, folders};
use crate::protocol::{EngineError, ExportRequest, FolderView, InstanceId, JobControl};
use crate::store::StoreHandle;
use crate::threads::{
    self, FaultOutcome, FaultReporter, Supervised, ThreadFault, spawn_supervised,
};

/// The thread's name.
pub(crate) const NAME: &str = "earmark-files";

/// What to do, and which instance hears of it.
pub(crate) enum CoordinatorToFiles {
    Look {
        instance: InstanceId,
        /// `None` looks into the one that the last export went to.
        folder: Option<PathBuf>,
    },
    MakeFolder {
        instance: InstanceId,
        parent: PathBuf,
        name: String,
    },
    Export {
        instance: InstanceId,
        export: Box<ExportJob>,
        /// Comes back with the report.
        request: ExportRequest,
        job: JobControl,
    },
}

/// What came of it.
pub(crate) enum FilesToCoordinator {
    Looked {
        instance: InstanceId,
        found: FolderView,
    },
    Exported {
        instance: InstanceId,
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
            let report = self.carry_out(task);
            self.exporting = None;
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
            if let CoordinatorToFiles::Export {
                instance, request, ..
            } = task
            {
                self.exporting = Some((instance, request));
                self.fail_export(EngineError::Stopped);
            }
        }
    }
}

impl FilesThread {
    fn carry_out(&mut self, task: CoordinatorToFiles) -> FilesToCoordinator {
        let (takes, store, number) = (&self.takes, &self.store, self.number);
        match task {
            CoordinatorToFiles::Look { instance, folder } => FilesToCoordinator::Looked {
                instance,
                found: FolderView {
                    number,
                    ..folders::look(folder, takes, store)
                },
            },
            CoordinatorToFiles::MakeFolder {
                instance,
                parent,
                name,
            } => FilesToCoordinator::Looked {
                instance,
                found: FolderView {
                    number,
                    ..folders::make(&parent, &name, takes, store)
                },
            },
            CoordinatorToFiles::Export {
                instance,
                export,
                request,
                job,
            } => {
                self.exporting = Some((instance, request.clone()));
                let generation = store.generation();
                let outcome = if job.is_cancelled() {
                    Err(EngineError::Cancelled)
                } else {
                    export.run(store, &job)
                };
                FilesToCoordinator::Exported {
                    instance,
                    request,
                    outcome,
                    generation,
                }
            }
        }
    }

    /// Tells whoever waits for the export at work that it failed.
    fn fail_export(&mut self, why: EngineError) {
        if let Some((instance, request)) = self.exporting.take() {
            // Nobody listens any more when everything shuts down.
            drop(self.reports.send(FilesToCoordinator::Exported {
                instance,
                request,
                outcome: Err(why),
                generation: self.store.generation(),
            }));
        }
    }
}
