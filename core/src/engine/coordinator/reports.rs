//! What the worker reports, brought to the instances that asked.

use super::channels::Channels;
use super::session::{Part, Session, Sessions, invalidate_all};
use super::similar::take_similar;
use super::storage::{ask_for_survey, take_deleted};
use super::training::{take_found, take_trained, take_versions};
use super::upkeep::Upkeep;
use crate::protocol::{EngineError, Severity};
use crate::store::StoreHandle;
use crate::words::bytes_in_words;
use crate::worker::SoundScores;
use crate::worker::thread::{WorkerNews, WorkerToCoordinator};

/// Takes in a report of the worker: of the live scan, of a job, or an answer. What changed the database is read again by all.
pub(super) fn take_report(
    report: WorkerToCoordinator,
    sessions: &mut Sessions,
    store: &StoreHandle,
    channels: &Channels,
    upkeep: &mut Upkeep,
) {
    match &report.news {
        WorkerNews::Scanned { .. } => {
            invalidate_all(sessions, Part::Database);
            for session in sessions.values_mut() {
                session.jobs.note_embedded();
            }
        }
        WorkerNews::Trained(_) | WorkerNews::RecordingsFound(_) => {
            invalidate_all(sessions, Part::Database);
        }
        WorkerNews::NotBackedUp(error) => say_to_all(sessions, &error.to_string()),
        WorkerNews::Notice { text } => say_to_all(sessions, text),
        _ => {}
    }
    let Some(instance) = report.instance else {
        if let WorkerNews::TakesDeleted { task, outcome } = report.news {
            take_deleted(&task, outcome, sessions, store, upkeep);
        }
        return;
    };
    let is_about_cache = matches!(report.news, WorkerNews::CacheEmptied { .. });
    match (sessions.get_mut(&instance), report.news) {
        (Some(session), news) => take_news(news, session),
        (None, WorkerNews::Failed(error)) if !matches!(error, EngineError::Cancelled) => {
            tracing::warn!("a job of a removed instance failed: {error}");
        }
        _ => {}
    }
    if is_about_cache {
        ask_for_survey(instance, sessions, channels);
    }
}

/// What came of a job, and what one instance is shown: of its takes, of the live scan, of what was asked beside jobs.
fn take_news(news: WorkerNews, session: &mut Session) {
    match news {
        // Profile or model may have been changed while the worker was at it: then its scores are of no use.
        WorkerNews::Scores(request, scores) => {
            let filename = &request.recording.filename;
            let sounds = session.shown.sounds();
            let is_shown = session.shown.model() == request.model;
            for SoundScores { profile, scores } in scores {
                if is_shown && sounds.contains(&profile) {
                    session.takes.set_live_scores(filename, &profile, scores);
                }
            }
        }
        WorkerNews::Behind { filename, seconds } => session.takes.set_behind(filename, seconds),
        WorkerNews::NothingNew { filename } => session.takes.forget_live_scores_of(&filename),
        WorkerNews::Waveform(filename, waveform) => session.takes.set_waveform(filename, waveform),
        WorkerNews::Scanned {
            outcomes,
            asked_for,
        } => take_versions(session, &outcomes, asked_for),
        WorkerNews::Trained(outcome) => take_trained(session, *outcome),
        WorkerNews::Novelty(by_region) => session.jobs.answer_novelty(by_region),
        WorkerNews::Proved(question, by_version) => {
            session.jobs.answer_proof(&question, by_version);
        }
        WorkerNews::RecordingsFound(found) => take_found(session, &found),
        WorkerNews::SimilarFound { number, outcome } => take_similar(session, number, outcome),
        WorkerNews::Surveyed(survey) => session.asked.show_survey(survey),
        WorkerNews::CacheEmptied { bytes } => {
            let words = format!("Emptied the cache: {} freed", bytes_in_words(bytes));
            session.health.say(Severity::Info, words);
        }
        WorkerNews::Failed(error) => session.health.fail(&error),
        WorkerNews::TakesDeleted { .. }
        | WorkerNews::NotBackedUp(_)
        | WorkerNews::Notice { .. } => {}
        WorkerNews::JobEnded => {
            session.jobs.end();
            session.shown.forget_version_before_training();
        }
    }
}

fn say_to_all(sessions: &mut Sessions, text: &str) {
    for session in sessions.values_mut() {
        session.health.say(Severity::Warning, text);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::fixture::with_one_session;
    use super::*;
    use crate::protocol::{InstanceId, JobKind};
    use crate::scan::WindowScores;
    use crate::store::SavedScan;
    use crate::worker::ScanOutcome;

    const INSTANCE: InstanceId = InstanceId(1);

    fn scanned(number: u32, asked_for: bool) -> WorkerToCoordinator {
        let outcome = ScanOutcome {
            profile: String::from("default"),
            saved: SavedScan {
                timestamp: format!("2026-04-19T15:36:0{number}"),
                number,
            },
            regions: 3,
            scores: Arc::new(WindowScores::default()),
        };
        WorkerToCoordinator {
            instance: Some(INSTANCE),
            news: WorkerNews::Scanned {
                outcomes: vec![(String::from("take.wav"), outcome)],
                asked_for,
            },
        }
    }

    #[test]
    fn a_live_version_that_was_on_its_way_does_not_replace_what_is_said_of_the_job_at_work() {
        let folder = tempfile::tempdir().unwrap();
        let mut coordinator = with_one_session(folder.path(), INSTANCE);
        let mut said_after = |report| {
            take_report(
                report,
                &mut coordinator.sessions,
                &coordinator.store,
                &coordinator.channels,
                &mut coordinator.upkeep,
            );
            let session = coordinator.sessions.get_mut(&INSTANCE).unwrap();
            let said = session.health.status().map(|status| status.text.clone());
            session
                .health
                .say(Severity::Info, "Classifier 1 is in use again.");
            drop(session.jobs.begin(JobKind::Scanning));
            said.unwrap_or_default()
        };
        assert_eq!(said_after(scanned(1, false)), "Version 1: 3 regions");
        let said = said_after(scanned(2, false));
        assert_eq!(said, "Classifier 1 is in use again.");
        let said = said_after(scanned(3, true));
        assert_eq!(said, "Classifier 1 is in use again. Version 3: 3 regions");
    }
}
