//! Models that hear five and ten seconds at once, as Perch and CLAP do: added by the descriptions in docs/recipes, with random
//! weights, then trained and scanned with recordings that are shorter and longer than a window.

use super::common::tiny_onnx::{Attribute, Axis, FLOAT, Graph};
use super::*;

use serde_json::Value;

/// A network with random weights: the energy of filters, mixed to `dims` values. Its input has exactly `samples` samples.
fn random_network(input: &str, samples: u64, dims: u64) -> Vec<u8> {
    const BANDS: u64 = 32;
    const FILTER: u64 = 512;
    let mut random = fastrand::Rng::with_seed(7);
    let mut values = |count: u64, scale: f32| -> Vec<f32> {
        (0..count).map(|_| scale * (random.f32() - 0.5)).collect()
    };
    let mut graph = Graph::default();
    graph.input(input, FLOAT, &[Axis::Open("batch"), Axis::Fixed(samples)]);
    let axis = graph.int64s(&[1]);
    let channel = graph.node("Unsqueeze", &[input, &axis], &[]);
    let filters = graph.floats(&[BANDS, 1, FILTER], &values(BANDS * FILTER, 0.3));
    let strides = [Attribute::Ints("strides", &[320])];
    let filtered = graph.node("Conv", &[&channel, &filters], &strides);
    let power = graph.node("Mul", &[&filtered, &filtered], &[]);
    let attributes = [Attribute::Ints("axes", &[2]), Attribute::Int("keepdims", 0)];
    let energy = graph.node("ReduceMean", &[&power], &attributes);
    let mix = graph.floats(&[BANDS, dims], &values(BANDS * dims, 4.0));
    let mixed = graph.node("MatMul", &[&energy, &mix], &[]);
    graph.node_as("embedding", "Tanh", &[&mixed], &[]);
    let axes = [Axis::Open("batch"), Axis::Fixed(dims)];
    graph.output("embedding", FLOAT, &axes);
    graph.to_bytes()
}

/// Quiet noise of `seconds` with a chirp at each of `at_s`.
fn field(seconds: f64, at_s: &[f64]) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(5);
    let rate = f64::from(RATE_HZ);
    let mut samples: Vec<f32> = (0..(seconds * rate) as usize)
        .map(|_| 0.01 * (random.f32() - 0.5))
        .collect();
    for at_s in at_s {
        let start = (at_s * rate) as usize;
        for (sample, sound) in samples[start..].iter_mut().zip(chirp()) {
            *sample += sound;
        }
    }
    samples
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn seconds(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("no number: {value}"))
}

/// Adds the model of a recipe with random weights, trains, scans, and looks at every window's place.
fn tried(key: &str, network: &[u8], (window_s, hop_s): (f64, f64)) {
    let machine = Machine::new();
    let recipe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/recipes");
    let description = format!("{key}.json");
    std::fs::copy(recipe.join(&description), machine.path(&description)).unwrap();
    std::fs::write(machine.path(&format!("{key}.onnx")), network).unwrap();
    machine.must(&format!("models add {description}"));
    let models = machine.must("models");
    assert!(models.contains(key), "{models}");

    for (name, length_s) in [("short.wav", 3.0), ("long.wav", 25.0), ("other.wav", 31.0)] {
        machine.write(name, &field(length_s, &[1.0]));
    }
    machine.write("quiet.wav", &field(25.0, &[]));
    machine.must("clip add --class chirp chirp.wav");
    machine.must("clip add --class chirp other.wav --start 1 --end 1.8");
    machine.must(&format!(
        "train --model {key} --positive chirp --background quiet.wav"
    ));
    for (name, length_s) in [("short.wav", 3.0), ("long.wav", 25.0)] {
        machine.must(&format!("scan {name} --model {key} --threshold 0.01"));
        let shown = json(&machine.must(&format!("results {name} --model {key} --json")));
        let regions = shown["regions"].as_array().unwrap();
        assert!(!regions.is_empty(), "{name}: {shown}");
        for region in regions {
            let (start_s, end_s) = (seconds(&region["start_s"]), seconds(&region["end_s"]));
            assert!(0.0 <= start_s && start_s < end_s, "{name}: {region}");
            let beyond_s = if name == "short.wav" { 1e-6 } else { hop_s };
            assert!(
                end_s < length_s + beyond_s,
                "{name} is {length_s} s long: {region}"
            );
        }
    }
    // A mark shorter than a window and one at the very end of a recording are learned from.
    machine.must(&format!("negative add long.wav --start 24.5 --model {key}"));
    machine.must(&format!(
        "train --model {key} --positive chirp --background quiet.wav"
    ));
    machine.must(&format!("scan long.wav --model {key}"));
    let listed = json(&machine.must("models --json"));
    let listed = listed.as_array().unwrap().iter();
    let window: Vec<f64> = listed
        .filter(|model| model["key"] == key)
        .map(|model| seconds(&model["window_s"]))
        .collect();
    assert_eq!(window, [window_s]);
}

#[test]
fn perch_without_its_head_is_added_by_its_recipe_trained_and_scanned_with() {
    tried(
        "PERCH_V2",
        &random_network("inputs", 160_000, 1536),
        (5.0, 1.0),
    );
}

#[test]
fn the_audio_branch_of_clap_is_added_by_its_recipe_trained_and_scanned_with() {
    tried(
        "CLAP_AUDIO",
        &random_network("waveform", 480_000, 512),
        (10.0, 2.0),
    );
}
