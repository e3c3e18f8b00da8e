//! What the capture keeps up with: a render as fast as it goes, and playback while every core is busy.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use xtask::host::{
    BlockSizes, Event, HostProcess, Pace, RenderMode, Script, Step, TransportStep, Watch,
};

use super::support::busy::while_every_core_is_busy;
use super::support::sandbox::TakeRow;
use super::support::signals::{noise_channels, room_with_chirps};
use super::support::{Build, Sandbox};
use super::{Asked, Figure, passthrough, say};

const RATE_HZ: u32 = 48_000;
const LIMIT: Duration = Duration::from_secs(120);
/// Long beside what the line still holds when the render ends.
const RENDER_S: usize = 240;
const ROUNDS: usize = 3;
const LOAD_S: usize = 20;

/// A render through Earmark, beside one through a plugin that does nothing with a plain write of the same samples to a file.
pub fn measure_render(_: &Asked) -> Result<Vec<Figure>> {
    let frames = RENDER_S * RATE_HZ as usize;
    let signal = noise_channels(2, frames, 3);
    let interleaved: Vec<u8> = (0..frames)
        .flat_map(|frame| signal.iter().map(move |channel| channel[frame]))
        .flat_map(f32::to_le_bytes)
        .collect();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut lost = 0;
    for round in 1..=ROUNDS {
        say(format!("round {round} of {ROUNDS}"));
        let sandbox = Sandbox::new();
        let input = sandbox.write_wave("in.wav", RATE_HZ, signal.clone());
        ours.push(render(&sandbox, &Build::release().clap(), &input)?);
        lost += frames as i64 - captured(&sandbox.takes())?;
        let bare = render(&sandbox, &passthrough()?, &input)?;
        let begun = Instant::now();
        std::fs::write(sandbox.path("plain"), &interleaved)?;
        theirs.push(bare + begun.elapsed().as_secs_f64());
    }
    let times = |mut seconds: Vec<f64>| {
        seconds.sort_unstable_by(f64::total_cmp);
        RENDER_S as f64 / seconds.get(ROUNDS / 2).copied().unwrap_or(f64::NAN)
    };
    let (value, bare) = (times(ours), times(theirs));
    Ok(vec![Figure {
        name: String::from("offline_x_realtime"),
        value,
        unit: "x real time",
        against: format!(
            "nice-plug's bare passthrough in the same host, and a plain write of the samples: {bare:.0} x real time"
        ),
        ratio: value / bare,
        beside: BTreeMap::from([("lost_frames", lost as f64)]),
    }])
}

/// Seconds that rendering a file takes.
fn render(sandbox: &Sandbox, plugin: &Path, input: &Path) -> Result<f64> {
    let steps = vec![
        Step::Activate {
            rate_hz: RATE_HZ,
            blocks: BlockSizes::Fixed(512),
        },
        Step::Play {
            input: input.to_owned(),
            output: None,
            transport: Vec::new(),
            pace: Pace::AsFastAsPossible,
        },
    ];
    let offline = Step::RenderMode {
        mode: RenderMode::Offline,
    };
    let events = host(
        sandbox,
        plugin,
        std::iter::once(offline).chain(steps).collect(),
    )?
    .finish()?
    .into_events()?;
    events
        .iter()
        .find_map(|event| match event {
            Event::Played { seconds, .. } => Some(*seconds),
            _ => None,
        })
        .context("the host played nothing")
}

/// Playback in real time in small blocks, scanned meanwhile, with a busy thread on every core.
pub fn measure_drops(_: &Asked) -> Result<Vec<Figure>> {
    let frames = LOAD_S * RATE_HZ as usize;
    let sandbox = Sandbox::learned();
    let room = room_with_chirps(LOAD_S as f64, &[2.0, 7.0, 13.0], 5);
    let input = sandbox.write_wave("in.wav", RATE_HZ, vec![room.clone(), room]);
    let host = host(
        &sandbox,
        &Build::release().clap(),
        vec![
            Step::Activate {
                rate_hz: RATE_HZ,
                blocks: BlockSizes::Fixed(64),
            },
            Step::Play {
                input,
                output: None,
                transport: vec![TransportStep::Roll {
                    frames: frames as u64,
                }],
                pace: Pace::TimesRealTime(1.0),
            },
        ],
    )?;
    say(format!("playing {LOAD_S} s in real time on a busy machine"));
    let events = while_every_core_is_busy(|| host.finish())?.into_events()?;
    ensure!(
        events
            .iter()
            .any(|event| matches!(event, Event::Played { .. }))
    );
    let dropped = frames as i64 - captured(&sandbox.takes())?;
    Ok(vec![Figure {
        name: String::from("dropped_frames_under_load"),
        value: dropped as f64,
        unit: "frames",
        against: format!(
            "{frames} frames played in real time, in blocks of 64, with every core busy"
        ),
        ratio: dropped as f64 / frames as f64,
        beside: BTreeMap::new(),
    }])
}

fn host(sandbox: &Sandbox, plugin: &Path, steps: Vec<Step>) -> Result<HostProcess> {
    let script = Script {
        plugin: PathBuf::from(plugin),
        plugin_id: None,
        track_name: None,
        watch: Watch::Off,
        steps,
    };
    HostProcess::spawn(sandbox.runner(), &script, LIMIT)
}

/// Frames that the takes hold and that are not gaps in them.
fn captured(takes: &[TakeRow]) -> Result<i64> {
    let mut frames = 0;
    for take in takes {
        let gaps: Vec<[i64; 2]> = serde_json::from_str(&take.gaps)?;
        let lost: i64 = gaps.iter().map(|[from, to]| to - from).sum();
        frames += take.frames - lost;
    }
    Ok(frames)
}
