//! The VST3 bundle in pedalboard: a real JUCE host without a transport or a display.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::Sandbox;
use crate::support::python::{self, read_samples, write_samples};
use crate::support::signals::{assert_same_bits, hostile_samples, noise_channels};

const RATE_HZ: u32 = 48_000;

fn session(sandbox: &Sandbox, steps: &[Value]) {
    python::session(sandbox, "session.py", steps);
}

fn play(input: &Path, output: &Path, channels: usize, rate_hz: u32, block: u32) -> Value {
    json!({
        "do": "play", "input": input, "output": output, "channels": channels, "rate_hz": rate_hz,
        "block": block,
    })
}

#[test]
fn vst3_passes_everything_through_bit_for_bit() {
    let sandbox = Sandbox::new();
    let mut steps = Vec::new();
    let mut played = Vec::new();
    for (index, (channels, rate_hz, block)) in [
        (2, 44_100, 1),
        (2, 48_000, 64),
        (2, 96_000, 511),
        (2, 48_000, 8192),
        (1, 48_000, 512),
    ]
    .into_iter()
    .enumerate()
    {
        let mut sent = noise_channels(channels, 16_000, index as u64);
        sent[0][100..110].copy_from_slice(&hostile_samples());
        let input = write_samples(&sandbox, &format!("{index}.in"), &sent);
        let output = sandbox.path(&format!("{index}.out"));
        // A host gives a plugin its layout when it makes it.
        steps.push(json!({ "do": "new" }));
        steps.push(play(&input, &output, channels, rate_hz, block));
        let label = format!("{channels} channels at {rate_hz} Hz in blocks of {block}");
        played.push((sent, output, label));
    }
    session(&sandbox, &steps);
    for (sent, output, label) in played {
        assert_same_bits(&read_samples(&output, sent.len()), &sent, &label);
    }
}

#[test]
fn vst3_lets_only_a_part_of_the_track_through() {
    let sandbox = Sandbox::new();
    let sent = noise_channels(2, 20_000, 9);
    let input = write_samples(&sandbox, "in", &sent);
    let heard = |name: &str| sandbox.path(name);
    let set = |value: &str| json!({ "do": "set", "name": "output", "value": value });
    let play = |name: &str| play(&input, &heard(name), 2, RATE_HZ, 512);
    // Nothing was found.
    session(
        &sandbox,
        &[
            set("Only what was found"),
            play("only"),
            json!({ "do": "new" }),
            set("Without what was found"),
            play("without"),
        ],
    );
    let silent = read_samples(&heard("only"), sent.len());
    assert!(silent.iter().flatten().all(|sample| *sample == 0.0));
    let without = read_samples(&heard("without"), sent.len());
    assert_same_bits(&without, &sent, "without what was found");
}

#[test]
fn vst3_state_comes_back_in_a_new_instance() {
    let sandbox = Sandbox::new();
    let sent = noise_channels(2, 20_000, 7);
    let input = write_samples(&sandbox, "in", &sent);
    let output = sandbox.path("out");
    let report = sandbox.path("parameters.json");
    let state = |name: &str| sandbox.path(&format!("{name}.state"));
    let save = |name: &str| json!({ "do": "save_state", "file": state(name) });
    // Playing activates, and activation gives an instance without one its identity.
    let play = || play(&input, &output, 2, RATE_HZ, 512);
    let threshold = json!({ "do": "set", "name": "threshold", "value": 0.25 });
    session(&sandbox, &[threshold.clone(), play(), save("saved")]);
    session(
        &sandbox,
        &[
            json!({ "do": "load_state", "file": state("saved") }),
            json!({ "do": "report", "output": report }),
            play(),
            save("restored"),
            json!({ "do": "new" }),
            threshold,
            play(),
            save("other"),
        ],
    );
    let parameters: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    let threshold = parameters["threshold"].as_f64().unwrap();
    assert!((threshold - 0.25).abs() < 1e-3, "{parameters:#}");
    let [saved, restored, other] =
        ["saved", "restored", "other"].map(|name| std::fs::read(state(name)).unwrap());
    assert!(
        saved == restored,
        "the restored instance saves another state"
    );
    assert!(saved != other, "another instance has the same identity");
}

#[test]
fn a_host_that_says_it_stands_still_is_not_recorded() {
    let sandbox = Sandbox::new();
    let sent = noise_channels(2, 30_000, 8);
    let input = write_samples(&sandbox, "in", &sent);
    // pedalboard has no transport to roll: it tells every plugin that it stands at zero, at 120 beats a minute.
    session(
        &sandbox,
        &[play(&input, &sandbox.path("out"), 2, RATE_HZ, 480)],
    );
    assert!(!sandbox.takes_folder().exists());
    assert!(!sandbox.database().exists());
}
