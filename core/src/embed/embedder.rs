//! Runs a model over a recording, in runs whose bounds do not change the result.
//!
//! A stretch is read with the model's context on both sides and only its middle is kept, so a step has the same
//! value in an hour's scan as alone; where context is not enough for that, stretches lie on a fixed grid. Independent windows go through the model several at a time. At the two ends of the recording there is no context,
//! as for a short clip; beyond them is silence. Digital silence runs through the model once. Worker threads only.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::bounded;
use ort::session::{NoSelectedOutputs, RunOptions};

use super::prepare::{ItemShape, Part, Preparer, Run};
use super::session::{Items, ModelSession, RunError};
use super::{InferenceOptions, InputStage, Manifest, ModelError, Outcome, Runtime};
use crate::audio::{AudioError, ModelRateReader};

/// Why a recording was not embedded.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    #[error(transparent)]
    Audio(#[from] AudioError),
    #[error("the work was cancelled: start it again")]
    Cancelled,
    #[error(
        "the recording is at {found_hz} Hz where the model {key} needs {wanted_hz} Hz: convert it to {wanted_hz} Hz"
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

/// One model, ready to run.
pub struct Embedder {
    preparer: Preparer,
    inference: Inference,
}

/// Runs what was prepared.
struct Inference {
    manifest: Manifest,
    session: ModelSession,
    canceller: Canceller,
    silence: Option<Silence>,
}

/// What the model makes of a silent item.
struct Silence {
    shape: ItemShape,
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
            preparer: Preparer::new(manifest.clone(), stage, session.most_items()),
            inference: Inference {
                manifest: manifest.clone(),
                session,
                canceller,
                silence: None,
            },
        })
    }

    /// What runs the model, and why if that is not what was asked for.
    pub fn provider(&self) -> &Outcome {
        self.inference.session.provider()
    }

    /// The model's description.
    pub fn manifest(&self) -> &Manifest {
        &self.inference.manifest
    }

    /// What ends the work from another thread.
    pub fn canceller(&self) -> Canceller {
        self.inference.canceller.clone()
    }

    /// The vectors of `steps` of the recording, limited to those it has: `steps x dims`, row by row.
    ///
    /// `progress` is told how many steps are done, at first 0 and then after every run, and may break off.
    ///
    /// # Errors
    /// As [`embed_all`](Self::embed_all).
    pub fn embed(
        &mut self,
        audio: &mut ModelRateReader<'_>,
        steps: Range<u64>,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Vec<f32>, EmbedError> {
        let mut vectors = Vec::new();
        let mut done = 0;
        if progress(done).is_break() {
            return Err(EmbedError::Cancelled);
        }
        let wanted = std::slice::from_ref(&steps);
        self.embed_all(audio, wanted, &mut |run, found, _| {
            vectors.extend_from_slice(found);
            done += run.end - run.start;
            progress(done)
        })?;
        Ok(vectors)
    }

    /// Embeds all `stretches` of the recording, limited to the steps it has, and gives `found` the steps of every run, their
    /// vectors, row by row, and their fine spectra, as they come; it may break off.
    ///
    /// Where there is more than one run, a second thread prepares the next ones while the model works. It is at work for about a
    /// tenth of the time, gets two runs ahead at most, and has ended when this returns.
    ///
    /// # Errors
    /// When the recording cannot be read, the model fails, or the work was cancelled.
    pub fn embed_all(
        &mut self,
        audio: &mut ModelRateReader<'_>,
        stretches: &[Range<u64>],
        found: &mut Found<'_>,
    ) -> Result<(), EmbedError> {
        let Self {
            preparer,
            inference,
        } = self;
        let manifest = &inference.manifest;
        if audio.rate() != manifest.sample_rate() {
            return Err(EmbedError::WrongRate {
                key: manifest.key().into(),
                found_hz: audio.rate().hz(),
                wanted_hz: manifest.sample_rate().hz(),
            });
        }
        inference.expect_time()?;
        // Taken once: a take that grows meanwhile must not give its runs different ends.
        let length = audio.frames();
        let total = manifest.total_steps(length);
        preparer.hears(length);
        let shape = inference.silence.as_ref().map(|known| known.shape.clone());
        preparer.knows_silence(shape);
        let mut runs = Runs {
            preparer,
            audio,
            stretches,
            next: 0,
            total,
            is_first: true,
        };
        let Some(first) = runs.next_run(Vec::new())? else {
            return Ok(());
        };
        if runs.is_at_end() {
            return inference.give(first, found).map(drop);
        }
        std::thread::scope(|scope| {
            let (ready, next) = bounded(1);
            // As many as there are buffers, so that giving one back never waits.
            let (give_back, used) = bounded(3);
            let preparing = std::thread::Builder::new()
                .name(String::from("earmark-prepare"))
                .spawn_scoped(scope, move || {
                    loop {
                        let buffer = used.try_recv().unwrap_or_default();
                        let run = runs.next_run(buffer).transpose();
                        // Nobody waits for it any more when the work was broken off.
                        if run.is_none_or(|run| ready.send(run).is_err()) {
                            return;
                        }
                    }
                });
            if let Err(error) = preparing {
                return Err(inference.run_error(RunError::Failed(error.to_string())));
            }
            // Owned here, so that returning early ends the other thread.
            let next = next;
            let mut run = first;
            loop {
                let buffer = inference.give(run, found)?;
                let _ = give_back.try_send(buffer);
                match next.recv() {
                    Ok(Ok(prepared)) => run = prepared,
                    Ok(Err(error)) => return Err(error.into()),
                    Err(_) => return Ok(()),
                }
            }
        })
    }
}

