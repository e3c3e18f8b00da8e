//! Tests a model and copies it into the folder of models.
//!
//! Blocks for seconds, because the test runs the model. Files are copied into a hidden folder, which is renamed when it is
//! complete.

use std::io::Write;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::files::{checksum, data_locations, read_model};
use super::manifest::{hexadecimal, is_bare};
use super::{EmbedError, Embedder, InferenceOptions, Manifest, ModelError, Outcome, Runtime};
use crate::audio::{MemorySource, ModelRateReader};
use crate::platform::whole_file::write_to_disk;

/// Vectors of the same sound may differ by this share of their length when it runs alone or in company: dynamically
/// quantised models share one scale among all that runs together. A model that pads or averages differs by far more.
const LARGEST_DIFFERENCE: f32 = 0.05;
/// The same run twice may differ by rounding only.
const ROUNDING: f32 = 1e-3;

/// What a trial found out.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelReport {
    /// Seconds of sound embedded per second, with windows and hop as described.
    pub x_realtime: f64,
    /// How far vectors of the same sound differ, alone and in company, as a share of their length.
    pub batch_difference: f32,
    /// What ran the model.
    pub provider: Outcome,
}

/// Why a model was not added. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Embed(#[from] EmbedError),
    #[error(
        "there is no description {} beside the model: write one as docs/models.md shows, or let a recipe in docs/recipes export both, and add the model again",
        path.display()
    )]
    NoDescription { path: PathBuf },
    #[error("{} is neither a description (.json) nor a model (.onnx): name one of the two", path.display())]
    OtherFile { path: PathBuf },
    #[error(
        "there is a model {key} in {} already: add `--replace` to put this one in its place, or give it another key",
        folder.display()
    )]
    Exists { key: String, folder: PathBuf },
    #[error("the model could not be copied to {} ({source}): free some disk space, or allow writing there", path.display())]
    Copy {
        path: PathBuf,
        source: std::io::Error,
    },
}

/// Runs the model that `manifest` describes on silence, noise and full-scale sound, several windows at once and one alone.
///
/// # Errors
/// When it does not open, gives what is not a number, or gives other vectors for the same sound.
pub fn try_model(
    runtime: &Runtime,
    manifest: &Manifest,
    options: InferenceOptions,
) -> Result<ModelReport, AddError> {
    let mut embedder = Embedder::open(runtime, manifest, options)?;
    let steps = manifest.run_steps();
    let samples = manifest.stretch_samples(steps) as usize;
    let mut random = fastrand::Rng::with_seed(1);
    let noise: Vec<f32> = (0..samples).map(|_| 0.2 * (random.f32() - 0.5)).collect();
    let full_scale = (0..samples).map(|i| if i / 50 % 2 == 0 { 1.0 } else { -1.0 });
    let mut embed = |sound: &'static str, samples: Vec<f32>, steps: Range<u64>| {
        let mut source = MemorySource::new(manifest.sample_rate(), samples);
        let mut reader =
            ModelRateReader::new(&mut source, manifest.sample_rate()).map_err(EmbedError::from)?;
        let found = embedder.embed(&mut reader, steps, &mut |_| ControlFlow::Continue(()));
        found.map_err(|error| match error {
            EmbedError::NotFinite { key, .. } => ModelError::NotFinite { key, sound }.into(),
            other => AddError::from(other),
        })
    };
    embed("silence", vec![0.0; samples], 0..steps)?;
    embed("sound at full scale", full_scale.collect(), 0..steps)?;
    let together = embed("noise", noise.clone(), 0..steps)?;
    let begun = Instant::now();
    let again = embed("noise", noise.clone(), 0..steps)?;
    let seconds = begun.elapsed().as_secs_f64();

    let different = |how, difference| ModelError::NotDeterministic {
        key: manifest.key().into(),
        how,
        difference,
    };
    let dims = manifest.dims();
    let twice = difference(&together, &again, dims);
    if twice > ROUNDING {
        return Err(different("when it hears it twice", twice).into());
    }
    let mut batch_difference: f32 = 0.0;
    for step in [0, steps - 1] {
        let alone = embed("noise", noise.clone(), step..step + 1)?;
        let row = step as usize * dims..(step as usize + 1) * dims;
        let in_company = together.get(row).unwrap_or_default();
        batch_difference = batch_difference.max(difference(&alone, in_company, dims));
    }
    if batch_difference > LARGEST_DIFFERENCE {
        return Err(different("alone and among other windows", batch_difference).into());
    }
    Ok(ModelReport {
        x_realtime: steps as f64 * manifest.step_s() / seconds.max(1e-9),
        batch_difference,
        provider: embedder.provider().clone(),
    })
}

