//! The worker's thread: takes jobs in order, works off live changes whenever no job waits, and reports to the coordinator.
//!
//! A panic ends the job at work and throws the worker's memory away: models are opened and embeddings read anew. What waits is
//! still done.

mod changes;
mod follow;
mod jobs;
mod messages;
mod queue;

use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use changes::Arriving;
use follow::work_off;
use jobs::{scan_all, train};
pub(crate) use messages::{
    CoordinatorToWorker, SimilarTask, WorkerNews, WorkerTask, WorkerToCoordinator,
};
use queue::Backlog;

use super::{LiveChange, PeakChange, SoundsRequest, Worker};
use crate::job::{JobControl, RightOfWay};
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
    pub fn follow(&self, instance: InstanceId, change: LiveChange, request: SoundsRequest) {
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
            let (instance, task) = (None, WorkerTask::TakeChanges);
            self.send(CoordinatorToWorker { instance, task });
        }
    }

    /// How many tasks and live changes the worker has not taken yet.
    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.tasks.len() + self.changes.len()
    }
}

/// Starts the thread. It works until what gives it tasks is gone; `closing` ends the live scan before that. While it works it goes first
/// on `way`.
///
/// # Errors
/// When the system refuses a thread.
pub(crate) fn spawn(
    worker: Worker,
    reports: Sender<WorkerToCoordinator>,
    faults: Sender<ThreadFault>,
    closing: JobControl,
    way: RightOfWay,
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
        way,
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
    way: RightOfWay,
}

impl Supervised for WorkerThread {
    fn run(&mut self) {
        loop {
            let next = self.next_task();
            let _goes_first = self.way.take();
            self.backlog.take_in(self.changes.take(), &mut self.worker);
            let sent = match next {
                Ok(task) => self.take(task),
                Err(RecvTimeoutError::Timeout) => {
                    let everybody = Reporter::new(&self.reports, None);
                    let (worker, backlog) = (&mut self.worker, &mut self.backlog);
                    work_off(worker, backlog, everybody, (&self.tasks, &self.closing))
                }
                Err(RecvTimeoutError::Disconnected) => return self.keep_all(),
            };
            let sent = sent.and_then(|()| {
                let mut notices = self.worker.take_notices().into_iter();
                let everybody = Reporter::new(&self.reports, None);
                notices.try_for_each(|text| everybody.send(WorkerNews::Notice { text }))
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
            self.job_of = task.instance.filter(|_| task.task.is_job());
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
            let reporter = Reporter::new(&self.reports, Some(instance));
            let sent = reporter.send(WorkerNews::Failed(why()));
            // Nobody listens any more when everything shuts down.
            drop(sent.and_then(|()| reporter.send(WorkerNews::JobEnded)));
        }
    }

    fn take(&mut self, asked: CoordinatorToWorker) -> Sent {
        let CoordinatorToWorker { instance, task } = asked;
        if !task.is_job() {
            return self.answer(instance, task);
        }
        self.job_of = instance;
        self.do_job(instance, task)?;
        self.job_of = None;
        Reporter::new(&self.reports, instance).send(WorkerNews::JobEnded)
    }

    /// Does what somebody waits for.
    fn do_job(&mut self, instance: Option<InstanceId>, task: WorkerTask) -> Sent {
        let reporter = Reporter::new(&self.reports, instance);
        let worker = &mut self.worker;
        match task {
            WorkerTask::Scan(requests, job) => {
                self.backlog.note_all(worker);
                scan_all(worker, &requests, &job, reporter)
            }
            WorkerTask::Train {
                plan,
                then_scan,
                job,
            } => {
                self.backlog.note_all(worker);
                train(worker, (plan, &then_scan), &job, reporter)
            }
            WorkerTask::FindRecordings {
                profile,
                folder,
                job,
            } => {
                let found = worker.find_recordings(&profile, &folder, &job);
                reporter.send(found.map_or_else(WorkerNews::Failed, WorkerNews::RecordingsFound))
            }
            #[cfg(test)]
            WorkerTask::Panic => std::panic::panic_any("injected by a test"),
            _ => Ok(()),
        }
    }

    /// What is answered at once, and what is put behind all jobs.
    fn answer(&mut self, instance: Option<InstanceId>, task: WorkerTask) -> Sent {
        let worker = &mut self.worker;
        let answer = match task {
            WorkerTask::BackUp => {
                self.backlog.add_back_up();
                None
            }
            WorkerTask::FindSimilar(search) => {
                if let Some(instance) = instance {
                    self.backlog.add_search(instance, search);
                }
                None
            }
            WorkerTask::Forget(path) => {
                if !self.backlog.forget(&path) {
                    worker.forget(&path);
                }
                None
            }
            task => answer_of(worker, task),
        };
        let reporter = Reporter::new(&self.reports, instance);
        answer.map_or(Ok(()), |answer| reporter.send(answer))
    }
}

/// Does what takes a moment; the answer is for the instance that asked.
fn answer_of(worker: &mut Worker, task: WorkerTask) -> Option<WorkerNews> {
    match task {
        #[cfg(test)]
        WorkerTask::Hold(until) => {
            until.recv().unwrap_or_default();
            None
        }
        WorkerTask::TrimCache(in_use) => {
            if let Err(error) = worker.trim_cache(&in_use) {
                // The window shows the database's state elsewhere, and a day later it is tried again.
                tracing::debug!("no embeddings are deleted: {error}");
            }
            None
        }
        WorkerTask::Novelty(request) => {
            // The window shows the database's state elsewhere; without an answer it goes by uncertainty.
            let novelty = worker.novelty(&request);
            let novelty = novelty.inspect_err(|error| tracing::debug!("no novelty: {error}"));
            novelty.ok().map(WorkerNews::Novelty)
        }
        WorkerTask::Prove(question, job) => {
            // Whoever cancelled it, or sees the database's state, needs no words here.
            let by_version = worker.proof(&question.settle(), &job);
            let by_version = by_version.inspect_err(|error| tracing::debug!("no proof: {error}"));
            Some(WorkerNews::Proved(question, by_version.ok()))
        }
        WorkerTask::Survey(in_use) => Some(WorkerNews::Surveyed(Arc::new(worker.survey(&in_use)))),
        WorkerTask::DeleteTakes(task) => {
            let outcome = worker.delete_takes(&task);
            Some(WorkerNews::TakesDeleted { task, outcome })
        }
        WorkerTask::EmptyCache => Some(match worker.empty_cache() {
            Ok(bytes) => WorkerNews::CacheEmptied { bytes },
            Err(error) => WorkerNews::Failed(error.into()),
        }),
        _ => None,
    }
}

/// The coordinator is gone: there is nobody to work for.
struct CoordinatorGone;

type Sent = Result<(), CoordinatorGone>;

/// Reports to one instance, or to everybody.
#[derive(Clone, Copy)]
struct Reporter<'a> {
    reports: &'a Sender<WorkerToCoordinator>,
    instance: Option<InstanceId>,
}

impl<'a> Reporter<'a> {
    fn new(reports: &'a Sender<WorkerToCoordinator>, instance: Option<InstanceId>) -> Self {
        Self { reports, instance }
    }

    /// The same for one instance.
    fn of(self, instance: InstanceId) -> Self {
        Self::new(self.reports, Some(instance))
    }

    fn send(self, news: WorkerNews) -> Sent {
        let instance = self.instance;
        let report = WorkerToCoordinator { instance, news };
        self.reports.send(report).map_err(|_| CoordinatorGone)
    }
}
