//! Hands results to other tools: lists of regions as text, stretches of recordings as clips.
//!
//! Runs on an engine worker and may block on the disk. Must never decide what is exported or where it is recorded
//! (that is the engine's and the store's), and never overwrite a file.

mod class_name;
mod clip;
mod list;
mod memory;

pub use class_name::{ClassName, ClassNameError};
pub use clip::{ClipAudio, ClipError, ClipFolder, export_clip};
pub use list::{ListError, ListedRegion, RegionList, write_audacity_labels, write_csv, write_json};
pub use memory::{ListedNegative, Memory, MemoryError, WaitingChange, write_memory};
