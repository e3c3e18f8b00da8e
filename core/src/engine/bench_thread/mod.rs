//! The bench's thread: takes jobs in order, works off live changes whenever no job waits, and reports to the desk.

mod backlog;
mod jobs;
mod live;
mod messages;
mod storage;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use backlog::Backlog;
use jobs::{scan_all, train};
use live::work_off;
pub(super) use messages::{BenchReport, BenchTask};

use super::JobControl;
use super::bench::Bench;

/// Works until every sender of tasks is gone. `leash` ends the live scan before that.
pub(super) fn run(
    mut bench: Bench,
    tasks: &Receiver<BenchTask>,
    reports: &Sender<BenchReport>,
    leash: &JobControl,
) {
    let mut backlog = Backlog::default();
    loop {
        let sent = match next_task(tasks, &backlog, leash) {
            Ok(task) => take(&mut bench, &mut backlog, task, reports),
            Err(RecvTimeoutError::Timeout) => work_off(&mut bench, &mut backlog, reports, leash),
            Err(RecvTimeoutError::Disconnected) => return keep_all(&mut bench, &backlog),
        };
        let sent = sent.and_then(|()| {
            let mut notices = bench.take_notices().into_iter();
            notices.try_for_each(|text| report(reports, BenchReport::Notice { text }))
        });
        // The desk outlives the bench, so a report that finds no reader means that all is coming down.
        if sent.is_err() {
            return;
        }
    }
}

/// A timeout means that no task came, but something waits. On a short leash nothing that waits is begun any more.
fn next_task(
    tasks: &Receiver<BenchTask>,
    backlog: &Backlog,
    leash: &JobControl,
) -> Result<BenchTask, RecvTimeoutError> {
    match backlog.patience().filter(|_| !leash.is_cancelled()) {
        Some(patience) => tasks.recv_timeout(patience),
        None => tasks.recv().map_err(|_| RecvTimeoutError::Disconnected),
    }
}

/// What the live scan did not come to the end of is a matter of reading the cache next time.
fn keep_all(bench: &mut Bench, backlog: &Backlog) {
    for (change, request) in backlog.follows() {
        if let Err(error) = bench.keep(change, &request.model) {
            tracing::warn!("what was embedded is computed again: {error}");
        }
    }
}

fn take(
    bench: &mut Bench,
    backlog: &mut Backlog,
    task: BenchTask,
    reports: &Sender<BenchReport>,
) -> Sent {
    match task {
        BenchTask::Follow {
            instance,
            change,
            request,
        } => backlog.add_follow(instance, change, request),
        BenchTask::Waveform { instance, change } => backlog.add_peaks(instance, change),
        BenchTask::Scan {
            instance,
            requests,
            job,
        } => {
            backlog.note_all(bench);
            scan_all(bench, instance, &requests, &job, reports)?;
            return report(reports, BenchReport::JobEnded { instance });
        }
        BenchTask::Train {
            instance,
            plan,
            then_scan,
            job,
        } => {
            backlog.note_all(bench);
            train(bench, instance, &plan, &then_scan, &job, reports)?;
            return report(reports, BenchReport::JobEnded { instance });
        }
        BenchTask::Novelty { instance, request } => {
            return match bench.novelty(&request) {
                Ok(by_region) => report(
                    reports,
                    BenchReport::Novelty {
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
        BenchTask::Prove {
            instance,
            request,
            job,
        } => {
            let by_version = bench.proof(&request, &job);
            // Whoever cancelled it, or is told the database's state, needs no words here.
            let by_version = by_version.inspect_err(|error| tracing::debug!("no proof: {error}"));
            let proved = BenchReport::Proved {
                instance,
                request,
                by_version: by_version.ok(),
            };
            return report(reports, proved);
        }
        BenchTask::BackUp => backlog.add_back_up(),
        BenchTask::Survey { instance, in_use } => {
            return report(reports, storage::survey(bench, instance, &in_use));
        }
        BenchTask::TrimCache { in_use } => {
            if let Err(error) = bench.trim_cache(&in_use) {
                // The database's state is told elsewhere, and a day later it is tried again.
                tracing::debug!("no embeddings go by themselves: {error}");
            }
        }
        BenchTask::EmptyCache { instance } => {
            return report(reports, storage::empty_cache(bench, instance));
        }
        BenchTask::FindRecordings {
            instance,
            profile,
            folder,
            job,
        } => {
            let outcome = match bench.find_recordings(&profile, &folder, &job) {
                Ok(found) => BenchReport::RecordingsFound { instance, found },
                Err(error) => BenchReport::Failed { instance, error },
            };
            report(reports, outcome)?;
            return report(reports, BenchReport::JobEnded { instance });
        }
        BenchTask::Remember {
            recording,
            fingerprint,
        } => bench.remember(&recording, fingerprint),
        BenchTask::Forget(path) => {
            if !backlog.forget(&path) {
                bench.forget(&path);
            }
        }
    }
    Ok(())
}

/// The desk is gone: there is nobody to work for.
struct DeskGone;

type Sent = Result<(), DeskGone>;

fn report(reports: &Sender<BenchReport>, report: BenchReport) -> Sent {
    reports.send(report).map_err(|_| DeskGone)
}
