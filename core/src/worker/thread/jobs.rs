//! The jobs that somebody asked for and waits for: scans of several recordings, and a training with its scans. Worker thread.

use std::path::Path;

use crossbeam_channel::Sender;

use super::{Sent, WorkerToCoordinator, report};
use crate::audio::bwf::BwfReader;
use crate::job::JobControl;
use crate::protocol::InstanceId;
use crate::worker::{ScanRequest, TrainPlan, Worker};

pub(super) fn scan_all(
    worker: &mut Worker,
    instance: InstanceId,
    requests: &[ScanRequest],
    job: &JobControl,
    reports: &Sender<WorkerToCoordinator>,
) -> Sent {
    let lengths = lengths_s(requests);
    let mut outcomes = Vec::new();
    let mut failure = None;
    for (index, request) in requests.iter().enumerate() {
        job.share(index, &lengths);
        match worker.scan(request, job) {
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
        WorkerToCoordinator::Scanned {
            instance,
            outcomes,
            asked_for: true,
        },
    )?;
    match failure {
        Some(error) => report(reports, WorkerToCoordinator::Failed { instance, error }),
        None => Ok(()),
    }
}

/// How long the recordings are, in seconds, for what they weigh in the progress. All are takes, whose headers tell; should one
/// not be read, they weigh the same.
fn lengths_s(requests: &[ScanRequest]) -> Vec<f64> {
    let lengths = requests.iter().map(|request| {
        let take = BwfReader::open(&request.recording.path).ok()?;
        Some(take.frames() as f64 / f64::from(take.rate().hz()))
    });
    let lengths: Option<Vec<f64>> = lengths.collect();
    lengths.unwrap_or_else(|| vec![1.0; requests.len()])
}

/// A training that somebody asked for, and the scans that follow it.
pub(super) struct Training {
    pub instance: InstanceId,
    pub plan: TrainPlan,
    pub then_scan: Vec<ScanRequest>,
}

pub(super) fn train(
    worker: &mut Worker,
    mut asked: Training,
    job: &JobControl,
    reports: &Sender<WorkerToCoordinator>,
) -> Sent {
    let instance = asked.instance;
    let trained = worker
        .lend_background(&mut asked.plan)
        .and_then(|()| worker.train(&asked.plan, job));
    match trained {
        Ok(outcome) => {
            let outcome = Box::new(outcome);
            report(reports, WorkerToCoordinator::Trained { instance, outcome })?;
            scan_all(worker, instance, &asked.then_scan, job, reports)
        }
        Err(error) => report(reports, WorkerToCoordinator::Failed { instance, error }),
    }
}

/// Searches `folder` for the recordings that `profile` misses.
pub(super) fn find_recordings(
    worker: &mut Worker,
    instance: InstanceId,
    (profile, folder): (&str, &Path),
    job: &JobControl,
) -> WorkerToCoordinator {
    match worker.find_recordings(profile, folder, job) {
        Ok(found) => WorkerToCoordinator::RecordingsFound { instance, found },
        Err(error) => WorkerToCoordinator::Failed { instance, error },
    }
}
