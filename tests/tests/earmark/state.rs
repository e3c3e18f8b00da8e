//! What a project file carries: the identity of the track and its settings, and nothing that could hurt.

use std::path::Path;

use serde_json::{Value, json};
use xtask::host::{BlockSizes, Event, Pace, Parameter, Step, TransportStep};

use crate::support::signals::noise_channels;
use crate::support::{Build, Sandbox};

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
    let sandbox = Sandbox::new();
    let state = sandbox.path("project.state");
    let input = sandbox.write_wave("in.wav", RATE_HZ, noise_channels(2, 24_000, 1));
    sandbox.host(
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
    let before = sandbox.only_take();

    // The next day: a host makes the instance, gives it the state, and plays on where it was.
    let events = sandbox.host(
        &build,
        vec![
            Step::LoadState { file: state },
            activate(),
            Step::ReportParameters,
            play_from(&input, 24_000, 24_000),
        ],
    );
    assert!((value(&reported(&events), "Threshold") - 0.25).abs() < 1e-6);
    let after = sandbox.only_take();
    assert_eq!(after.source, before.source);
    assert_eq!(after.path, before.path);
    assert_eq!(after.frames, 48_000);
}

#[test]
fn two_instances_that_were_never_saved_are_two_sources() {
    let sandbox = Sandbox::new();
    let input = sandbox.write_wave("in.wav", RATE_HZ, noise_channels(2, 12_000, 2));
    sandbox.host(
        &Build::release(),
        vec![
            activate(),
            play_from(&input, 0, 12_000),
            Step::Recreate,
            activate(),
            play_from(&input, 0, 12_000),
        ],
    );
    let takes = sandbox.takes();
    assert_eq!(takes.len(), 2, "{takes:#?}");
    assert_ne!(takes[0].source, takes[1].source);
}

