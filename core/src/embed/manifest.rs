//! The manifest beside a model: what it hears, how its input is made and how its output is to be read.
//!
//! Pure but for reading the file. A [`Manifest`] has been checked, so nothing behind it needs to check again.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::LogMel;
use crate::time::SampleRate;

/// The newest layout of the manifest that this version of Earmark understands.
pub const FORMAT_VERSION: u32 = 1;

/// A manifest as it stands in the JSON file, not yet checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Layout of this file: the `FORMAT_VERSION` of the program that wrote it.
    pub format_version: u32,
    /// Names the model in the database and on its tab: capitals, digits and underscores.
    pub key: String,
    /// The model's name for people.
    pub name: String,
    /// File name of the ONNX model, in the manifest's own folder.
    pub file: String,
    /// SHA-256 of the ONNX model in lower-case hexadecimal digits.
    pub sha256: String,
    /// Rate of the mono samples the model was trained on.
    pub sample_rate_hz: u32,
    /// How samples become the model's input.
    pub front_end: FrontEnd,
    /// Name of the ONNX input, float32 `[batch, frames, bands]`.
    pub input: String,
    /// Name of the ONNX output, float32 `[batch, frames / frames_per_step, dims]`.
    pub output: String,
    /// Length of one vector.
    pub dims: usize,
    /// Front-end frames that make one output step.
    pub frames_per_step: usize,
    /// Steps on either side that influence a step: the model's receptive field.
    pub context_steps: usize,
    /// Steps in one scored window.
    pub window_steps: usize,
    /// How the steps of a window become one vector.
    pub pooling: Pooling,
    /// Licence of the weights.
    pub licence: String,
    /// Who made the weights, in the words their licence asks for.
    pub attribution: String,
}

/// How samples become the model's input.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FrontEnd {
    /// `log10(1 + gain * power) / divisor` of triangular mel bands; see [`LogMel`].
    LogMel(LogMelSettings),
}

/// Settings of [`FrontEnd::LogMel`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LogMelSettings {
    /// Length of a frame in samples.
    pub fft: usize,
    /// Distance between frames in samples.
    pub hop: usize,
    /// Number of mel bands.
    pub bands: usize,
    /// Lower edge of the lowest band.
    pub min_hz: f64,
    /// Upper edge of the highest band, at most half the sample rate.
    pub max_hz: f64,
    /// Factor on the power before the logarithm.
    pub gain: f64,
    /// What the logarithm is divided by.
    pub divisor: f64,
}

/// How the steps of a window become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// The maximum of each dimension.
    Max,
}

/// Why a model cannot be used. Every message ends with what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("the model description {} cannot be read ({source}): run `cargo xtask setup` to install the model", path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the model description {} is not valid ({reason}): correct it, or run `cargo xtask setup` to install the model again", path.display())]
    Invalid { path: PathBuf, reason: String },
    #[error("the model description {} has layout {found}, newer than {FORMAT_VERSION}: update Earmark", path.display())]
    TooNew { path: PathBuf, found: u64 },
    #[error("the model file {} is missing: run `cargo xtask setup` to install it", path.display())]
    FileMissing { path: PathBuf },
    #[error("the model file {} cannot be read ({source}): check the disk and the file's permissions", path.display())]
    FileUnreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "the model file {} is not the one its description names (SHA-256 {found} instead of {expected}): run `cargo xtask setup` to install it again",
        path.display()
    )]
    WrongChecksum {
        path: PathBuf,
        expected: String,
        found: String,
    },
    #[error("ONNX Runtime cannot load the model file {} ({reason}): run `cargo xtask setup` to install it again", path.display())]
    Rejected { path: PathBuf, reason: String },
    #[error(
        "the model {key} does not fit its description ({reason}): correct the description or use another model"
    )]
    Mismatch { key: String, reason: String },
}

/// A model's description that has been checked; the only way to an [`Embedder`](super::Embedder).
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    file: ManifestFile,
    rate: SampleRate,
    model_path: PathBuf,
}

impl Manifest {
    /// Reads and checks the manifest at `path`. Whether the model file is there is found out on opening it.
    ///
    /// # Errors
    /// When the manifest is missing, is from a newer Earmark, or says something that cannot be.
    pub fn load(path: &Path) -> Result<Self, ModelError> {
        let invalid = |reason: String| ModelError::Invalid {
            path: path.into(),
            reason,
        };
        let text = std::fs::read(path).map_err(|source| ModelError::Unreadable {
            path: path.into(),
            source,
        })?;
        // The layout is looked at first: a newer one need not have today's fields.
        let value: serde_json::Value =
            serde_json::from_slice(&text).map_err(|error| invalid(error.to_string()))?;
        if let Some(found) = value
            .get("format_version")
            .and_then(serde_json::Value::as_u64)
            && found > u64::from(FORMAT_VERSION)
        {
            return Err(ModelError::TooNew {
                path: path.into(),
                found,
            });
        }
        let file: ManifestFile =
            serde_json::from_value(value).map_err(|error| invalid(error.to_string()))?;
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        Self::new(file, folder).map_err(invalid)
    }

