//! One ONNX model, checked against its manifest and ready to run. Worker threads; a run takes a core for up to
//! seconds.

use std::sync::Arc;

use half::f16;
use half::slice::HalfFloatSliceExt;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{NoSelectedOutputs, RunOptions, Session, SessionInputValue};
use ort::value::{DynValue, TensorElementType, TensorRef, ValueType};

use super::pooling::{l2_normalise, pool};
use super::{
    Combine, FrontEnd, InferenceOptions, InputStage, Layout, Manifest, ModelError, ModelFiles,
    Provider, Runtime, providers,
};

/// The model: prepared input in, steps out.
pub(super) struct ModelSession {
    session: Session,
    manifest: Manifest,
    half_input: bool,
    /// Items that go through the model at once, at most.
    most_items: u64,
    provider: providers::Outcome,
    options: Arc<RunOptions<NoSelectedOutputs>>,
}

/// Why a run gave no steps.
#[derive(Debug)]
pub(super) enum RunError {
    Failed(String),
    /// The shape was not what the manifest promises, which has `dims` as its last axis.
    WrongShape {
        found: Vec<i64>,
        dims: usize,
    },
}

/// Input of one run.
pub(super) struct Items<'a> {
    /// What the front end made, item by item.
    pub values: &'a [f32],
    /// How many items.
    pub count: usize,
    /// Samples that each item was made of.
    pub samples: usize,
    /// Steps that each item gives.
    pub steps: usize,
}

impl ModelSession {
    /// Loads the model that `manifest` names and tries it on a little silence.
    pub(super) fn open(
        runtime: &Runtime,
        manifest: &Manifest,
        options: &InferenceOptions,
        stage: &mut InputStage,
    ) -> Result<Self, ModelError> {
        let files = ModelFiles::read(manifest)?;
        let rejected = |error: ort::Error| ModelError::Rejected {
            path: manifest.model_path(),
            reason: error.to_string(),
        };
        let (session, provider) = providers::with_fallback(options.provider, |provider| {
            let mut builder = builder(runtime, options, &files)?;
            if let Some(provider) = provider {
                builder = builder.with_execution_providers([provider])?;
                if options.provider == Provider::DirectMl {
                    // DirectML plans its own memory and refuses to run beside the processor's plan.
                    builder = builder.with_memory_pattern(false)?;
                }
            }
            builder.commit_from_memory(files.model())
        })
        .map_err(rejected)?;
        let mut session = Self {
            half_input: false,
            most_items: manifest.run_steps(),
            manifest: manifest.clone(),
            session,
            provider,
            options: Arc::new(RunOptions::new().map_err(rejected)?),
        };
        session.check_tensors()?;
        session.try_silence(stage)?;
        Ok(session)
    }

    /// What ends a run from another thread.
    pub(super) fn options(&self) -> Arc<RunOptions<NoSelectedOutputs>> {
        Arc::clone(&self.options)
    }

    /// What runs the model.
    pub(super) fn provider(&self) -> &providers::Outcome {
        &self.provider
    }

    /// Items that go through the model at once, at most.
    pub(super) fn most_items(&self) -> u64 {
        self.most_items
    }

