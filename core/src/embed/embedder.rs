//! Runs a model over a recording, in chunks that do not show in the result.
//!
//! Each chunk is read with the model's context on both sides and only its middle is kept, so a step has the same
//! value whether it was computed in an hour's scan or alone. At the two ends of the recording there is no context,
//! as for a short clip. Worker threads only.

use std::num::NonZeroUsize;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ort::session::{NoSelectedOutputs, RunOptions};

use super::session::{ModelSession, RunError};
use super::{FrontEnd, LogMel, Manifest, ModelError, Runtime};
use crate::audio::{AudioError, ModelRateReader};

/// About 30 seconds with the default model: long enough for the context not to matter, short enough to fit in
/// memory and to be cancelled between two of them.
const CHUNK_STEPS: u64 = 160;

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
        "the model {key} gave values that are not numbers at {at_s:.1} s: its file is probably damaged, run `cargo xtask setup` to install it again"
    )]
    NotFinite { key: String, at_s: f64 },
    #[error(
        "the model {key} gave an output of shape {shape:?}: its description does not fit, run `cargo xtask setup` to install it again"
    )]
    WrongShape { key: String, shape: Vec<i64> },
    #[error(
        "ONNX Runtime could not run the model {key} ({reason}): close other programs if memory is short, and try again"
    )]
    Failed { key: String, reason: String },
}

/// One model, ready to run.
pub struct Embedder {
    manifest: Manifest,
    front_end: LogMel,
    session: ModelSession,
    canceller: Canceller,
    samples: Vec<f32>,
    logmel: Vec<f32>,
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
    /// Loads the model that `manifest` describes, to run on `threads` threads, and makes sure that it is what the
    /// manifest says.
    ///
    /// # Errors
    /// When the model file is missing, is not the one the manifest was made for, or does not fit it.
    pub fn open(
        runtime: &Runtime,
        manifest: &Manifest,
        threads: NonZeroUsize,
    ) -> Result<Self, ModelError> {
        let FrontEnd::LogMel(settings) = manifest.file().front_end;
        let front_end = LogMel::new(&settings, manifest.sample_rate()).map_err(|reason| {
            ModelError::Mismatch {
                key: manifest.key().into(),
                reason,
            }
        })?;
        let session = ModelSession::open(runtime, manifest, front_end.bands(), threads)?;
        let canceller = Canceller {
            options: session.options(),
            cancelled: Arc::default(),
        };
        Ok(Self {
            manifest: manifest.clone(),
            front_end,
            session,
            canceller,
            samples: Vec::new(),
            logmel: Vec::new(),
        })
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
            let chunk = next..(next + CHUNK_STEPS).min(steps.end);
            next = chunk.end;
            self.embed_chunk(audio, chunk, total, &mut vectors)?;
        }
    }

    /// Appends the vectors of the steps of `chunk` to `vectors`.
    fn embed_chunk(
        &mut self,
        audio: &mut ModelRateReader<'_>,
        chunk: Range<u64>,
        total: u64,
        vectors: &mut Vec<f32>,
    ) -> Result<(), EmbedError> {
        let context = self.manifest.file().context_steps as u64;
        let from = chunk.start.saturating_sub(context);
        let to = (chunk.end + context).min(total);
        let (step, cover) = (
            self.manifest.step_samples(),
            self.manifest.step_cover_samples(),
        );
        let start = i64::try_from(from * step).unwrap_or(i64::MAX);
        // A chunk is short, so these fit.
        let length = ((to - from - 1) * step + cover) as usize;
        let dims = self.manifest.dims();
        let kept = (chunk.start - from) as usize * dims..(chunk.end - from) as usize * dims;

        self.samples.resize(length, 0.0);
        audio.read(start, &mut self.samples)?;
        self.front_end.process(&self.samples, &mut self.logmel);
        let begin = vectors.len();
        let complete = self
            .session
            .run(&self.logmel, |output| {
                output
                    .get(kept)
                    .map(|kept| vectors.extend_from_slice(kept))
                    .is_some()
            })
            .map_err(|error| self.run_error(error))?;
        if !complete {
            return Err(self.run_error(RunError::Failed("it gave too few steps".into())));
        }
        let finite = |row: &[f32]| row.iter().all(|value| value.is_finite());
        match vectors[begin..]
            .chunks_exact(dims)
            .position(|row| !finite(row))
        {
            None => Ok(()),
            Some(row) => Err(EmbedError::NotFinite {
                key: self.manifest.key().into(),
                at_s: (chunk.start + row as u64) as f64 * self.manifest.step_s(),
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
