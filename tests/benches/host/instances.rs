//! What an instance costs: to make, as a host does that scans its plugins, and to keep.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use earmark_core::audition;
use earmark_core::capture::{self, CaptureFormat};
use earmark_core::time::SampleRate;
use serde::{Deserialize, Serialize};
use xtask::host::{BlockSizes, Host, Pace, Usage};

use super::support::signals::room_with_chirps;
use super::support::{Build, Sandbox};
use super::{Asked, Figure, in_a_host, passthrough, say};

const LIVES: usize = 100;

const RATE_HZ: u32 = 48_000;
const BLOCK_FRAMES: u32 = 512;
/// What the plugin asks of its capture line; see its `RING_S`.
const RING_S: f64 = 12.0;
const PLAYED_S: f64 = 3.0;
/// Longer than the engine takes to scan that for every instance.
const REST: Duration = Duration::from_secs(10);
const MB: f64 = 1e6;

/// Times in milliseconds.
#[derive(Debug, Serialize, Deserialize)]
pub struct Instantiation {
    ours: Lives,
    theirs: Lives,
}

#[derive(Debug, Serialize, Deserialize)]
struct Lives {
    /// Loading the library for the first time in the process.
    load: f64,
    median: f64,
    longest: f64,
}

pub fn measure_instantiation(_: &Asked) -> Result<Vec<Figure>> {
    let Instantiation { ours, theirs } = in_a_host(&Sandbox::new(), "instantiation", &[])?;
    Ok(vec![Figure {
        name: String::from("instantiate_ms"),
        value: ours.median,
        unit: "ms",
        against: format!(
            "creating, initialising and destroying nice-plug's bare passthrough in the same host: {:.3} ms",
            theirs.median
        ),
        ratio: ours.median / theirs.median,
        beside: BTreeMap::from([
            ("longest_ms", ours.longest),
            ("library_load_ms", ours.load),
            ("passthrough_library_load_ms", theirs.load),
        ]),
    }])
}

pub fn instantiate() -> Result<Instantiation> {
    Ok(Instantiation {
        ours: lives(|| Host::load(&Build::release().clap()))?,
        theirs: lives(|| Host::load(&passthrough()?))?,
    })
}

fn lives(load: impl Fn() -> Result<Host>) -> Result<Lives> {
    let begun = Instant::now();
    let host = load()?;
    let load = begun.elapsed();
    let mut times = Vec::with_capacity(LIVES);
    for _ in 0..LIVES {
        let begun = Instant::now();
        drop(host.instantiate(None, None)?);
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    Ok(Lives {
        load: milliseconds(load),
        median: times.get(LIVES / 2).copied().map_or(0.0, milliseconds),
        longest: times.last().copied().map_or(0.0, milliseconds),
    })
}

/// Of 1, 16 and 64 instances that have each played and been scanned; beyond the rings, against one.
pub fn measure_memory(asked: &Asked) -> Result<Vec<Figure>> {
    let ring_mb = ring_bytes()? as f64 / MB;
    let mut figures = Vec::new();
    let mut one_mb = None;
    for count in [1, 16, 64] {
        let name = format!("memory_mb_instances_{count}");
        // The others are compared with one.
        if count > 1 && !asked.wants(&name) {
            continue;
        }
        say(format!("{count} instances that play and are scanned"));
        let usage: Usage = in_a_host(&Sandbox::learned(), "memory", &[count.to_string()])?;
        let all_mb = usage.resident_bytes as f64 / MB;
        let rings_mb = f64::from(count) * ring_mb;
        let beyond_mb = all_mb - rings_mb;
        let one_mb = *one_mb.get_or_insert(beyond_mb);
        figures.push(Figure {
            name,
            value: beyond_mb,
            unit: "MB beyond the rings",
            against: format!("the same host with one instance: {one_mb:.1} MB beyond its ring"),
            ratio: beyond_mb / one_mb,
            beside: BTreeMap::from([
                ("resident_mb", all_mb),
                ("ring_mb_per_instance", ring_mb),
                ("threads", f64::from(usage.threads)),
            ]),
        });
    }
    figures.retain(|figure| asked.wants(&figure.name));
    Ok(figures)
}

/// Of the line that captures and of the one that auditions.
fn ring_bytes() -> Result<usize> {
    let format = CaptureFormat {
        rate: SampleRate::new(RATE_HZ).context("a rate of zero")?,
        channels: 2,
        max_block_frames: BLOCK_FRAMES as usize,
    };
    Ok(capture::ring_bytes(format, RING_S) + audition::ring_bytes(format))
}

pub fn memory_of(count: usize) -> Result<Usage> {
    let host = Host::load(&Build::release().clap())?;
    let mut instances = Vec::new();
    for _ in 0..count {
        let mut instance = host.instantiate(None, None)?;
        instance.activate(RATE_HZ, BlockSizes::Fixed(BLOCK_FRAMES))?;
        instances.push(instance);
    }
    let room = room_with_chirps(PLAYED_S, &[1.0], 7);
    let signal = [room.clone(), room];
    for instance in &mut instances {
        instance.play(&signal, &[], Pace::AsFastAsPossible)?;
    }
    std::thread::sleep(REST);
    Usage::of_this_process()
}
