//! What a project file carries: the identity of the track and its settings, and nothing that could hurt.

use std::path::Path;

use xtask::host::{BlockSizes, Event, Pace, Parameter, Step, TransportStep};

use crate::support::signals::noise_channels;
use crate::support::{Build, Desk};

const RATE_HZ: u32 = 48_000;

fn activate() -> Step {
    Step::Activate {
        rate_hz: RATE_HZ,
        blocks: BlockSizes::Fixed(512),
    }
}

/// Plays the whole file from `position` on.
fn play_from(input: &Path, position: i64, frames: u64) -> Step {
    Step::Play {
        input: input.to_owned(),
        output: None,
        transport: vec![
            TransportStep::Jump { to: position },
            TransportStep::Roll { frames },
            TransportStep::Stop { frames: 512 },
        ],
        pace: Pace::AsFastAsPossible,
    }
}

fn set_threshold(value: f64) -> Step {
    Step::SetParameter {
        name: String::from("Threshold"),
        value,
    }
}

/// The parameters as last reported.
fn reported(events: &[Event]) -> Vec<Parameter> {
    let mut reports = events.iter().filter_map(|event| match event {
        Event::Parameters { parameters } => Some(parameters.clone()),
        _ => None,
    });
    reports.next_back().expect("no parameters were reported")
}

fn value(parameters: &[Parameter], name: &str) -> f64 {
    parameters
        .iter()
        .find(|parameter| parameter.name == name)
        .unwrap_or_else(|| panic!("no parameter {name} among {parameters:?}"))
        .value
}

#[test]
fn a_reopened_project_goes_on_with_its_track_and_settings() {
    let build = Build::release();
    let desk = Desk::new();
    let state = desk.path("project.state");
    let input = desk.write_wave("in.wav", RATE_HZ, noise_channels(2, 24_000, 1));
    desk.host(
        &build,
        vec![
            activate(),
            set_threshold(0.25),
            play_from(&input, 0, 24_000),
            Step::SaveState {
                file: state.clone(),
            },
        ],
    );
    let before = desk.only_take();

    // The next day: a host makes the instance, gives it the state, and plays on where it was.
    let events = desk.host(
        &build,
        vec![
            Step::LoadState { file: state },
            activate(),
            Step::ReportParameters,
            play_from(&input, 24_000, 24_000),
        ],
    );
    assert!((value(&reported(&events), "Threshold") - 0.25).abs() < 1e-6);
    let after = desk.only_take();
    assert_eq!(after.source, before.source);
    assert_eq!(after.path, before.path);
    assert_eq!(after.frames, 48_000);
}

#[test]
fn two_instances_that_were_never_saved_are_two_sources() {
    let desk = Desk::new();
    let input = desk.write_wave("in.wav", RATE_HZ, noise_channels(2, 12_000, 2));
    desk.host(
        &Build::release(),
        vec![
            activate(),
            play_from(&input, 0, 12_000),
            Step::Recreate,
            activate(),
            play_from(&input, 0, 12_000),
        ],
    );
    let takes = desk.takes();
    assert_eq!(takes.len(), 2, "{takes:#?}");
    assert_ne!(takes[0].source, takes[1].source);
}

#[test]
fn a_state_restored_while_active_takes_the_instance_over_to_its_source() {
    let build = Build::release();
    let desk = Desk::new();
    let state = desk.path("project.state");
    let input = desk.write_wave("in.wav", RATE_HZ, noise_channels(2, 12_000, 3));
    desk.host(
        &build,
        vec![
            activate(),
            play_from(&input, 0, 12_000),
            Step::SaveState {
                file: state.clone(),
            },
            Step::Recreate,
            // Some hosts activate first and restore then; Ardour never activates again after that.
            activate(),
            Step::LoadState {
                file: state.clone(),
            },
            play_from(&input, 12_000, 12_000),
            Step::Recreate,
            activate(),
            Step::LoadState { file: state },
            activate(),
            play_from(&input, 24_000, 12_000),
        ],
    );
    assert_eq!(desk.only_take().frames, 36_000);
}

