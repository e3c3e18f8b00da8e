//! The library: folders of recordings that are searched as a whole, and the index that makes the search fast.
//!
//! [`audio_files`] finds the recordings in a folder, [`index`] keeps some bytes for every window of every recording, and
//! [`search`] ranks them by their likeness to a query. The index can be made again from the cached embeddings, and those from the
//! recordings, so it may be deleted at any time. What the folders are lies in the database (`store/library`); the work that runs a
//! model is the worker's. Worker threads, or the command line's.

pub mod audio_files;
mod dot;
pub mod index;
pub mod row;
pub mod search;
pub mod space;
