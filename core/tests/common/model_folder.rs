//! A folder with one model and its manifest, and running it.

use std::num::NonZeroUsize;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};

use earmark_core::audio::{MemorySource, ModelRateReader};
use earmark_core::embed::{EmbedError, Embedder, Manifest, ModelError};
use sha2::{Digest, Sha256};

use super::tiny_onnx::{Attribute, Axis, FLOAT, Graph};

/// A folder with `tiny.onnx` and `tiny.json`.
pub struct ModelFolder {
    folder: tempfile::TempDir,
    manifest: serde_json::Value,
}

impl ModelFolder {
    pub fn new(model: &[u8], manifest: serde_json::Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tiny.onnx"), model).unwrap();
        let mut this = Self { folder, manifest };
        this.manifest["file"] = "tiny.onnx".into();
        this.manifest["sha256"] = sha256(model).into();
        this.change(|_| {});
        this
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn model(&self) -> PathBuf {
        self.path().join("tiny.onnx")
    }

    pub fn description(&self) -> PathBuf {
        self.path().join("tiny.json")
    }

    /// Writes the manifest anew with `change`.
    pub fn change(&mut self, change: impl FnOnce(&mut serde_json::Value)) {
        change(&mut self.manifest);
        std::fs::write(self.description(), self.manifest.to_string()).unwrap();
    }

    pub fn manifest(&self) -> Manifest {
        Manifest::load(&self.description()).unwrap()
    }

    pub fn open(&self) -> Result<Embedder, ModelError> {
        Embedder::open(&super::runtime(), &self.manifest(), NonZeroUsize::MIN)
    }

    pub fn embed(&self, samples: &[f32]) -> Vec<f32> {
        embed(&mut self.open().unwrap(), samples, 0..u64::MAX).unwrap()
    }
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

pub fn embed(
    embedder: &mut Embedder,
    samples: &[f32],
    steps: Range<u64>,
) -> Result<Vec<f32>, EmbedError> {
    let rate = embedder.manifest().sample_rate();
    let mut source = MemorySource::new(rate, samples.to_vec());
    let mut reader = ModelRateReader::new(&mut source, rate).unwrap();
    embedder.embed(&mut reader, steps, &mut |_| ControlFlow::Continue(()))
}

/// What a manifest of independent windows of one vector says: a second of 8 kHz every half second.
pub fn vector_manifest(dims: usize) -> serde_json::Value {
    serde_json::json!({
        "format_version": 2, "key": "TINY", "name": "tiny", "sample_rate_hz": 8_000,
        "front_end": {"kind": "waveform"}, "input": "waveform", "outputs": ["vector"],
        "layout": {"kind": "vector"}, "dims": dims,
        "windows": {"kind": "independent", "window_samples": 8_000, "hop_samples": 4_000},
        "licence": "none", "attribution": "none",
    })
}

/// A model of `[batch, samples]` that gives the energy in eight bands of a filter bank, `[batch, 8]`.
pub fn filter_bank() -> Vec<u8> {
    let mut graph = Graph::default();
    let axes = [Axis::Open("batch"), Axis::Open("samples")];
    graph.input("waveform", FLOAT, &axes);
    let axis = graph.int64s(&[1]);
    let channel = graph.node("Unsqueeze", &["waveform", &axis], &[]);
    let filters: Vec<f32> = (0..8)
        .flat_map(|band| (0..64).map(move |i| (0.2 * (band + 1) as f32 * i as f32).sin() / 8.0))
        .collect();
    let filters = graph.floats(&[8, 1, 64], &filters);
    let attributes = [Attribute::Ints("strides", &[16])];
    let filtered = graph.node("Conv", &[&channel, &filters], &attributes);
    let power = graph.node("Mul", &[&filtered, &filtered], &[]);
    let attributes = [Attribute::Ints("axes", &[2]), Attribute::Int("keepdims", 0)];
    graph.node_as("vector", "ReduceMean", &[&power], &attributes);
    graph.output("vector", FLOAT, &[Axis::Open("batch"), Axis::Fixed(8)]);
    graph.to_bytes()
}

/// Noise with tones that come and go.
pub fn sounds(samples: usize) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(3);
    (0..samples)
        .map(|i| {
            let tone = (i as f32 * (0.05 + 0.3 * (i / 6_000 % 5) as f32)).sin();
            0.3 * tone + 0.1 * (random.f32() - 0.5)
        })
        .collect()
}
