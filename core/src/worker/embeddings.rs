//! Embeddings of a recording, made once: in memory, else from the cache on disk, else by the model.

use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::time::{Duration, Instant};

use super::Worker;
use super::held::{Freshness, HeldMap, Slot};
use super::views::rows_of;
use crate::audio::{self, AudioError, LossReason, ModelRateReader, SampleSource};
use crate::cache::{CacheKey, StepMap};
use crate::embed::Manifest;
use crate::job::JobControl;
use crate::protocol::EngineError;
use crate::recording::Recording;

/// What is being embedded is saved whenever there is so much of it, or after so long: no more is computed again after a crash.
const SAVED_VALUES: u64 = 1 << 19;
const SAVED_EVERY: Duration = Duration::from_secs(5);

/// Which part of a recording is wanted.
pub(super) enum Wanted<'a> {
    Everything,
    /// The stretches that this gives for the recording's number of steps; ends past the recording are cut.
    Steps(&'a dyn Fn(u64) -> Vec<Range<u64>>),
}

impl Wanted<'_> {
    /// Nothing but what is there.
    pub const NOTHING: Self = Self::Steps(&|_| Vec::new());
}

impl Worker {
    /// Makes sure that `wanted` of `recording` is embedded by `model_key` and returns the embeddings. Only what is in neither memory
    /// nor cache runs through the model, and goes to the cache while it is made, so that whatever interrupts the work, it goes on
    /// from there the next time. `job` sees progress and can stop it.
    pub(super) fn embeddings(
        &mut self,
        recording: &Recording,
        model_key: &str,
        wanted: &Wanted<'_>,
        job: &JobControl,
    ) -> Result<&StepMap, EngineError> {
        let manifest = self.open_model(model_key)?;
        let slot = (recording.path.clone(), model_key.to_owned());
        let key = recording.cache_key(manifest.sha256())?;
        let mut audio = None;
        let at_hand = self.at_hand(recording, &manifest, &mut || job.proceed())?;
        let is_held = at_hand.is_some();
        job.go_on()?;
        if !is_held {
            let mut source = open_audio(&recording.path, job)?;
            let mut map = StepMap::new(rows_of(&manifest));
            map.extend(steps_of(source.as_mut(), &manifest)?);
            audio = Some(source);
            self.held
                .insert(slot.clone(), HeldMap::of_file(map, key.clone()));
        }
        if let Some(held) = self.held.get_mut(&slot)
            && matches!(held.kept_true_by, Freshness::Events)
        {
            // The take may have grown since the live scan last looked: jobs come before it.
            let mut source = open_audio(&recording.path, job)?;
            held.map.extend(steps_of(source.as_mut(), &manifest)?);
            audio = Some(source);
        }
        let missing = match self.held.get(&slot) {
            Some(held) => missing_of(&held.map, wanted),
            None => Vec::new(),
        };
        if !missing.is_empty() {
            let mut source = match audio {
                Some(source) => source,
                None => open_audio(&recording.path, job)?,
            };
            let outcome = self.embed_missing(&slot, source.as_mut(), &missing, Some(&key), job);
            let damaged = source
                .losses()
                .into_iter()
                .filter(|loss| loss.reason == LossReason::Damaged);
            self.notices
                .extend(damaged.map(|loss| format!("{}: {loss}", recording.filename)));
            self.save_embeddings(&slot, &key);
            outcome?;
        }
        match self.held.get(&slot) {
            Some(held) => Ok(&held.map),
            None => Err(EngineError::Cancelled),
        }
    }

