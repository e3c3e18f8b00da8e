//! Several sounds at once in the built plugin: a project that watches a second sound finds both live, each in its own profile.

use serde_json::{Value, json};
use xtask::host::{BlockSizes, Pace, Step, TransportStep};

use crate::state::{unframed, with_fields};
use crate::support::learned::MODEL;
use crate::support::signals::{RATE_HZ, room, room_with_chirps};
use crate::support::{Build, Sandbox, wait};

/// The second sound, which has a profile of its own.
const PROFILE: &str = "tone";
const TONE_S: f64 = 0.7;
const CHIRPS_S: [f64; 3] = [2.0, 5.1, 8.4];
const TONES_S: [f64; 2] = [3.6, 6.9];
const LENGTH_S: f64 = 11.0;

/// A steady tone with a second one above it.
fn tone(height_hz: f64, gain: f64) -> Vec<f32> {
    let frames = (TONE_S * f64::from(RATE_HZ)) as usize;
    let sample = |frame: usize| {
        let time_s = frame as f64 / f64::from(RATE_HZ);
        let fade = (time_s / 0.01)
            .min((TONE_S - time_s) / 0.01)
            .clamp(0.0, 1.0);
        let turns = std::f64::consts::TAU * height_hz * time_s;
        (gain * fade * (turns.sin() + 0.5 * (3.0 * turns).sin())) as f32
    };
    (0..frames).map(sample).collect()
}

/// Teaches the tone in its own profile.
fn teach_tone(sandbox: &Sandbox, build: &Build) {
    sandbox.cli(build, &["profile", "create", PROFILE]);
    for index in 0..8 {
        let nth = f64::from(index);
        let sound = tone(300.0 + 6.0 * nth, 0.2 + 0.02 * nth);
        let file = sandbox.write_wave(&format!("tone{index}.wav"), RATE_HZ, vec![sound]);
        let file = file.display().to_string();
        let add = [
            "clip",
            "add",
            "--class",
            PROFILE,
            "--profile",
            PROFILE,
            &file,
        ];
        sandbox.cli(build, &add);
    }
    let background = sandbox.write_wave("bed.wav", RATE_HZ, vec![room(40.0, 98)]);
    let background = background.display().to_string();
    sandbox.cli(
        build,
        &[
            "train",
            "--positive",
            PROFILE,
            "--profile",
            PROFILE,
            "--background",
            &background,
        ],
    );
}

/// Start and end of what is found of the sound of `profile`; `None` before it has a version.
fn found(sandbox: &Sandbox, build: &Build, file: &str, profile: &str) -> Option<Vec<(f64, f64)>> {
    let versions = ["versions", file, "--model", MODEL, "--profile", profile];
    if sandbox.cli(build, &versions).as_array()?.is_empty() {
        return None;
    }
    let results = sandbox.cli(build, &["results", file, "--profile", profile]);
    let regions = results["regions"].as_array()?.iter();
    let second = |region: &Value, key: &str| region[key].as_f64();
    regions
        .map(|region| Some((second(region, "start_s")?, second(region, "end_s")?)))
        .collect()
}

fn is_found(regions: &[(f64, f64)], at_s: f64) -> bool {
    let middle_s = at_s + 0.5 * TONE_S;
    regions
        .iter()
        .any(|(start_s, end_s)| *start_s < middle_s && middle_s < *end_s)
}

#[test]
fn a_project_that_watches_two_sounds_finds_both_live_and_remembers_them() {
    let build = Build::release();
    let sandbox = Sandbox::learned();
    teach_tone(&sandbox, &build);
    let activate = || Step::Activate {
        rate_hz: RATE_HZ,
        blocks: BlockSizes::Fixed(512),
    };
    let (plain, watching, saved) = (
        sandbox.path("plain.state"),
        sandbox.path("watching.state"),
        sandbox.path("saved.state"),
    );
    let save = |file: &std::path::Path| Step::SaveState {
        file: file.to_owned(),
    };
    sandbox.host(&build, vec![activate(), save(&plain)]);
    // As a window with a tick in its profile menu saves it.
    let state = unframed(&std::fs::read(&plain).unwrap());
    let ticked = with_fields(&state, |fields| fields["watched"] = json!([PROFILE]));
    std::fs::write(&watching, ticked).unwrap();

    let mut sound = room_with_chirps(LENGTH_S, &CHIRPS_S, 1);
    for at_s in TONES_S {
        let place = sound.iter_mut().skip((at_s * f64::from(RATE_HZ)) as usize);
        for (sample, heard) in place.zip(tone(310.0, 0.3)) {
            *sample += heard;
        }
    }
    let frames = sound.len() as u64;
    let input = sandbox.write_wave("in.wav", RATE_HZ, vec![sound.clone(), sound]);
    let steps = vec![
        Step::LoadState { file: watching },
        activate(),
        Step::Play {
            input,
            output: None,
            transport: vec![
                TransportStep::Roll { frames },
                TransportStep::Stop { frames: 4_800 },
            ],
            pace: Pace::TimesRealTime(4.0),
        },
        Step::Hold { at_most_s: 90.0 },
        save(&saved),
    ];
    let mut host = sandbox.start(&build, steps);
    host.wait_until_holding().unwrap();
    let (chirps, tones) = wait::until("a version of each sound", || {
        let take = sandbox.takes().into_iter().next()?.filename();
        let of = |profile| found(&sandbox, &build, &take, profile);
        Some((of("default")?, of(PROFILE)?))
    });
    host.release();
    host.finish().unwrap().into_events().unwrap();
    assert!(
        CHIRPS_S.iter().all(|&at_s| is_found(&chirps, at_s)),
        "{chirps:?}"
    );
    assert!(
        TONES_S.iter().all(|&at_s| is_found(&tones, at_s)),
        "{tones:?}"
    );
    assert!(!TONES_S.iter().any(|&at_s| is_found(&chirps, at_s)));
    assert!(!CHIRPS_S.iter().any(|&at_s| is_found(&tones, at_s)));

    let state = unframed(&std::fs::read(&saved).unwrap());
    let fields: Value =
        serde_json::from_str(state["fields"]["instance"].as_str().unwrap()).unwrap();
    assert_eq!(fields["watched"], json!([PROFILE]));
}
