//! Scanning one recording: embeddings to scores to regions, saved as a version.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;

use parking_lot::Mutex;

use super::Worker;
use super::embeddings::Wanted;
use super::points::key_of_points;
use crate::cache::StepMap;
use crate::classifier::Classifier;
use crate::embed::Manifest;
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
    fn score_recording(
        &mut self,
        recording: &Recording,
        model: &str,
        classifier: &Classifier,
        job: &JobControl,
    ) -> Result<WindowScores, EngineError> {
        let manifest = self.open_model(model)?;
        let threads = self.inference_threads();
        let space = classifier.space();
        let key = recording.cache_key(manifest.sha256())?;
        let key = key_of_points(&key, space);
        let mut points = space
            .has_projection()
            .then(|| self.cached_points(&key, space, job));
        let map = self.embeddings(recording, model, &Wanted::Everything, job)?;
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
            Some(points) => {
                let is_new = scoring.complete_points(points, windows, &goes_on);
                score_pieces(&mut scores.scores, threads, &goes_on, |range| {
                    classifier.predict_points(&points.steps_f32(range))
                });
                job.go_on()?;
                if is_new {
                    self.save_points(&key, points);
                }
            }
        }
        job.go_on()?;
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

/// `windows` windows that nothing has scored.
pub(super) fn empty_scores(windows: u64, manifest: &Manifest) -> WindowScores {
    WindowScores {
        hop_s: manifest.step_s(),
        window_s: manifest.window_s(),
        scores: vec![f32::NAN; windows as usize],
    }
}

/// How many windows lie in `steps` steps; a recording shorter than a window counts as one.
pub(super) fn windows_in(steps: u64, manifest: &Manifest) -> u64 {
    match steps {
        0 => 0,
        _ => steps.saturating_sub(manifest.window_steps() as u64) + 1,
    }
}

/// Windows scored in one go: with what becomes of them, they stay in the processor's cache.
pub(super) const WINDOWS_AT_ONCE: usize = 256;

/// What windows are scored with, on up to `threads` threads.
pub(super) struct Scoring<'a> {
    pub map: &'a StepMap,
    pub manifest: &'a Manifest,
    pub classifier: &'a Classifier,
    pub threads: NonZeroUsize,
}

impl Scoring<'_> {
    /// Scores the windows `range` again, where their steps are embedded, as long as it `goes_on`.
    pub(super) fn score(
        &self,
        scores: &mut WindowScores,
        range: Range<u64>,
        goes_on: &(dyn Fn() -> bool + Sync),
    ) {
        let end = range.end.min(windows_in(self.map.len(), self.manifest));
        let Some(slots) = scores.scores.get_mut(range.start as usize..end as usize) else {
            return;
        };
        score_pieces(slots, self.threads, goes_on, |piece| {
            let vectors = self.vectors(range.start + piece.start..range.start + piece.end);
            self.classifier.predict(&vectors)
        });
    }

    /// The raw vectors of the windows `range`, which begin within the map. A step that is not embedded is NaN and stays so through
    /// pooling and prediction.
    pub(super) fn vectors(&self, range: Range<u64>) -> Vec<f32> {
        let overlap = self.manifest.window_steps() as u64 - 1;
        let steps = range.start..(range.end + overlap).min(self.map.len());
        self.manifest.pool_windows(&self.map.steps_f32(steps))
    }
}

/// Fills `slots` with the scores that `score` gives for a range of them, some hundreds at a time on up to `threads` threads, as long as
/// it `goes_on`.
fn score_pieces(
    slots: &mut [f32],
    threads: NonZeroUsize,
    goes_on: &(dyn Fn() -> bool + Sync),
    score: impl Fn(Range<u64>) -> Vec<f32> + Sync,
) {
    let pieces = slots.len().div_ceil(WINDOWS_AT_ONCE);
    let starts = (0..).step_by(WINDOWS_AT_ONCE);
    let waiting = Mutex::new(starts.zip(slots.chunks_mut(WINDOWS_AT_ONCE)));
    on_threads(threads, pieces, || {
        loop {
            let Some((start, slots)) = waiting.lock().next().filter(|_| goes_on()) else {
                return;
            };
            let scores = score(start..start + slots.len() as u64);
            for (slot, score) in slots.iter_mut().zip(scores) {
                *slot = score;
            }
        }
    });
}

/// Does `work` on as many as `threads` threads, but no more than there are `pieces` of it.
pub(super) fn on_threads(threads: NonZeroUsize, pieces: usize, work: impl Fn() + Sync) {
    std::thread::scope(|scope| {
        for _ in 1..threads.get().min(pieces) {
            let helper = std::thread::Builder::new().name(String::from("earmark-score"));
            // Without help it takes longer.
            if let Err(error) = helper.spawn_scoped(scope, &work) {
                tracing::debug!(%error, "scoring on fewer threads");
            }
        }
        work();
    });
}
