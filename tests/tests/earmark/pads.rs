//! Marks through the host's parameters: what a pad on a control surface does, with the window closed.

use serde_json::Value;
use xtask::host::{BlockSizes, Event, Pace, RenderMode, Step, TransportStep};

use crate::support::learned::CLASS;
use crate::support::signals::{RATE_HZ, room_with_chirps};
use crate::support::{Build, Sandbox, wait};

const CHIRPS_S: [f64; 3] = [1.5, 4.1, 6.2];

fn hold() -> Step {
    Step::Hold { at_most_s: 90.0 }
}

/// A line of its own, and with it a clock that knows nothing of what was played faster before.
fn activate() -> Step {
    Step::Activate {
        rate_hz: RATE_HZ,
        blocks: BlockSizes::Fixed(512),
    }
}

fn set(name: &str, value: f64) -> Step {
    Step::SetParameter {
        name: String::from(name),
        value,
    }
}

/// Plays the sound from one time to another, as the user hears it.
fn play(sandbox: &Sandbox, sound: &[f32], from_s: f64, to_s: f64) -> Step {
    let at = |seconds: f64| (seconds * f64::from(RATE_HZ)) as usize;
    let part = sound[at(from_s)..at(to_s)].to_vec();
    let frames = part.len() as u64;
    let name = format!("{from_s}-{to_s}.wav");
    Step::Play {
        input: sandbox.write_wave(&name, RATE_HZ, vec![part.clone(), part]),
        output: None,
        transport: vec![
            TransportStep::Jump {
                to: at(from_s) as i64,
            },
            TransportStep::Roll { frames },
        ],
        pace: Pace::TimesRealTime(1.0),
    }
}

/// Presses and releases a pad when the playhead is at `at_s`.
fn press_at(sandbox: &Sandbox, sound: &[f32], pad: &str, at_s: f64) -> Vec<Step> {
    vec![
        play(sandbox, sound, at_s - 0.2, at_s),
        set(pad, 1.0),
        play(sandbox, sound, at_s, at_s + 0.1),
        set(pad, 0.0),
        play(sandbox, sound, at_s + 0.1, at_s + 0.3),
    ]
}

/// Presses "Mark positive" in the middle of one block, which begins long before the region that is heard then.
fn press_by_automation(sandbox: &Sandbox, sound: &[f32], at_s: f64) -> Vec<Step> {
    let early_s = 0.6;
    let frame = (early_s * f64::from(RATE_HZ)) as u64;
    let press = |value, frame| Step::Automate {
        name: String::from("Mark positive"),
        value,
        frame,
    };
    vec![
        Step::Activate {
            rate_hz: RATE_HZ,
            blocks: BlockSizes::Fixed(RATE_HZ),
        },
        press(1.0, frame),
        press(0.0, frame + 1_000),
        play(sandbox, sound, at_s - early_s, at_s + 0.1),
    ]
}

