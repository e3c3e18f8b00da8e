//! What the worker reports, brought to the instances that asked.

use super::Coordinator;
use super::session::Session;
use super::training::Trained;
use crate::protocol::{EngineError, Severity};
use crate::words::bytes_in_words;
use crate::words::counted;
use crate::worker::figures::{counts_of, metrics_of};
use crate::worker::thread::WorkerToCoordinator;
use crate::worker::{ScanOutcome, TrainOutcome};

impl Coordinator {
    pub(super) fn read(&mut self, report: WorkerToCoordinator) {
        match report {
            WorkerToCoordinator::Scores {
                instance,
                request,
                scores,
            } => {
                // Profile or model may have been changed while the worker was at it.
                if let Some(session) = self.sessions.get_mut(&instance)
                    && session.profile == request.profile
                    && session.model == request.model
                {
                    session
                        .live_scores
                        .insert(request.recording.filename, scores);
                    session.changed = true;
                }
            }
            WorkerToCoordinator::Behind {
                instance,
                filename,
                seconds,
            } => {
                if let Some(session) = self.sessions.get_mut(&instance) {
                    session.set_behind(filename, seconds);
                }
            }
            WorkerToCoordinator::NothingNew { instance, filename } => {
                if let Some(session) = self.sessions.get_mut(&instance) {
                    session.live_scores.remove(&filename);
                    session.changed = true;
                }
            }
            WorkerToCoordinator::Scanned {
                instance,
                outcomes,
                asked_for,
            } => {
                // Every window sees the new version, not only the one that asked.
                for session in self.sessions.values_mut() {
                    session.stale = true;
                    session.proof.note_embedded();
                }
                if let Some(session) = self.sessions.get_mut(&instance) {
                    session.take_versions(&outcomes, asked_for);
                }
            }
            WorkerToCoordinator::Trained { instance, outcome } => {
                for session in self.sessions.values_mut() {
                    session.stale = true;
                }
                if let Some(session) = self.sessions.get_mut(&instance) {
                    session.report_training(&outcome);
                    session.trained = Some(Trained::of(&outcome));
                    session.note_version_before(&outcome);
                }
            }
            WorkerToCoordinator::Waveform {
                instance,
                filename,
                waveform,
            } => {
                if let Some(session) = self.sessions.get_mut(&instance) {
                    session.waveforms.insert(filename, waveform);
                    session.changed = true;
                }
            }
            WorkerToCoordinator::Novelty {
                instance,
                by_region,
            } => {
                if let Some(session) = self.sessions.get_mut(&instance) {
                    session.novelty.answer(by_region);
                    session.changed = true;
                }
            }
            WorkerToCoordinator::Proved {
                instance,
                request,
                by_version,
            } => {
                if let Some(session) = self.sessions.get_mut(&instance) {
                    session.changed |= session.proof.answer(&request, by_version);
                }
            }
            WorkerToCoordinator::RecordingsFound { instance, found } => {
                for session in self.sessions.values_mut() {
                    session.stale = true;
                }
                if let Some(session) = self.sessions.get_mut(&instance) {
                    session.report_found(&found);
                }
            }
            WorkerToCoordinator::Surveyed { instance, survey } => {
                if let Some(session) = self.sessions.get_mut(&instance) {
                    session.survey = Some(survey);
                    session.changed = true;
                }
            }
            WorkerToCoordinator::CacheEmptied { instance, bytes } => {
                if let Some(session) = self.sessions.get_mut(&instance) {
                    let words = format!("Emptied the cache: {} freed", bytes_in_words(bytes));
                    session.say(Severity::Info, words);
                }
                self.survey(instance);
            }
            WorkerToCoordinator::Failed { instance, error } => {
                if let Some(session) = self.sessions.get_mut(&instance) {
                    session.fail(&error);
                } else if !matches!(error, EngineError::Cancelled) {
                    tracing::warn!("a job of a removed instance failed: {error}");
                }
            }
            WorkerToCoordinator::NotBackedUp { error } => {
                for session in self.sessions.values_mut() {
                    session.say(Severity::Warning, error.to_string());
                }
            }
            WorkerToCoordinator::Notice { text } => {
                for session in self.sessions.values_mut() {
                    session.say(Severity::Warning, text.clone());
                }
            }
            WorkerToCoordinator::JobEnded { instance } => {
                if let Some(session) = self.sessions.get_mut(&instance) {
                    session.job = None;
                    session.before_training = None;
                    session.changed = true;
                }
            }
        }
    }
}

impl Session {
    /// New versions replace what the live scan showed, and are followed unless an older one is being looked at on purpose.
    fn take_versions(&mut self, outcomes: &[(String, ScanOutcome)], asked_for: bool) {
        for (filename, _) in outcomes {
            self.live_scores.remove(filename);
        }
        if asked_for {
            self.shown_version = None;
            self.compare_with_before(outcomes);
        }
        let regions: usize = outcomes.iter().map(|(_, outcome)| outcome.regions).sum();
        let shown = self.shown_take.as_deref();
        let newest = outcomes
            .iter()
            .find(|(filename, _)| Some(filename.as_str()) == shown)
            .or(outcomes.last());
        if let Some((_, outcome)) = newest {
            let version = outcome.saved.number;
            let trained = self
                .status
                .take()
                .filter(|_| asked_for)
                .map(|status| status.text);
            let scanned = format!("Version {version}: {}", counted(regions, "region"));
            self.say(
                Severity::Info,
                match trained {
                    Some(trained) => format!("{trained} {scanned}"),
                    None => scanned,
                },
            );
        }
        self.changed = true;
    }

    fn report_training(&mut self, outcome: &TrainOutcome) {
        let row = &outcome.classifier;
        let severity = if outcome.warnings.is_empty() {
            Severity::Info
        } else {
            Severity::Warning
        };
        let counts = counts_of(row);
        let quality = metrics_of(row).map_or_else(String::new, |metrics| {
            format!(
                ", average precision {:.2} on held-out recordings",
                metrics.average_precision
            )
        });
        let mut words = vec![format!(
            "Learned classifier {} from {} and {}{quality}.",
            row.version,
            counted(counts.clips as usize, "example"),
            counted(counts.hard_negatives as usize, "hard negative"),
        )];
        words.extend(outcome.warnings.iter().cloned());
        if !outcome.advice.is_empty() {
            words.push(String::from(
                "The Train panel says what would make the next one better.",
            ));
        }
        self.say(severity, words.join(" "));
    }
}
