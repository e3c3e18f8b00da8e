//! `cargo xtask bench`: what drawing the window costs with ten hours of audio and many regions, and whether it rests.
//!
//! Every frame is the whole window, laid out and tessellated without a screen, while somebody works in it: looking at all of it,
//! scrolling through minutes and seconds of it, going through the table, marking. Prints a JSON list of figures.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "a program of its own: it prints, writes its figures, and says in one word when it cannot go on"
)]

mod project;
mod window;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use project::Project;
use window::{Window, Work};

/// One measured figure.
#[derive(Debug, Serialize)]
struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
    /// What it was compared with.
    against: String,
    /// Ours divided by theirs.
    ratio: f64,
    /// What else was measured in the same run.
    beside: BTreeMap<&'static str, f64>,
}

/// What a screen that is drawn 120 times a second leaves for a frame, in milliseconds.
const FRAME_MS: f64 = 1000.0 / 120.0;
const REGIONS: [usize; 3] = [100, 10_000, 100_000];
/// Runs of the same work.
const ROUNDS: usize = 5;
const IDLE: &str = "editor_idle_repaints_per_s";
/// With as many hard negatives as regions, and their manager open.
const NEGATIVES: &str = "editor_frame_ms_negatives_100000";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut wanted = Vec::new();
    let mut json = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            // Cargo adds this to every benchmark.
            "--bench" => {}
            // Everything here takes seconds anyway.
            "--long" => {}
            "--json" => json = arguments.next().map(PathBuf::from),
            name => wanted.push(name.to_owned()),
        }
    }
    let frame_figures = REGIONS.map(|regions| (format!("editor_frame_ms_{regions}"), regions));
    let is_known = |name: &String| {
        [IDLE, NEGATIVES].contains(&name.as_str())
            || frame_figures.iter().any(|(known, _)| known == name)
    };
    if let Some(unknown) = wanted.iter().find(|name| !is_known(name)) {
        return Err(format!("there is no figure {unknown}").into());
    }
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    let mut figures = Vec::new();
    for (name, regions) in frame_figures {
        if is_wanted(&name) {
            figures.push(frames(name, regions, &window::WORK));
        }
    }
    if is_wanted(NEGATIVES) {
        figures.push(frames(NEGATIVES.to_owned(), 100_000, &window::NEGATIVES));
    }
    if is_wanted(IDLE) {
        figures.push(idle());
    }
    let text = serde_json::to_string_pretty(&figures)?;
    println!("{text}");
    if let Some(path) = json {
        std::fs::write(path, text)?;
    }
    Ok(())
}

/// The time of frames while somebody works among so many regions.
fn frames(name: String, regions: usize, work: &[(&'static str, Work)]) -> Figure {
    eprintln!("Measuring {name}");
    // The same frames again and again: what else the machine does in between strikes another one each time.
    let mut best: Vec<Vec<Duration>> = Vec::new();
    for round in 0..ROUNDS {
        eprintln!("  round {} of {ROUNDS}", round + 1);
        let mut window = Window::open(Project::new(regions));
        for (part, (_, work)) in work.iter().enumerate() {
            let mut times = Vec::new();
            work(&mut window, &mut times);
            match best.get_mut(part) {
                Some(best) if round > 0 => {
                    for (best, time) in best.iter_mut().zip(times) {
                        *best = time.min(*best);
                    }
                }
                _ => best.push(times),
            }
        }
    }
    let mut times: Vec<Duration> = Vec::new();
    let mut beside = BTreeMap::new();
    for ((what, _), mut part) in work.iter().zip(best) {
        beside.insert(*what, percentile_ms(&mut part, 0.99));
        times.extend(part);
    }
    beside.insert("p50_ms", percentile_ms(&mut times, 0.5));
    let p99_ms = percentile_ms(&mut times, 0.99);
    Figure {
        name,
        value: p99_ms,
        unit: "ms",
        against: format!(
            "{FRAME_MS:.2} ms, a frame at 120 Hz; p99 of {} frames, each the best of {ROUNDS} runs",
            times.len()
        ),
        ratio: p99_ms / FRAME_MS,
        beside,
    }
}

fn percentile_ms(times: &mut [Duration], part: f64) -> f64 {
    times.sort_unstable();
    let index = ((times.len() as f64 * part).ceil() as usize).clamp(1, times.len()) - 1;
    times[index].as_secs_f64() * 1000.0
}

/// How many frames a second a full window draws that nobody touches, with the transport standing.
fn idle() -> Figure {
    eprintln!("Measuring {IDLE}");
    let mut window = Window::open(Project::new(10_000));
    let delay = window.rest();
    let rate = if delay == Duration::MAX {
        0.0
    } else {
        1.0 / delay.as_secs_f64().max(1.0 / 60.0)
    };
    Figure {
        name: IDLE.to_owned(),
        value: rate,
        unit: "1/s",
        against: String::from("0"),
        ratio: if rate == 0.0 { 1.0 } else { f64::MAX },
        beside: BTreeMap::new(),
    }
}
