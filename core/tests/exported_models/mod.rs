//! What the recipe exports, against what PyTorch made of the same sound by the makers' own code and preprocessing.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use earmark_core::embed::{Embedder, InferenceOptions, add_model};

use super::common::exported;
use super::common::model_folder::embed;

/// Beside an exported model: a sound in the same folder, and a vector for each whole window of it.
#[derive(serde::Deserialize)]
struct Reference {
    sound: String,
    vectors: Vec<Vec<f32>>,
}

/// The descriptions in `folder` that have a reference beside them.
fn described(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.with_extension("reference.json").is_file())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    found.sort();
    found
}

/// The largest difference as a share of how far vectors of different windows lie apart.
fn difference(found: &[f32], wanted: &[Vec<f32>]) -> f32 {
    let dims = wanted[0].len();
    let mut apart: f32 = 0.0;
    let mut worst: f32 = 0.0;
    for (found, vector) in found.chunks_exact(dims).zip(wanted) {
        for ((a, b), first) in found.iter().zip(vector).zip(&wanted[0]) {
            worst = worst.max((a - b).abs());
            apart = apart.max((b - first).abs());
        }
    }
    worst / apart
}

#[test]
fn an_exported_model_is_accepted_and_gives_the_vectors_that_pytorch_gives() {
    // Whoever exports a model with `--reference` can hold Earmark to it here; see docs/models.md.
    let others = std::env::var_os("EARMARK_TEST_EXPORTED").map(PathBuf::from);
    let own = exported::folder();
    assert_eq!(described(&own).len(), 2);
    for folder in std::iter::once(own).chain(others) {
        for description in described(&folder) {
            let text = std::fs::read(description.with_extension("reference.json")).unwrap();
            let reference: Reference = serde_json::from_slice(&text).unwrap();
            let sound = folder.join(&reference.sound);
            let samples: Vec<f32> = hound::WavReader::open(sound)
                .unwrap()
                .into_samples::<i16>()
                .map(|sample| f32::from(sample.unwrap()) / 32_768.0)
                .collect();
            let models = tempfile::tempdir().unwrap();
            let options = InferenceOptions::from(NonZeroUsize::MIN);
            let runtime = crate::common::runtime();
            let (manifest, report) =
                add_model(&runtime, &description, models.path(), options, false).unwrap();
            let mut embedder = Embedder::open(&runtime, &manifest, options).unwrap();
            let steps = 0..reference.vectors.len() as u64;
            let found = embed(&mut embedder, &samples, steps).unwrap();
            assert_eq!(found.len(), reference.vectors.len() * manifest.dims());
            let difference = difference(&found, &reference.vectors);
            println!(
                "{}: differs by {difference:.1e}, {:.1} x real time",
                manifest.key(),
                report.x_realtime
            );
            assert!(difference < 1e-4, "{}: {difference}", manifest.key());
        }
    }
}
