//! Networks that the recipe in docs/recipes exported with random weights: four layers, each of them an output.

use std::path::PathBuf;

use super::model_folder::ModelFolder;

/// Values in one vector of one layer.
pub const DIMS: usize = 24;
/// Outputs `layer_1` to `layer_4`.
pub const LAYERS: usize = 4;

/// The two families that differ in where they normalise.
#[derive(Clone, Copy)]
pub enum Family {
    /// wav2vec 2.0 and HuBERT base: one group norm after the first convolution, layer norm behind each sum.
    Base,
    /// Their large models: layer norm after every convolution, and before each part of a layer.
    Large,
}

/// Where the exported models, their descriptions and what PyTorch makes of a sound lie.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/exported")
}

/// The last layer of a small network of `family`: a second every half second.
pub fn speech(family: Family) -> ModelFolder {
    let key = match family {
        Family::Base => "WAV2VEC2_ML",
        Family::Large => "HUBERT_LARGE_ML",
    };
    let read = |extension| std::fs::read(folder().join(key).with_extension(extension)).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_slice(&read("json")).unwrap();
    manifest["outputs"] = serde_json::json!([format!("layer_{LAYERS}")]);
    ModelFolder::new(&read("onnx"), manifest)
}
