//! The manifest beside a model: its sample rate, how its input is made, and how its output is read.
//!
//! Pure but for reading the file. A [`Manifest`] has been checked, so its users need not check again.

mod check;
mod file;
mod steps;

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::ModelError;
use crate::time::SampleRate;

pub(super) use check::is_bare;
pub use file::{
    Combine, Compression, DataFile, FORMAT_VERSION, Fill, FrontEnd, Layout, LogMelSettings,
    ManifestFile, Normalise, Pooling, View, WaveformSettings, Windows,
};

/// A model's description that has been checked; the only way to an [`Embedder`](super::Embedder).
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    file: ManifestFile,
    rate: SampleRate,
    folder: PathBuf,
    identity: String,
}

impl Manifest {
    /// Reads and checks the manifest at `path`. The model file itself is checked when it is opened.
    ///
    /// # Errors
    /// When the manifest is missing, is from a newer Earmark, or holds an impossible value.
    pub fn load(path: &Path) -> Result<Self, ModelError> {
        let text = std::fs::read(path).map_err(|source| ModelError::Unreadable {
            path: path.into(),
            source,
        })?;
        let value = serde_json::from_slice(&text).map_err(|error| ModelError::Invalid {
            path: path.into(),
            reason: error.to_string(),
        })?;
        Self::from_value(value, path)
    }

    /// Checks the manifest `value`, which stands or will stand in `path`.
    pub(super) fn from_value(value: serde_json::Value, path: &Path) -> Result<Self, ModelError> {
        let invalid = |reason: String| ModelError::Invalid {
            path: path.into(),
            reason,
        };
        // The layout is looked at first: a newer one need not have today's fields.
        let version = value
            .get("format_version")
            .and_then(serde_json::Value::as_u64)
            .unwrap_or_default();
        let parsed = match version {
            1 => serde_json::from_value::<file::FirstLayout>(value)
                .map_err(|error| error.to_string())
                .and_then(file::FirstLayout::into_second),
            2..=4 => serde_json::from_value(value).map_err(|error| error.to_string()),
            found if found > u64::from(FORMAT_VERSION) => {
                return Err(ModelError::TooNew {
                    path: path.into(),
                    found,
                });
            }
            _ => Err(String::from("format_version must be 1 to 4")),
        };
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        parsed
            .and_then(|file| Self::new(file, folder))
            .map_err(invalid)
    }

    /// Checks `file`, whose model lies in `folder`; the error says which field cannot be.
    fn new(file: ManifestFile, folder: &Path) -> Result<Self, String> {
        let rate = check::check(&file)?;
        Ok(Self {
            identity: identity(&file),
            file,
            rate,
            folder: folder.into(),
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

    /// The folder that the model may read: the manifest's own.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the ONNX model should be.
    pub fn model_path(&self) -> PathBuf {
        self.folder.join(&self.file.file)
    }

    /// The identity of this model's embeddings, in 64 hexadecimal digits: a checksum of its files and of
    /// every setting that shapes a vector. For layout 1 it is the checksum of the model file alone.
    pub fn sha256(&self) -> &str {
        &self.identity
    }

    /// Rate of the samples the model hears.
    pub fn sample_rate(&self) -> SampleRate {
        self.rate
    }

    /// Length of one vector.
    pub fn dims(&self) -> usize {
        self.file.all_dims()
    }

    /// Its parts that are scaled by themselves, one behind the other: the lengths add up to [`dims`](Self::dims). A model
    /// without views has one.
    pub fn views(&self) -> Vec<(usize, Compression)> {
        let views = self.file.views.iter();
        let views: Vec<_> = views.map(|view| (view.dims, view.compression)).collect();
        if views.is_empty() {
            vec![(self.dims(), Compression::default())]
        } else {
            views
        }
    }
}

/// Two manifests of one model file may read it differently, and a manifest may be edited; neither may find the vectors
/// of the other in a cache. What only people read does not count.
fn identity(file: &ManifestFile) -> String {
    if file.format_version == 1 {
        return file.sha256.clone();
    }
    let data: Vec<&String> = file.data.iter().map(|data| &data.sha256).collect();
    let shaping = (
        (&file.sha256, data, file.sample_rate_hz),
        (file.front_end, &file.input, &file.outputs),
        (file.combine, file.layout, file.dims),
        (file.windows, file.l2_normalise),
    );
    // Nothing in it can fail to be written.
    let mut shaping = serde_json::to_string(&shaping).unwrap_or_default();
    let views = file.views.iter();
    // Nothing is added without views, so that such a model keeps its identity.
    shaping.extend(
        views.map(|view| format!("{} {} {:?}\n", view.output, view.dims, view.compression)),
    );
    hexadecimal(&Sha256::digest(shaping))
}

/// `bytes` in lower-case hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The models in `folders`: every `*.json` in them and in the folders directly below, in order, the first of equal keys
/// winning. A folder that is not there holds none; a manifest that cannot be used is an error of its own, so that the
/// others still work.
pub fn find_models(folders: &[PathBuf]) -> Vec<Result<Manifest, ModelError>> {
    let mut found: Vec<Result<Manifest, ModelError>> = Vec::new();
    for folder in folders {
        let (below, mut paths): (Vec<PathBuf>, Vec<PathBuf>) =
            entries(folder).into_iter().partition(|path| path.is_dir());
        paths.extend(below.iter().flat_map(|folder| entries(folder)));
        for path in paths {
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
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

/// What lies in `folder`, in order, without what is hidden: a model that is being added is, until it is whole.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| !name.to_string_lossy().starts_with('.'))
        })
        .collect();
    paths.sort();
    paths
}

#[cfg(test)]
pub(super) mod tests;
