//! The thread of exports and of the choice of folders: it blocks on disks, so that neither a window nor the coordinator does.
//!
//! It is a thread of its own, because the user may export a list while the worker trains. It sleeps until a message comes, and
//! reads folders between the exports only.

use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::{ExportJob, Exported, folders};
use crate::job::JobControl;
use crate::protocol::{EngineError, ExportRequest, FolderView, InstanceId};
use crate::store::StoreHandle;
use crate::threads;

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
    /// Starts the thread. `takes` is where takes are kept.
    pub fn spawn(takes: PathBuf, store: StoreHandle) -> Result<Self, EngineError> {
        let (tasks, asked) = unbounded();
        let (report, reports) = unbounded();
        let thread = std::thread::Builder::new()
            .name(String::from("earmark-files"))
            .spawn(move || run(&takes, &store, &asked, &report))
            .map_err(EngineError::Threads)?;
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

fn run(
    takes: &std::path::Path,
    store: &StoreHandle,
    tasks: &Receiver<CoordinatorToFiles>,
    reports: &Sender<FilesToCoordinator>,
) {
    for (number, task) in (1..).zip(tasks) {
        let report = match task {
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
        };
        // The coordinator outlives this thread, so a report that finds no reader means that all is coming down.
        if reports.send(report).is_err() {
            return;
        }
    }
}
