//! The bench's thread: takes jobs in order, works off live changes whenever no job waits, and reports to the desk.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use super::bench::{
    Bench, LiveChange, PeakChange, ScanOutcome, ScanRequest, TrainOutcome, TrainPlan,
};
use super::instance::InstanceId;
use super::recording::Recording;
use super::view::Waveform;
use super::{EngineError, JobControl};
use crate::scan::WindowScores;
use crate::store::{ResolvedSources, StoreError};

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
    FindRecordings {
        instance: InstanceId,
        profile: String,
        folder: PathBuf,
        job: JobControl,
    },
    /// A take that the recorder may write into from now on, and what its file was like before.
    Remember {
        recording: Recording,
        fingerprint: String,
    },
    Forget(PathBuf),
    /// Make today's backup copy of the database, unless there is one.
    BackUp,
}

/// What came of a task.
pub(super) enum BenchReport {
    Scores {
        instance: InstanceId,
        /// What was scored, for which profile and by which model.
        request: ScanRequest,
        scores: Arc<WindowScores>,
    },
    /// A take came to its end, and the newest version says all there is to say.
    NothingNew {
        instance: InstanceId,
        filename: String,
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
    RecordingsFound {
        instance: InstanceId,
        found: ResolvedSources,
    },
    Failed {
        instance: InstanceId,
        error: EngineError,
    },
    NotBackedUp {
        error: StoreError,
    },
    /// The job of `Scan`, `Train` or `FindRecordings` is over, whatever came of it.
    JobEnded {
        instance: InstanceId,
    },
}

/// What waits until no job does, one entry per take and instance: newer changes are merged into older ones.
#[derive(Default)]
struct Waiting {
    follows: HashMap<(PathBuf, InstanceId), (LiveChange, ScanRequest)>,
    peaks: HashMap<(PathBuf, InstanceId), PeakChange>,
    /// The live scan failed and rests until then: it would fail again, many times a second.
    follow_again: Option<Instant>,
    /// Somebody asked for a backup copy; it comes after everything that is waited for.
    back_up: bool,
    /// Takes whose instance is gone, to be forgotten when their end was scanned.
    forget_after: HashSet<PathBuf>,
}

/// How long the live scan rests after a failure.
const REST: Duration = Duration::from_secs(5);
/// How soon a resting live scan is thought of again when nothing else happens.
const NAP: Duration = Duration::from_millis(500);

/// Works until every sender of tasks is gone. `leash` ends a live scan at work before that.
pub(super) fn run(
    mut bench: Bench,
    tasks: &Receiver<BenchTask>,
    reports: &Sender<BenchReport>,
    leash: &JobControl,
) {
    let mut waiting = Waiting::default();
    loop {
        let sent = match next_task(tasks, &waiting) {
            Next::Ended => return,
            Next::Task(task) => take(&mut bench, &mut waiting, task, reports),
            Next::Waiting => work_off(&mut bench, &mut waiting, reports, leash),
        };
        // The desk outlives the bench, so a report that finds no reader means that all is coming down.
        if sent.is_err() {
            return;
        }
    }
}

enum Next {
    Task(BenchTask),
    /// No task, but something waits.
    Waiting,
    Ended,
}

fn next_task(tasks: &Receiver<BenchTask>, waiting: &Waiting) -> Next {
    if waiting.follows.is_empty() && waiting.peaks.is_empty() && !waiting.back_up {
        return tasks.recv().map_or(Next::Ended, Next::Task);
    }
    let patience = if waiting.peaks.is_empty() && !waiting.back_up && waiting.is_resting() {
        NAP
    } else {
        Duration::ZERO
    };
    match tasks.recv_timeout(patience) {
        Ok(task) => Next::Task(task),
        Err(RecvTimeoutError::Timeout) => Next::Waiting,
        Err(RecvTimeoutError::Disconnected) => Next::Ended,
    }
}

fn take(
    bench: &mut Bench,
    waiting: &mut Waiting,
    task: BenchTask,
    reports: &Sender<BenchReport>,
) -> Sent {
    match task {
        BenchTask::Follow {
            instance,
            change,
            request,
        } => waiting.add_follow(instance, change, request),
        BenchTask::Waveform { instance, change } => waiting.add_peaks(instance, change),
        BenchTask::Scan {
            instance,
            requests,
            job,
        } => {
            waiting.note_all(bench);
            scan_all(bench, instance, &requests, &job, reports)?;
            return report(reports, BenchReport::JobEnded { instance });
        }
        BenchTask::Train {
            instance,
            plan,
            then_scan,
            job,
        } => {
            waiting.note_all(bench);
            train(bench, instance, &plan, &then_scan, &job, reports)?;
            return report(reports, BenchReport::JobEnded { instance });
        }
        BenchTask::BackUp => waiting.back_up = true,
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
            if !waiting.forget(&path) {
                bench.forget(&path);
            }
        }
    }
    Ok(())
}

