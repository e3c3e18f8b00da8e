//! Real recorded sound whose truth is known: recordings from a Debian package, mixed into a soundscape.
//!
//! Owns the choice of recordings, fetching and decoding them, and the mix. The recordings' licences are free but
//! differ per file: they are fetched by the user's own package manager, used on this machine and never shipped.
//! The mix is deterministic: the same package and seed give the same soundscape.

mod cast;
mod decode;
mod fetch;
mod mix;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

pub use cast::{Family, Manner, Recording, read};
pub use decode::decode;
pub use fetch::fetch_package;
pub use mix::{Setting, scene, solos};

/// Sample rate of the soundscape and of the examples.
pub const RATE_HZ: u32 = 48_000;

/// How many examples are handed out.
pub const EXAMPLES: usize = 10;

/// One sound in the soundscape. Times are seconds from its start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub start_s: f64,
    pub end_s: f64,
    pub class: String,
    /// Names of the recordings it is made of, without folder and extension.
    pub recordings: Vec<String>,
}

/// What is to be heard when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// The class to be found.
    pub class: String,
    pub duration_s: f64,
    /// Everything but the background, by start.
    pub events: Vec<Event>,
}

impl Truth {
    /// The sounds to be found.
    pub fn targets(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(|event| event.class == self.class)
    }

    /// The sound that shares most time with a span, if any does.
    pub fn heard_at(&self, start_s: f64, end_s: f64) -> Option<&Event> {
        let shared_s = |event: &Event| event.end_s.min(end_s) - event.start_s.max(start_s);
        let heard = self.events.iter().filter(|event| shared_s(event) > 0.0);
        heard.max_by(|a, b| shared_s(a).total_cmp(&shared_s(b)))
    }
}

/// A soundscape on disk, with examples of what is to be found in it. No recording is both an example and in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Material {
    /// At most ten WAV files, one sound each.
    pub examples: Vec<PathBuf>,
    /// A stereo WAV file.
    pub soundscape: PathBuf,
    pub truth: Truth,
}

/// Fetch the recordings into `cache` and mix `duration_s` seconds of soundscape into `folder`.
///
/// `truth.json` is written beside the soundscape, for other programs to read.
pub fn prepare(cache: &Path, folder: &Path, duration_s: f64, seed: u64) -> Result<Material> {
    let unpacked = fetch_package(cast::PACKAGE, cache)?;
    let cast = cast::Cast::gather(&unpacked)?;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;

    let mut examples = Vec::new();
    for (index, wave) in mix::examples(&cast, EXAMPLES, seed).iter().enumerate() {
        let path = folder.join(format!("example-{:02}.wav", index + 1));
        wave.write(&path)?;
        examples.push(path);
    }
    let (wave, truth) = mix::mix(&cast, duration_s, seed);
    let soundscape = folder.join("soundscape.wav");
    wave.write(&soundscape)?;
    let path = folder.join("truth.json");
    std::fs::write(&path, serde_json::to_string_pretty(&truth)?)
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Material {
        examples,
        soundscape,
        truth,
    })
}
