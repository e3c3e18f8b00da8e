//! The worker's thread: takes jobs in order, works off live changes whenever no job waits, and reports to the coordinator.

mod follow;
mod jobs;
mod messages;
mod queue;
mod storage;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use follow::work_off;
use jobs::{scan_all, train};
pub(crate) use messages::{CoordinatorToWorker, WorkerToCoordinator};
use queue::Backlog;

use super::Worker;
use crate::job::JobControl;

/// Works until every sender of tasks is gone. `leash` ends the live scan before that.
pub(crate) fn run(
    mut worker: Worker,
    tasks: &Receiver<CoordinatorToWorker>,
    reports: &Sender<WorkerToCoordinator>,
    leash: &JobControl,
) {
    let mut backlog = Backlog::default();
    loop {
        let sent = match next_task(tasks, &backlog, leash) {
            Ok(task) => take(&mut worker, &mut backlog, task, reports),
            Err(RecvTimeoutError::Timeout) => work_off(&mut worker, &mut backlog, reports, leash),
            Err(RecvTimeoutError::Disconnected) => return keep_all(&mut worker, &backlog),
        };
        let sent = sent.and_then(|()| {
            let mut notices = worker.take_notices().into_iter();
            notices.try_for_each(|text| report(reports, WorkerToCoordinator::Notice { text }))
        });
        // The coordinator outlives the worker, so a report that finds no reader means that all is coming down.
        if sent.is_err() {
            return;
        }
    }
}

/// A timeout means that no task came, but something waits. On a short leash nothing that waits is begun any more.
fn next_task(
    tasks: &Receiver<CoordinatorToWorker>,
    backlog: &Backlog,
    leash: &JobControl,
) -> Result<CoordinatorToWorker, RecvTimeoutError> {
    match backlog.patience().filter(|_| !leash.is_cancelled()) {
        Some(patience) => tasks.recv_timeout(patience),
        None => tasks.recv().map_err(|_| RecvTimeoutError::Disconnected),
    }
}

/// What the live scan did not come to the end of is a matter of reading the cache next time.
fn keep_all(worker: &mut Worker, backlog: &Backlog) {
    for (change, request) in backlog.follows() {
        if let Err(error) = worker.keep(change, &request.model) {
            tracing::warn!("what was embedded is computed again: {error}");
        }
    }
}

fn take(
    worker: &mut Worker,
    backlog: &mut Backlog,
    task: CoordinatorToWorker,
    reports: &Sender<WorkerToCoordinator>,
) -> Sent {
    match task {
        CoordinatorToWorker::Follow {
            instance,
            change,
            request,
        } => backlog.add_follow(instance, change, request),
        CoordinatorToWorker::Waveform { instance, change } => backlog.add_peaks(instance, change),
        CoordinatorToWorker::Scan {
            instance,
            requests,
            job,
        } => {
            backlog.note_all(worker);
            scan_all(worker, instance, &requests, &job, reports)?;
            return report(reports, WorkerToCoordinator::JobEnded { instance });
        }
        CoordinatorToWorker::Train {
            instance,
            plan,
            then_scan,
            job,
        } => {
            backlog.note_all(worker);
            train(worker, instance, &plan, &then_scan, &job, reports)?;
            return report(reports, WorkerToCoordinator::JobEnded { instance });
        }
        CoordinatorToWorker::Novelty { instance, request } => {
            return match worker.novelty(&request) {
                Ok(by_region) => report(
                    reports,
                    WorkerToCoordinator::Novelty {
                        instance,
                        by_region,
                    },
                ),
                Err(error) => {
                    // The database's state is told elsewhere, and without an answer uncertainty stands in.
                    tracing::debug!("no novelty: {error}");
                    Ok(())
                }
            };
        }
        CoordinatorToWorker::Prove {
            instance,
            request,
            job,
        } => {
            let by_version = worker.proof(&request, &job);
            // Whoever cancelled it, or is told the database's state, needs no words here.
            let by_version = by_version.inspect_err(|error| tracing::debug!("no proof: {error}"));
            let proved = WorkerToCoordinator::Proved {
                instance,
                request,
                by_version: by_version.ok(),
            };
            return report(reports, proved);
        }
        CoordinatorToWorker::BackUp => backlog.add_back_up(),
        CoordinatorToWorker::Survey { instance, in_use } => {
            return report(reports, storage::survey(worker, instance, &in_use));
        }
        CoordinatorToWorker::TrimCache { in_use } => {
            if let Err(error) = worker.trim_cache(&in_use) {
                // The database's state is told elsewhere, and a day later it is tried again.
                tracing::debug!("no embeddings go by themselves: {error}");
            }
        }
        CoordinatorToWorker::EmptyCache { instance } => {
            return report(reports, storage::empty_cache(worker, instance));
        }
        CoordinatorToWorker::FindRecordings {
            instance,
            profile,
            folder,
            job,
        } => {
            let outcome = match worker.find_recordings(&profile, &folder, &job) {
                Ok(found) => WorkerToCoordinator::RecordingsFound { instance, found },
                Err(error) => WorkerToCoordinator::Failed { instance, error },
            };
            report(reports, outcome)?;
            return report(reports, WorkerToCoordinator::JobEnded { instance });
        }
        CoordinatorToWorker::Remember {
            recording,
            fingerprint,
        } => worker.remember(&recording, fingerprint),
        CoordinatorToWorker::Forget(path) => {
            if !backlog.forget(&path) {
                worker.forget(&path);
            }
        }
    }
    Ok(())
}

/// The coordinator is gone: there is nobody to work for.
struct DeskGone;

type Sent = Result<(), DeskGone>;

fn report(reports: &Sender<WorkerToCoordinator>, report: WorkerToCoordinator) -> Sent {
    reports.send(report).map_err(|_| DeskGone)
}
