//! Embeddings on disk, per recording and model, so that no sound is embedded twice.
//!
//! [`StepMap`] is the vectors of one recording, with what is still missing; [`EmbeddingCache`] is the folder of
//! them. A cache may vanish at any time and costs only time to make again, so a damaged
//! entry counts as a missing one. Worker threads only.

mod entry;
mod folder;
mod mapping;
mod step_map;

pub use folder::{CacheError, CacheKey, EmbeddingCache};
pub use step_map::StepMap;
