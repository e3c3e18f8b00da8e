//! What it costs the audio thread to let only a part of a track through: `process()` with 100,000 regions beside the same with the
//! output left as it is.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use xtask::host::{BlockSizes, Host, Instance, Pace};

use super::process::{BURST_S, Cost, RATE_HZ, clock_ns, cost};
use super::support::signals::noise_channels;
use super::support::{Build, Sandbox};
use super::{Asked, Figure, in_a_host, say};

pub const NAME: &str = "process_ns_512_output";
const FRAMES: u32 = 512;
const BLOCKS: usize = 10_000;
const REGIONS: usize = 100_000;
/// From one region to the next, in seconds; each is two thirds as long.
const SPACING_S: f64 = 0.3;
/// In which the recorder empties the line: all ways play through one.
const REST: Duration = Duration::from_millis(600);
/// The engine looks for a new list several times in this while.
const LIST_LIMIT: Duration = Duration::from_secs(3);

#[derive(Debug, Serialize, Deserialize)]
pub struct Costs {
    everything: Cost,
    only: Cost,
    without: Cost,
    only_with_notes: Cost,
}

pub fn measure(_: &Asked) -> Result<Vec<Figure>> {
    say(format!(
        "{BLOCKS} blocks of {FRAMES} frames over {REGIONS} regions, each way"
    ));
    let costs: Costs = in_a_host(&Sandbox::new(), "output", &[])?;
    Ok(vec![Figure {
        name: String::from(NAME),
        value: costs.only.p50,
        unit: "ns",
        against: format!(
            "the same instance with \"Everything\": {:.0} ns",
            costs.everything.p50
        ),
        ratio: costs.only.p50 / costs.everything.p50,
        beside: BTreeMap::from([
            ("p99_9_ns", costs.only.p99_9),
            ("everything_p99_9_ns", costs.everything.p99_9),
            ("without_ns", costs.without.p50),
            ("only_with_notes_ns", costs.only_with_notes.p50),
            ("only_with_notes_p99_9_ns", costs.only_with_notes.p99_9),
        ]),
    }])
}

/// One way of using the output: values of "Output" and "Send notes", and what blocks took.
struct Way {
    output: f64,
    notes: f64,
    times: Vec<Duration>,
}

/// Measures all ways, which take turns after a round that does not count.
pub fn inside() -> Result<Costs> {
    let host = Host::load(&Build::release().clap())?;
    let mut instance = host.instantiate(None, None)?;
    instance.activate(RATE_HZ, BlockSizes::Fixed(FRAMES))?;
    let signal = noise_channels(2, BURST_S * RATE_HZ as usize, 1);
    play(&mut instance, &signal)?;
    fill_with_regions()?;
    let mut ways = [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (1.0, 1.0)].map(|(output, notes)| Way {
        output,
        notes,
        times: Vec::new(),
    });
    let blocks_per_burst = signal[0].len() / FRAMES as usize;
    for round in 0..=BLOCKS.div_ceil(blocks_per_burst) {
        for way in &mut ways {
            instance.set_parameter("Output", way.output)?;
            instance.set_parameter("Send notes", way.notes)?;
            let (times, sent_notes) = play(&mut instance, &signal)?;
            if round == 0 {
                // The first round asks for the list.
                std::thread::sleep(LIST_LIMIT);
                continue;
            }
            way.times.extend(times);
            ensure!(
                sent_notes == (way.notes > 0.0),
                "the audio thread has no list of regions"
            );
        }
    }
    let clock_ns = clock_ns();
    let [everything, only, without, only_with_notes] = ways.map(|way| cost(way.times, clock_ns));
    Ok(Costs {
        everything,
        only,
        without,
        only_with_notes,
    })
}

/// Plays one burst. Returns what the blocks took, and whether notes began.
fn play(instance: &mut Instance, signal: &[Vec<f32>]) -> Result<(Vec<Duration>, bool)> {
    let played = instance.play(signal, &[], Pace::AsFastAsPossible)?;
    std::thread::sleep(REST);
    // A note that sounded before may end here.
    let begins = played.notes.iter().any(|note| note.velocity.is_some());
    Ok((played.block_times, begins))
}

/// Saves a version of the take that was just begun, as another program would.
fn fill_with_regions() -> Result<()> {
    let path = std::env::var_os("EARMARK_DB").map(PathBuf::from);
    let mut database = Connection::open(path.context("no EARMARK_DB")?)?;
    database.busy_timeout(LIST_LIMIT)?;
    let mut take: Option<String> = None;
    for _ in 0..100 {
        take = database
            .query_row("SELECT filename FROM takes", [], |row| row.get(0))
            .optional()?;
        if take.is_some() {
            break;
        }
        std::thread::sleep(REST);
    }
    let take = take.context("no take was saved")?;
    let tx = database.transaction()?;
    {
        let mut insert = tx.prepare(
            "INSERT INTO scan_results (filename, profile, model, start_time, end_time, score, scan_timestamp)
             VALUES (?1, 'default', 'AISFX', ?2, ?3, 0.9, '20260101_000000_000000')",
        )?;
        for region in 0..REGIONS {
            let start_s = SPACING_S * region as f64;
            insert.execute((&take, start_s, start_s + SPACING_S * 2.0 / 3.0))?;
        }
    }
    tx.commit()?;
    Ok(())
}