    /// Runs `items` and gives `count x steps x dims` values, pooled, combined and scaled as the manifest says.
    pub(super) fn run(&mut self, items: &Items<'_>) -> Result<Vec<f32>, RunError> {
        let failed = |error: ort::Error| RunError::Failed(error.to_string());
        let mut shape = vec![items.count];
        shape.extend(self.manifest.item_shape(items.samples));
        let file = self.manifest.file();
        let halves: Vec<f16>;
        let input: SessionInputValue<'_> = if self.half_input {
            halves = items
                .values
                .iter()
                .map(|&value| f16::from_f32(value))
                .collect();
            TensorRef::from_array_view((shape, halves.as_slice()))
                .map_err(failed)?
                .into()
        } else {
            TensorRef::from_array_view((shape, items.values))
                .map_err(failed)?
                .into()
        };
        let outputs = self
            .session
            .run_with_options(ort::inputs![file.input.as_str() => input], &*self.options)
            .map_err(failed)?;
        let read = file.read_outputs();
        let mut pooled = Vec::with_capacity(read.len());
        for (name, dims) in read {
            let output = outputs
                .get(name)
                .ok_or_else(|| RunError::Failed(format!("the output {name} is missing")))?;
            pooled.push((pool_output(&self.manifest, output, dims, items)?, dims));
        }
        let mut steps = match file.combine {
            Combine::Mean if file.views.is_empty() => mean(pooled),
            _ => side_by_side(&pooled),
        };
        if file.l2_normalise {
            l2_normalise(&mut steps, self.manifest.dims());
        }
        Ok(steps)
    }

    /// Whether the model's tensors are those that the manifest names.
    fn check_tensors(&mut self) -> Result<(), ModelError> {
        let file = self.manifest.file();
        let key = || file.key.clone();
        let mismatch = |reason: String| ModelError::Mismatch { key: key(), reason };
        let inputs = self.session.inputs();
        if inputs.len() != 1 {
            return Err(ModelError::InputCount {
                key: key(),
                inputs: inputs.iter().map(|input| input.name().into()).collect(),
            });
        }
        let (wanted, width): (&str, Option<usize>) = match file.front_end {
            FrontEnd::Waveform(settings) if settings.channel_axis => ("[batch, 1, samples]", None),
            FrontEnd::Waveform(_) => ("[batch, samples]", None),
            FrontEnd::LogMel(settings) => ("[batch, time, bands]", Some(settings.bands)),
        };
        let wanted = width.map_or_else(
            || wanted.to_owned(),
            |bands| wanted.replace("bands", &bands.to_string()),
        );
        let found = inputs.iter().map(|input| (input.name(), input.dtype()));
        let (element, shape) =
            check_tensor("input", found, &file.input, &wanted, width).map_err(mismatch)?;
        self.half_input = element == TensorElementType::Float16;

        for (name, dims) in file.read_outputs() {
            let wanted = match file.layout {
                Layout::Vector => format!("[batch, {dims}]"),
                Layout::Frames { .. } => format!("[batch, time, {dims}]"),
            };
            let outputs = self.session.outputs().iter();
            let found = outputs.map(|output| (output.name(), output.dtype()));
            check_tensor("output", found, name, &wanted, Some(dims)).map_err(mismatch)?;
        }
        self.check_axes(&shape)
    }

    /// Whether the input's axes leave room for what is to be given; a batch of one at a time is room enough.
    fn check_axes(&mut self, shape: &[i64]) -> Result<(), ModelError> {
        let file = self.manifest.file();
        let fixed = |axis, found, wanted| ModelError::FixedAxis {
            key: file.key.clone(),
            axis,
            found,
            wanted,
        };
        let independent = self.manifest.has_independent_windows();
        let most_items = match shape.first() {
            Some(1) => 1,
            None | Some(-1) => self.most_items,
            Some(&batch) => {
                return Err(fixed("windows", batch, "one or any number".into()));
            }
        };
        let samples = self.manifest.step_cover_samples() as usize;
        let item = self.manifest.item_shape(samples);
        let (time, axis) = match file.front_end {
            FrontEnd::Waveform(_) => (item.len(), "samples"),
            FrontEnd::LogMel(_) => (1, "frames"),
        };
        let found = shape.get(time).copied().unwrap_or(-1);
        let wanted = item.get(time - 1).copied().unwrap_or_default();
        if found >= 0 && !independent {
            return Err(fixed(
                axis,
                found,
                "stretches of any length for pooled windows".into(),
            ));
        }
        if found >= 0 && found != wanted as i64 {
            return Err(fixed(axis, found, wanted.to_string()));
        }
        self.most_items = most_items;
        Ok(())
    }

    /// Runs silence of the shortest length that has all of a step's context.
    fn try_silence(&mut self, stage: &mut InputStage) -> Result<(), ModelError> {
        let steps = 2 * self.manifest.context_steps() + 1;
        let samples = self.manifest.stretch_samples(steps as u64) as usize;
        let mut values = Vec::new();
        stage.append(&vec![0.0; samples], &mut values);
        let items = Items {
            values: &values,
            count: 1,
            samples,
            steps,
        };
        let key = self.manifest.key().to_owned();
        match self.run(&items) {
            Ok(found) if found.iter().all(|value| value.is_finite()) => Ok(()),
            Ok(_) => Err(ModelError::NotFinite {
                key,
                sound: "silence",
            }),
            Err(RunError::Failed(reason)) => Err(ModelError::Mismatch {
                key,
                reason: format!("it cannot run: {reason}"),
            }),
            Err(RunError::WrongShape { found, dims }) => Err(ModelError::Mismatch {
                key,
                reason: format!(
                    "{samples} samples give an output of the shape {found:?}{}",
                    self.wanted_shape(steps, dims)
                ),
            }),
        }
    }

    /// What the shape of an output should be, where its time axis is known.
    fn wanted_shape(&self, steps: usize, dims: usize) -> String {
        match frames_per_item(&self.manifest, steps) {
            Some(frames) => format!(" instead of [1, {frames}, {dims}]"),
            None => String::new(),
        }
    }
}

/// Frames that an item of `steps` steps must give; `None` where any number will do.
fn frames_per_item(manifest: &Manifest, steps: usize) -> Option<usize> {
    match manifest.file().windows {
        super::Windows::Pooled {
            frames_per_step, ..
        } => Some(steps * frames_per_step),
        super::Windows::Independent { .. } => None,
    }
}

