//! Models that are not what their manifest says, opened and run with the real ONNX Runtime.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)] // In tests a panic is the report.

mod adding_models;
mod bad_models;
mod common;
mod exported_models;
mod waveform_models;

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use common::tiny_onnx::{DOUBLE, TinyModel};
use earmark_core::audio::{MemorySource, ModelRateReader};
use earmark_core::embed::{EmbedError, Embedder, Manifest, ModelError};
use sha2::{Digest, Sha256};

/// A folder with a model of one vector of 96 values per log-mel frame.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(model: &[u8]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        std::fs::write(folder.model(), model).unwrap();
        folder
    }

    fn model(&self) -> PathBuf {
        self.0.path().join("tiny.onnx")
    }

    fn manifest(&self, change: impl FnOnce(&mut serde_json::Value)) -> Manifest {
        let model = std::fs::read(self.model()).unwrap_or_default();
        let sha256: String = Sha256::digest(model)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let mut manifest = serde_json::json!({
            "format_version": 1, "key": "TINY", "name": "tiny", "file": "tiny.onnx", "sha256": sha256,
            "sample_rate_hz": 44_100,
            "front_end": {"kind": "log_mel", "fft": 2048, "hop": 1024, "bands": 96, "min_hz": 0.0,
                          "max_hz": 22_050.0, "gain": 10_000.0, "divisor": 9.4578},
            "input": "logmel", "output": "steps", "dims": 96, "frames_per_step": 1, "context_steps": 0,
            "window_steps": 5, "pooling": "max", "licence": "none", "attribution": "none",
        });
        change(&mut manifest);
        let path = self.0.path().join("tiny.json");
        std::fs::write(&path, manifest.to_string()).unwrap();
        Manifest::load(&path).unwrap()
    }

    fn open(&self) -> Result<Embedder, ModelError> {
        self.open_with(|_| {})
    }

    fn open_with(
        &self,
        change: impl FnOnce(&mut serde_json::Value),
    ) -> Result<Embedder, ModelError> {
        Embedder::open(
            &common::runtime(),
            &self.manifest(change),
            NonZeroUsize::MIN,
        )
    }
}

fn error_of(opened: Result<Embedder, ModelError>) -> ModelError {
    opened.err().expect("the model should have been refused")
}

fn embed(embedder: &mut Embedder, samples: Vec<f32>) -> Result<Vec<f32>, EmbedError> {
    let rate = embedder.manifest().sample_rate();
    let mut source = MemorySource::new(rate, samples);
    let mut reader = ModelRateReader::new(&mut source, rate).unwrap();
    embedder.embed(&mut reader, 0..u64::MAX, &mut |_| ControlFlow::Continue(()))
}

