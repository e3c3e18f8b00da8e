//! Scanning one recording: embeddings to scores to regions, saved as a version.

use std::sync::Arc;

use super::Worker;
use super::sounds::Sound;
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

/// What to scan, and for which sounds at once.
#[derive(Debug, Clone)]
pub struct SoundsRequest {
    pub recording: Recording,
    /// The profiles whose newest classifiers look for their sounds.
    pub profiles: Vec<String>,
    pub model: String,
    /// Regions are cut at this score, 0 to 1.
    pub threshold: f32,
}

impl SoundsRequest {
    /// The same for the sound of `profile` alone.
    pub fn for_sound(&self, profile: &str) -> ScanRequest {
        ScanRequest {
            recording: self.recording.clone(),
            profile: profile.to_owned(),
            model: self.model.clone(),
            threshold: self.threshold,
        }
    }
}

impl From<ScanRequest> for SoundsRequest {
    fn from(request: ScanRequest) -> Self {
        Self {
            recording: request.recording,
            profiles: vec![request.profile],
            model: request.model,
            threshold: request.threshold,
        }
    }
}

/// A version that was saved.
#[derive(Debug, Clone)]
pub struct ScanOutcome {
    pub profile: String,
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
        let outcomes = self.scan_sounds(&request.clone().into(), job)?;
        outcomes.into_iter().next().ok_or(EngineError::Cancelled)
    }

    /// Scans a recording with the newest classifiers of several profiles in one pass over its embeddings, and saves a version for
    /// each. A profile without a classifier is left out as long as another has one. Saves nothing when cancelled.
    ///
    /// # Errors
    /// When no profile has a classifier, or the recording, the model or the database cannot be used.
    pub fn scan_sounds(
        &mut self,
        request: &SoundsRequest,
        job: &JobControl,
    ) -> Result<Vec<ScanOutcome>, EngineError> {
        self.notice_new_description(&request.model)?;
        let mut left_out = Vec::new();
        let explain = &mut |profile: &str, error: &EngineError| {
            left_out.push(format!("the sound {profile} is left out: {error}"));
        };
        let sounds = self.sounds(&request.profiles, &request.model, explain)?;
        self.notices.extend(left_out);
        if sounds.is_empty() {
            return Err(EngineError::NoClassifier {
                model: request.model.clone(),
                profile: request.profiles.first().cloned().unwrap_or_default(),
            });
        }
        job.go_on()?;
        job.stage(format!("scanning {}", request.recording.filename), 0.0);
        let scores = self.score_sounds(&request.recording, &request.model, &sounds, job)?;
        let sounds = sounds.iter().zip(scores);
        let saved = sounds.map(|(Sound { profile, id, .. }, scores)| {
            self.save_version(&request.for_sound(profile), *id, scores)
        });
        saved.collect()
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
            profile: request.profile.clone(),
            saved,
            regions: found.len(),
            scores: Arc::new(scores),
        })
    }
}

/// Scores nearer than this differ by rounding only: sessions on other machines, or with other threads, sum in another order.
const SAME_SCORE: f32 = 0.01;
