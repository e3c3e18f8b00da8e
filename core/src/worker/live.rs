//! The live scan: embeddings and scores of a take follow the recorder while it writes.
//!
//! A take that grows or is overwritten is embedded again only where it changed, and a step is kept only once its whole context
//! has been heard, so that what was scored live equals what a later scan of the finished take would say. What was heard
//! without all that follows it is scored early, in the same run of the model, and forgotten again: a score comes within a second and is
//! made good a moment later.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::Worker;
use super::edges::fit_edges;
use super::embeddings::steps_of;
use super::held::{Freshness, HeldMap, Slot};
use super::scan::{ScanOutcome, SoundsRequest};
use super::scoring::{Scoring, empty_scores, windows_in};
use super::sounds::Sound;
use crate::audio::{self, ModelRateReader};
use crate::embed::Manifest;
use crate::job::JobControl;
use crate::protocol::EngineError;
use crate::recording::Recording;
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

/// What the live scan says of a take for one sound.
#[derive(Debug, Clone)]
pub struct SoundScores {
    pub profile: String,
    pub scores: Arc<WindowScores>,
}

/// How far a change was followed in one go.
#[derive(Debug, Clone)]
pub struct Followed {
    /// For each sound that something was learned for; empty when there is none, or nothing new to score yet.
    pub scores: Vec<SoundScores>,
    /// More of the take waits to be embedded: follow it again, with no new frames.
    pub has_more: bool,
}

impl Followed {
    const NOTHING: Self = Self {
        scores: Vec::new(),
        has_more: false,
    };
}

/// What became of the end of a take.
#[derive(Debug, Clone)]
pub enum Finished {
    /// A version for each sound, but for those of which nothing was learned yet, or whose newest version says the same already, because
    /// a job or another process was quicker.
    Saved(Vec<ScanOutcome>),
    /// More of the take waits to be embedded: finish it again, with no new frames.
    NotYet(Vec<SoundScores>),
}

impl Worker {
    /// Forgets what `change` made untrue, without making anything new: before a job reads the take.
    pub fn note(&mut self, change: &LiveChange) {
        self.note_continued(change);
        for ((path, model), held) in self.held.iter_mut() {
            if *path == change.recording.path
                && let Some(model) = self.models.get(model)
            {
                held.note(change, &model.manifest);
            }
        }
    }

    /// Brings the embeddings of a take up to date and scores it with the newest classifiers of `profiles`; a minute of it in one
    /// go, so that whoever waits for the worker waits no longer than that takes.
    ///
    /// # Errors
    /// When the take, the model or the classifiers cannot be used.
    pub fn follow(
        &mut self,
        change: &LiveChange,
        profiles: &[String],
        model_key: &str,
        job: &JobControl,
    ) -> Result<Followed, EngineError> {
        if job.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        let manifest = self.open_model(model_key)?;
        let slot = (change.recording.path.clone(), model_key.to_owned());
        let mut source = audio::open(&change.recording.path)?;
        let total = steps_of(source.as_mut(), &manifest)?;
        if !self.held.contains(&slot) {
            let map = self.embedded_before(&change.recording, &manifest);
            self.held.insert(slot.clone(), HeldMap::of_take(map));
        }
        let Some(held) = self.held.get_mut(&slot) else {
            return Ok(Followed::NOTHING);
        };
        held.kept_true_by = Freshness::Events;
        held.map.extend(total);
        let stale = held.note(change, &manifest);
        let frames = ModelRateReader::new(source.as_mut(), manifest.sample_rate())?.frames();
        let settled = if change.finished {
            total
        } else {
            manifest.settled_steps(frames)
        };
        let missing = held.map.missing(0..settled);
        let pending: u64 = missing.iter().map(|range| range.end - range.start).sum();
        let most = manifest.run_steps();
        let has_more = pending > most;
        held.settled = settled;
        let scored_to = held.scored_to;
        let unsettled = held.map.missing(settled..manifest.early_steps(frames));
        let sounds = self.sounds(profiles, model_key, &mut |profile, error| {
            tracing::debug!("the sound {profile} is not looked for: {error}");
        });
        let has_sounds = sounds.as_ref().is_ok_and(|sounds| !sounds.is_empty());
        // Only to be scored, and only where nothing older waits.
        let early = match unsettled.first() {
            Some(first) if !has_more && !change.finished && has_sounds => first.clone(),
            _ => settled..settled,
        };
        let fewest = fewest_steps(&manifest);
        if !change.finished && pending < fewest && early.end < scored_to + fewest {
            return Ok(Followed::NOTHING);
        }
        // One run of the model, a minute at most.
        let mut embedded = first_steps(&missing, most);
        match embedded.last_mut() {
            Some(last) if last.end == early.start => last.end = early.end,
            _ if early.is_empty() => {}
            _ => embedded.push(early.clone()),
        }
        let outcome = self.embed_missing(&slot, source.as_mut(), &embedded, None, job);
        let scored = outcome
            .and(sounds)
            .map(|sounds| self.score_live(&slot, &manifest, &sounds, (&embedded, &stale)));
        if let Some(held) = self.held.get_mut(&slot) {
            // Whoever reads the map wants what a scan of the finished take would say.
            held.map.invalidate(early.clone());
            if scored.is_ok() {
                held.scored_to = early.end;
            }
        }
        Ok(Followed {
            scores: scored?,
            has_more,
        })
    }

