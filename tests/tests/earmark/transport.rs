//! The VST3 bundle in dawdreamer: a JUCE host that renders with a transport, a tempo and automation, many times faster than the
//! clock. On the platforms that dawdreamer is published for.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::Sandbox;
use crate::support::python::{self, read_samples, write_samples};
use crate::support::sandbox::TakeRow;
use crate::support::signals::{assert_same_bits, hostile_samples, noise_channels};
use crate::support::take::Take;

const RATE_HZ: u32 = 48_000;

fn session(sandbox: &Sandbox, steps: &[Value]) {
    python::session(sandbox, "transport.py", steps);
}

fn engine(rate_hz: u32, block: u32) -> Value {
    json!({ "do": "engine", "rate_hz": rate_hz, "block": block })
}

fn render(input: &Path, output: &Path, channels: usize) -> Value {
    json!({ "do": "render", "input": input, "output": output, "channels": channels })
}

/// The take starts at zero and holds `played`; the host rolled on to the end of its last block.
fn assert_holds(take: &TakeRow, played: &[Vec<f32>], label: &str) {
    let held = Take::read(&take.path);
    let frames = played[0].len();
    assert_eq!(
        (take.start, held.time_reference, take.gaps.as_str()),
        (0, 0, "[]"),
        "{label}"
    );
    assert!(take.frames as usize >= frames, "{label}: {take:?}");
    let (head, tail): (Vec<_>, Vec<_>) = held
        .channels
        .iter()
        .map(|channel| channel.split_at(frames))
        .map(|(head, tail)| (head.to_vec(), tail.to_vec()))
        .unzip();
    assert_same_bits(&head, played, label);
    assert!(
        tail.iter().flatten().all(|&sample| sample == 0.0),
        "{label}"
    );
}

#[test]
fn vst3_takes_hold_what_was_rendered_at_every_rate_and_block_size() {
    let sandbox = Sandbox::new();
    let mut steps = Vec::new();
    let mut rendered = Vec::new();
    for (index, (rate_hz, block)) in [
        (22_050, 1),
        (44_100, 64),
        (48_000, 511),
        (88_200, 512),
        (96_000, 4096),
        (192_000, 16_384),
    ]
    .into_iter()
    .enumerate()
    {
        let mut sent = noise_channels(2, 20_000, index as u64);
        sent[1][5000..5010].copy_from_slice(&hostile_samples());
        let input = write_samples(&sandbox, &format!("{index}.in"), &sent);
        let output = sandbox.path(&format!("{index}.out"));
        steps.extend([engine(rate_hz, block), render(&input, &output, 2)]);
        rendered.push((rate_hz, block, sent, output));
    }
    session(&sandbox, &steps);
    let takes = sandbox.takes();
    assert_eq!(takes.len(), rendered.len(), "{takes:#?}");
    for (rate_hz, block, sent, output) in rendered {
        let label = format!("at {rate_hz} Hz in blocks of {block}");
        assert_same_bits(&read_samples(&output, 2), &sent, &label);
        let take = takes.iter().find(|take| take.rate_hz == rate_hz).unwrap();
        assert_holds(take, &sent, &label);
    }
}

#[test]
fn a_tempo_that_changes_with_every_beat_moves_no_take() {
    let sandbox = Sandbox::new();
    let sent = noise_channels(2, 6 * RATE_HZ as usize, 20);
    let input = write_samples(&sandbox, "in", &sent);
    session(
        &sandbox,
        &[
            engine(RATE_HZ, 480),
            json!({ "do": "tempo", "bpm": [60.0, 173.5, 90.1, 240.0] }),
            render(&input, &sandbox.path("out"), 2),
        ],
    );
    assert_holds(&sandbox.only_take(), &sent, "under a changing tempo");
}

#[test]
fn rendering_again_replaces_the_take_through_vst3_too() {
    let sandbox = Sandbox::new();
    let first = write_samples(
        &sandbox,
        "first",
        &noise_channels(2, 2 * RATE_HZ as usize, 21),
    );
    let again = noise_channels(2, 2 * RATE_HZ as usize, 22);
    let second = write_samples(&sandbox, "second", &again);
    session(
        &sandbox,
        &[
            engine(RATE_HZ, 512),
            render(&first, &sandbox.path("out"), 2),
            json!({ "do": "tempo", "bpm": [77.0] }),
            render(&second, &sandbox.path("out"), 2),
        ],
    );
    assert_holds(&sandbox.only_take(), &again, "the second render");
}

#[test]
fn listening_that_is_automated_takes_the_stretches_it_is_on_for() {
    let sandbox = Sandbox::new();
    let block = 500;
    let sent = noise_channels(2, 60_000, 23);
    let input = write_samples(&sandbox, "in", &sent);
    let changes = [(0, 0), (10_000, 1), (25_000, 0), (40_000, 1), (50_000, 0)];
    session(
        &sandbox,
        &[
            engine(RATE_HZ, block),
            json!({ "do": "automate", "name": "Listen", "from": changes, "frames": 61_000 }),
            render(&input, &sandbox.path("out"), 2),
        ],
    );
    assert_same_bits(&read_samples(&sandbox.path("out"), 2), &sent, "the output");
    let takes = sandbox.takes();
    let places: Vec<_> = takes.iter().map(|take| (take.start, take.frames)).collect();
    assert_eq!(places, [(10_000, 15_000), (40_000, 10_000)]);
    for (take, range) in takes.iter().zip([10_000..25_000, 40_000..50_000]) {
        let punched: Vec<_> = sent
            .iter()
            .map(|channel| channel[range.clone()].to_vec())
            .collect();
        let held = Take::read(&take.path);
        assert_eq!(held.time_reference, take.start as u64);
        assert_same_bits(&held.channels, &punched, "a punched stretch");
    }
}

#[test]
fn a_vst3_render_hundreds_of_times_faster_than_the_clock_loses_nothing() {
    let sandbox = Sandbox::new();
    // Many times what the capture line holds, so that the host has to be held up.
    let sent = noise_channels(2, 90 * RATE_HZ as usize, 24);
    let input = write_samples(&sandbox, "in", &sent);
    let output = sandbox.path("out");
    session(
        &sandbox,
        &[engine(RATE_HZ, 1024), render(&input, &output, 2)],
    );
    assert_same_bits(&read_samples(&output, 2), &sent, "the output");
    assert_holds(&sandbox.only_take(), &sent, "the render");
}