/// The states of the regions, by time.
fn states(sandbox: &Sandbox, build: &Build, filename: &str) -> Vec<String> {
    let results = sandbox.cli(build, &["results", filename, "--version", "v1"]);
    let regions = results["regions"].as_array().unwrap();
    regions
        .iter()
        .map(|region| region["state"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_pad_marks_the_region_under_the_playhead_and_automation_in_a_render_marks_nothing() {
    let build = Build::release();
    let sandbox = Sandbox::learned();
    let sound = room_with_chirps(8.0, &CHIRPS_S, 1);
    let frames = sound.len() as u64;
    let whole = sandbox.write_wave("in.wav", RATE_HZ, vec![sound.clone(), sound.clone()]);
    let mut steps = vec![
        activate(),
        Step::Play {
            input: whole,
            output: None,
            transport: vec![
                TransportStep::Roll { frames },
                TransportStep::Stop { frames: 4800 },
            ],
            pace: Pace::AsFastAsPossible,
        },
        hold(),
        // What is replayed from here on is not listened to: the versions stay what they are.
        set("Listen", 0.0),
        activate(),
    ];
    steps.extend(press_at(
        &sandbox,
        &sound,
        "Mark negative",
        CHIRPS_S[1] + 0.3,
    ));
    steps.extend(press_by_automation(&sandbox, &sound, CHIRPS_S[2] + 0.3));
    steps.extend([
        hold(),
        Step::RenderMode {
            mode: RenderMode::Offline,
        },
        activate(),
    ]);
    steps.extend(press_at(
        &sandbox,
        &sound,
        "Mark negative",
        CHIRPS_S[0] + 0.3,
    ));
    steps.push(hold());
    let mut host = sandbox.start(&build, steps);
    host.wait_until_holding().unwrap();
    let filename = sandbox.scanned_take(&build).filename();
    assert_eq!(states(&sandbox, &build, &filename), ["found"; 3]);

    host.release();
    host.wait_until_holding().unwrap();
    let marked = ["found", "negative", "positive"];
    wait::until("both marks", || {
        (states(&sandbox, &build, &filename) == marked).then_some(())
    });
    let clips = sandbox.cli(&build, &["clip", "list", "--class", CLASS]);
    let is_new = |clip: &&Value| clip["filename"] == filename.as_str();
    let clips = clips.as_array().unwrap();
    assert_eq!(clips.iter().filter(is_new).count(), 1, "{clips:#?}");

    host.release();
    host.wait_until_holding().unwrap();
    // What waited anywhere is carried out before the host goes.
    host.finish().unwrap().into_events().unwrap();
    assert_eq!(states(&sandbox, &build, &filename), marked);
}

#[test]
fn a_project_that_was_saved_with_the_pads_down_brings_them_back_and_marks_nothing() {
    let build = Build::release();
    let sandbox = Sandbox::learned();
    let sound = room_with_chirps(8.0, &CHIRPS_S, 1);
    let frames = sound.len() as u64;
    let state = sandbox.path("project.state");
    let down = |value| [set("Mark negative", value), set("Mark positive", value)];
    let mut steps = Vec::from(down(1.0));
    steps.extend([
        activate(),
        Step::Play {
            input: sandbox.write_wave("in.wav", RATE_HZ, vec![sound.clone(), sound.clone()]),
            output: None,
            transport: vec![
                TransportStep::Roll { frames },
                TransportStep::Stop { frames: 4800 },
            ],
            pace: Pace::AsFastAsPossible,
        },
        hold(),
        set("Listen", 0.0),
        Step::Deactivate,
        Step::SaveState {
            file: state.clone(),
        },
    ]);
    // Up, and then a project with both of them down is restored while a region is heard.
    steps.extend(down(0.0));
    steps.push(activate());
    let heard_s = CHIRPS_S[1];
    steps.extend([
        play(&sandbox, &sound, heard_s - 0.2, heard_s + 0.3),
        Step::LoadState { file: state },
        Step::ReportParameters,
        play(&sandbox, &sound, heard_s + 0.3, heard_s + 1.3),
        hold(),
    ]);
    let mut host = sandbox.start(&build, steps);
    host.wait_until_holding().unwrap();
    let filename = sandbox.scanned_take(&build).filename();
    host.release();
    host.wait_until_holding().unwrap();
    // What waited anywhere is carried out before the host goes.
    let events = host.finish().unwrap().into_events().unwrap();
    assert_eq!(states(&sandbox, &build, &filename), ["found"; 3]);
    let restored = events.iter().find_map(|event| match event {
        Event::Parameters { parameters } => Some(parameters),
        _ => None,
    });
    for name in ["Mark negative", "Mark positive"] {
        let mut pads = restored.unwrap().iter();
        let pad = pads.find(|parameter| parameter.name == name).unwrap();
        assert_eq!(pad.value, 1.0, "{name}");
    }
}
