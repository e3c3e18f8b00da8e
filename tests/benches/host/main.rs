//! `cargo xtask bench`: figures of the built plugin in a host, each beside what it is compared with, measured in one run.
//!
//! Prints a JSON list of figures. What is timed inside a host runs in a process of its own, with a database, takes and caches
//! of its own: a plugin reads its environment when it is loaded, and memory is counted by process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "shares its helpers with the tests; a measurement that cannot go on should say so in one word"
)]

mod instances;
mod load;
mod output;
mod process;
mod removal;
#[path = "../../tests/earmark/support/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    reason = "most of what the tests share is not for measuring"
)]
mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use serde::de::DeserializeOwned;

use support::Sandbox;

/// One measured figure.
#[derive(Debug, Serialize)]
pub struct Figure {
    pub name: String,
    pub value: f64,
    pub unit: &'static str,
    /// What it was compared with, and how that did.
    pub against: String,
    /// Ours divided by theirs.
    pub ratio: f64,
    /// What else was measured in the same run.
    pub beside: BTreeMap<&'static str, f64>,
}

/// What is asked for.
#[derive(Debug, Default)]
pub struct Asked {
    /// All figures when there are none.
    names: Vec<String>,
    json: Option<PathBuf>,
    /// Take longer, for steadier figures.
    pub long: bool,
}

impl Asked {
    fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut asked = Self::default();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                // Cargo adds this to every benchmark.
                "--bench" => {}
                "--json" => asked.json = arguments.next().map(PathBuf::from),
                "--long" => asked.long = true,
                name => asked.names.push(name.to_owned()),
            }
        }
        let known = || MEASURES.iter().flat_map(|(names, _)| *names);
        for name in &asked.names {
            ensure!(
                known().any(|known| known == name),
                "there is no figure {name}"
            );
        }
        Ok(asked)
    }

    pub fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|wanted| wanted == name)
    }
}

/// Says on standard error what is done now.
pub fn say(step: impl std::fmt::Display) {
    eprintln!("  {step}");
}

/// Measures those of its figures that are wanted.
type Measure = fn(&Asked) -> Result<Vec<Figure>>;

/// Every measurement, by the names of its figures.
const MEASURES: [(&[&str], Measure); 7] = [
    (
        &["process_ns_64", "process_ns_512", "process_ns_8192"],
        process::measure,
    ),
    (&[output::NAME], output::measure),
    (&["instantiate_ms"], instances::measure_instantiation),
    (
        &[
            "memory_mb_instances_1",
            "memory_mb_instances_16",
            "memory_mb_instances_64",
        ],
        instances::measure_memory,
    ),
    (&["remove_in_mid_scan_ms"], removal::measure),
    (&["offline_x_realtime"], load::measure_render),
    (&["dropped_frames_under_load"], load::measure_drops),
];

/// What the process started by [`in_a_host`] is told first.
const INSIDE: &str = "--inside";

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|first| first == INSIDE).is_some() {
        let what = arguments.next().unwrap_or_default();
        return be_inside(&what, &arguments.collect::<Vec<_>>());
    }
    let asked = Asked::from_arguments(arguments)?;
    let mut figures: Vec<Figure> = Vec::new();
    for (names, measure) in MEASURES {
        let wanted: Vec<&str> = names
            .iter()
            .copied()
            .filter(|name| asked.wants(name))
            .collect();
        if wanted.is_empty() {
            continue;
        }
        eprintln!("Measuring {}", wanted.join(", "));
        let begun = Instant::now();
        figures.extend(measure(&asked)?);
        say(format!("took {:.0} s", begun.elapsed().as_secs_f64()));
    }
    let text = serde_json::to_string_pretty(&figures)?;
    println!("{text}");
    if let Some(path) = asked.json {
        std::fs::write(path, text)?;
    }
    Ok(())
}

/// The other side of [`in_a_host`].
fn be_inside(what: &str, arguments: &[String]) -> Result<()> {
    let found = match (what, arguments) {
        ("process", [frames, blocks]) => {
            serde_json::to_value(process::inside(frames.parse()?, blocks.parse()?)?)?
        }
        ("output", []) => serde_json::to_value(output::inside()?)?,
        ("instantiation", []) => serde_json::to_value(instances::instantiate()?)?,
        ("memory", [count]) => serde_json::to_value(instances::memory_of(count.parse()?)?)?,
        _ => bail!("nothing is called {what}"),
    };
    println!("{found}");
    Ok(())
}

/// Lets a process of its own, whose plugins use the sandbox, find something out.
fn in_a_host<T: DeserializeOwned>(
    sandbox: &Sandbox,
    what: &str,
    arguments: &[String],
) -> Result<T> {
    let mut command = Command::new(std::env::current_exe()?);
    sandbox.equip(&mut command);
    let output = command
        .args([INSIDE, what])
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .context("the measuring process cannot be started")?;
    ensure!(
        output.status.success(),
        "measuring {what} failed with {}",
        output.status
    );
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The plugin that does nothing.
fn passthrough() -> Result<PathBuf> {
    std::env::var_os("EARMARK_BENCH_PASSTHROUGH")
        .map(PathBuf::from)
        .context("EARMARK_BENCH_PASSTHROUGH is not set; measure with `cargo xtask bench`")
}
