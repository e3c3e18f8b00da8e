//! The main job: what plays is scanned with what was learned, and saved as a version when the transport stops.

use std::path::Path;

use serde_json::Value;
use xtask::host::{BlockSizes, Event, HostProcess, Pace, RenderMode, Step, TransportStep};

use crate::support::sandbox::TakeRow;
use crate::support::signals::{CHIRP_S, RATE_HZ, room, room_with_chirps};
use crate::support::{Build, Sandbox, wait};

/// Plays the file in stereo and stops, then waits to be released.
fn play_and_hold(input: &Path, pace: Pace, frames: usize) -> Vec<Step> {
    vec![
        Step::Activate {
            rate_hz: RATE_HZ,
            blocks: BlockSizes::Fixed(512),
        },
        Step::Play {
            input: input.to_owned(),
            output: None,
            transport: vec![
                TransportStep::Roll {
                    frames: frames as u64,
                },
                TransportStep::Stop { frames: 4800 },
            ],
            pace,
        },
        Step::Hold { at_most_s: 90.0 },
    ]
}

fn stereo(mono: &[f32]) -> Vec<Vec<f32>> {
    vec![mono.to_vec(), mono.to_vec()]
}

/// Waits until the only take has so many versions.
fn wait_for_versions(sandbox: &Sandbox, build: &Build, count: usize) -> (TakeRow, Vec<Value>) {
    wait::until("a saved version", || {
        if !sandbox.database().exists() {
            return None;
        }
        let take = sandbox.takes().into_iter().next()?;
        let versions = sandbox.versions(build, &take.filename());
        (versions.len() >= count).then_some((take, versions))
    })
}

fn finish(host: HostProcess) -> Vec<Event> {
    host.finish().unwrap().into_events().unwrap()
}

/// Whether every chirp, and nothing else, is found.
fn assert_found(results: &Value, chirps_s: &[f64]) {
    let regions: Vec<(f64, f64)> = results["regions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|region| {
            (
                region["start_s"].as_f64().unwrap(),
                region["end_s"].as_f64().unwrap(),
            )
        })
        .collect();
    let overlaps =
        |&(start_s, end_s): &(f64, f64), at_s: f64| start_s < at_s + CHIRP_S && at_s < end_s;
    for &at_s in chirps_s {
        assert!(
            regions.iter().any(|region| overlaps(region, at_s)),
            "the chirp at {at_s} s was not found: {regions:?}"
        );
    }
    for region in &regions {
        assert!(
            chirps_s.iter().any(|&at_s| overlaps(region, at_s)),
            "a region where there is no chirp: {region:?} of {regions:?}"
        );
    }
}

#[test]
fn what_plays_is_found_and_saved_as_a_version_when_the_transport_stops() {
    let build = Build::release();
    let sandbox = Sandbox::learned();
    let chirps_s = [2.0, 5.1, 8.4];
    let sound = room_with_chirps(11.0, &chirps_s, 1);
    let input = sandbox.write_wave("in.wav", RATE_HZ, stereo(&sound));
    // Four times as fast as a user would listen, which is still live: the results follow while it plays.
    let steps = play_and_hold(&input, Pace::TimesRealTime(4.0), sound.len());
    let mut host = sandbox.start(&build, steps);
    host.wait_until_holding().unwrap();
    let (take, found) = wait_for_versions(&sandbox, &build, 1);
    assert_eq!(found.len(), 1, "one stop, one version: {found:#?}");
    assert_eq!(found[0]["number"], 1);
    assert_eq!(found[0]["classifier"], 1);
    let results = sandbox.cli(&build, &["results", &take.filename()]);
    assert_found(&results, &chirps_s);
    finish(host);

    // A scan of the finished take says the same: what was scored live was scored with its whole context.
    let path = take.path.display().to_string();
    sandbox.cli(&build, &["scan", &path]);
    let again = sandbox.cli(&build, &["results", &take.filename()]);
    assert_eq!(again["version"], 2);
    assert_eq!(without_ids(&again), without_ids(&results));
}

fn without_ids(results: &Value) -> Vec<(Value, Value, Value)> {
    let regions = results["regions"].as_array().unwrap();
    regions
        .iter()
        .map(|region| {
            (
                region["start_s"].clone(),
                region["end_s"].clone(),
                region["score"].clone(),
            )
        })
        .collect()
}

