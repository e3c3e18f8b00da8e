//! Turns sound into vectors with an ONNX model; the only room that knows ONNX Runtime.
//!
//! A [`Manifest`] describes a model, a [`Runtime`] is the loaded library, an [`Embedder`] is one model ready to
//! run. The model's output is a *step*: one vector per hop of a fixed number of samples. Steps are what the cache
//! keeps; [`pool_windows`] makes them into the overlapping windows that a classifier scores. Worker threads only:
//! opening takes tenths of a second, embedding takes seconds. Nothing here touches the network.

mod embedder;
mod logmel;
mod manifest;
mod pooling;
mod runtime;
mod session;

pub use embedder::{Canceller, EmbedError, Embedder};
pub use logmel::LogMel;
pub use manifest::{
    FrontEnd, LogMelSettings, Manifest, ManifestFile, ModelError, Pooling, find_models,
};
pub use pooling::pool_windows;
pub use runtime::{Runtime, RuntimeError};
