//! Hands results to other tools: lists of regions as text, stretches of recordings as clips.
//!
//! Runs on an engine worker and may block on the disk. Must never decide what is exported or where it is recorded
//! (that is the engine's and the store's), never overwrite a file that it was not told to replace, and never leave half a
//! file.

mod class_name;
mod clip;
mod file;
mod list;
mod markers;
mod memory;

pub mod jobs;
pub use class_name::{ClassName, ClassNameError};
pub use clip::{ClipAudio, ClipError, ClipFolder, export_clip, write_clip};
pub use file::{Existing, WriteError, write_file};
pub use list::{Formulas, ListFormat, ListedRegion, RegionList, Times, write_list};
pub use markers::{MarkedCopy, MarkerError, write_markers};
pub use memory::{ListedNegative, Memory, MemoryError, WaitingChange, write_memory};