    /// The embeddings of `recording` in memory or in the cache, as far as they go; `None` when there are none, or `go_on`
    /// broke off. Runs no model.
    pub(super) fn at_hand(
        &mut self,
        recording: &Recording,
        manifest: &Manifest,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<Option<&StepMap>, EngineError> {
        let slot = (recording.path.clone(), manifest.key().to_owned());
        let key = recording.cache_key(manifest.sha256())?;
        let fresh = self
            .held
            .get_mut(&slot)
            .is_some_and(|held| match &held.kept_true_by {
                Freshness::Events => true,
                Freshness::File(held_key) => *held_key == key,
            });
        if !fresh {
            let Some(map) = self.cache.load_while(&key, &rows_of(manifest), go_on) else {
                return Ok(None);
            };
            self.held.insert(slot.clone(), HeldMap::of_file(map, key));
        }
        Ok(self.held.get(&slot).map(|held| &held.map))
    }

    /// The vectors of all windows of `recording`, row by row, as a scan scores them; for measuring heads.
    ///
    /// # Errors
    /// When the recording or the model cannot be used, or the job was cancelled.
    pub fn window_vectors(
        &mut self,
        recording: &Recording,
        model_key: &str,
        job: &JobControl,
    ) -> Result<Vec<f32>, EngineError> {
        let manifest = self.open_model(model_key)?;
        let map = self.embeddings(recording, model_key, &Wanted::Everything, job)?;
        let steps = map.steps_f32(0..map.len());
        Ok(manifest.pool_windows(&steps))
    }

    /// Runs `missing` through the model. What was embedded until a cancel or a failure is held, and now and then saved under
    /// `key` if there is one.
    pub(super) fn embed_missing(
        &mut self,
        slot: &Slot,
        source: &mut dyn SampleSource,
        missing: &[Range<u64>],
        key: Option<&CacheKey>,
        job: &JobControl,
    ) -> Result<(), EngineError> {
        self.open_model(&slot.1)?;
        let (Some(model), Some(held)) = (self.models.get_mut(&slot.1), self.held.get_mut(slot))
        else {
            return Ok(());
        };
        let total: u64 = missing.iter().map(|range| range.end - range.start).sum();
        tracing::debug!(path = %slot.0.display(), steps = total, "embedding");
        let mut done = 0;
        let (cache, mut saved) = (&self.cache, (0, Instant::now()));
        let few = SAVED_VALUES / model.manifest.dims().max(1) as u64;
        let mut reader = ModelRateReader::new(source, model.manifest.sample_rate())?;
        job.running(&model.embedder.canceller(), || {
            let embedder = &mut model.embedder;
            embedder.embed_all(&mut reader, missing, &mut |steps, vectors, spectra| {
                held.map.insert_heard(steps.start, vectors, spectra);
                done += steps.end - steps.start;
                let is_due = done - saved.0 > few || saved.1.elapsed() > SAVED_EVERY;
                if let Some(key) = key.filter(|_| is_due) {
                    // Said when all of it is saved, in the end.
                    let tried = cache.save(key, &mut held.map);
                    drop(tried.inspect_err(|error| tracing::debug!("not saved yet: {error}")));
                    saved = (done, Instant::now());
                }
                job.report(done as f32 / total.max(1) as f32)
            })
        })
    }

    /// Writes what was embedded since the last time to the cache. Where that cannot be, all goes on without, and the user is
    /// told once.
    pub(super) fn save_embeddings(&mut self, slot: &Slot, key: &CacheKey) {
        let Some(held) = self.held.get_mut(slot) else {
            return;
        };
        match self.cache.save(key, &mut held.map) {
            Ok(()) => self.cache_fails = false,
            Err(error) if !std::mem::replace(&mut self.cache_fails, true) => {
                let text = format!("{error}; until then each scan computes them again");
                self.notices.push(text);
            }
            Err(_) => {}
        }
    }

    /// Drops what is held of a file that is no longer of interest; the cache on disk keeps it.
    pub fn forget(&mut self, path: &Path) {
        self.held.retain(|(held_path, _)| held_path != path);
        self.continued.remove(path);
        self.waveforms.remove(path);
    }
}

/// The audio at `path`, unless `job` is cancelled while it is decoded.
pub(super) fn open_audio(
    path: &Path,
    job: &JobControl,
) -> Result<Box<dyn SampleSource>, EngineError> {
    audio::open_while(path, &mut || job.proceed()).map_err(|error| match error {
        AudioError::Cancelled { .. } => EngineError::Cancelled,
        error => error.into(),
    })
}

/// How many steps the model makes of `source`.
pub(super) fn steps_of(
    source: &mut dyn SampleSource,
    manifest: &Manifest,
) -> Result<u64, EngineError> {
    let frames = ModelRateReader::new(source, manifest.sample_rate())?.frames();
    Ok(manifest.total_steps(frames))
}

fn missing_of(map: &StepMap, wanted: &Wanted<'_>) -> Vec<Range<u64>> {
    match wanted {
        Wanted::Everything => map.missing(0..map.len()),
        Wanted::Steps(stretches) => {
            let mut ranges: Vec<Range<u64>> = stretches(map.len())
                .into_iter()
                .map(|range| range.start..range.end.min(map.len()))
                .filter(|range| !range.is_empty())
                .collect();
            ranges.sort_by_key(|range| range.start);
            let mut merged: Vec<Range<u64>> = Vec::new();
            for range in ranges {
                match merged.last_mut() {
                    Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                    _ => merged.push(range),
                }
            }
            merged
                .into_iter()
                .flat_map(|range| map.missing(range))
                .collect()
        }
    }
}

/// The vector of the window that begins at `start` (one row of `dims`), or `None` where not all of it is embedded.
pub(super) fn window_vector(map: &StepMap, manifest: &Manifest, start: u64) -> Option<Vec<f32>> {
    let window = manifest.window_steps() as u64;
    let end = (start + window).min(map.len());
    if start >= end || !map.missing(start..end).is_empty() {
        return None;
    }
    Some(manifest.pool_windows(&map.steps_f32(start..end)))
}
