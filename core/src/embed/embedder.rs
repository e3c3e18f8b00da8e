//! Runs a model over a recording, in runs that do not show in the result.
//!
//! A stretch is read with the model's context on both sides and only its middle is kept, so a step has the same
//! value whether it was computed in an hour's scan or alone; where that takes more than context, stretches lie on a fixed
//! grid. Independent windows go through the model several at a time. At the two ends of the recording there is no context,
//! as for a short clip; beyond them is silence. Digital silence runs through the model once. Worker threads only.

use std::num::NonZeroUsize;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ort::session::{NoSelectedOutputs, RunOptions};

use super::session::{Items, ModelSession, RunError};
use super::{InputStage, Manifest, ModelError, Outcome, Provider, Runtime};
use crate::audio::{AudioError, ModelRateReader};

/// Why a recording was not embedded.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    #[error(transparent)]
    Audio(#[from] AudioError),
    #[error("the work was cancelled: start it again when it suits")]
    Cancelled,
    #[error(
        "the recording is at {found_hz} Hz where the model {key} wants {wanted_hz} Hz: read it through a ModelRateReader at the model's rate"
    )]
    WrongRate {
        key: String,
        found_hz: u32,
        wanted_hz: u32,
    },
    #[error(
        "the model {key} gave values that are not numbers at {at_s:.1} s: its file is probably damaged, install it again with `earmark models add` or `cargo xtask setup`"
    )]
    NotFinite { key: String, at_s: f64 },
    #[error(
        "the model {key} gave an output of shape {shape:?}: its description does not fit, correct it as docs/models.md says"
    )]
    WrongShape { key: String, shape: Vec<i64> },
    #[error(
        "ONNX Runtime could not run the model {key} ({reason}): close other programs if memory is short, and try again"
    )]
    Failed { key: String, reason: String },
}

/// What a model runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InferenceOptions {
    /// Threads of the session.
    pub threads: NonZeroUsize,
    /// The processor or an accelerator.
    pub provider: Provider,
}

impl From<NonZeroUsize> for InferenceOptions {
    /// That many threads of the processor.
    fn from(threads: NonZeroUsize) -> Self {
        Self {
            threads,
            provider: Provider::Cpu,
        }
    }
}

/// One model, ready to run.
pub struct Embedder {
    manifest: Manifest,
    stage: InputStage,
    session: ModelSession,
    canceller: Canceller,
    samples: Vec<f32>,
    input: Vec<f32>,
    silence: Option<Silence>,
}

/// What the model makes of silence in a run of one shape: the same input gives the same output.
struct Silence {
    /// Samples of the run, and which of its steps are kept.
    shape: (usize, Range<u64>),
    vectors: Vec<f32>,
}

/// Ends the work of an [`Embedder`] from any thread, within a layer of the network. It stays ended until
/// [`reset`](Self::reset).
#[derive(Clone)]
pub struct Canceller {
    options: Arc<RunOptions<NoSelectedOutputs>>,
    cancelled: Arc<AtomicBool>,
}

impl Canceller {
    /// Makes the running and every later [`Embedder::embed`] return [`EmbedError::Cancelled`].
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
        if let Err(error) = self.options.terminate() {
            tracing::warn!(%error, "the running chunk ends by itself");
        }
    }

    /// Lets the embedder work again.
    pub fn reset(&self) {
        self.cancelled.store(false, Ordering::SeqCst);
        if let Err(error) = self.options.unterminate() {
            tracing::warn!(%error, "the embedder stays cancelled");
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }
}

impl Embedder {
    /// Loads the model that `manifest` describes, to run as `options` say (or on so many threads), and makes sure that it
    /// is what the manifest says.
    ///
    /// # Errors
    /// When the model file is missing, is not the one the manifest was made for, or does not fit it.
    pub fn open(
        runtime: &Runtime,
        manifest: &Manifest,
        options: impl Into<InferenceOptions>,
    ) -> Result<Self, ModelError> {
        let mut stage = InputStage::new(manifest).map_err(|reason| ModelError::Mismatch {
            key: manifest.key().into(),
            reason,
        })?;
        let session = ModelSession::open(runtime, manifest, &options.into(), &mut stage)?;
        let canceller = Canceller {
            options: session.options(),
            cancelled: Arc::default(),
        };
        Ok(Self {
            manifest: manifest.clone(),
            stage,
            session,
            canceller,
            samples: Vec::new(),
            input: Vec::new(),
            silence: None,
        })
    }

