//! Recorded sound: the files takes are kept in, and everything else that can be read as audio.
//!
//! Runs on the recorder and on engine workers; never on the audio thread, because all of it blocks on disk.

pub mod bwf;