#[test]
fn a_model_that_fits_its_manifest_runs() {
    let folder = Folder::new(&TinyModel::default().to_bytes());
    let vectors = embed(&mut folder.open().unwrap(), vec![0.5; 10_240]).unwrap();
    assert_eq!(vectors.len(), 9 * 96);
    assert!(vectors[0] > 0.5, "{}", vectors[0]);
    assert!(
        embed(&mut folder.open().unwrap(), vec![])
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_missing_model_file_is_told_with_the_remedy() {
    let folder = Folder::new(&TinyModel::default().to_bytes());
    std::fs::remove_file(folder.model()).unwrap();
    let error = error_of(folder.open());
    assert!(
        matches!(&error, ModelError::FileMissing { path } if path == &folder.model()),
        "{error}"
    );
    assert!(error.to_string().contains("cargo xtask setup"), "{error}");
}

#[test]
fn a_model_other_than_the_manifests_is_refused_before_it_runs() {
    let folder = Folder::new(&TinyModel::default().to_bytes());
    let manifest = folder.manifest(|_| {});
    let mut model = std::fs::read(folder.model()).unwrap();
    model.truncate(model.len() - 1);
    std::fs::write(folder.model(), model).unwrap();
    let error = error_of(Embedder::open(
        &common::runtime(),
        &manifest,
        NonZeroUsize::MIN,
    ));
    assert!(matches!(error, ModelError::WrongChecksum { .. }), "{error}");
}

#[test]
fn garbage_and_truncated_models_are_refused_by_the_runtime_without_harm() {
    let whole = TinyModel::default().to_bytes();
    for model in [b"not a model".as_slice(), &whole[..whole.len() / 2], &[]] {
        let error = error_of(Folder::new(model).open());
        let refused = matches!(
            error,
            ModelError::Rejected { .. } | ModelError::Mismatch { .. }
        );
        assert!(refused, "{} bytes: {error}", model.len());
    }
}

#[test]
fn a_model_with_other_tensors_than_the_manifest_says_is_refused_with_both() {
    let cases: [(TinyModel<'_>, &str); 4] = [
        (
            TinyModel {
                input: "audio",
                ..TinyModel::default()
            },
            "no input named logmel",
        ),
        (
            TinyModel {
                output: "class",
                ..TinyModel::default()
            },
            "no output named steps",
        ),
        (
            TinyModel {
                width: Some(64),
                ..TinyModel::default()
            },
            "instead of float32 [batch, time, 96]",
        ),
        (
            TinyModel {
                element: DOUBLE,
                ..TinyModel::default()
            },
            "instead of float32 [batch, time, 96]",
        ),
    ];
    for (model, reason) in cases {
        let error = error_of(Folder::new(&model.to_bytes()).open());
        assert!(matches!(error, ModelError::Mismatch { .. }), "{error}");
        assert!(error.to_string().contains(reason), "{reason}: {error}");
    }
}

#[test]
fn shapes_that_only_show_when_the_model_runs_are_found_on_opening() {
    let open_width = TinyModel {
        width: None,
        ..TinyModel::default()
    }
    .to_bytes();
    let error =
        error_of(Folder::new(&open_width).open_with(|manifest| manifest["dims"] = 50.into()));
    assert!(
        error
            .to_string()
            .contains("shape [1, 1, 96] instead of [1, 1, 50]"),
        "{error}"
    );
    let error = error_of(
        Folder::new(&open_width).open_with(|manifest| manifest["frames_per_step"] = 2.into()),
    );
    assert!(
        error
            .to_string()
            .contains("shape [1, 2, 96] instead of [1, 1, 96]"),
        "{error}"
    );
}

#[test]
fn values_that_are_not_numbers_are_told_with_their_place_and_never_returned() {
    // The root of a negative power: silence gives 0, sound gives NaN.
    let model = TinyModel {
        chain: &["Neg", "Sqrt"],
        ..TinyModel::default()
    };
    let mut embedder = Folder::new(&model.to_bytes()).open().unwrap();
    let mut samples = vec![0.0; 441_000];
    assert!(embed(&mut embedder, samples.clone()).is_ok());
    samples[220_500..].fill(0.5);
    let error = embed(&mut embedder, samples).unwrap_err();
    let EmbedError::NotFinite { key, at_s } = &error else {
        panic!("{error}")
    };
    assert_eq!(key, "TINY");
    assert!((4.9..=5.0).contains(at_s), "{at_s}");
}

#[test]
fn a_wav_full_of_what_is_not_a_number_reaches_no_model() {
    let folder = Folder::new(
        &TinyModel {
            chain: &["Neg", "Sqrt"],
            ..TinyModel::default()
        }
        .to_bytes(),
    );
    let path: &Path = &folder.0.path().join("poisoned.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for i in 0..48_000 {
        let sample = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY][i % 3];
        writer.write_sample(sample).unwrap();
    }
    writer.finalize().unwrap();
    let mut embedder = folder.open().unwrap();
    let mut source = earmark_core::audio::open(path).unwrap();
    let mut reader =
        ModelRateReader::new(source.as_mut(), embedder.manifest().sample_rate()).unwrap();
    let vectors = embedder
        .embed(&mut reader, 0..u64::MAX, &mut |_| ControlFlow::Continue(()))
        .unwrap();
    assert!(vectors.iter().all(|&value| value == 0.0));
}
