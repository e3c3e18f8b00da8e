//! What a block costs the audio thread: Earmark's `process()` beside that of a plugin that does nothing, in the same host.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::{Deserialize, Serialize};
use xtask::host::{BlockSizes, Host, Instance, Pace};

use super::support::signals::noise_channels;
use super::support::{Build, Sandbox};
use super::{Asked, Figure, in_a_host, passthrough, say};

pub(super) const RATE_HZ: u32 = 48_000;
/// Less than the line holds: what is measured here is never a wait.
pub(super) const BURST_S: usize = 8;
/// Enough blocks for a p99.9 that is one of several.
const BLOCKS: usize = 10_000;
/// Blocks of the largest size, of which few go into a burst, unless much time may be taken: enough for a p50.
const FEW_BLOCKS: usize = 1_000;
const LARGEST_FRAMES: u32 = 8192;
/// In which the recorder empties the line.
pub(super) const REST: Duration = Duration::from_millis(150);

/// Nanoseconds of one way of processing a block, less what reading the clock takes.
#[derive(Debug, Serialize, Deserialize)]
pub struct Cost {
    pub(super) p50: f64,
    pub(super) p99_9: f64,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Costs {
    capturing: Cost,
    passthrough: Cost,
    not_listening: Cost,
    bypassed: Cost,
    /// The samples alone into a ring of the library that the capture line is made of.
    ring_copy: Cost,
    clock_ns: f64,
}

pub fn measure(asked: &Asked) -> Result<Vec<Figure>> {
    [64, 512, LARGEST_FRAMES]
        .into_iter()
        .filter(|frames| asked.wants(&name(*frames)))
        .map(|frames| {
            let blocks = if frames == LARGEST_FRAMES && !asked.long {
                FEW_BLOCKS
            } else {
                BLOCKS
            };
            figure(frames, blocks)
        })
        .collect()
}

fn name(frames: u32) -> String {
    format!("process_ns_{frames}")
}

fn figure(frames: u32, blocks: usize) -> Result<Figure> {
    say(format!("{blocks} blocks of {frames} frames, each way"));
    let costs: Costs = in_a_host(
        &Sandbox::new(),
        "process",
        &[frames.to_string(), blocks.to_string()],
    )?;
    Ok(Figure {
        name: name(frames),
        value: costs.capturing.p50,
        unit: "ns",
        against: format!(
            "nice-plug's bare passthrough in the same host: {:.0} ns; a block lasts {:.0} ns",
            costs.passthrough.p50,
            f64::from(frames) * 1e9 / f64::from(RATE_HZ),
        ),
        ratio: costs.capturing.p50 / costs.passthrough.p50,
        beside: BTreeMap::from([
            ("p99_9_ns", costs.capturing.p99_9),
            ("passthrough_p99_9_ns", costs.passthrough.p99_9),
            ("not_listening_ns", costs.not_listening.p50),
            ("bypassed_ns", costs.bypassed.p50),
            ("rtrb_copy_ns", costs.ring_copy.p50),
            ("rtrb_copy_p99_9_ns", costs.ring_copy.p99_9),
            ("clock_ns", costs.clock_ns),
        ]),
    })
}

/// One instance and what its blocks took.
struct Candidate {
    instance: Instance,
    times: Vec<Duration>,
}

impl Candidate {
    fn new(host: &Host, frames: u32, switch: Option<(&str, f64)>) -> Result<Self> {
        let mut instance = host.instantiate(None, None)?;
        instance.activate(RATE_HZ, BlockSizes::Fixed(frames))?;
        if let Some((name, value)) = switch {
            instance.set_parameter(name, value)?;
        }
        Ok(Self {
            instance,
            times: Vec::new(),
        })
    }

    fn play(&mut self, signal: &[Vec<f32>], counts: bool) -> Result<()> {
        let played = self.instance.play(signal, &[], Pace::AsFastAsPossible)?;
        if counts {
            self.times.extend(played.block_times);
        }
        std::thread::sleep(REST);
        Ok(())
    }
}

/// Measures so many blocks of one size; all ways take turns, after a round that does not count.
pub fn inside(frames: u32, blocks: usize) -> Result<Costs> {
    let ours = Host::load(&Build::release().clap())?;
    let theirs = Host::load(&passthrough()?)?;
    let signal = noise_channels(2, BURST_S * RATE_HZ as usize, 1);
    let mut candidates = [
        Candidate::new(&ours, frames, None)?,
        Candidate::new(&theirs, frames, None)?,
        Candidate::new(&ours, frames, Some(("Listen", 0.0)))?,
        Candidate::new(&ours, frames, Some(("Bypass", 1.0)))?,
    ];
    let mut copies = Vec::new();
    let blocks_per_burst = signal[0].len() / frames as usize;
    for round in 0..=blocks.div_ceil(blocks_per_burst) {
        for candidate in &mut candidates {
            candidate.play(&signal, round > 0)?;
        }
        let times = copy_into_a_ring(&signal, frames as usize);
        if round > 0 {
            copies.extend(times);
        }
    }
    let clock_ns = clock_ns();
    let [capturing, passthrough, not_listening, bypassed] =
        candidates.map(|candidate| cost(candidate.times, clock_ns));
    Ok(Costs {
        capturing,
        passthrough,
        not_listening,
        bypassed,
        ring_copy: cost(copies, clock_ns),
        clock_ns,
    })
}

fn copy_into_a_ring(signal: &[Vec<f32>], frames: usize) -> Vec<Duration> {
    let samples = signal.iter().map(Vec::len).sum();
    let (mut producer, mut consumer) = rtrb::RingBuffer::<f32>::new(samples);
    // Its memory is touched once before, as the capture line's is.
    if let Ok(chunk) = producer.write_chunk(samples) {
        chunk.commit_all();
    }
    if let Ok(chunk) = consumer.read_chunk(samples) {
        chunk.commit_all();
    }
    let blocks = signal[0].len() / frames;
    (0..blocks)
        .map(|block| {
            let range = block * frames..(block + 1) * frames;
            let begun = Instant::now();
            for channel in signal {
                // The ring holds all of it.
                let _ = producer.push_entire_slice(&channel[range.clone()]);
            }
            begun.elapsed()
        })
        .collect()
}

/// What measuring nothing takes.
pub(super) fn clock_ns() -> f64 {
    let times = (0..BLOCKS)
        .map(|_| {
            let begun = Instant::now();
            begun.elapsed()
        })
        .collect();
    cost(times, 0.0).p50
}

pub(super) fn cost(mut times: Vec<Duration>, clock_ns: f64) -> Cost {
    times.sort_unstable();
    let at = |part: f64| {
        let index = ((times.len() as f64 * part) as usize).min(times.len().saturating_sub(1));
        let time = times.get(index).copied().unwrap_or_default();
        (time.as_nanos() as f64 - clock_ns).max(0.0)
    };
    Cost {
        p50: at(0.5),
        p99_9: at(0.999),
    }
}
