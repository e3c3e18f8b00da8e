//! `cargo xtask bench`: figures of the core, each beside what it is compared against, measured in one run.
//!
//! Says on standard error what it does, and prints a JSON list of `{"name", "value", "unit", "against", "ratio"}`; `ratio` is ours divided by theirs. Both sides
//! of a figure take turns, so that a machine that changes speed changes both, and the medians are compared.

mod cancel;
mod contention;
mod database;
mod effort;
mod library;
mod live;
mod material;
mod memory;
mod merge;
mod pooling;
mod python;
mod rescan;
mod scan;
mod shards;
mod train;
mod watch;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::Serialize;

use effort::{Effort, say};

/// One measured figure.
#[derive(Debug, Serialize)]
pub struct Figure {
    pub name: &'static str,
    pub value: f64,
    pub unit: &'static str,
    /// What it was compared with, and how that did.
    pub against: String,
    /// Ours divided by theirs.
    pub ratio: f64,
}

type Measure = fn(Effort) -> Result<Vec<Figure>, Box<dyn std::error::Error>>;

/// Every measurement, by the name it is asked for.
const MEASURES: [(&str, Measure); 21] = [
    ("scan_x_realtime", scan::measure),
    ("scan_on_all_cores_x_realtime", scan::measure_on_all_cores),
    ("rescan_1h_ms", rescan::measure),
    // With `watch_10_sounds_cached`, `watch_10_sounds_own_marks_cached` and `watch_10_sounds_apart_cached`.
    ("watch_10_sounds", watch::measure),
    ("peak_memory_mb_per_hour", memory::measure),
    ("live_latency_ms", live::measure),
    ("pooled_windows_x_realtime", pooling::measure),
    ("train_1000_ms", train::measure),
    (
        "train_1000_beside_boosting_ms",
        train::measure_beside_boosting,
    ),
    ("library_files_per_s", library::measure_indexing),
    ("similar_1m_ms", library::measure_a_million),
    ("similar_10m_ms", library::measure_ten_million),
    ("cancel_training_ms", cancel::training),
    ("cancel_scan_ms", cancel::scan),
    ("db_save_1000_ms", database::save),
    ("db_load_active_1m_ms", database::load),
    ("shard_2_tasks_efficiency", shards::measure),
    ("merge_files_per_s", merge::measure),
    ("merge_1m_regions_mb", merge::measure_memory),
    ("db_8proc_worst_wait_ms", contention::measure),
    // With `db_delete_100k_negatives_ms`.
    ("db_filter_100k_negatives_ms", database::negatives),
];

/// What takes longer than two minutes however little is done of it.
const ONLY_LONG: [&str; 2] = ["train_1000_beside_boosting_ms", "similar_10m_ms"];

/// What the command line asks for.
struct Asked {
    names: Vec<String>,
    json: Option<PathBuf>,
    effort: Effort,
}

impl Asked {
    fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut asked = Self {
            names: Vec::new(),
            json: None,
            effort: Effort::Short,
        };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                // Cargo adds this to every benchmark.
                "--bench" => {}
                "--json" => asked.json = arguments.next().map(PathBuf::from),
                "--long" => asked.effort = Effort::Long,
                name => asked.names.push(name.to_owned()),
            }
        }
        asked.check()?;
        Ok(asked)
    }

    fn check(&self) -> Result<(), String> {
        for name in &self.names {
            if MEASURES.iter().all(|(known, _)| known != name) {
                let known: Vec<&str> = MEASURES.iter().map(|(name, _)| *name).collect();
                let known = known.join(", ");
                return Err(format!("there is no figure {name}; there are: {known}"));
            }
            if self.effort == Effort::Short && ONLY_LONG.contains(&name.as_str()) {
                return Err(format!(
                    "{name} takes longer than two minutes; ask for it with --long"
                ));
            }
        }
        Ok(())
    }

    fn wants(&self, name: &str) -> bool {
        if self.names.is_empty() {
            return self.effort == Effort::Long || !ONLY_LONG.contains(&name);
        }
        self.names.iter().any(|wanted| wanted == name)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if contention::be_a_writer()? || memory::be_a_scanner()? || merge::be_a_merger()? {
        return Ok(());
    }
    let asked = Asked::from_arguments(std::env::args().skip(1))?;
    let mut figures = Vec::new();
    for (name, measure) in MEASURES {
        if asked.wants(name) {
            eprintln!("Measuring {name}");
            let begun = Instant::now();
            figures.extend(measure(asked.effort)?);
            say(format!("took {:.0} s", begun.elapsed().as_secs_f64()));
        }
    }
    let text = serde_json::to_string_pretty(&figures)?;
    println!("{text}");
    if let Some(path) = asked.json {
        std::fs::write(path, text)?;
    }
    Ok(())
}

/// Median times of `ours` and `theirs`, which take turns `rounds` times after a round that does not count.
pub fn side_by_side<E>(
    rounds: usize,
    mut ours: impl FnMut() -> Result<(), E>,
    mut theirs: impl FnMut() -> Result<(), E>,
) -> Result<(Duration, Duration), E> {
    let times = take_turns(rounds, &mut [&mut ours, &mut theirs])?;
    let time = |side: usize| times.get(side).copied().unwrap_or_default();
    Ok((time(0), time(1)))
}

/// Median times of `sides`, which take turns `rounds` times after a round that does not count.
pub fn take_turns<E>(
    rounds: usize,
    sides: &mut [&mut dyn FnMut() -> Result<(), E>],
) -> Result<Vec<Duration>, E> {
    let mut times = vec![Vec::new(); sides.len()];
    for round in 0..=rounds {
        say(match round {
            0 => String::from("a round that does not count"),
            _ => format!("round {round} of {rounds}"),
        });
        for (side, times) in sides.iter_mut().zip(&mut times) {
            let begun = Instant::now();
            side()?;
            if round > 0 {
                times.push(begun.elapsed());
            }
        }
    }
    Ok(times.into_iter().map(median).collect())
}

pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
