//! Everything of Earmark that is not a plugin and not a window.
//!
//! The rooms, in the order in which a sound passes through them: [`capture`] carries it out of the audio
//! thread, [`recorder`] keeps it as takes, [`audio`] reads it back, [`embed`] turns it into vectors,
//! [`cache`] keeps those, [`classifier`] scores them, [`scan`] turns scores into regions, [`store`] remembers
//! everything and [`export`] hands it to other tools, whose labels [`import`] reads. [`audition`] brings it back to the ear, and [`trigger`] brings marks
//! from the host's parameters. [`engine`] is the only room that knows all the others.
//! `ARCHITECTURE.md` draws the arrows between them.
#![deny(unsafe_code)]

pub mod audio;
pub mod audition;
pub mod cache;
pub mod capture;
pub mod classifier;
pub mod config;
pub mod embed;
pub mod engine;
pub mod export;
pub mod frequency;
pub mod import;
pub mod job;
pub mod library;
pub mod limits;
pub mod marks;
pub mod merge;
pub mod output;
pub mod pack;
pub mod platform;
pub mod protocol;
pub mod recorder;
pub mod recording;
pub mod scan;
pub mod sections;
pub mod settings;
pub mod shard;
pub mod store;
pub mod threads;
pub mod time;
pub mod trigger;
pub mod words;
pub mod worker;
