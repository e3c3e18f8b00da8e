//! The bench's thread: takes tasks in order, live changes whenever nothing else waits, and reports to the desk.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, TryRecvError};

use super::bench::{
    Bench, LiveChange, PeakChange, ScanOutcome, ScanRequest, TrainOutcome, TrainPlan,
};
use super::instance::InstanceId;
use super::view::{JobKind, Waveform};
use super::{EngineError, JobControl};
use crate::scan::WindowScores;

/// Work for the bench. Each names the instance that hears of it.
pub(super) enum BenchTask {
    Follow {
        instance: InstanceId,
        change: LiveChange,
        request: ScanRequest,
    },
    Scan {
        instance: InstanceId,
        requests: Vec<ScanRequest>,
        job: JobControl,
    },
    Train {
        instance: InstanceId,
        plan: TrainPlan,
        then_scan: Vec<ScanRequest>,
        job: JobControl,
    },
    Waveform {
        instance: InstanceId,
        change: PeakChange,
    },
    Forget(PathBuf),
}

/// What came of a task.
pub(super) enum BenchReport {
    Scores {
        instance: InstanceId,
        filename: String,
        scores: Arc<WindowScores>,
    },
    Scanned {
        instance: InstanceId,
        /// The versions that were saved, with their recordings' names.
        outcomes: Vec<(String, ScanOutcome)>,
        /// Asked for by the user, rather than by the transport stopping.
        asked_for: bool,
    },
    Trained {
        instance: InstanceId,
        outcome: TrainOutcome,
    },
    Waveform {
        instance: InstanceId,
        filename: String,
        waveform: Arc<Waveform>,
    },
    Failed {
        instance: InstanceId,
        error: EngineError,
    },
    /// The job of `Scan` or `Train` is over, whatever came of it.
    JobEnded { instance: InstanceId },
}

/// A live change that waits, one per take: newer ones are merged into it.
struct Waiting {
    instance: InstanceId,
    change: LiveChange,
    request: ScanRequest,
}

/// Works until every sender of tasks is gone.
pub(super) fn run(mut bench: Bench, tasks: &Receiver<BenchTask>, reports: &Sender<BenchReport>) {
    let mut waiting: HashMap<(PathBuf, InstanceId), Waiting> = HashMap::new();
    loop {
        let task = if waiting.is_empty() {
            match tasks.recv() {
                Ok(task) => Some(task),
                Err(_) => return,
            }
        } else {
            match tasks.try_recv() {
                Ok(task) => Some(task),
                Err(TryRecvError::Empty) => None,
                Err(TryRecvError::Disconnected) => return,
            }
        };
        // The desk outlives the bench, so a report that finds no reader means that all is coming down.
        let sent = match task {
            Some(BenchTask::Follow {
                instance,
                change,
                request,
            }) => {
                merge(&mut waiting, instance, change, request);
                continue;
            }
            Some(BenchTask::Scan {
                instance,
                requests,
                job,
            }) => scan_all(&mut bench, instance, &requests, &job, reports)
                .and_then(|()| report(reports, BenchReport::JobEnded { instance })),
            Some(BenchTask::Train {
                instance,
                plan,
                then_scan,
                job,
            }) => train(&mut bench, instance, &plan, &then_scan, &job, reports)
                .and_then(|()| report(reports, BenchReport::JobEnded { instance })),
            Some(BenchTask::Waveform { instance, change }) => match bench.waveform(&change) {
                Ok(waveform) => report(
                    reports,
                    BenchReport::Waveform {
                        instance,
                        filename: change.recording.filename,
                        waveform,
                    },
                ),
                Err(error) => report(reports, BenchReport::Failed { instance, error }),
            },
            Some(BenchTask::Forget(path)) => {
                waiting.retain(|(waiting_path, _), _| *waiting_path != path);
                bench.forget(&path);
                Ok(())
            }
            None => {
                let next = waiting.keys().next().cloned();
                match next.and_then(|key| waiting.remove(&key)) {
                    Some(next) => follow(&mut bench, &next, reports),
                    None => Ok(()),
                }
            }
        };
        if sent.is_err() {
            return;
        }
    }
}

/// The desk is gone: there is nobody to work for.
struct DeskGone;

type Sent = Result<(), DeskGone>;

fn report(reports: &Sender<BenchReport>, report: BenchReport) -> Sent {
    reports.send(report).map_err(|_| DeskGone)
}

fn merge(
    waiting: &mut HashMap<(PathBuf, InstanceId), Waiting>,
    instance: InstanceId,
    change: LiveChange,
    request: ScanRequest,
) {
    let key = (change.recording.path.clone(), instance);
    match waiting.get_mut(&key) {
        Some(earlier) => {
            let frames = &earlier.change.frames;
            let merged = if frames.is_empty() {
                change.frames.clone()
            } else if change.frames.is_empty() {
                frames.clone()
            } else {
                frames.start.min(change.frames.start)..frames.end.max(change.frames.end)
            };
            *earlier = Waiting {
                instance,
                change: LiveChange {
                    frames: merged,
                    ..change
                },
                request,
            };
        }
        None => {
            waiting.insert(
                key,
                Waiting {
                    instance,
                    change,
                    request,
                },
            );
        }
    }
}

fn follow(bench: &mut Bench, next: &Waiting, reports: &Sender<BenchReport>) -> Sent {
    let instance = next.instance;
    let job = JobControl::new(JobKind::Scanning);
    let filename = next.change.recording.filename.clone();
    if next.change.finished {
        match bench.finish(&next.change, &next.request, &job) {
            Ok(outcome) => report(
                reports,
                BenchReport::Scanned {
                    instance,
                    outcomes: outcome
                        .map(|outcome| (filename, outcome))
                        .into_iter()
                        .collect(),
                    asked_for: false,
                },
            ),
            Err(error) => report(reports, BenchReport::Failed { instance, error }),
        }
    } else {
        match bench.follow(
            &next.change,
            &next.request.profile,
            &next.request.model,
            &job,
        ) {
            Ok(Some(scores)) => report(
                reports,
                BenchReport::Scores {
                    instance,
                    filename,
                    scores,
                },
            ),
            Ok(None) => Ok(()),
            Err(error) => report(reports, BenchReport::Failed { instance, error }),
        }
    }
}

fn scan_all(
    bench: &mut Bench,
    instance: InstanceId,
    requests: &[ScanRequest],
    job: &JobControl,
    reports: &Sender<BenchReport>,
) -> Sent {
    let mut outcomes = Vec::new();
    let mut failure = None;
    for request in requests {
        match bench.scan(request, job) {
            Ok(outcome) => outcomes.push((request.recording.filename.clone(), outcome)),
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    report(
        reports,
        BenchReport::Scanned {
            instance,
            outcomes,
            asked_for: true,
        },
    )?;
    match failure {
        Some(error) => report(reports, BenchReport::Failed { instance, error }),
        None => Ok(()),
    }
}

fn train(
    bench: &mut Bench,
    instance: InstanceId,
    plan: &TrainPlan,
    then_scan: &[ScanRequest],
    job: &JobControl,
    reports: &Sender<BenchReport>,
) -> Sent {
    match bench.train(plan, job) {
        Ok(outcome) => {
            report(reports, BenchReport::Trained { instance, outcome })?;
            scan_all(bench, instance, then_scan, job, reports)
        }
        Err(error) => report(reports, BenchReport::Failed { instance, error }),
    }
}
