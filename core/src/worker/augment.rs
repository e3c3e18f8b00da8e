//! Background mixing: examples laid over stretches of the very recordings that are to be searched.
//!
//! A library clip is clean, the track is not; mixing closes that gap. It was worth 0.1 of average precision where it was
//! measured (`docs/learning.md`).

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::audio::{MemorySource, ModelRateReader, SampleSource};
use crate::cache::StepMap;
use crate::embed::Manifest;
use crate::job::JobControl;
use crate::protocol::EngineError;
use crate::recording::Recording;
use crate::time::{SampleRate, Span};

use super::Worker;
use super::embeddings::open_audio;
use super::views::rows_of;

/// A positive's place and the fold group it belongs to.
pub(super) struct Snippet {
    pub recording: Recording,
    pub span: Span,
    pub group: u32,
}

/// Levels of the example over the background, in decibels: one copy each.
const MIX_LEVELS_DB: [f32; 4] = [15.0, 5.0, 10.0, 0.0];
/// Below this a stretch counts as silent and the level of the example is left alone.
const SILENCE_RMS: f32 = 1e-5;

pub(super) fn mixes_per_clip() -> usize {
    MIX_LEVELS_DB.len()
}

/// Examples mixed in one go: some 14 MB of the default model's samples.
const SNIPPETS_AT_ONCE: usize = 16;
/// Snippets whose mixes are kept for the next training; some 20 MB of the default model's.
const KEPT_SNIPPETS: usize = 5_000;

/// The mixes of each snippet of earlier trainings, by the checksum of everything that they are made of.
pub(super) type KeptMixes = HashMap<[u8; 32], Vec<Vec<f32>>>;

impl Worker {
    /// One vector per snippet and level, in that order. A snippet is mixed once and kept: its mixes depend on nothing but
    /// itself and the background, so that marking one more leaves all others as they were.
    pub(super) fn mixes_of(
        &mut self,
        model_key: &str,
        snippets: &[Snippet],
        background: &[Recording],
        job: &JobControl,
    ) -> Result<Vec<Vec<f32>>, EngineError> {
        let model_sha256 = self.open_model(model_key)?.sha256().to_owned();
        let mut of_beds = Sha256::new();
        for bed in background {
            of_beds.update(bed.content_name(&model_sha256)?);
        }
        let mut names: Vec<[u8; 32]> = Vec::with_capacity(snippets.len());
        for snippet in snippets {
            let mut name = of_beds.clone();
            name.update(snippet.recording.content_name(&model_sha256)?);
            name.update(seed_of(snippet).to_le_bytes());
            names.push(name.finalize().into());
        }
        if self.mixes.len() + snippets.len() > KEPT_SNIPPETS {
            self.mixes.clear();
        }
        let missing: Vec<(&Snippet, [u8; 32])> = snippets
            .iter()
            .zip(names.iter().copied())
            .filter(|(_, name)| !self.mixes.contains_key(name))
            .collect();
        let rounds = missing.len().div_ceil(SNIPPETS_AT_ONCE);
        for (round, some) in missing.chunks(SNIPPETS_AT_ONCE).enumerate() {
            job.step("mixing examples with the background", round, rounds);
            let snippets: Vec<&Snippet> = some.iter().map(|(snippet, _)| *snippet).collect();
            let vectors = self.embed_mixes(model_key, &snippets, background, job)?;
            let of_each = vectors.chunks(MIX_LEVELS_DB.len()).map(<[_]>::to_vec);
            let names = some.iter().map(|(_, name)| *name);
            self.mixes.extend(names.zip(of_each));
        }
        let kept = names.iter().filter_map(|name| self.mixes.get(name));
        Ok(kept.flatten().cloned().collect())
    }

    /// One vector per snippet and level, in that order.
    fn embed_mixes(
        &mut self,
        model_key: &str,
        snippets: &[&Snippet],
        background: &[Recording],
        job: &JobControl,
    ) -> Result<Vec<Vec<f32>>, EngineError> {
        let model = self.model(model_key)?;
        let manifest = &model.manifest;
        let step = manifest.step_samples() as usize;
        let window_steps = manifest.window_steps();
        let context = manifest.context_steps();
        let window_samples = manifest.window_samples() as usize;
        let slot_steps = window_samples.div_ceil(step) + 2 * context;
        let mut beds = Beds::open(background, manifest.sample_rate());
        let mut samples =
            Vec::with_capacity(snippets.len() * MIX_LEVELS_DB.len() * slot_steps * step);
        for snippet in snippets {
            let mut random = fastrand::Rng::with_seed(seed_of(snippet));
            let example = read_example(snippet, manifest, job)?;
            for level_db in MIX_LEVELS_DB {
                let mut slot = beds.random_stretch(slot_steps * step, &mut random, job)?;
                let window = context * step;
                let room = window_samples.saturating_sub(example.len());
                lay_over(
                    &mut slot,
                    window + random.usize(0..=room),
                    &example,
                    level_db,
                );
                samples.extend_from_slice(&slot);
            }
            job.go_on()?;
        }
        let mixes = snippets.len() * MIX_LEVELS_DB.len();
        let mut source = MemorySource::new(manifest.sample_rate(), samples);
        let mut reader = ModelRateReader::new(&mut source, manifest.sample_rate())?;
        let total = (mixes * slot_steps) as u64;
        let wanted = |mix: usize| {
            let start = mix * slot_steps + context;
            start as u64..(start + window_steps) as u64
        };
        // One pass over everything, unless that would run windows that begin in one mix and end in the next.
        let passes: Vec<_> = if manifest.has_independent_windows() {
            (0..mixes).map(wanted).collect()
        } else {
            std::iter::once(0..total).collect()
        };
        let canceller = model.embedder.canceller();
        let mut steps = StepMap::new(rows_of(manifest));
        for pass in passes {
            let found = job.running(&canceller, || {
                model
                    .embedder
                    .embed(&mut reader, pass.clone(), &mut |done| {
                        job.report((pass.start + done) as f32 / total as f32)
                    })
            })?;
            steps.insert(pass.start, &found);
        }
        let manifest = &model.manifest;
        Ok((0..mixes)
            .map(|mix| manifest.pool_windows(&steps.steps_f32(wanted(mix))))
            .collect())
    }
}