    /// Scores what `embedded` and `stale` steps have to do with, and everything by a classifier that is new.
    fn score_live(
        &mut self,
        slot: &Slot,
        manifest: &Manifest,
        sounds: &[Sound],
        (embedded, stale): (&[Range<u64>], &Range<u64>),
    ) -> Vec<SoundScores> {
        let threads = self.inference_threads();
        let Some(held) = self.held.get_mut(slot) else {
            return Vec::new();
        };
        // Scores by an older classifier are of no use; those by these only where the steps changed.
        let mut before = std::mem::take(&mut held.scored);
        let (known, new): (Vec<Sound>, Vec<Sound>) = sounds
            .iter()
            .cloned()
            .partition(|sound| before.iter().any(|(by, _)| *by == sound.id));
        let windows = windows_in(held.map.len(), manifest);
        let earlier = manifest.window_steps() as u64;
        let changed = embedded.iter().chain([stale]);
        let changed = changed.filter(|steps| !steps.is_empty());
        let windows_of =
            |steps: &Range<u64>| steps.start.saturating_sub(earlier)..steps.end.min(windows);
        let changed: Vec<Range<u64>> = changed.map(windows_of).collect();
        let everything: Vec<Range<u64>> = std::iter::once(0..windows).collect();
        let mut scored = Vec::new();
        for (sounds, ranges) in [(known, changed), (new, everything)] {
            for (numbers, joint) in self.joints(&sounds) {
                let Some(held) = self.held.get(slot) else {
                    return Vec::new();
                };
                let members = numbers.iter().filter_map(|&number| sounds.get(number));
                let members: Vec<&Sound> = members.collect();
                let mut scores: Vec<WindowScores> = members
                    .iter()
                    .map(|sound| {
                        let at = before.iter().position(|(by, _)| *by == sound.id);
                        let known = at.map(|at| before.swap_remove(at).1);
                        let mut scores = known.unwrap_or_else(|| empty_scores(windows, manifest));
                        scores.scores.resize(windows as usize, f32::NAN);
                        scores
                    })
                    .collect();
                let scoring = Scoring {
                    map: &held.map,
                    manifest,
                    threads,
                };
                for range in &ranges {
                    scoring.score(&joint, &mut scores, range.clone(), &|| true);
                }
                for range in &ranges {
                    fit_edges(&mut scores, range.clone(), &held.map, manifest, threads);
                }
                scored.extend(members.into_iter().cloned().zip(scores));
            }
        }
        if let Some(held) = self.held.get_mut(slot) {
            let kept = scored.iter();
            held.scored = kept
                .map(|(sound, scores)| (sound.id, scores.clone()))
                .collect();
        }
        let said = scored.into_iter().map(|(sound, scores)| SoundScores {
            profile: sound.profile,
            scores: Arc::new(scores),
        });
        said.collect()
    }

