//! What the worker reports, brought to the instances that asked.

use std::sync::Arc;

use super::channels::Channels;
use super::session::{Part, Session, Sessions, invalidate_all};
use super::storage::{ask_for_survey, take_deleted};
use super::training::{take_found, take_trained, take_versions};
use super::upkeep::Upkeep;
use crate::protocol::{EngineError, InstanceId, Severity};
use crate::scan::WindowScores;
use crate::store::StoreHandle;
use crate::words::bytes_in_words;
use crate::worker::ScanRequest;
use crate::worker::thread::WorkerToCoordinator;

/// Takes in a report of the worker: of the live scan, of a job, or an answer.
pub(super) fn take_report(
    report: WorkerToCoordinator,
    sessions: &mut Sessions,
    store: &StoreHandle,
    channels: &Channels,
    upkeep: &mut Upkeep,
) {
    match report {
        WorkerToCoordinator::TakesDeleted { task, outcome } => {
            take_deleted(&task, outcome, sessions, store, upkeep);
        }
        WorkerToCoordinator::Scanned { .. }
        | WorkerToCoordinator::Trained { .. }
        | WorkerToCoordinator::RecordingsFound { .. }
        | WorkerToCoordinator::JobEnded { .. }
        | WorkerToCoordinator::Failed { .. } => take_outcome(report, sessions),
        WorkerToCoordinator::CacheEmptied { instance, bytes } => {
            if let Some(session) = sessions.get_mut(&instance) {
                let words = format!("Emptied the cache: {} freed", bytes_in_words(bytes));
                session.health.say(Severity::Info, words);
            }
            ask_for_survey(instance, sessions, channels);
        }
        WorkerToCoordinator::NotBackedUp { error } => say_to_all(sessions, &error.to_string()),
        WorkerToCoordinator::Notice { text } => say_to_all(sessions, &text),
        report => {
            if let Some(session) = instance_of(&report).and_then(|it| sessions.get_mut(&it)) {
                take_answer(report, session);
            }
        }
    }
}

/// What came of a job, for the instance that asked; all read again what it changed in the database.
fn take_outcome(report: WorkerToCoordinator, sessions: &mut Sessions) {
    if !matches!(
        report,
        WorkerToCoordinator::JobEnded { .. } | WorkerToCoordinator::Failed { .. }
    ) {
        invalidate_all(sessions, Part::Database);
    }
    if matches!(report, WorkerToCoordinator::Scanned { .. }) {
        for session in sessions.values_mut() {
            session.jobs.note_embedded();
        }
    }
    let session = instance_of(&report).and_then(|instance| sessions.get_mut(&instance));
    let Some(session) = session else {
        if let WorkerToCoordinator::Failed { error, .. } = report
            && !matches!(error, EngineError::Cancelled)
        {
            tracing::warn!("a job of a removed instance failed: {error}");
        }
        return;
    };
    match report {
        WorkerToCoordinator::Scanned {
            outcomes,
            asked_for,
            ..
        } => take_versions(session, &outcomes, asked_for),
        WorkerToCoordinator::Trained { outcome, .. } => take_trained(session, &outcome),
        WorkerToCoordinator::RecordingsFound { found, .. } => take_found(session, &found),
        WorkerToCoordinator::JobEnded { .. } => {
            session.jobs.end();
            session.shown.forget_version_before_training();
        }
        WorkerToCoordinator::Failed { error, .. } => session.health.fail(&error),
        _ => {}
    }
}

/// What one instance is shown: of its takes, of the live scan, of what was asked beside jobs.
fn take_answer(report: WorkerToCoordinator, session: &mut Session) {
    match report {
        WorkerToCoordinator::Scores {
            request, scores, ..
        } => take_scores(session, request, scores),
        WorkerToCoordinator::Behind {
            filename, seconds, ..
        } => session.takes.set_behind(filename, seconds),
        WorkerToCoordinator::NothingNew { filename, .. } => {
            session.takes.forget_live_scores_of(&filename);
        }
        WorkerToCoordinator::Waveform {
            filename, waveform, ..
        } => session.takes.set_waveform(filename, waveform),
        WorkerToCoordinator::Novelty { by_region, .. } => session.jobs.answer_novelty(by_region),
        WorkerToCoordinator::Proved {
            request,
            by_version,
            ..
        } => session.jobs.answer_proof(&request, by_version),
        WorkerToCoordinator::Surveyed { survey, .. } => session.asked.show_survey(survey),
        _ => {}
    }
}

/// Profile or model may have been changed while the worker was at it: then its scores are of no use.
fn take_scores(session: &mut Session, request: ScanRequest, scores: Arc<WindowScores>) {
    if session.shown.is_at(&request.profile, &request.model) {
        let filename = request.recording.filename;
        session.takes.set_live_scores(filename, scores);
    }
}

/// Who asked for what `report` answers; `None` when it concerns everybody.
pub(super) fn instance_of(report: &WorkerToCoordinator) -> Option<InstanceId> {
    match report {
        WorkerToCoordinator::Scores { instance, .. }
        | WorkerToCoordinator::Behind { instance, .. }
        | WorkerToCoordinator::NothingNew { instance, .. }
        | WorkerToCoordinator::Scanned { instance, .. }
        | WorkerToCoordinator::Trained { instance, .. }
        | WorkerToCoordinator::Waveform { instance, .. }
        | WorkerToCoordinator::Novelty { instance, .. }
        | WorkerToCoordinator::Proved { instance, .. }
        | WorkerToCoordinator::RecordingsFound { instance, .. }
        | WorkerToCoordinator::Surveyed { instance, .. }
        | WorkerToCoordinator::CacheEmptied { instance, .. }
        | WorkerToCoordinator::Failed { instance, .. }
        | WorkerToCoordinator::JobEnded { instance } => Some(*instance),
        WorkerToCoordinator::TakesDeleted { .. }
        | WorkerToCoordinator::NotBackedUp { .. }
        | WorkerToCoordinator::Notice { .. } => None,
    }
}

fn say_to_all(sessions: &mut Sessions, text: &str) {
    for session in sessions.values_mut() {
        session.health.say(Severity::Warning, text);
    }
}
