//! Scanning one recording: embeddings to scores to regions, saved as a version.

use std::sync::Arc;

use super::Worker;
use super::edges::fit_edges;
use super::embeddings::Wanted;
use super::held::Freshness;
use super::points::key_of_points;
use super::scoring::{Scoring, empty_scores, score_pieces, windows_in};
use crate::classifier::Classifier;
use crate::job::JobControl;
use crate::protocol::EngineError;
use crate::recording::Recording;
use crate::scan::{WindowScores, regions};
use crate::settings::versions_kept;
use crate::store::{ClassifierId, NewScan, SavedScan};

/// What to scan, and for whom.
#[derive(Debug, Clone)]
pub struct ScanRequest {
    pub recording: Recording,
    pub profile: String,
    pub model: String,
    /// Regions are cut at this score, 0 to 1.
    pub threshold: f32,
}

/// A version that was saved.
#[derive(Debug, Clone)]
pub struct ScanOutcome {
    pub saved: SavedScan,
    pub regions: usize,
    pub scores: Arc<WindowScores>,
}

impl Worker {
    /// Scans a recording with the newest classifier and saves the result as a version. Saves nothing when cancelled.
    ///
    /// # Errors
    /// When nothing was learned yet, or the recording, the model or the database cannot be used.
    pub fn scan(
        &mut self,
        request: &ScanRequest,
        job: &JobControl,
    ) -> Result<ScanOutcome, EngineError> {
        self.notice_new_description(&request.model)?;
        let (id, classifier) = self
            .latest_classifier(&request.profile, &request.model)?
            .ok_or_else(|| EngineError::NoClassifier {
                model: request.model.clone(),
                profile: request.profile.clone(),
            })?;
        job.go_on()?;
        job.stage(format!("scanning {}", request.recording.filename), 0.0);
        let scores = self.score_recording(&request.recording, &request.model, &classifier, job)?;
        self.save_version(request, id, scores)
    }

    /// Scores of every window of a recording, which is embedded for it; `NaN` where it cannot be. What the classifier's
    /// projection makes of the windows is cached.
    pub(super) fn score_recording(
        &mut self,
        recording: &Recording,
        model: &str,
        classifier: &Classifier,
        job: &JobControl,
    ) -> Result<WindowScores, EngineError> {
        let manifest = self.open_model(model)?;
        let threads = self.inference_threads();
        let space = classifier.space();
        self.embeddings(recording, model, &Wanted::Everything, job)?;
        let slot = (recording.path.clone(), model.to_owned());
        let Some(held) = self.held.get(&slot) else {
            return Err(EngineError::Cancelled);
        };
        // The points of a take that is still written to would be those of another state of it.
        let key = match &held.kept_true_by {
            Freshness::File(key) if space.has_projection() => Some(key_of_points(key, space)),
            _ => None,
        };
        let mut points = key.map(|key| (self.cached_points(&key, space, job), key));
        job.go_on()?;
        let map = &held.map;
        let windows = windows_in(map.len(), &manifest);
        let mut scores = empty_scores(windows, &manifest);
        let goes_on = || !job.is_cancelled();
        let scoring = Scoring {
            map,
            manifest: &manifest,
            classifier,
            threads,
        };
        match &mut points {
            None => scoring.score(&mut scores, 0..windows, &goes_on),
            Some((points, key)) => {
                let is_new = scoring.complete_points(points, windows, &goes_on);
                score_pieces(&mut scores.scores, threads, &goes_on, |range| {
                    classifier.predict_points(&points.steps_f32(range))
                });
                job.go_on()?;
                if is_new {
                    self.save_points(key, points);
                }
            }
        }
        job.go_on()?;
        fit_edges(&mut scores, 0..windows, map, &manifest);
        Ok(scores)
    }

    /// Whether the newest saved version is by `classifier`, cut at the same threshold, and says the same as `scores`: a job, or another
    /// process, was quicker.
    pub(super) fn is_saved(
        &self,
        request: &ScanRequest,
        classifier: ClassifierId,
        scores: &WindowScores,
    ) -> Result<bool, EngineError> {
        let (file, profile, model) = (
            request.recording.filename.as_str(),
            request.profile.as_str(),
            request.model.as_str(),
        );
        let saved = self.store.with(|store| {
            let newest = store.versions(file, profile, model)?.into_iter().next();
            let same = newest.filter(|version| {
                version.classifier_id == Some(classifier)
                    && version.threshold == Some(request.threshold)
            });
            match same {
                Some(version) => store.scores(file, profile, model, &version.timestamp),
                None => Ok(None),
            }
        })?;
        Ok(saved.is_some_and(|saved| {
            saved.scores.len() == scores.scores.len()
                && saved
                    .scores
                    .iter()
                    .zip(&scores.scores)
                    .all(|(a, b)| (a - b).abs() < SAME_SCORE)
        }))
    }

    /// Cuts `scores` into regions and saves both as the newest version.
    pub(super) fn save_version(
        &mut self,
        request: &ScanRequest,
        classifier: ClassifierId,
        scores: WindowScores,
    ) -> Result<ScanOutcome, EngineError> {
        let shape = self
            .store
            .with(|store| store.region_shape(&request.profile, &request.model))?;
        let found = regions(&scores, &shape.at(request.threshold));
        let saved = self.store.with(|store| {
            let keep = versions_kept(store)?;
            store.save_scan(
                &NewScan {
                    filename: &request.recording.filename,
                    source_path: &request.recording.path,
                    profile: &request.profile,
                    model: &request.model,
                    regions: &found,
                    scores: &scores,
                    threshold: request.threshold,
                    classifier: Some(classifier),
                },
                keep,
            )
        })?;
        Ok(ScanOutcome {
            saved,
            regions: found.len(),
            scores: Arc::new(scores),
        })
    }
}

/// Scores nearer than this differ by rounding only: sessions on other machines, or with other threads, sum in another order.
const SAME_SCORE: f32 = 0.01;
