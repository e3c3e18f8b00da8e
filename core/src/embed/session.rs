//! One ONNX model, checked against its manifest and ready to run. Worker threads; a run takes a core for up to a
//! second.

use std::io::ErrorKind;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{NoSelectedOutputs, RunOptions, Session};
use ort::value::{TensorElementType, TensorRef, ValueType};
use sha2::{Digest, Sha256};

use super::{Manifest, ModelError, Runtime};

/// The model: log-mel frames in, steps out.
pub(super) struct ModelSession {
    session: Session,
    input: String,
    output: String,
    bands: usize,
    dims: usize,
    options: Arc<RunOptions<NoSelectedOutputs>>,
}

/// Why a run gave no steps.
#[derive(Debug)]
pub(super) enum RunError {
    Failed(String),
    /// `[batch, steps, dims]` was not what the manifest promises.
    WrongShape(Vec<i64>),
}

impl ModelSession {
    /// Loads the model that `manifest` names, to run on `threads` threads, and tries it on a little silence.
    pub(super) fn open(
        runtime: &Runtime,
        manifest: &Manifest,
        bands: usize,
        threads: NonZeroUsize,
    ) -> Result<Self, ModelError> {
        let path = manifest.model_path();
        let model = read_checked(path, manifest.sha256())?;
        let rejected = |error: ort::Error| ModelError::Rejected {
            path: path.into(),
            reason: error.to_string(),
        };
        let session = builder(runtime, threads)
            .and_then(|mut builder| builder.commit_from_memory(&model))
            .map_err(rejected)?;
        let options = Arc::new(RunOptions::new().map_err(rejected)?);
        let file = manifest.file();
        let mut session = Self {
            session,
            input: file.input.clone(),
            output: file.output.clone(),
            bands,
            dims: file.dims,
            options,
        };
        session
            .check(manifest)
            .map_err(|reason| ModelError::Mismatch {
                key: file.key.clone(),
                reason,
            })?;
        Ok(session)
    }

    /// What ends a run from another thread.
    pub(super) fn options(&self) -> Arc<RunOptions<NoSelectedOutputs>> {
        Arc::clone(&self.options)
    }

    /// Runs `frames` log-mel frames, row by row in `logmel`, and hands `steps x dims` values to `keep`.
    pub(super) fn run<T>(
        &mut self,
        logmel: &[f32],
        keep: impl FnOnce(&[f32]) -> T,
    ) -> Result<T, RunError> {
        let failed = |error: ort::Error| RunError::Failed(error.to_string());
        let frames = logmel.len() / self.bands;
        let input =
            TensorRef::from_array_view(([1, frames, self.bands], logmel)).map_err(failed)?;
        let inputs = ort::inputs![self.input.as_str() => input];
        let outputs = self
            .session
            .run_with_options(inputs, &*self.options)
            .map_err(failed)?;
        let output = outputs
            .get(&self.output)
            .ok_or_else(|| RunError::Failed(format!("the output {} is missing", self.output)))?;
        let (shape, values) = output.try_extract_tensor::<f32>().map_err(failed)?;
        match **shape {
            [1, steps, dims] if dims == self.dims as i64 && steps >= 0 => Ok(keep(values)),
            _ => Err(RunError::WrongShape(shape.to_vec())),
        }
    }

    /// Whether the model is what the manifest says; the error is the sentence that says in what it is not.
    fn check(&mut self, manifest: &Manifest) -> Result<(), String> {
        let input = (self.input.as_str(), self.bands);
        check_tensor(
            "input",
            self.session.inputs().iter().map(|i| (i.name(), i.dtype())),
            input,
        )?;
        let output = (self.output.as_str(), self.dims);
        check_tensor(
            "output",
            self.session.outputs().iter().map(|o| (o.name(), o.dtype())),
            output,
        )?;

        let file = manifest.file();
        let steps = 2 * file.context_steps + 1;
        let silence = vec![0.0; steps * file.frames_per_step * self.bands];
        let (values, finite) = self
            .run(&silence, |values| {
                (values.len(), values.iter().all(|value| value.is_finite()))
            })
            .map_err(|error| match error {
                RunError::Failed(reason) => format!("it cannot run: {reason}"),
                RunError::WrongShape(shape) => format!("its output has the shape {shape:?}"),
            })?;
        let found = values / self.dims;
        if found != steps {
            return Err(format!(
                "{} frames give {found} steps instead of {steps}",
                steps * file.frames_per_step
            ));
        }
        if !finite {
            return Err("silence gives values that are not numbers".into());
        }
        Ok(())
    }
}

fn builder(runtime: &Runtime, threads: NonZeroUsize) -> Result<SessionBuilder, ort::Error> {
    let builder = Session::builder(runtime.environment())?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(threads.get())?
        // Spinning threads would burn the host's cores between runs.
        .with_intra_op_spinning(false)?;
    Ok(builder)
}

/// The bytes of the model at `path`, known to be those that the manifest was made for.
fn read_checked(path: &Path, expected: &str) -> Result<Vec<u8>, ModelError> {
    let model = std::fs::read(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => ModelError::FileMissing { path: path.into() },
        _ => ModelError::FileUnreadable {
            path: path.into(),
            source,
        },
    })?;
    let found: String = Sha256::digest(&model)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if found == expected {
        Ok(model)
    } else {
        Err(ModelError::WrongChecksum {
            path: path.into(),
            expected: expected.into(),
            found,
        })
    }
}

/// Whether `tensors` has one of the wanted name, float32, `[batch, time, width]`.
fn check_tensor<'a>(
    kind: &str,
    mut tensors: impl Iterator<Item = (&'a str, &'a ValueType)>,
    (name, width): (&str, usize),
) -> Result<(), String> {
    let (_, dtype) = tensors
        .find(|(found, _)| *found == name)
        .ok_or_else(|| format!("it has no {kind} named {name}"))?;
    let float = dtype.tensor_type() == Some(TensorElementType::Float32);
    // A dimension of -1 is only known when the model runs.
    match dtype.tensor_shape().map(|shape| shape.to_vec()).as_deref() {
        Some([_, _, found]) if float && (*found == width as i64 || *found == -1) => Ok(()),
        _ => Err(format!(
            "its {kind} {name} is {dtype} instead of float32 [batch, time, {width}]"
        )),
    }
}