/// The steps of one output: `count x steps x dims of the output`.
fn pool_output(
    manifest: &Manifest,
    output: &DynValue,
    dims: usize,
    items: &Items<'_>,
) -> Result<Vec<f32>, RunError> {
    let failed = |error: ort::Error| RunError::Failed(error.to_string());
    let widened: Vec<f32>;
    let (shape, values) = if output.dtype().tensor_type() == Some(TensorElementType::Float16) {
        let (shape, halves) = output.try_extract_tensor::<f16>().map_err(failed)?;
        widened = halves.to_f32_vec();
        (shape, widened.as_slice())
    } else {
        output.try_extract_tensor::<f32>().map_err(failed)?
    };
    let wrong = || RunError::WrongShape {
        found: shape.to_vec(),
        dims,
    };
    let sizes: Vec<usize> = shape
        .iter()
        .map(|&size| usize::try_from(size).map_err(|_| wrong()))
        .collect::<Result<_, _>>()?;
    match (manifest.file().layout, sizes.as_slice()) {
        (Layout::Vector, &[count, width]) if count == items.count && width == dims => {
            Ok(values.to_vec())
        }
        (Layout::Frames { pooling, .. }, &[count, frames, width])
            if count == items.count
                && width == dims
                && frames > 0
                && frames_per_item(manifest, items.steps).is_none_or(|wanted| wanted == frames) =>
        {
            let group = frames / items.steps.max(1) * dims;
            let mut steps = Vec::with_capacity(count * items.steps * dims);
            for rows in values.chunks_exact(group.max(1)) {
                pool(rows, dims, pooling, &mut steps);
            }
            Ok(steps)
        }
        _ => Err(wrong()),
    }
}

/// The mean of several outputs, all of one length.
fn mean(outputs: Vec<(Vec<f32>, usize)>) -> Vec<f32> {
    let count = outputs.len() as f32;
    let mut outputs = outputs.into_iter().map(|(values, _)| values);
    let mut sums = outputs.next().unwrap_or_default();
    if count > 1.0 {
        for output in outputs {
            for (sum, value) in sums.iter_mut().zip(output) {
                *sum += value;
            }
        }
        for sum in &mut sums {
            *sum /= count;
        }
    }
    sums
}

/// The rows of several outputs behind each other; each output with the length of its rows.
fn side_by_side(outputs: &[(Vec<f32>, usize)]) -> Vec<f32> {
    let values = outputs.iter().map(|(values, _)| values.len()).sum();
    let mut rows = Vec::with_capacity(values);
    let count = outputs
        .first()
        .map_or(0, |(values, dims)| values.len() / (*dims).max(1));
    for index in 0..count {
        for (values, dims) in outputs {
            let row = values.get(index * dims..(index + 1) * dims);
            rows.extend_from_slice(row.unwrap_or_default());
        }
    }
    rows
}

fn builder(
    runtime: &Runtime,
    options: &InferenceOptions,
    files: &ModelFiles,
) -> Result<SessionBuilder, ort::Error> {
    let builder = Session::builder(runtime.environment())?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(options.threads.get())?
        // Spinning threads would burn the host's cores between runs.
        .with_intra_op_spinning(false)?;
    match files.data_folder() {
        Some(folder) => Ok(builder.with_config_entry(
            "session.model_external_initializers_file_folder_path",
            folder.to_string_lossy(),
        )?),
        None => Ok(builder),
    }
}

/// Whether `tensors` has one of the wanted name, of floating point, of the rank of `wanted` and with `width` as its last
/// axis. Gives its element type and shape, in which -1 is an axis that is only known when the model runs.
fn check_tensor<'a>(
    kind: &str,
    tensors: impl Iterator<Item = (&'a str, &'a ValueType)>,
    name: &str,
    wanted: &str,
    width: Option<usize>,
) -> Result<(TensorElementType, Vec<i64>), String> {
    let tensors: Vec<_> = tensors.collect();
    let (_, dtype) = tensors
        .iter()
        .find(|(found, _)| *found == name)
        .ok_or_else(|| {
            let names: Vec<&str> = tensors.iter().map(|(name, _)| *name).collect();
            format!("it has no {kind} named {name}, only {}", names.join(", "))
        })?;
    let float = |element: &TensorElementType| {
        matches!(
            element,
            TensorElementType::Float32 | TensorElementType::Float16
        )
    };
    let element = dtype.tensor_type().filter(float);
    let shape = dtype.tensor_shape().map(|shape| shape.to_vec());
    let rank = wanted.split(',').count();
    let fits = |shape: &Vec<i64>| {
        let last = shape.last().copied().unwrap_or(-1);
        shape.len() == rank && (last == -1 || width.is_none_or(|width| last == width as i64))
    };
    match (element, shape.filter(fits)) {
        (Some(element), Some(shape)) => Ok((element, shape)),
        _ => Err(format!(
            "its {kind} {name} is {dtype} instead of float32 {wanted}"
        )),
    }
}
