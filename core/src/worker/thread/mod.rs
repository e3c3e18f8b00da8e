//! The worker's thread: takes jobs in order, works off live changes whenever no job waits, and reports to the coordinator.
//!
//! A panic ends the job at work and throws the worker's memory away: models are opened and embeddings read anew. What waits is
//! still done.

mod changes;
mod disk_space;
mod follow;
mod jobs;
mod messages;
mod queue;

use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use changes::Arriving;
use follow::work_off;
use jobs::{find_recordings, scan_all, train};
pub(crate) use messages::{CoordinatorToWorker, WorkerToCoordinator};
use queue::Backlog;

use super::{LiveChange, PeakChange, ScanRequest, Worker};
use crate::job::JobControl;
use crate::protocol::{EngineError, InstanceId};
use crate::recording::Recording;
use crate::threads::{FaultOutcome, FaultReporter, Supervised, ThreadFault, spawn_supervised};

/// The thread's name.
pub(crate) const NAME: &str = "earmark-worker";

/// The coordinator's end of the thread: tasks in their order, and live changes, of which one per take waits however long the
/// worker is busy.
pub(crate) struct ToWorker {
    tasks: Sender<CoordinatorToWorker>,
    changes: Arriving,
}

impl ToWorker {
    /// Gives the worker a task, behind all others.
    pub fn send(&self, task: CoordinatorToWorker) {
        if self.tasks.send(task).is_err() {
            tracing::error!(
                "the worker is gone; scans and training stop until the plugin is reloaded"
            );
        }
    }

    /// A take changed, and is to be scanned.
    pub fn follow(&self, instance: InstanceId, change: LiveChange, request: ScanRequest) {
        self.add(|changes| changes.add_follow(instance, change, request));
    }

    /// A take is to be drawn, all of it or where it changed.
    pub fn draw(&self, instance: InstanceId, change: PeakChange) {
        self.add(|changes| changes.add_peaks(instance, change));
    }

    /// The recorder may write from now on into a take, whose file was in this state before.
    pub fn remember(&self, recording: Recording, fingerprint: String) {
        self.add(|changes| changes.remembered.push((recording, fingerprint)));
    }

    fn add(&self, add: impl FnOnce(&mut changes::Changes)) {
        if self.changes.add(add) {
            self.send(CoordinatorToWorker::TakeChanges);
        }
    }

    /// How many tasks and live changes the worker has not taken yet.
    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.tasks.len() + self.changes.len()
    }
}

/// Starts the thread. It works until what gives it tasks is gone; `closing` ends the live scan before that.
///
/// # Errors
/// When the system refuses a thread.
pub(crate) fn spawn(
    worker: Worker,
    reports: Sender<WorkerToCoordinator>,
    faults: Sender<ThreadFault>,
    closing: JobControl,
) -> std::io::Result<(ToWorker, JoinHandle<()>)> {
    let (to_worker, tasks) = unbounded();
    let changes = Arriving::default();
    let thread = WorkerThread {
        worker,
        backlog: Backlog::default(),
        job_of: None,
        tasks,
        changes: changes.clone(),
        reports,
        faults: FaultReporter::new(NAME, faults),
        closing,
    };
    let thread = spawn_supervised(NAME, thread)?;
    let tasks = to_worker;
    Ok((ToWorker { tasks, changes }, thread))
}

struct WorkerThread {
    worker: Worker,
    backlog: Backlog,
    /// Who waits for the job at work.
    job_of: Option<InstanceId>,
    tasks: Receiver<CoordinatorToWorker>,
    changes: Arriving,
    reports: Sender<WorkerToCoordinator>,
    faults: FaultReporter,
    closing: JobControl,
}

impl Supervised for WorkerThread {
    fn run(&mut self) {
        loop {
            let next = self.next_task();
            self.backlog.take_in(self.changes.take(), &mut self.worker);
            let sent = match next {
                Ok(task) => self.take(task),
                Err(RecvTimeoutError::Timeout) => work_off(
                    &mut self.worker,
                    &mut self.backlog,
                    &self.reports,
                    &self.closing,
                ),
                Err(RecvTimeoutError::Disconnected) => return self.keep_all(),
            };
            let sent = sent.and_then(|()| {
                let mut notices = self.worker.take_notices().into_iter();
                let reports = &self.reports;
                notices.try_for_each(|text| report(reports, WorkerToCoordinator::Notice { text }))
            });
            // The coordinator outlives the worker, so a report that finds no reader means that everything shuts down.
            if sent.is_err() {
                return;
            }
        }
    }

    fn recover(&mut self) {
        self.fail_job(|| EngineError::Internal);
        // The old one is half changed.
        self.worker = self.worker.anew();
        self.faults.report(FaultOutcome::Restarted);
    }

    fn stay_down(&mut self) {
        self.fail_job(|| EngineError::Stopped);
        self.faults.report(FaultOutcome::Stopped);
        while let Ok(task) = self.tasks.recv() {
            self.job_of = job_of(&task);
            self.fail_job(|| EngineError::Stopped);
        }
    }
}