    /// Seconds of a take that could be embedded and are not yet, as of the live scan's last look at it; 0 for a take that it has
    /// never looked at.
    pub fn behind_s(&self, path: &Path, model_key: &str) -> f64 {
        let slot = (path.to_owned(), model_key.to_owned());
        match (self.held.get(&slot), self.models.get(model_key)) {
            (Some(held), Some(model)) => {
                let missing = held.map.missing(0..held.settled);
                let steps: u64 = missing.iter().map(|range| range.end - range.start).sum();
                steps as f64 * model.manifest.step_s()
            }
            _ => 0.0,
        }
    }

    /// Ends the live scan of a take: embeds what is left, as far as [`Worker::follow`] goes in one go, writes the cache and saves a
    /// version for each sound that something was learned for.
    ///
    /// # Errors
    /// As [`Worker::follow`], and when the version cannot be saved.
    pub fn finish(
        &mut self,
        change: &LiveChange,
        request: &SoundsRequest,
        job: &JobControl,
    ) -> Result<Finished, EngineError> {
        let manifest = self.open_model(&request.model)?;
        let slot = (change.recording.path.clone(), request.model.clone());
        // Taken before reading: what is written meanwhile must not pass for embedded.
        let key = change.recording.cache_key(manifest.sha256())?;
        let followed = self.follow(change, &request.profiles, &request.model, job);
        if let Ok(Followed {
            scores,
            has_more: true,
        }) = followed
        {
            return Ok(Finished::NotYet(scores));
        }
        // Also when it was broken off: an hour of listening is not thrown away with its last second.
        self.save_embeddings(&slot, &key);
        let scores = followed?.scores;
        if let Some(held) = self.held.get_mut(&slot) {
            // From now on the recorder is silent, and others may change the file.
            held.kept_true_by = Freshness::File(key);
        }
        let mut saved = Vec::new();
        for SoundScores { profile, scores } in scores {
            let request = request.for_sound(&profile);
            let Some((id, _)) = self.latest_classifier(&profile, &request.model)? else {
                continue;
            };
            if !self.is_saved(&request, id, &scores)? {
                saved.push(self.save_version(&request, id, Arc::unwrap_or_clone(scores))?);
            }
        }
        Ok(Finished::Saved(saved))
    }

    /// Writes to the cache what a live scan has embedded of a take, though it has not come to its end: all is coming down,
    /// and an hour of listening is not thrown away.
    ///
    /// # Errors
    /// When the take cannot be read.
    pub fn keep(&mut self, change: &LiveChange, model_key: &str) -> Result<(), EngineError> {
        let slot = (change.recording.path.clone(), model_key.to_owned());
        if self.held.get(&slot).is_none_or(|held| held.map.is_saved()) {
            return Ok(());
        }
        self.note(change);
        let manifest = self.open_model(model_key)?;
        let key = change.recording.cache_key(manifest.sha256())?;
        self.save_embeddings(&slot, &key);
        Ok(())
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

/// Fewer new steps than this wait for company: each run pays for its context on both sides, where there is any.
fn fewest_steps(manifest: &Manifest) -> u64 {
    if manifest.context_steps() == 0 { 1 } else { 2 }
}

/// The first `most` steps of `ranges`.
fn first_steps(ranges: &[Range<u64>], most: u64) -> Vec<Range<u64>> {
    let mut left = most;
    let mut first = Vec::new();
    for range in ranges {
        let end = range.end.min(range.start + left);
        left -= end - range.start;
        first.push(range.start..end);
        if left == 0 {
            break;
        }
    }
    first
}

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
