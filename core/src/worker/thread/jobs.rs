//! The jobs that somebody asked for and waits for: scans of several recordings, and a training with its scans. Worker thread.

use super::{Reporter, Sent, WorkerNews};
use crate::audio::bwf::BwfReader;
use crate::job::JobControl;
use crate::worker::{SoundsRequest, TrainPlan, Worker};

pub(super) fn scan_all(
    worker: &mut Worker,
    requests: &[SoundsRequest],
    job: &JobControl,
    reporter: Reporter<'_>,
) -> Sent {
    let lengths = lengths_s(requests);
    let mut outcomes = Vec::new();
    let mut failure = None;
    for (index, request) in requests.iter().enumerate() {
        job.share(index, &lengths);
        match worker.scan_sounds(request, job) {
            Ok(saved) => {
                let filename = &request.recording.filename;
                outcomes.extend(saved.into_iter().map(|saved| (filename.clone(), saved)));
            }
            // One recording that cannot be read does not keep the others from being scanned.
            Err(error) if error.is_about_one_recording() => failure = Some(error),
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    reporter.send(WorkerNews::Scanned {
        outcomes,
        asked_for: true,
    })?;
    failure.map_or(Ok(()), |error| reporter.send(WorkerNews::Failed(error)))
}

/// How long the recordings are, in seconds, for what they weigh in the progress. All are takes, whose headers tell; should one
/// not be read, they weigh the same.
fn lengths_s(requests: &[SoundsRequest]) -> Vec<f64> {
    let lengths = requests.iter().map(|request| {
        let take = BwfReader::open(&request.recording.path).ok()?;
        Some(take.frames() as f64 / f64::from(take.rate().hz()))
    });
    let lengths: Option<Vec<f64>> = lengths.collect();
    lengths.unwrap_or_else(|| vec![1.0; requests.len()])
}

/// A training that somebody asked for, and the scans that follow it.
pub(super) fn train(
    worker: &mut Worker,
    (mut plan, then_scan): (TrainPlan, &[SoundsRequest]),
    job: &JobControl,
    reporter: Reporter<'_>,
) -> Sent {
    let trained = worker.lend_background(&mut plan);
    match trained.and_then(|()| worker.train(&plan, job)) {
        Ok(outcome) => {
            reporter.send(WorkerNews::Trained(Box::new(outcome)))?;
            scan_all(worker, then_scan, job, reporter)
        }
        Err(error) => reporter.send(WorkerNews::Failed(error)),
    }
}