/// Keeps at most `room` of `items`, spread over all of them.
pub(super) fn keep_evenly<T>(items: &mut Vec<T>, room: usize) {
    let count = items.len();
    let kept = count.min(room);
    let mut index = 0;
    items.retain(|_| {
        index += 1;
        (index - 1) * kept / count != index * kept / count
    });
}

/// The dice for a snippet: the same wherever its recording lies and whatever else is marked.
fn seed_of(snippet: &Snippet) -> u64 {
    let mut hash = Sha256::new();
    hash.update(&snippet.recording.filename);
    hash.update(snippet.span.start_s().to_le_bytes());
    hash.update(snippet.span.end_s().to_le_bytes());
    let bytes: [u8; 32] = hash.finalize().into();
    let [a, b, c, d, e, f, g, h, ..] = bytes;
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// At most one window of the snippet, around its centre, at the model's rate.
fn read_example(
    snippet: &Snippet,
    manifest: &Manifest,
    job: &JobControl,
) -> Result<Vec<f32>, EngineError> {
    let mut source = open_audio(&snippet.recording.path, job)?;
    let mut reader = ModelRateReader::new(source.as_mut(), manifest.sample_rate())?;
    let length_s = snippet.span.duration_s().min(manifest.window_s());
    let rate = f64::from(manifest.sample_rate().hz());
    let start = ((snippet.span.centre_s() - length_s / 2.0) * rate) as i64;
    let mut samples = vec![0.0; (length_s * rate) as usize];
    reader.read(start, &mut samples)?;
    Ok(samples)
}

/// Adds `example` to `slot` from `at`, scaled to lie `level_db` above what is already there.
fn lay_over(slot: &mut [f32], at: usize, example: &[f32], level_db: f32) {
    let bed = slot
        .get(at..(at + example.len()).min(slot.len()))
        .unwrap_or_default();
    let (bed_rms, example_rms) = (rms(bed), rms(example));
    let gain = if bed_rms < SILENCE_RMS || example_rms < SILENCE_RMS {
        1.0
    } else {
        10.0_f32.powf(level_db / 20.0) * bed_rms / example_rms
    };
    for (sample, addition) in slot.iter_mut().skip(at).zip(example) {
        *sample += gain * addition;
    }
}

fn rms(samples: &[f32]) -> f32 {
    let sum: f32 = samples.iter().map(|sample| sample * sample).sum();
    (sum / samples.len().max(1) as f32).sqrt()
}

/// Background recordings, opened when the dice first fall on them.
struct Beds<'a> {
    recordings: &'a [Recording],
    open: Vec<Option<Box<dyn SampleSource>>>,
    rate: SampleRate,
}

impl<'a> Beds<'a> {
    fn open(recordings: &'a [Recording], rate: SampleRate) -> Self {
        let open = recordings.iter().map(|_| None).collect();
        Self {
            recordings,
            open,
            rate,
        }
    }

    fn random_stretch(
        &mut self,
        samples: usize,
        random: &mut fastrand::Rng,
        job: &JobControl,
    ) -> Result<Vec<f32>, EngineError> {
        let mut stretch = vec![0.0; samples];
        let index = random.usize(0..self.recordings.len().max(1));
        if let (Some(recording), Some(slot)) =
            (self.recordings.get(index), self.open.get_mut(index))
        {
            let source = match slot {
                Some(source) => source,
                None => slot.insert(open_audio(&recording.path, job)?),
            };
            let mut reader = ModelRateReader::new(source.as_mut(), self.rate)?;
            let room = reader.frames().saturating_sub(samples as u64);
            reader.read(random.u64(0..=room) as i64, &mut stretch)?;
        }
        Ok(stretch)
    }
}

#[cfg(test)]
mod tests {
    use super::keep_evenly;

    #[test]
    fn what_is_kept_is_spread_over_all_there_is() {
        let kept = |count: usize, room| {
            let mut items: Vec<usize> = (1..=count).collect();
            keep_evenly(&mut items, room);
            items
        };
        assert_eq!(kept(9, 3), [3, 6, 9]);
        assert_eq!(kept(5, 4), [2, 3, 4, 5]);
        assert_eq!(kept(3, 300), [1, 2, 3]);
        assert!(kept(3, 0).is_empty() && kept(0, 3).is_empty());
    }
}