/// The largest distance between vectors of `a` and `b`, as a share of their length.
fn difference(a: &[f32], b: &[f32], dims: usize) -> f32 {
    let length = |row: &mut dyn Iterator<Item = f32>| row.map(|x| x * x).sum::<f32>().sqrt();
    a.chunks_exact(dims)
        .zip(b.chunks_exact(dims))
        .map(|(a, b)| {
            let distance = length(&mut a.iter().zip(b).map(|(a, b)| a - b));
            distance / length(&mut a.iter().copied()).max(1e-6)
        })
        .fold(if a.len() == b.len() { 0.0 } else { 1.0 }, f32::max)
}

/// Tries the model of `source` (its description, or the ONNX file with the description of the same name beside it) and
/// copies it into a folder of its own in `models`, with the checksums written into the description.
///
/// # Errors
/// When the model does not pass [`try_model`], is there already, or cannot be copied.
pub fn add_model(
    runtime: &Runtime,
    source: &Path,
    models: &Path,
    options: InferenceOptions,
    replace: bool,
) -> Result<(Manifest, ModelReport), AddError> {
    let (manifest, description) = describe(source)?;
    let target = models.join(manifest.key());
    if target.exists() && !replace {
        return Err(AddError::Exists {
            key: manifest.key().into(),
            folder: target,
        });
    }
    let report = try_model(runtime, &manifest, options)?;
    copy(&manifest, &description, models, &target).map_err(|source| AddError::Copy {
        path: target.clone(),
        source,
    })?;
    Ok((Manifest::load(&description_in(&target, &manifest))?, report))
}

/// The manifest of `source` with every checksum filled in, and its text.
fn describe(source: &Path) -> Result<(Manifest, String), AddError> {
    let extension = source.extension().unwrap_or_default();
    let path = if extension.eq_ignore_ascii_case("json") {
        source.to_owned()
    } else if extension.eq_ignore_ascii_case("onnx") {
        let path = source.with_extension("json");
        if !path.is_file() {
            read_model(source)?;
            return Err(AddError::NoDescription { path });
        }
        path
    } else {
        return Err(AddError::OtherFile {
            path: source.into(),
        });
    };
    let invalid = |reason: String| ModelError::Invalid {
        path: path.clone(),
        reason,
    };
    let text = std::fs::read(&path).map_err(|source| ModelError::Unreadable {
        path: path.clone(),
        source,
    })?;
    let mut value: serde_json::Value =
        serde_json::from_slice(&text).map_err(|error| invalid(error.to_string()))?;
    let Some(fields) = value.as_object_mut() else {
        return Err(invalid("it is no JSON object".into()).into());
    };
    let file = fields.get("file").and_then(serde_json::Value::as_str);
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    if let Some(model) = file
        .filter(|file| is_bare(file))
        .map(|file| folder.join(file))
    {
        let is_absent = |name| {
            fields
                .get(name)
                .is_none_or(|found| found.as_str().is_some_and(str::is_empty))
        };
        let (no_checksum, no_data) = (is_absent("sha256"), is_absent("data"));
        if no_checksum {
            let sha256 = hexadecimal(&checksum(&model)?);
            fields.insert("sha256".into(), sha256.into());
        }
        let locations = data_locations(&model, &read_model(&model)?)?;
        if no_data && !locations.is_empty() {
            let mut data = Vec::new();
            for location in locations {
                let sha256 = hexadecimal(&checksum(&folder.join(&location))?);
                data.push(serde_json::json!({"file": location, "sha256": sha256}));
            }
            fields.insert("data".into(), data.into());
        }
    }
    let description = serde_json::to_string_pretty(&value).unwrap_or_default() + "\n";
    Ok((Manifest::from_value(value, &path)?, description))
}

fn description_in(folder: &Path, manifest: &Manifest) -> PathBuf {
    folder.join(format!("{}.json", manifest.key()))
}

/// Puts copies of the model's files and `description` into `target`, instead of what is there.
fn copy(
    manifest: &Manifest,
    description: &str,
    models: &Path,
    target: &Path,
) -> std::io::Result<()> {
    std::fs::create_dir_all(models)?;
    // Hidden folders are no models. Both go when this returns, with what is in them by then.
    let hidden = || tempfile::Builder::new().prefix(".").tempdir_in(models);
    let (drafts, retired) = (hidden()?, hidden()?);
    let (draft, old) = (drafts.path().join("new"), retired.path().join("old"));
    std::fs::create_dir(&draft)?;
    let data = manifest.file().data.iter().map(|data| &data.file);
    for name in data.chain([&manifest.file().file]) {
        std::fs::copy(manifest.folder().join(name), draft.join(name))?;
    }
    let description_file = std::fs::File::create(description_in(&draft, manifest))?;
    write_to_disk(description_file, |out| {
        out.write_all(description.as_bytes())
    })?;
    if target.exists() {
        std::fs::rename(target, &old)?;
    }
    std::fs::rename(&draft, target).inspect_err(|_| {
        // What was there before comes back; if that fails too, the first error is the one to tell, and the old model stays
        // in its hidden folder.
        if old.exists() && std::fs::rename(&old, target).is_err() {
            let _ = retired.keep();
        }
    })
}
