//! What several tests need: the reference of the default model, and the real runtime and model.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)] // In tests a panic is the report.
#![allow(dead_code)] // Every test binary uses its own part.

pub mod exported;
pub mod model_folder;
pub mod tiny_onnx;

use std::num::NonZeroUsize;

use earmark_core::embed::{Embedder, Manifest, Runtime, find_models};
use earmark_core::platform;

/// What the default model's own package computes from [`reference_signal`].
#[derive(serde::Deserialize)]
pub struct Reference {
    pub samples: usize,
    pub logmel_frame0: Vec<f32>,
    pub logmel_frame50: Vec<f32>,
    pub time_map_step6: Vec<f32>,
    pub embedding_512: Vec<f32>,
}

pub fn reference() -> Reference {
    serde_json::from_str(include_str!("../data/aisfx-reference.json")).unwrap()
}

/// A rising tone with a second one that comes and goes, at 44.1 kHz.
pub fn reference_signal() -> Vec<f32> {
    use std::f64::consts::TAU;
    (0..reference().samples)
        .map(|i| {
            let t = i as f64 / 44_100.0;
            let gate = if (TAU * 2.0 * t).sin() > 0.0 {
                0.1
            } else {
                0.0
            };
            (0.3 * (TAU * (200.0 * t + 400.0 * t * t)).sin() + gate * (TAU * 3000.0 * t).sin())
                as f32
        })
        .collect()
}

/// The real ONNX Runtime. These tests do not skip: without it there is no scan.
pub fn runtime() -> Runtime {
    Runtime::load(&platform::runtime_candidates())
        .unwrap_or_else(|error| panic!("{error}; tests look in EARMARK_RESOURCES"))
}

/// The default model's manifest.
pub fn aisfx() -> Manifest {
    find_models(&platform::model_folders())
        .into_iter()
        .flatten()
        .find(|manifest| manifest.key() == "AISFX")
        .expect("the model AISFX is not installed: run `cargo xtask setup`; tests look in EARMARK_RESOURCES")
}

/// The whole default network, of which Earmark ships a part; under the key `AISFX_TOP` with its own embedding alone, under
/// `AISFX_ALL` with the views that are shipped beside it.
pub fn whole(key: &str) -> Manifest {
    let folder = std::env::var_os("EARMARK_TEST_WHOLE_MODEL");
    let folder = folder.expect("`cargo xtask test` says in EARMARK_TEST_WHOLE_MODEL where it is");
    find_models(&[folder.into()])
        .into_iter()
        .flatten()
        .find(|manifest| manifest.key() == key)
        .expect("run `cargo xtask setup`")
}

pub fn embedder() -> Embedder {
    Embedder::open(&runtime(), &aisfx(), NonZeroUsize::MIN).unwrap()
}

pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| {
        a.iter()
            .zip(b)
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum::<f64>()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}
