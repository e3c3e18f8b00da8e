//! What waits until no job does, a piece at a time: above all the live scan. Worker thread.

use crossbeam_channel::Receiver;

use super::queue::{Backlog, Piece};
use super::{CoordinatorToWorker, Reporter, Sent, SimilarTask, WorkerNews};
use crate::job::JobControl;
use crate::protocol::{EngineError, InstanceId};
use crate::store::StoreError;
use crate::worker::{Finished, LiveChange, SoundScores, SoundsRequest, Worker};

pub(super) fn work_off(
    worker: &mut Worker,
    backlog: &mut Backlog,
    everybody: Reporter<'_>,
    (tasks, closing): (&Receiver<CoordinatorToWorker>, &JobControl),
) -> Sent {
    match backlog.take() {
        Some(Piece::Peaks(instance, change)) => match worker.waveform(&change, closing) {
            Ok((waveform, left)) => {
                if let Some(left) = left {
                    backlog.put_back_peaks(instance, left);
                }
                let filename = change.recording.filename;
                let news = WorkerNews::Waveform(filename, waveform);
                everybody.of(instance).send(news)
            }
            // The coordinator cannot know before it asks: it looks at no disk.
            Err(error) if error.is_about_missing_file() => Ok(()),
            Err(EngineError::Cancelled) => Ok(()),
            Err(error) => everybody.of(instance).send(WorkerNews::Failed(error)),
        },
        Some(Piece::Follow(instance, change, request)) => {
            // For every model that knows the take, and before anything can fail.
            worker.note(&change);
            let (recording, model) = (change.recording.clone(), request.model.clone());
            let followed = follow_piece(worker, backlog, (instance, change, request), closing);
            let reporter = everybody.of(instance);
            match followed {
                Ok(news) => news.map_or(Ok(()), |news| reporter.send(news))?,
                // Nobody has cancelled it but the end of everything.
                Err(EngineError::Cancelled) => return Ok(()),
                Err(error) => return reporter.send(WorkerNews::Failed(error)),
            }
            reporter.send(WorkerNews::Behind {
                seconds: worker.behind_s(&recording.path, &model),
                filename: recording.filename,
            })
        }
        Some(Piece::Search(instance, search)) => {
            let end = (tasks.clone(), closing.clone());
            search_piece(worker, backlog, (instance, search), end, everybody)
        }
        Some(Piece::BackUp) => match worker.back_up_if_due(closing) {
            Err(error @ StoreError::Backup { .. }) => {
                everybody.send(WorkerNews::NotBackedUp(error))
            }
            Err(error) => {
                // The window shows the database's state where it keeps somebody from something.
                tracing::debug!("no backup now: {error}");
                Ok(())
            }
            Ok(_) => Ok(()),
        },
        None => Ok(()),
    }
}

/// Goes on with a search until something else waits.
fn search_piece(
    worker: &mut Worker,
    backlog: &mut Backlog,
    (instance, mut search): (InstanceId, Box<SimilarTask>),
    (tasks, closing): (Receiver<CoordinatorToWorker>, JobControl),
    everybody: Reporter<'_>,
) -> Sent {
    // It may read a take while that is recorded.
    backlog.note_all(worker);
    let SimilarTask { number, work, job } = &mut *search;
    let giving_way = job.giving_way(move || !tasks.is_empty() || closing.is_cancelled());
    let found = worker.similar_further(work, &giving_way);
    let outcome = match found.and_then(|hits| worker.name_hits(hits)) {
        Err(EngineError::Cancelled) if !job.is_cancelled() => {
            backlog.put_back_search(instance, search);
            return Ok(());
        }
        outcome => outcome,
    };
    let number = *number;
    let news = WorkerNews::SimilarFound { number, outcome };
    everybody.of(instance).send(news)
}

/// Follows a change; after a failure the live scan rests, and what ends a take is kept for another try.
fn follow_piece(
    worker: &mut Worker,
    backlog: &mut Backlog,
    (instance, change, request): (InstanceId, LiveChange, SoundsRequest),
    closing: &JobControl,
) -> Result<Option<WorkerNews>, EngineError> {
    let path = change.recording.path.clone();
    let end = change.finished.then(|| (change.clone(), request.clone()));
    let rest = LiveChange {
        frames: 0..0, // noted
        ..change.clone()
    };
    let followed = follow(worker, change, &request, closing);
    if followed.is_err() {
        backlog.rest();
    }
    match (end, &followed) {
        (_, Ok((_, true))) => backlog.add_follow(instance, rest, request),
        // When everything shuts down, what was embedded waits to be kept.
        (_, Err(EngineError::Cancelled)) => backlog.add_follow(instance, rest, request),
        // The version that the take's end makes is not lost with a full disk.
        (Some((change, request)), Err(error)) if error.is_mendable() => {
            backlog.add_follow(instance, change, request);
        }
        _ => {
            if backlog.forgets_after(&path) {
                worker.forget(&path);
            }
        }
    }
    followed.map(|(news, _)| news)
}

/// Follows a change for a while; true when there is more to follow.
fn follow(
    worker: &mut Worker,
    change: LiveChange,
    request: &SoundsRequest,
    closing: &JobControl,
) -> Result<(Option<WorkerNews>, bool), EngineError> {
    let news = |scores: Vec<SoundScores>| {
        (!scores.is_empty()).then(|| WorkerNews::Scores(request.clone(), scores))
    };
    if !change.finished {
        let followed = worker.follow(&change, &request.profiles, &request.model, closing)?;
        return Ok((news(followed.scores), followed.has_more));
    }
    let outcome = worker.finish(&change, request, closing)?;
    let filename = change.recording.filename;
    Ok(match outcome {
        Finished::NotYet(scores) => (news(scores), true),
        Finished::Saved(saved) if saved.is_empty() => {
            (Some(WorkerNews::NothingNew { filename }), false)
        }
        Finished::Saved(saved) => {
            let outcomes = saved.into_iter();
            let outcomes = outcomes.map(|outcome| (filename.clone(), outcome));
            let outcomes = outcomes.collect();
            let news = WorkerNews::Scanned {
                outcomes,
                asked_for: false,
            };
            (Some(news), false)
        }
    })
}
