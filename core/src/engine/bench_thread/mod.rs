//! The bench's thread: takes jobs in order, works off live changes whenever no job waits, and reports to the desk.

mod backlog;
mod storage;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use backlog::{Backlog, Piece};

use super::bench::{
    Bench, Finished, LiveChange, NoveltyRequest, PeakChange, ScanOutcome, ScanRequest,
    TrainOutcome, TrainPlan,
};
use super::instance::InstanceId;
use super::recording::Recording;
use super::survey::Survey;
use super::view::Waveform;
use super::{EngineError, JobControl};
use crate::scan::WindowScores;
use crate::store::{RegionId, ResolvedSources, StoreError};

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
    Novelty {
        instance: InstanceId,
        request: NoveltyRequest,
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
    /// Look at what is kept; takes in use are not spare.
    Survey {
        instance: InstanceId,
        in_use: HashSet<String>,
    },
    EmptyCache {
        instance: InstanceId,
    },
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
    /// How far the live scan is behind what was recorded of a take.
    Behind {
        instance: InstanceId,
        filename: String,
        seconds: f64,
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
        outcome: Box<TrainOutcome>,
    },
    Waveform {
        instance: InstanceId,
        filename: String,
        waveform: Arc<Waveform>,
    },
    /// Answers [`BenchTask::Novelty`].
    Novelty {
        instance: InstanceId,
        by_region: HashMap<RegionId, f32>,
    },
    RecordingsFound {
        instance: InstanceId,
        found: ResolvedSources,
    },
    Surveyed {
        instance: InstanceId,
        survey: Arc<Survey>,
    },
    CacheEmptied {
        instance: InstanceId,
        bytes: u64,
    },
    Failed {
        instance: InstanceId,
        error: EngineError,
    },
    NotBackedUp {
        error: StoreError,
    },
    /// Something about a model that was opened, for every window.
    Notice {
        text: String,
    },
    /// The job of `Scan`, `Train` or `FindRecordings` is over, whatever came of it.
    JobEnded {
        instance: InstanceId,
    },
}

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
        BenchTask::BackUp => backlog.add_back_up(),
        BenchTask::Survey { instance, in_use } => {
            return report(reports, storage::survey(bench, instance, &in_use));
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

fn work_off(
    bench: &mut Bench,
    backlog: &mut Backlog,
    reports: &Sender<BenchReport>,
    leash: &JobControl,
) -> Sent {
    match backlog.take() {
        Some(Piece::Peaks(instance, change)) => match bench.waveform(&change) {
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
        },
        Some(Piece::Follow(instance, change, request)) => {
            // For every model that knows the take, and before anything can fail.
            bench.note(&change);
            let (recording, model) = (change.recording.clone(), request.model.clone());
            let followed = follow_piece(bench, backlog, instance, change, request, leash);
            let behind = BenchReport::Behind {
                instance,
                seconds: bench.behind_s(&recording.path, &model),
                filename: recording.filename,
            };
            match followed {
                Ok(Some(news)) => report(reports, news).and_then(|()| report(reports, behind)),
                Ok(None) => report(reports, behind),
                // Nobody has cancelled it but the end of everything.
                Err(EngineError::Cancelled) => Ok(()),
                Err(error) => report(reports, BenchReport::Failed { instance, error }),
            }
        }
        Some(Piece::BackUp) => match bench.back_up_if_due(leash) {
            Err(error @ StoreError::Backup { .. }) => {
                report(reports, BenchReport::NotBackedUp { error })
            }
            Err(error) => {
                // The state of the database itself, which is told where it keeps somebody from something.
                tracing::debug!("no backup now: {error}");
                Ok(())
            }
            Ok(_) => Ok(()),
        },
        None => Ok(()),
    }
}

/// Follows a change; after a failure the live scan rests, and what ends a take is kept for another try.
fn follow_piece(
    bench: &mut Bench,
    backlog: &mut Backlog,
    instance: InstanceId,
    change: LiveChange,
    request: ScanRequest,
    leash: &JobControl,
) -> Result<Option<BenchReport>, EngineError> {
    let path = change.recording.path.clone();
    let end = change.finished.then(|| (change.clone(), request.clone()));
    let rest = LiveChange {
        frames: 0..0, // noted
        ..change.clone()
    };
    let followed = follow(bench, instance, change, &request, leash);
    if followed.is_err() {
        backlog.rest();
    }
    match (end, &followed) {
        (_, Ok((_, true))) => backlog.add_follow(instance, rest, request),
        // On a short leash what was embedded waits to be kept.
        (_, Err(EngineError::Cancelled)) => backlog.add_follow(instance, rest, request),
        // The version that the take's end makes is not lost with a full disk.
        (Some((change, request)), Err(error)) if error.is_mendable() => {
            backlog.add_follow(instance, change, request);
        }
        _ => {
            if backlog.forgets_after(&path) {
                bench.forget(&path);
            }
        }
    }
    followed.map(|(news, _)| news)
}

/// The desk is gone: there is nobody to work for.
struct DeskGone;

type Sent = Result<(), DeskGone>;

fn report(reports: &Sender<BenchReport>, report: BenchReport) -> Sent {
    reports.send(report).map_err(|_| DeskGone)
}

/// Follows a change for a while; true when there is more to follow.
fn follow(
    bench: &mut Bench,
    instance: InstanceId,
    change: LiveChange,
    request: &ScanRequest,
    leash: &JobControl,
) -> Result<(Option<BenchReport>, bool), EngineError> {
    let news = |scores: Option<Arc<WindowScores>>| {
        scores.map(|scores| BenchReport::Scores {
            instance,
            request: request.clone(),
            scores,
        })
    };
    if !change.finished {
        let followed = bench.follow(&change, &request.profile, &request.model, leash)?;
        return Ok((news(followed.scores), followed.has_more));
    }
    let outcome = bench.finish(&change, request, leash)?;
    let filename = change.recording.filename;
    Ok(match outcome {
        Finished::NotYet(scores) => (news(scores), true),
        Finished::NothingNew => (Some(BenchReport::NothingNew { instance, filename }), false),
        Finished::Saved(outcome) => {
            let outcomes = vec![(filename, outcome)];
            let news = BenchReport::Scanned {
                instance,
                outcomes,
                asked_for: false,
            };
            (Some(news), false)
        }
    })
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
    for (index, request) in requests.iter().enumerate() {
        job.share(index, requests.len());
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
            let outcome = Box::new(outcome);
            report(reports, BenchReport::Trained { instance, outcome })?;
            scan_all(bench, instance, then_scan, job, reports)
        }
        Err(error) => report(reports, BenchReport::Failed { instance, error }),
    }
}