#[test]
fn what_was_recorded_before_a_state_is_restored_stays_its_own_source() {
    let build = Build::release();
    let desk = Desk::new();
    let state = desk.path("project.state");
    let input = desk.write_wave("in.wav", RATE_HZ, noise_channels(2, 12_000, 6));
    desk.host(
        &build,
        vec![
            activate(),
            play_from(&input, 0, 12_000),
            Step::SaveState {
                file: state.clone(),
            },
            Step::Recreate,
            activate(),
            play_from(&input, 100_000, 12_000),
            Step::LoadState { file: state },
            play_from(&input, 200_000, 12_000),
            activate(),
            play_from(&input, 12_000, 12_000),
        ],
    );
    let takes = desk.takes();
    let sources: Vec<_> = takes.iter().map(|take| &take.source).collect();
    assert_eq!(takes.len(), 3, "{takes:#?}");
    assert_eq!((takes[0].start, takes[0].frames), (0, 24_000));
    assert_ne!(sources[0], sources[1]);
    assert_eq!(sources[1], sources[2]);
}

#[test]
fn a_state_whose_identity_makes_no_sense_starts_a_new_source() {
    let build = Build::release();
    let desk = Desk::new();
    let state = desk.path("project.state");
    let input = desk.write_wave("in.wav", RATE_HZ, noise_channels(2, 12_000, 5));
    desk.host(
        &build,
        vec![
            activate(),
            play_from(&input, 0, 12_000),
            Step::SaveState {
                file: state.clone(),
            },
        ],
    );
    let source = desk.only_take().source;
    let mut bytes = std::fs::read(&state).unwrap();
    let at = bytes
        .windows(source.len())
        .position(|window| window == source.as_bytes())
        .expect("the state carries the source's id");
    bytes[at..at + source.len()].fill(b'?');
    std::fs::write(&state, bytes).unwrap();
    desk.host(
        &build,
        vec![
            Step::LoadState { file: state },
            activate(),
            play_from(&input, 0, 12_000),
        ],
    );
    let takes = desk.takes();
    assert_eq!(takes.len(), 2, "{takes:#?}");
    assert_ne!(takes[0].source, takes[1].source);
}

#[test]
fn a_state_that_is_garbage_is_refused_and_changes_nothing() {
    let build = Build::release();
    let desk = Desk::new();
    let state = desk.path("good.state");
    let input = desk.write_wave("in.wav", RATE_HZ, noise_channels(2, 12_000, 4));
    desk.host(
        &build,
        vec![
            activate(),
            play_from(&input, 0, 12_000),
            Step::SaveState {
                file: state.clone(),
            },
        ],
    );
    let good = std::fs::read(&state).unwrap();
    let mut flipped = good.clone();
    flipped[8] ^= 0xFF; // behind the length
    let garbage: [(&str, Vec<u8>); 5] = [
        ("empty", Vec::new()),
        ("noise", (0..=255).cycle().take(5000).collect()),
        ("truncated", good[..good.len() / 2].to_vec()),
        ("flipped", flipped),
        ("a length of nearly everything", vec![0xFF; 64]),
    ];
    for (name, bytes) in garbage {
        let file = desk.path("garbage.state");
        std::fs::write(&file, bytes).unwrap();
        let outcome = desk.observe(
            &build,
            vec![activate(), set_threshold(0.75), Step::LoadState { file }],
        );
        assert!(!outcome.aborted(), "{name}: {}", outcome.errors);
        assert_eq!(outcome.status.code(), Some(1), "{name}: {}", outcome.errors);
        assert!(
            outcome.errors.contains("does not accept the state"),
            "{name}: {}",
            outcome.errors
        );
    }
    assert_eq!(desk.only_take().frames, 12_000);
}
