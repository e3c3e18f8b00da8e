//! The live scan: embeddings and scores of a take follow the recorder while it writes.
//!
//! A take that grows or is overwritten is embedded again only where it changed, and a step only once its whole context
//! has been heard, so that what was scored live equals what a later scan of the finished take would say.

use std::ops::Range;
use std::sync::Arc;

use super::Bench;
use super::embeddings::{Freshness, HeldMap, steps_of};
use super::scan::{ScanOutcome, ScanRequest, empty_scores, score_into, windows_in};
use crate::audio::{self, ModelRateReader};
use crate::embed::Manifest;
use crate::engine::recording::Recording;
use crate::engine::{EngineError, JobControl};
use crate::scan::WindowScores;
use crate::time::SampleRate;

/// What the recorder wrote into a take since the last look.
#[derive(Debug, Clone)]
pub struct LiveChange {
    pub recording: Recording,
    /// Frames of the take, at its own rate.
    pub frames: Range<u64>,
    pub rate: SampleRate,
    /// The transport stopped: the last steps will get no more context.
    pub finished: bool,
}

impl Bench {
    /// Forgets what `change` made untrue, without making anything new: before a job reads the take.
    pub fn note(&mut self, change: &LiveChange) {
        self.note_continued(change);
        for ((path, model), held) in &mut self.held {
            if *path == change.recording.path
                && let Some(model) = self.models.get(model)
            {
                held.note(change, &model.manifest);
            }
        }
    }

    /// Brings the embeddings of a take up to date and scores it with the newest classifier. `None` when there is no
    /// classifier, or nothing new to score yet.
    ///
    /// # Errors
    /// When the take, the model or the classifier cannot be used.
    pub fn follow(
        &mut self,
        change: &LiveChange,
        profile: &str,
        model_key: &str,
        job: &JobControl,
    ) -> Result<Option<Arc<WindowScores>>, EngineError> {
        let manifest = self.open_model(model_key)?;
        let slot = (change.recording.path.clone(), model_key.to_owned());
        let mut source = audio::open(&change.recording.path)?;
        let total = steps_of(source.as_mut(), &manifest)?;
        if !self.held.contains_key(&slot) {
            let held = HeldMap {
                map: self.embedded_before(&change.recording, &manifest),
                kept_true_by: Freshness::Events,
                unsaved: false,
                scored: None,
            };
            self.held.insert(slot.clone(), held);
        }
        let Some(held) = self.held.get_mut(&slot) else {
            return Ok(None);
        };
        held.kept_true_by = Freshness::Events;
        held.map.extend(total);
        let stale = held.note(change, &manifest);
        let heard = if change.finished {
            total
        } else {
            manifest.settled_steps(
                ModelRateReader::new(source.as_mut(), manifest.sample_rate())?.frames(),
            )
        };
        let missing = held.map.missing(0..heard);
        let pending: u64 = missing.iter().map(|range| range.end - range.start).sum();
        if !change.finished && pending < FEWEST_STEPS {
            return Ok(None);
        }
        self.embed_missing(&slot, source.as_mut(), &missing, job)?;
        let Some((id, classifier)) = self.latest_classifier(profile, model_key)? else {
            return Ok(None);
        };
        let Some(held) = self.held.get_mut(&slot) else {
            return Ok(None);
        };
        let windows = windows_in(held.map.len(), &manifest);
        // Scores by an older classifier are of no use; those by this one only where the steps changed.
        let (mut scores, first) = match held.scored.take() {
            Some((by, scores)) if by == id => {
                let changed = missing
                    .first()
                    .map_or(stale.start, |range| range.start.min(stale.start));
                (
                    scores,
                    changed.saturating_sub(manifest.window_steps() as u64),
                )
            }
            _ => (empty_scores(windows, &manifest), 0),
        };
        scores.scores.resize(windows as usize, f32::NAN);
        score_into(
            &mut scores,
            first..windows,
            &held.map,
            &manifest,
            &classifier,
        );
        held.scored = Some((id, scores.clone()));
        Ok(Some(Arc::new(scores)))
    }

    /// Ends the live scan of a take: embeds what is left, writes the cache and, when something has been learned,
    /// saves a version; none when the newest one says the same already, because a job or another
    /// process was quicker.
    ///
    /// # Errors
    /// As [`Bench::follow`], and when the version cannot be saved.
    pub fn finish(
        &mut self,
        change: &LiveChange,
        request: &ScanRequest,
        job: &JobControl,
    ) -> Result<Option<ScanOutcome>, EngineError> {
        let manifest = self.open_model(&request.model)?;
        let slot = (change.recording.path.clone(), request.model.clone());
        // Taken before reading: what is written meanwhile must not pass for embedded.
        let key = change.recording.cache_key(manifest.sha256())?;
        let followed = self.follow(change, &request.profile, &request.model, job);
        // Also when it was broken off: an hour of listening is not thrown away with its last second.
        self.save_embeddings(&slot, &key)?;
        let scores = followed?;
        if let Some(held) = self.held.get_mut(&slot) {
            // From now on the recorder is silent, and others may change the file.
            held.kept_true_by = Freshness::File(key);
        }
        let classifier = self.latest_classifier(&request.profile, &request.model)?;
        let (Some(scores), Some((id, _))) = (scores, classifier) else {
            return Ok(None);
        };
        if self.is_saved(request, id, &scores)? {
            return Ok(None);
        }
        self.save_version(request, id, Arc::unwrap_or_clone(scores))
            .map(Some)
    }
}

impl HeldMap {
    /// Forgets the steps that `change` affects, and returns which those are.
    fn note(&mut self, change: &LiveChange, manifest: &Manifest) -> Range<u64> {
        let stale = manifest.steps_affected(at_model_rate(&change.frames, change.rate, manifest));
        self.map
            .invalidate(stale.start..stale.end.min(self.map.len()));
        if !change.frames.is_empty() {
            self.kept_true_by = Freshness::Events;
        }
        stale
    }
}

/// Fewer new steps than this wait for company: each run pays for its context on both sides.
const FEWEST_STEPS: u64 = 2;

/// `frames` of a take at `rate`, counted at the model's rate; both ends widened to whole samples.
pub(super) fn at_model_rate(
    frames: &Range<u64>,
    rate: SampleRate,
    manifest: &Manifest,
) -> Range<u64> {
    let (to, from) = (
        u128::from(manifest.sample_rate().hz()),
        u128::from(rate.hz()),
    );
    let start = u128::from(frames.start) * to / from;
    let end = (u128::from(frames.end) * to).div_ceil(from);
    let limited = |samples: u128| u64::try_from(samples).unwrap_or(u64::MAX);
    limited(start)..limited(end)
}
