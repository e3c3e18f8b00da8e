//! Turns sound into vectors with an ONNX model; the only room that knows ONNX Runtime.
//!
//! A [`Manifest`] describes a model, a [`Runtime`] is the loaded library, an [`Embedder`] is one model ready to
//! run. The model's output is made into *steps*: one vector per hop of a fixed number of samples. Steps are what the cache
//! keeps; [`Manifest::pool_windows`] makes them into the windows that a classifier scores. Worker threads only:
//! opening takes tenths of a second, embedding takes seconds. Nothing here touches the network.

mod add;
mod embedder;
mod error;
mod external;
mod files;
mod front_end;
mod logmel;
mod manifest;
mod pooling;
mod prepare;
mod providers;
mod runtime;
mod session;
mod spectrum;

pub use add::{AddError, ModelReport, add_model, try_model};
pub use embedder::{Canceller, EmbedError, Embedder, Found};
pub use error::ModelError;
use files::ModelFiles;
pub use files::verify_files;
use front_end::InputStage;
pub use logmel::LogMel;
pub use manifest::{
    Combine, Compression, DataFile, FORMAT_VERSION, Fill, FrontEnd, Layout, LogMelSettings,
    Manifest, ManifestFile, Normalise, Pooling, View, WaveformSettings, Windows, find_models,
};
pub use pooling::pool_windows;
pub use providers::{InferenceOptions, NoSuchProvider, Outcome, PROVIDER_VARIABLE, Provider};
pub use runtime::{Runtime, RuntimeError};
pub use spectrum::FineSpectrum;