/// What takes the vectors of every run: the steps they are of, `steps x dims` values, and the [`FineSpectrum`](super::FineSpectrum)
/// of every step, or none.
pub type Found<'a> = dyn FnMut(Range<u64>, &[f32], &[u8]) -> ControlFlow<()> + 'a;

/// The runs of all that is wanted of a recording, one after another.
struct Runs<'a, 'b> {
    preparer: &'a mut Preparer,
    audio: &'a mut ModelRateReader<'b>,
    stretches: &'a [Range<u64>],
    /// What is left of the first of `stretches` begins here at the earliest.
    next: u64,
    /// Steps of the recording.
    total: u64,
    /// Nothing was prepared yet.
    is_first: bool,
}

/// The first of several runs is so much shorter: until it is prepared the model has nothing to do.
const FIRST_RUN_SHARE: u64 = 8;

impl Runs<'_, '_> {
    fn next_run(&mut self, buffer: Vec<f32>) -> Result<Option<Run>, AudioError> {
        let Some(mut wanted) = self.wanted() else {
            return Ok(None);
        };
        if std::mem::take(&mut self.is_first) {
            let manifest = self.preparer.manifest();
            let whole = manifest.run_steps();
            if manifest.grid_steps().is_none() && wanted.end - wanted.start > whole {
                wanted.end = wanted.start + (whole / FIRST_RUN_SHARE).max(1);
            }
        }
        let run = self
            .preparer
            .prepare(self.audio, wanted, self.total, buffer)?;
        self.next = run.steps.end;
        Ok(Some(run))
    }

    fn is_at_end(&mut self) -> bool {
        self.wanted().is_none()
    }

    /// What is left of the first stretch of which something is.
    fn wanted(&mut self) -> Option<Range<u64>> {
        while let Some((first, rest)) = self.stretches.split_first() {
            let left = self.next.max(first.start)..first.end.min(self.total);
            if !left.is_empty() {
                return Some(left);
            }
            self.stretches = rest;
            self.next = 0;
        }
        None
    }
}

impl Inference {
    /// Runs the model and gives what it found away; the buffer of the input comes back.
    fn give(&mut self, run: Run, found: &mut Found<'_>) -> Result<Vec<f32>, EmbedError> {
        self.expect_time()?;
        let vectors = self.run(&run)?;
        self.expect_numbers(&vectors, run.steps.start)?;
        if found(run.steps, &vectors, &run.spectra).is_break() {
            return Err(EmbedError::Cancelled);
        }
        Ok(run.input)
    }

    fn expect_time(&self) -> Result<(), EmbedError> {
        if self.canceller.is_cancelled() {
            Err(EmbedError::Cancelled)
        } else {
            Ok(())
        }
    }

    /// The vectors of the steps of `run`.
    fn run(&mut self, run: &Run) -> Result<Vec<f32>, EmbedError> {
        let dims = self.manifest.dims();
        let found = if run.items == 0 {
            Vec::new()
        } else {
            let items = Items {
                values: &run.input,
                count: run.items,
                samples: run.item_samples,
                steps: run.item_steps,
            };
            let found = self.session.run(&items);
            found.map_err(|error| self.run_error(error))?
        };
        let mut items = found.chunks_exact((run.item_steps * dims).max(1));
        let mut vectors = Vec::with_capacity((run.steps.end - run.steps.start) as usize * dims);
        for part in &run.parts {
            match part {
                Part::Silence => {
                    if let Some(known) = &self.silence {
                        vectors.extend_from_slice(&known.vectors);
                    }
                }
                Part::Item { rows, silent } => {
                    let item = items.next().unwrap_or_default();
                    let kept = item.get(rows.start * dims..rows.end * dims);
                    let kept = kept.ok_or_else(|| {
                        self.run_error(RunError::Failed("it gave too few steps".into()))
                    })?;
                    vectors.extend_from_slice(kept);
                    if *silent {
                        self.silence = Some(Silence {
                            shape: (run.item_samples, rows.clone()),
                            vectors: kept.to_vec(),
                        });
                    }
                }
            }
        }
        Ok(vectors)
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
            RunError::WrongShape { found, .. } => EmbedError::WrongShape { key, shape: found },
        }
    }
}
