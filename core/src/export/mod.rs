//! Hands results to other tools: lists of regions as text, stretches of recordings as clips.
//!
//! Runs on an engine worker and may block on the disk. It never decides what is exported or where that is recorded
//! (the engine and the store do), never replaces a file unless its caller says so, and never leaves half a file.

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
pub(crate) use list::FORMULA_STARTS;
pub use list::{Formulas, ListFormat, ListedRegion, RegionList, Times, write_list};
pub use markers::{MarkedCopy, MarkerError, write_markers};
pub use memory::{ListedNegative, Memory, MemoryError, WaitingChange, write_memory};
