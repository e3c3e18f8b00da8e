//! How long a host waits when it removes an instance whose audio is being scanned.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use xtask::host::{BlockSizes, Event, HostProcess, Pace, Script, Step, Watch};

use super::support::learned::MODEL;
use super::support::signals::{RATE_HZ, room};
use super::support::{Build, Sandbox};
use super::{Asked, Figure, passthrough, say};

/// Rounds, unless much time may be taken, and then.
const ROUNDS: (usize, usize) = (3, 5);
/// Takes far longer to scan than to play as fast as possible.
const PLAYED_S: f64 = 240.0;
const LIMIT: Duration = Duration::from_secs(120);

/// What one round waited, in milliseconds.
struct Waits {
    /// For an instance whose neighbour stays.
    one_of_two: f64,
    /// For the last one, and the library after it.
    last: f64,
}

/// The longest of several rounds, each with a scan in full swing that is never finished.
pub fn measure(asked: &Asked) -> Result<Vec<Figure>> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let rounds = if asked.long { ROUNDS.1 } else { ROUNDS.0 };
    for round in 1..=rounds {
        say(format!("round {round} of {rounds}"));
        let sandbox = Sandbox::learned();
        let sound = room(PLAYED_S, 3);
        let input = sandbox.write_wave("in.wav", RATE_HZ, vec![sound.clone(), sound]);
        ours.push(wait(&sandbox, &Build::release().clap(), &input)?);
        for take in sandbox.takes() {
            let arguments = ["versions", &take.filename(), "--model", MODEL];
            let versions = sandbox.cli(&Build::release(), &arguments);
            ensure!(
                versions.as_array().is_some_and(Vec::is_empty),
                "a scan came to its end before the instance was removed"
            );
        }
        theirs.push(wait(&sandbox, &passthrough()?, &input)?);
    }
    let longest = |waits: &[Waits], of: fn(&Waits) -> f64| waits.iter().map(of).fold(0.0, f64::max);
    let value = longest(&ours, |waits| waits.last);
    let bare = longest(&theirs, |waits| waits.last);
    Ok(vec![Figure {
        name: String::from("remove_in_mid_scan_ms"),
        value,
        unit: "ms",
        against: format!(
            "nice-plug's bare passthrough, removed and unloaded by the same host: {bare:.1} ms; the longest of {rounds} rounds each"
        ),
        ratio: value / bare,
        beside: BTreeMap::from([
            ("one_of_two_ms", longest(&ours, |waits| waits.one_of_two)),
            (
                "passthrough_one_of_two_ms",
                longest(&theirs, |waits| waits.one_of_two),
            ),
        ]),
    }])
}

fn wait(sandbox: &Sandbox, plugin: &Path, input: &Path) -> Result<Waits> {
    let activate = || Step::Activate {
        rate_hz: RATE_HZ,
        blocks: BlockSizes::Fixed(4096),
    };
    let play = || Step::Play {
        input: input.to_owned(),
        output: None,
        transport: Vec::new(),
        pace: Pace::AsFastAsPossible,
    };
    let script = Script {
        plugin: plugin.to_owned(),
        plugin_id: None,
        track_name: None,
        watch: Watch::Off,
        steps: vec![
            Step::AddInstances {
                instances: 1,
                rate_hz: RATE_HZ,
                blocks: BlockSizes::Fixed(4096),
            },
            activate(),
            play(),
            // Removes the one that played, and then plays the same through another.
            Step::Recreate,
            Step::RemoveInstances,
            activate(),
            play(),
        ],
    };
    let events = HostProcess::spawn(sandbox.runner(), &script, LIMIT)?
        .finish()?
        .into_events()?;
    let find = |seconds: fn(&Event) -> Option<f64>| {
        let found = events.iter().find_map(seconds);
        found
            .map(|seconds| seconds * 1e3)
            .context("the host removed nothing")
    };
    Ok(Waits {
        one_of_two: find(|event| match event {
            Event::Removed { seconds } => Some(*seconds),
            _ => None,
        })?,
        last: find(|event| match event {
            Event::Unloaded { seconds, .. } => Some(*seconds),
            _ => None,
        })?,
    })
}
