//! Embeddings on disk, per recording and model, so that no sound is embedded twice.
//!
//! [`StepMap`] is the vectors of one recording, with what is still missing; [`EmbeddingCache`] is the folder of
//! them, in which a long recording has several files, so that each can be saved as soon as it is made. A cache may vanish at any time and costs only time to make again, so a damaged
//! entry counts as a missing one. Worker threads only.

mod entry;
mod folder;
mod key;
mod mapping;
mod row;
mod step_map;
mod vectors;

pub use folder::{CacheError, EmbeddingCache};
pub use key::CacheKey;
pub(crate) use mapping::Mapping;
pub use row::RowLayout;
pub use step_map::StepMap;