/// One piece of what waits: peaks first, they are quick and seen at once.
fn work_off(
    bench: &mut Bench,
    waiting: &mut Waiting,
    reports: &Sender<BenchReport>,
    leash: &JobControl,
) -> Sent {
    if let Some(((_, instance), change)) = take_any(&mut waiting.peaks) {
        return match bench.waveform(&change) {
            Ok(waveform) => {
                let filename = change.recording.filename;
                report(
                    reports,
                    BenchReport::Waveform {
                        instance,
                        filename,
                        waveform,
                    },
                )
            }
            Err(error) => report(reports, BenchReport::Failed { instance, error }),
        };
    }
    if waiting.back_up && (waiting.follows.is_empty() || waiting.is_resting()) {
        waiting.back_up = false;
        return match bench.back_up_if_due(leash) {
            Err(error @ StoreError::Backup { .. }) => {
                report(reports, BenchReport::NotBackedUp { error })
            }
            Err(error) => {
                // The state of the database itself, which is told where it keeps somebody from something.
                tracing::debug!("no backup now: {error}");
                Ok(())
            }
            Ok(_) => Ok(()),
        };
    }
    if waiting.is_resting() {
        return Ok(());
    }
    let Some(((_, instance), (change, request))) = take_any(&mut waiting.follows) else {
        return Ok(());
    };
    // For every model that knows the take, and before anything can fail.
    bench.note(&change);
    let path = change.recording.path.clone();
    let end = change.finished.then(|| (change.clone(), request.clone()));
    let followed = follow(bench, instance, change, request, leash);
    match (end, &followed) {
        // The version that the take's end makes is not lost with a full disk.
        (Some((change, request)), Err(error)) if error.is_mendable() => {
            waiting.add_follow(instance, change, request);
        }
        _ => {
            if waiting.forget_after.remove(&path) {
                bench.forget(&path);
            }
        }
    }
    match followed {
        Ok(Some(news)) => report(reports, news),
        Ok(None) => Ok(()),
        Err(error) => {
            waiting.follow_again = Some(Instant::now() + REST);
            report(reports, BenchReport::Failed { instance, error })
        }
    }
}

fn take_any<K: Clone + Eq + Hash, V>(map: &mut HashMap<K, V>) -> Option<(K, V)> {
    let key = map.keys().next()?.clone();
    map.remove_entry(&key)
}

impl Waiting {
    fn is_resting(&self) -> bool {
        self.follow_again.is_some_and(|at| Instant::now() < at)
    }

    fn add_follow(&mut self, instance: InstanceId, change: LiveChange, request: ScanRequest) {
        let key = (change.recording.path.clone(), instance);
        let merged = match self.follows.remove(&key) {
            Some((earlier, _)) => LiveChange {
                frames: spanning(earlier.frames, change.frames.clone()),
                finished: earlier.finished || change.finished,
                ..change
            },
            None => change,
        };
        self.follows.insert(key, (merged, request));
    }

    /// Lets the bench know of every change at once, because a job is about to read the takes.
    fn note_all(&mut self, bench: &mut Bench) {
        for (change, _) in self.follows.values_mut() {
            bench.note(change);
            change.frames = 0..0;
        }
    }

    fn add_peaks(&mut self, instance: InstanceId, change: PeakChange) {
        let key = (change.recording.path.clone(), instance);
        let merged = match self.peaks.remove(&key) {
            Some(earlier) => PeakChange {
                seconds: spanning(earlier.seconds, change.seconds.clone()),
                ..change
            },
            None => change,
        };
        self.peaks.insert(key, merged);
    }

    /// Drops what waits for a take, but for its end: that still becomes a version, and the take is forgotten after it.
    /// Returns whether such an end waits.
    fn forget(&mut self, path: &Path) -> bool {
        self.follows
            .retain(|(waiting, _), (change, _)| waiting != path || change.finished);
        self.peaks.retain(|(waiting, _), _| waiting != path);
        let ends = self.follows.keys().any(|(waiting, _)| waiting == path);
        if ends {
            self.forget_after.insert(path.to_owned());
        }
        ends
    }
}

/// The smallest range that holds both; an empty one holds nothing.
fn spanning<T: PartialOrd>(a: Range<T>, b: Range<T>) -> Range<T> {
    if a.is_empty() {
        return b;
    }
    if b.is_empty() {
        return a;
    }
    let start = if a.start < b.start { a.start } else { b.start };
    let end = if a.end > b.end { a.end } else { b.end };
    start..end
}

/// The desk is gone: there is nobody to work for.
struct DeskGone;

type Sent = Result<(), DeskGone>;

fn report(reports: &Sender<BenchReport>, report: BenchReport) -> Sent {
    reports.send(report).map_err(|_| DeskGone)
}

fn follow(
    bench: &mut Bench,
    instance: InstanceId,
    change: LiveChange,
    request: ScanRequest,
    leash: &JobControl,
) -> Result<Option<BenchReport>, EngineError> {
    if change.finished {
        let outcome = bench.finish(&change, &request, leash)?;
        let filename = change.recording.filename;
        return Ok(Some(match outcome {
            Some(outcome) => BenchReport::Scanned {
                instance,
                outcomes: vec![(filename, outcome)],
                asked_for: false,
            },
            None => BenchReport::NothingNew { instance, filename },
        }));
    }
    let scores = bench.follow(&change, &request.profile, &request.model, leash)?;
    Ok(scores.map(|scores| BenchReport::Scores {
        instance,
        request,
        scores,
    }))
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
            // One recording that cannot be read does not keep the others from being scanned.
            Err(error) if error.is_about_one_recording() => failure = Some(error),
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
