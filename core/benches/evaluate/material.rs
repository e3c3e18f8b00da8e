//! What `cargo xtask eval` built: `material.json`.

use std::path::{Path, PathBuf};

use earmark_core::time::Span;
use serde::Deserialize;

use super::Failure;
use super::session::Side;

/// Beyond this an event is not affected by another one.
const CLEARANCE_S: f64 = 0.1;
/// How long a clear event is: neither a click nor a scene.
const CLEAR_S: std::ops::RangeInclusive<f64> = 0.5..=1.5;

#[derive(Deserialize)]
pub struct Files {
    pub targets: Vec<Target>,
    pub file_a: Soundscape,
    pub file_b: Soundscape,
}

#[derive(Deserialize)]
pub struct Target {
    pub name: String,
    /// It took no part in choosing.
    pub is_held_out: bool,
    pub examples: Vec<PathBuf>,
}

#[derive(Deserialize)]
pub struct Soundscape {
    pub path: PathBuf,
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    class: String,
    start_s: f64,
    end_s: f64,
}

pub fn read(folder: &Path) -> Result<Files, Failure> {
    let path = folder.join("material.json");
    let text = std::fs::read_to_string(&path).map_err(|error| {
        format!(
            "{}: {error}; run this through `cargo xtask eval`",
            path.display()
        )
    })?;
    Ok(serde_json::from_str(&text)?)
}

impl Files {
    /// The file on this side.
    pub fn of(&self, side: Side) -> &Soundscape {
        match side {
            Side::A => &self.file_a,
            Side::B => &self.file_b,
        }
    }
}

impl Soundscape {
    /// Whether `event` is of a usual length and no other event lies on it.
    pub fn is_clear(&self, event: Span) -> bool {
        let touches = |other: &&Event| {
            other.start_s < event.end_s() + CLEARANCE_S
                && other.end_s > event.start_s() - CLEARANCE_S
        };
        CLEAR_S.contains(&event.duration_s()) && self.events.iter().filter(touches).count() == 1
    }

    /// Where `class` is to be heard.
    pub fn truth(&self, class: &str) -> Result<Vec<Span>, Failure> {
        let events = self.events.iter().filter(|event| event.class == class);
        let spans = events.map(|event| Span::new(event.start_s, event.end_s));
        Ok(spans.collect::<Result<_, _>>()?)
    }
}