    /// What runs the model, and why if that is not what was asked for.
    pub fn provider(&self) -> &Outcome {
        self.session.provider()
    }

    /// The model's description.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What ends the work from another thread.
    pub fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }

    /// The vectors of `steps` of the recording, limited to those it has: `steps x dims`, row by row.
    ///
    /// `progress` is told how many steps are done, at first 0 and then after every chunk, and may break off.
    ///
    /// # Errors
    /// When the recording cannot be read, the model fails, or the work was cancelled.
    pub fn embed(
        &mut self,
        audio: &mut ModelRateReader<'_>,
        steps: Range<u64>,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Vec<f32>, EmbedError> {
        if audio.rate() != self.manifest.sample_rate() {
            return Err(EmbedError::WrongRate {
                key: self.manifest.key().into(),
                found_hz: audio.rate().hz(),
                wanted_hz: self.manifest.sample_rate().hz(),
            });
        }
        // Taken once: a take that grows meanwhile must not give its chunks different ends.
        let total = self.manifest.total_steps(audio.frames());
        let steps = steps.start.min(total)..steps.end.min(total);
        let count = usize::try_from(steps.end.saturating_sub(steps.start)).unwrap_or(usize::MAX);
        let mut vectors = Vec::with_capacity(count.saturating_mul(self.manifest.dims()));
        let mut next = steps.start;
        loop {
            if progress(next - steps.start).is_break() || self.canceller.is_cancelled() {
                return Err(EmbedError::Cancelled);
            }
            if next >= steps.end {
                return Ok(vectors);
            }
            let begin = vectors.len();
            let wanted = next..steps.end;
            next = if self.manifest.has_independent_windows() {
                self.embed_windows(audio, wanted, &mut vectors)?
            } else {
                self.embed_stretch(audio, wanted, total, &mut vectors)?
            };
            self.expect_numbers(
                &vectors[begin..],
                steps.start + (begin / self.manifest.dims()) as u64,
            )?;
        }
    }

    /// Appends the vectors of the first of `wanted`, each a window of its own; gives where they end.
    fn embed_windows(
        &mut self,
        audio: &mut ModelRateReader<'_>,
        wanted: Range<u64>,
        vectors: &mut Vec<f32>,
    ) -> Result<u64, EmbedError> {
        let end = (wanted.start + self.session.most_items()).min(wanted.end);
        let window = self.manifest.step_cover_samples() as usize;
        let dims = self.manifest.dims();
        let mut sounding = Vec::new();
        self.input.clear();
        let begin = vectors.len();
        vectors.resize(begin + (end - wanted.start) as usize * dims, 0.0);
        for (index, step) in (wanted.start..end).enumerate() {
            self.read(audio, step, window)?;
            let row = begin + index * dims..begin + (index + 1) * dims;
            match self.silent_vectors(&(0..1)) {
                Some(silent) => vectors[row].copy_from_slice(silent),
                None => {
                    self.stage.append(&self.samples, &mut self.input);
                    sounding.push((row, is_silent(&self.samples)));
                }
            }
        }
        let found = self.run(sounding.len(), window, 1)?;
        for ((row, silent), vector) in sounding.into_iter().zip(found.chunks_exact(dims)) {
            vectors[row].copy_from_slice(vector);
            if silent {
                self.silence = Some(Silence {
                    shape: (window, 0..1),
                    vectors: vector.to_vec(),
                });
            }
        }
        Ok(end)
    }

    /// Appends the vectors of the first of `wanted`, as far as one stretch reaches; gives where they end.
    fn embed_stretch(
        &mut self,
        audio: &mut ModelRateReader<'_>,
        wanted: Range<u64>,
        total: u64,
        vectors: &mut Vec<f32>,
    ) -> Result<u64, EmbedError> {
        let length = self.manifest.run_steps();
        // On a grid the whole cell is computed, whatever is wanted of it.
        let cell = match self.manifest.grid_steps() {
            Some(grid) => {
                let start = wanted.start / grid * grid;
                start..(start + grid).min(total)
            }
            None => wanted.start..(wanted.start + length).min(wanted.end),
        };
        let kept = wanted.start..cell.end.min(wanted.end);
        let context = self.manifest.context_steps() as u64;
        let from = cell.start.saturating_sub(context);
        let to = (cell.end + context).min(total);
        // A stretch is short, so these fit.
        let samples = self.manifest.stretch_samples(to - from) as usize;
        let dims = self.manifest.dims();
        let rows = kept.start - from..kept.end - from;

        self.read(audio, from, samples)?;
        if let Some(silent) = self.silent_vectors(&rows) {
            vectors.extend_from_slice(silent);
            return Ok(kept.end);
        }
        self.input.clear();
        self.stage.append(&self.samples, &mut self.input);
        let found = self.run(1, samples, (to - from) as usize)?;
        let found = found.get(rows.start as usize * dims..rows.end as usize * dims);
        let found = found
            .ok_or_else(|| self.run_error(RunError::Failed("it gave too few steps".into())))?;
        vectors.extend_from_slice(found);
        if is_silent(&self.samples) {
            self.silence = Some(Silence {
                shape: (samples, rows),
                vectors: found.to_vec(),
            });
        }
        Ok(kept.end)
    }

    /// Fills `samples` with `length` samples from the start of `step`; beyond the recording is silence.
    fn read(
        &mut self,
        audio: &mut ModelRateReader<'_>,
        step: u64,
        length: usize,
    ) -> Result<(), EmbedError> {
        let start = i64::try_from(step * self.manifest.step_samples()).unwrap_or(i64::MAX);
        self.samples.resize(length, 0.0);
        Ok(audio.read(start, &mut self.samples)?)
    }

    /// What the run at hand would give, when that is known because all of it is silence.
    fn silent_vectors(&self, kept: &Range<u64>) -> Option<&[f32]> {
        let known = self.silence.as_ref()?;
        (known.shape == (self.samples.len(), kept.clone()) && is_silent(&self.samples))
            .then_some(known.vectors.as_slice())
    }

    /// Runs `count` items of `steps` steps, of `samples` samples each, that lie in `input`.
    fn run(&mut self, count: usize, samples: usize, steps: usize) -> Result<Vec<f32>, EmbedError> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let items = Items {
            values: &self.input,
            count,
            samples,
            steps,
        };
        let found = self.session.run(&items);
        found.map_err(|error| self.run_error(error))
    }

    /// Refuses `vectors`, the first of which is that of the step `first`, unless all are numbers.
    fn expect_numbers(&self, vectors: &[f32], first: u64) -> Result<(), EmbedError> {
        let finite = |row: &[f32]| row.iter().all(|value| value.is_finite());
        let mut rows = vectors.chunks_exact(self.manifest.dims());
        match rows.position(|row| !finite(row)) {
            None => Ok(()),
            Some(row) => Err(EmbedError::NotFinite {
                key: self.manifest.key().into(),
                at_s: (first + row as u64) as f64 * self.manifest.step_s(),
            }),
        }
    }

    fn run_error(&self, error: RunError) -> EmbedError {
        let key = self.manifest.key().to_owned();
        match error {
            RunError::Failed(_) if self.canceller.is_cancelled() => EmbedError::Cancelled,
            RunError::Failed(reason) => EmbedError::Failed { key, reason },
            RunError::WrongShape(shape) => EmbedError::WrongShape { key, shape },
        }
    }
}

fn is_silent(samples: &[f32]) -> bool {
    samples.iter().all(|&sample| sample == 0.0)
}