#[test]
fn a_state_restored_while_active_takes_the_instance_over_to_its_source() {
    let build = Build::release();
    let sandbox = Sandbox::new();
    let state = sandbox.path("project.state");
    let input = sandbox.write_wave("in.wav", RATE_HZ, noise_channels(2, 12_000, 3));
    sandbox.host(
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
    assert_eq!(sandbox.only_take().frames, 36_000);
}

#[test]
fn what_was_recorded_before_a_state_is_restored_stays_its_own_source() {
    let build = Build::release();
    let sandbox = Sandbox::new();
    let state = sandbox.path("project.state");
    let input = sandbox.write_wave("in.wav", RATE_HZ, noise_channels(2, 12_000, 6));
    sandbox.host(
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
    let takes = sandbox.takes();
    let sources: Vec<_> = takes.iter().map(|take| &take.source).collect();
    assert_eq!(takes.len(), 3, "{takes:#?}");
    assert_eq!((takes[0].start, takes[0].frames), (0, 24_000));
    assert_ne!(sources[0], sources[1]);
    assert_eq!(sources[1], sources[2]);
}

#[test]
fn a_state_whose_identity_makes_no_sense_starts_a_new_source() {
    let build = Build::release();
    let sandbox = Sandbox::new();
    let state = sandbox.path("project.state");
    let input = sandbox.write_wave("in.wav", RATE_HZ, noise_channels(2, 12_000, 5));
    sandbox.host(
        &build,
        vec![
            activate(),
            play_from(&input, 0, 12_000),
            Step::SaveState {
                file: state.clone(),
            },
        ],
    );
    let source = sandbox.only_take().source;
    let mut bytes = std::fs::read(&state).unwrap();
    let at = bytes
        .windows(source.len())
        .position(|window| window == source.as_bytes())
        .expect("the state carries the source's id");
    bytes[at..at + source.len()].fill(b'?');
    std::fs::write(&state, bytes).unwrap();
    sandbox.host(
        &build,
        vec![
            Step::LoadState { file: state },
            activate(),
            play_from(&input, 0, 12_000),
        ],
    );
    let takes = sandbox.takes();
    assert_eq!(takes.len(), 2, "{takes:#?}");
    assert_ne!(takes[0].source, takes[1].source);
}

#[test]
fn a_state_that_is_garbage_is_refused_and_changes_nothing() {
    let build = Build::release();
    let sandbox = Sandbox::new();
    let state = sandbox.path("good.state");
    let input = sandbox.write_wave("in.wav", RATE_HZ, noise_channels(2, 12_000, 4));
    sandbox.host(
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
        let file = sandbox.path("garbage.state");
        std::fs::write(&file, bytes).unwrap();
        let outcome = sandbox.observe(
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
    assert_eq!(sandbox.only_take().frames, 12_000);
}

/// A state as the plugin's framework writes it: the length of some JSON, and the JSON.
fn framed(text: &[u8]) -> Vec<u8> {
    let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(text);
    bytes
}

/// The JSON of a saved state.
pub fn unframed(bytes: &[u8]) -> Value {
    serde_json::from_slice(&bytes[8..]).unwrap()
}

/// `good` with the fields that the plugin itself keeps changed.
pub fn with_fields(good: &Value, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut state = good.clone();
    let text = state["fields"]["instance"].as_str().unwrap();
    let mut fields: Value = serde_json::from_str(text).unwrap();
    change(&mut fields);
    state["fields"]["instance"] = json!(fields.to_string());
    framed(state.to_string().as_bytes())
}

/// States that parse, and say what no plugin has ever saved.
fn hostile(good: &Value) -> Vec<Vec<u8>> {
    let mut states = Vec::new();
    let fields: Value = serde_json::from_str(good["fields"]["instance"].as_str().unwrap()).unwrap();
    let long = "n".repeat(10_000_000);
    let values = [
        json!(null),
        json!(-1),
        json!(1e308),
        json!(4_294_967_295_u32),
        json!([4_294_967_295_u32, 4_294_967_295_u32]),
        json!([1e308, -1e308]),
        json!([-1e300, 1e300]),
        json!([5.0, 5.000_000_001]),
        json!(["a"]),
        json!({}),
        json!("../../../etc/passwd\u{0}"),
    ];
    for name in fields.as_object().unwrap().keys() {
        for value in &values {
            states.push(with_fields(good, |fields| fields[name] = value.clone()));
        }
    }
    for name in ["source_name", "take"] {
        states.push(with_fields(good, |fields| fields[name] = json!(long)));
    }
    for value in [
        json!("NaN"),
        json!(1e30),
        json!(-3),
        json!({"f32": null}),
        json!(true),
    ] {
        let mut state = good.clone();
        for param in state["params"].as_object_mut().unwrap().values_mut() {
            *param = value.clone();
        }
        states.push(framed(state.to_string().as_bytes()));
        let mut state = good.clone();
        state["fields"]["instance"] = value;
        states.push(framed(state.to_string().as_bytes()));
    }
    // Numbers that no float holds.
    let text = good.to_string();
    states.push(framed(text.replace("0.25", "1e999").as_bytes()));
    states.push(framed(text.replace("0.25", "NaN").as_bytes()));
    states.push(framed("[".repeat(100_000).as_bytes()));
    states
}

/// Bytes that some disk or some other program has made of a state.
fn damaged(good: &[u8]) -> Vec<Vec<u8>> {
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = |below: usize| {
        // xorshift64
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    };
    let mut states = Vec::new();
    for _ in 0..100 {
        let mut state = good.to_vec();
        for _ in 0..=next(8) {
            let at = next(state.len());
            state[at] = next(256) as u8;
        }
        states.push(state);
        states.push(good[..next(good.len())].to_vec());
        // The length stays true, so that the text is read.
        let mut text = good[8..].to_vec();
        let (from, to) = (next(text.len()), next(text.len()));
        text.splice(from.min(to)..from.max(to), []);
        states.push(framed(&text));
        let noise = (0..next(200)).map(|_| next(256) as u8).collect::<Vec<_>>();
        states.push(framed(&noise));
    }
    states
}

#[test]
fn whatever_bytes_a_host_hands_over_the_instance_lives_on_unharmed() {
    let build = Build::release();
    let sandbox = Sandbox::new();
    let state = sandbox.path("good.state");
    let input = sandbox.write_wave("in.wav", RATE_HZ, noise_channels(2, 12_000, 7));
    sandbox.host(
        &build,
        vec![
            activate(),
            set_threshold(0.25),
            play_from(&input, 0, 12_000),
            Step::SaveState {
                file: state.clone(),
            },
        ],
    );
    let good = std::fs::read(&state).unwrap();
    let mut states = hostile(&unframed(&good));
    states.extend(damaged(&good));
    let mut steps = vec![activate()];
    for (index, bytes) in states.iter().enumerate() {
        let file = sandbox.path(&format!("{index}.state"));
        std::fs::write(&file, bytes).unwrap();
        steps.push(Step::TryState { file });
        if index % 20 == 0 {
            steps.push(Step::ReportParameters);
            steps.push(activate());
        }
    }
    steps.extend([
        Step::ReportParameters,
        Step::LoadState { file: state },
        activate(),
        play_from(&input, 12_000, 12_000),
        Step::ReportParameters,
    ]);
    let events = sandbox.host(&build, steps);
    let tried = events
        .iter()
        .filter(|event| matches!(event, Event::StateTried { .. }));
    assert_eq!(tried.count(), states.len());
    for event in &events {
        if let Event::Parameters { parameters } = event {
            for Parameter {
                name,
                value,
                min,
                max,
                ..
            } in parameters
            {
                assert!((min..=max).contains(&value), "{name} = {value}");
            }
        }
    }
    assert!((value(&reported(&events), "Threshold") - 0.25).abs() < 1e-6);
    assert_eq!(sandbox.only_take().frames, 24_000);
}

#[test]
fn a_state_of_the_first_version_opens_with_its_source_and_settings() {
    let build = Build::release();
    let sandbox = Sandbox::new();
    let input = sandbox.write_wave("in.wav", RATE_HZ, noise_channels(2, 12_000, 8));
    let (old, new) = (sandbox.path("old.state"), sandbox.path("new.state"));
    let fields = json!({
        "source_id": "6f9619ff-8b86-4d11-b42d-00c04fc964ff",
        "source_name": "Dialogue 1",
        "name_edited": true,
        "profile": "film",
        "model": "AISFX",
        "version": null,
        "window_size": [1200, 700],
    });
    let state = json!({
        "version": "0.1.0",
        "params": { "bypass": { "bool": false }, "scan": { "bool": true }, "threshold": { "f32": 0.25 } },
        "fields": { "instance": fields.to_string() },
    });
    std::fs::write(&old, framed(state.to_string().as_bytes())).unwrap();
    let events = sandbox.host(
        &build,
        vec![
            Step::LoadState { file: old },
            activate(),
            play_from(&input, 0, 12_000),
            Step::ReportParameters,
            Step::SaveState { file: new.clone() },
        ],
    );
    assert!((value(&reported(&events), "Threshold") - 0.25).abs() < 1e-6);
    assert_eq!(
        sandbox.only_take().source,
        "6f9619ff-8b86-4d11-b42d-00c04fc964ff"
    );
    let saved = unframed(&std::fs::read(&new).unwrap());
    let saved: Value = serde_json::from_str(saved["fields"]["instance"].as_str().unwrap()).unwrap();
    for (field, value) in fields.as_object().unwrap() {
        assert_eq!(saved[field], *value, "{field}");
    }
}