#[test]
fn a_scan_that_finds_nothing_is_a_version_too() {
    let build = Build::release();
    let sandbox = Sandbox::learned();
    let sound = room(6.0, 2);
    let input = sandbox.write_wave("in.wav", RATE_HZ, stereo(&sound));
    let steps = play_and_hold(&input, Pace::AsFastAsPossible, sound.len());
    let mut host = sandbox.start(&build, steps);
    host.wait_until_holding().unwrap();
    let (take, found) = wait_for_versions(&sandbox, &build, 1);
    assert_eq!(found[0]["regions"], 0, "{found:#?}");
    assert_eq!(found[0]["number"], 1);
    let results = sandbox.cli(&build, &["results", &take.filename()]);
    assert_eq!(results["regions"], Value::Array(vec![]));
    finish(host);
}

#[test]
fn a_threshold_that_the_host_moves_counts_while_the_window_is_closed() {
    let build = Build::release();
    let sandbox = Sandbox::learned();
    let sound = room_with_chirps(6.0, &[1.5, 4.0], 7);
    let input = sandbox.write_wave("in.wav", RATE_HZ, stereo(&sound));
    let mut steps = play_and_hold(&input, Pace::AsFastAsPossible, sound.len());
    let moved = Step::SetParameter {
        name: String::from("Threshold"),
        value: 0.25,
    };
    steps.insert(1, moved);
    let mut host = sandbox.start(&build, steps);
    host.wait_until_holding().unwrap();
    let (take, _) = wait_for_versions(&sandbox, &build, 1);
    let results = sandbox.cli(&build, &["results", &take.filename()]);
    let threshold = results["threshold"].as_f64().unwrap();
    assert!((threshold - 0.25).abs() < 1e-6, "{results:#?}");
    finish(host);
}

#[test]
fn an_offline_render_is_scanned_to_its_last_second() {
    let build = Build::release();
    let sandbox = Sandbox::learned();
    let chirps_s = [1.0, 14.0, 28.5];
    let sound = room_with_chirps(30.0, &chirps_s, 3);
    let input = sandbox.write_wave("in.wav", RATE_HZ, stereo(&sound));
    let mut steps = vec![Step::RenderMode {
        mode: RenderMode::Offline,
    }];
    steps.extend(play_and_hold(&input, Pace::AsFastAsPossible, sound.len()));
    let mut host = sandbox.start(&build, steps);
    host.wait_until_holding().unwrap();
    let (take, _) = wait_for_versions(&sandbox, &build, 1);
    assert_eq!(take.frames as usize, sound.len());
    let results = sandbox.cli(&build, &["results", &take.filename()]);
    assert_found(&results, &chirps_s);
    finish(host);
}

#[test]
fn playing_a_stretch_again_gives_the_next_version_of_the_same_take() {
    let build = Build::release();
    let sandbox = Sandbox::learned();
    let first = room_with_chirps(6.0, &[1.5], 4);
    let second = room_with_chirps(6.0, &[4.0], 5);
    let first_input = sandbox.write_wave("first.wav", RATE_HZ, stereo(&first));
    let second_input = sandbox.write_wave("second.wav", RATE_HZ, stereo(&second));
    let mut steps = play_and_hold(&first_input, Pace::AsFastAsPossible, first.len());
    steps.extend([
        Step::Play {
            input: second_input,
            output: None,
            transport: vec![
                TransportStep::Jump { to: 0 },
                TransportStep::Roll {
                    frames: second.len() as u64,
                },
                TransportStep::Stop { frames: 4800 },
            ],
            pace: Pace::AsFastAsPossible,
        },
        Step::Hold { at_most_s: 90.0 },
    ]);
    let mut host = sandbox.start(&build, steps);
    host.wait_until_holding().unwrap();
    wait_for_versions(&sandbox, &build, 1);
    host.release();
    host.wait_until_holding().unwrap();
    let (take, found) = wait_for_versions(&sandbox, &build, 2);
    assert_eq!(sandbox.takes().len(), 1);
    assert_eq!(found[0]["number"], 2);
    let name = take.filename();
    let newest = sandbox.cli(&build, &["results", &name]);
    assert_found(&newest, &[4.0]);
    let oldest = sandbox.cli(&build, &["results", &name, "--version", "v1"]);
    assert_found(&oldest, &[1.5]);
    finish(host);
}