impl WorkerThread {
    /// A timeout means that no task came, but something waits. While everything shuts down nothing that waits is begun.
    fn next_task(&self) -> Result<CoordinatorToWorker, RecvTimeoutError> {
        let patience = self.backlog.patience();
        match patience.filter(|_| !self.closing.is_cancelled()) {
            Some(patience) => self.tasks.recv_timeout(patience),
            None => self
                .tasks
                .recv()
                .map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    /// Keeps what was embedded of changes that the live scan did not come to the end of: then the next scan only reads the cache.
    fn keep_all(&mut self) {
        for (change, request) in self.backlog.follows() {
            if let Err(error) = self.worker.keep(change, &request.model) {
                tracing::warn!("what was embedded is computed again: {error}");
            }
        }
    }

    /// Tells whoever waits for the job at work that it failed.
    fn fail_job(&mut self, why: impl FnOnce() -> EngineError) {
        if let Some(instance) = self.job_of.take() {
            let failed = WorkerToCoordinator::Failed {
                instance,
                error: why(),
            };
            let sent = report(&self.reports, failed);
            // Nobody listens any more when everything shuts down.
            drop(
                sent.and_then(|()| {
                    report(&self.reports, WorkerToCoordinator::JobEnded { instance })
                }),
            );
        }
    }

    fn take(&mut self, task: CoordinatorToWorker) -> Sent {
        let Some(instance) = job_of(&task) else {
            return self.answer(task);
        };
        self.job_of = Some(instance);
        self.do_job(task)?;
        self.job_of = None;
        report(&self.reports, WorkerToCoordinator::JobEnded { instance })
    }

    /// Does what somebody waits for.
    fn do_job(&mut self, task: CoordinatorToWorker) -> Sent {
        let (worker, reports) = (&mut self.worker, &self.reports);
        match task {
            CoordinatorToWorker::Scan {
                instance,
                requests,
                job,
            } => {
                self.backlog.note_all(worker);
                scan_all(worker, instance, &requests, &job, reports)
            }
            CoordinatorToWorker::Train {
                instance,
                plan,
                then_scan,
                job,
            } => {
                self.backlog.note_all(worker);
                let asked = jobs::Training {
                    instance,
                    plan,
                    then_scan,
                };
                train(worker, asked, &job, reports)
            }
            CoordinatorToWorker::FindRecordings {
                instance,
                profile,
                folder,
                job,
            } => report(
                reports,
                find_recordings(worker, instance, (&profile, &folder), &job),
            ),
            #[cfg(test)]
            CoordinatorToWorker::Panic { .. } => std::panic::panic_any("injected by a test"),
            _ => Ok(()),
        }
    }

    /// What is done at once, and what is put behind all jobs.
    fn answer(&mut self, task: CoordinatorToWorker) -> Sent {
        match task {
            // They were taken in with the message.
            CoordinatorToWorker::TakeChanges => {}
            CoordinatorToWorker::BackUp => self.backlog.add_back_up(),
            #[cfg(test)]
            CoordinatorToWorker::Hold(until) => until.recv().unwrap_or_default(),
            CoordinatorToWorker::Forget(path) => {
                if !self.backlog.forget(&path) {
                    self.worker.forget(&path);
                }
            }
            CoordinatorToWorker::TrimCache { in_use } => {
                if let Err(error) = self.worker.trim_cache(&in_use) {
                    // The window shows the database's state elsewhere, and a day later it is tried again.
                    tracing::debug!("no embeddings are deleted: {error}");
                }
            }
            question => return self.answer_question(question),
        }
        Ok(())
    }

    /// What somebody is shown the answer to.
    fn answer_question(&mut self, question: CoordinatorToWorker) -> Sent {
        let worker = &mut self.worker;
        let answer = match question {
            CoordinatorToWorker::Novelty { instance, request } => {
                let novelty = worker.novelty(&request);
                // The window shows the database's state elsewhere; without an answer it goes by uncertainty.
                let novelty = novelty.inspect_err(|error| tracing::debug!("no novelty: {error}"));
                let Ok(by_region) = novelty else {
                    return Ok(());
                };
                WorkerToCoordinator::Novelty {
                    instance,
                    by_region,
                }
            }
            CoordinatorToWorker::Prove {
                instance,
                request,
                job,
            } => {
                let by_version = worker.proof(&request, &job);
                // Whoever cancelled it, or sees the database's state, needs no words here.
                let by_version =
                    by_version.inspect_err(|error| tracing::debug!("no proof: {error}"));
                WorkerToCoordinator::Proved {
                    instance,
                    request,
                    by_version: by_version.ok(),
                }
            }
            CoordinatorToWorker::Survey { instance, in_use } => {
                disk_space::survey(worker, instance, &in_use)
            }
            CoordinatorToWorker::DeleteTakes(task) => WorkerToCoordinator::TakesDeleted {
                outcome: worker.delete_takes(&task),
                task,
            },
            CoordinatorToWorker::EmptyCache { instance } => {
                disk_space::empty_cache(worker, instance)
            }
            _ => return Ok(()),
        };
        report(&self.reports, answer)
    }
}

/// Who waits for `task`, if it is a job: [`WorkerToCoordinator::JobEnded`] ends it.
fn job_of(task: &CoordinatorToWorker) -> Option<InstanceId> {
    match task {
        CoordinatorToWorker::Scan { instance, .. }
        | CoordinatorToWorker::Train { instance, .. }
        | CoordinatorToWorker::FindRecordings { instance, .. } => Some(*instance),
        #[cfg(test)]
        CoordinatorToWorker::Panic { instance } => Some(*instance),
        _ => None,
    }
}

/// The coordinator is gone: there is nobody to work for.
struct CoordinatorGone;

type Sent = Result<(), CoordinatorGone>;

fn report(reports: &Sender<WorkerToCoordinator>, report: WorkerToCoordinator) -> Sent {
    reports.send(report).map_err(|_| CoordinatorGone)
}
