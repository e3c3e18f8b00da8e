//! The index: every window of every recording of the library, in files of some megabytes.
//!
//! A recording is known by its *identity*, which says what its content was and not where it lies, so a moved file changes nothing.
//! Segments are written whole, beside their final name, and never changed: a crash leaves the old state or the new one, and a search
//! keeps what it opened. One process writes at a time ([`IndexLock`]). Worker threads, or the command line's.

mod folder;
mod lock;
mod segment;

pub use folder::{Index, IndexError, IndexWriter, PART_ROWS, SEGMENT_ROWS, delete_all, size_bytes};
pub use lock::IndexLock;
pub use segment::{IndexedRecording, Segment};

#[cfg(test)]
mod tests;