    /// Checks `file`, whose model lies in `folder`; the error says which field cannot be.
    fn new(file: ManifestFile, folder: &Path) -> Result<Self, String> {
        let require = |condition: bool, what: &str| {
            if condition {
                Ok(())
            } else {
                Err(what.to_owned())
            }
        };
        require(
            file.format_version == FORMAT_VERSION,
            "format_version must be 1",
        )?;
        let key_character = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        require(
            (1..=64).contains(&file.key.len()) && file.key.chars().all(key_character),
            "key must be 1 to 64 capitals, digits and underscores",
        )?;
        let bare_name = Path::new(&file.file)
            .file_name()
            .is_some_and(|name| name == file.file.as_str());
        require(bare_name, "file must be a file name without a folder")?;
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        require(
            file.sha256.len() == 64 && file.sha256.chars().all(hex),
            "sha256 must be 64 hexadecimal digits",
        )?;
        require(
            !file.input.is_empty() && !file.output.is_empty(),
            "input and output must be named",
        )?;
        require((1..=65_536).contains(&file.dims), "dims must be 1 to 65536")?;
        require(
            (1..=4_096).contains(&file.frames_per_step),
            "frames_per_step must be 1 to 4096",
        )?;
        require(
            file.context_steps <= 1_024,
            "context_steps must be at most 1024",
        )?;
        require(
            (1..=4_096).contains(&file.window_steps),
            "window_steps must be 1 to 4096",
        )?;
        require(
            (1_000..=1_000_000).contains(&file.sample_rate_hz),
            "sample_rate_hz must be 1000 to 1000000",
        )?;
        let rate = SampleRate::new(file.sample_rate_hz).ok_or("sample_rate_hz must not be 0")?;
        let FrontEnd::LogMel(settings) = file.front_end;
        LogMel::new(&settings, rate)?;
        let model_path = folder.join(&file.file);
        Ok(Self {
            file,
            rate,
            model_path,
        })
    }

    /// Names the model in the database and on its tab.
    pub fn key(&self) -> &str {
        &self.file.key
    }

    /// Everything the manifest says.
    pub fn file(&self) -> &ManifestFile {
        &self.file
    }

    /// Where the ONNX model should be.
    pub fn model_path(&self) -> &Path {
        &self.model_path
    }

    /// SHA-256 of the ONNX model, which is also what tells its embeddings from those of another version.
    pub fn sha256(&self) -> &str {
        &self.file.sha256
    }

    /// Rate of the samples the model hears.
    pub fn sample_rate(&self) -> SampleRate {
        self.rate
    }

    /// Length of one vector.
    pub fn dims(&self) -> usize {
        self.file.dims
    }

    /// Steps in one scored window.
    pub fn window_steps(&self) -> usize {
        self.file.window_steps
    }

    /// Samples from one step to the next, at the model's rate.
    pub fn step_samples(&self) -> u64 {
        let FrontEnd::LogMel(settings) = self.file.front_end;
        (self.file.frames_per_step * settings.hop) as u64
    }

    /// Samples that a step's own frames cover; more than [`step_samples`](Self::step_samples) where frames overlap.
    pub fn step_cover_samples(&self) -> u64 {
        let FrontEnd::LogMel(settings) = self.file.front_end;
        ((self.file.frames_per_step - 1) * settings.hop + settings.fft) as u64
    }

    /// Seconds from one step to the next, and so from one window to the next.
    pub fn step_s(&self) -> f64 {
        self.step_samples() as f64 / f64::from(self.rate.hz())
    }

    /// Length of one scored window in seconds.
    pub fn window_s(&self) -> f64 {
        self.step_s() * self.file.window_steps as f64
    }

    /// Steps of a recording of `frames` samples at the model's rate: at least one for anything that is not empty,
    /// the last one filled up with silence.
    pub fn total_steps(&self, frames: u64) -> u64 {
        let overlap = self.step_cover_samples() - self.step_samples();
        match frames {
            0 => 0,
            _ => frames
                .saturating_sub(overlap)
                .div_ceil(self.step_samples())
                .max(1),
        }
    }

    /// The leading steps of a growing recording, `frames` samples long by now, that stay as they are whatever is
    /// appended. The margin covers the model's context and the resampler's filter.
    pub fn settled_steps(&self, frames: u64) -> u64 {
        let complete = frames.saturating_sub(self.step_cover_samples()) / self.step_samples();
        complete.saturating_sub(self.file.context_steps as u64)
    }

    /// The steps that change when `samples`, counted at the model's rate, are replaced. May reach past the end
    /// of the recording.
    pub fn steps_affected(&self, samples: Range<u64>) -> Range<u64> {
        if samples.is_empty() {
            return 0..0;
        }
        // One step more than the context, for the resampler's filter.
        let margin = self.file.context_steps as u64 + 1;
        let first = samples
            .start
            .saturating_sub(self.step_cover_samples() - 1)
            .div_ceil(self.step_samples());
        let last = (samples.end - 1) / self.step_samples();
        first.saturating_sub(margin)..last + margin + 1
    }
}

/// The models in `folders`: every `*.json` in them, in order, the first of equal keys winning. A folder that is
/// not there holds none; a manifest that cannot be used is an error of its own, so that the others still work.
pub fn find_models(folders: &[PathBuf]) -> Vec<Result<Manifest, ModelError>> {
    let mut found: Vec<Result<Manifest, ModelError>> = Vec::new();
    for folder in folders {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        let mut paths: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "json")
            })
            .collect();
        paths.sort();
        for path in paths {
            let loaded = Manifest::load(&path);
            let known = |manifest: &Manifest| {
                found
                    .iter()
                    .flatten()
                    .any(|other| other.key() == manifest.key())
            };
            if !loaded.as_ref().is_ok_and(known) {
                found.push(loaded);
            }
        }
    }
    found
}

#[cfg(test)]
pub(super) mod tests;
