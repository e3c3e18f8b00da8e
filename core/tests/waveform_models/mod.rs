//! Models that hear waveforms: one vector per window, frames, several outputs; whole and half precision, quantised.

use super::common::cosine;
use super::common::exported::{DIMS, Family, LAYERS, speech};
use super::common::model_folder::{ModelFolder, embed, filter_bank, sounds, vector_manifest};
use super::common::tiny_onnx::{Attribute, Axis, FLOAT, FLOAT16, Graph, INT8};

fn assert_near(found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len());
    for (index, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() < tolerance, "value {index}: {a} for {b}");
    }
}

#[test]
fn each_window_gives_one_vector_and_the_tail_is_filled_with_silence() {
    let folder = ModelFolder::new(&filter_bank(), vector_manifest(8));
    let sound = sounds(8_000 + 3 * 4_000 + 1_000);
    let vectors = folder.embed(&sound);
    assert_eq!(vectors.len(), 5 * 8);
    for (index, vector) in vectors.chunks_exact(8).enumerate() {
        let mut window = vec![0.0; 8_000];
        let rest = &sound[index * 4_000..];
        let heard = rest.len().min(8_000);
        window[..heard].copy_from_slice(&rest[..heard]);
        assert_near(&folder.embed(&window), vector, 1e-6);
    }
}

#[test]
fn a_channel_axis_a_batch_of_one_and_a_fixed_length_that_fits_change_nothing() {
    let axes = |samples| [Axis::Fixed(1), Axis::Fixed(1), samples];
    let expected = ModelFolder::new(&filter_bank(), vector_manifest(8)).embed(&sounds(30_000));
    for samples in [Axis::Open("samples"), Axis::Fixed(8_000)] {
        let mut graph = Graph::default();
        graph.input("waveform", FLOAT, &axes(samples));
        let filters: Vec<f32> = (0..8)
            .flat_map(|band| (0..64).map(move |i| (0.2 * (band + 1) as f32 * i as f32).sin() / 8.0))
            .collect();
        let filters = graph.floats(&[8, 1, 64], &filters);
        let filtered = graph.node(
            "Conv",
            &["waveform", &filters],
            &[Attribute::Ints("strides", &[16])],
        );
        let power = graph.node("Mul", &[&filtered, &filtered], &[]);
        let attributes = [Attribute::Ints("axes", &[2]), Attribute::Int("keepdims", 0)];
        graph.node_as("vector", "ReduceMean", &[&power], &attributes);
        graph.output("vector", FLOAT, &[Axis::Fixed(1), Axis::Fixed(8)]);
        let mut manifest = vector_manifest(8);
        manifest["front_end"]["channel_axis"] = true.into();
        let folder = ModelFolder::new(&graph.to_bytes(), manifest);
        assert_near(&folder.embed(&sounds(30_000)), &expected, 1e-5);
    }
}

#[test]
fn a_window_has_the_same_vector_alone_and_among_others() {
    for family in [Family::Base, Family::Large] {
        let mut embedder = speech(family).open().unwrap();
        let sound = sounds(16_000 * 21);
        let whole = embed(&mut embedder, &sound, 0..u64::MAX).unwrap();
        assert_eq!(whole.len(), 41 * DIMS);
        for steps in [0..1, 7..9, 29..31, 40..41] {
            let part = embed(&mut embedder, &sound, steps.clone()).unwrap();
            let rows = steps.start as usize * DIMS..steps.end as usize * DIMS;
            assert_near(&part, &whole[rows], 1e-4);
        }
    }
}

#[test]
fn several_layers_become_their_mean_or_one_long_vector_of_any_length() {
    let sound = sounds(20_000);
    let mut folder = speech(Family::Base);
    let layers: Vec<String> = (1..=LAYERS).map(|layer| format!("layer_{layer}")).collect();
    let mut single = Vec::new();
    for layer in &layers {
        folder.change(|manifest| manifest["outputs"] = serde_json::json!([layer]));
        single.push(folder.embed(&sound));
    }
    assert!(cosine(&single[0], &single[3]) < 0.999, "layers differ");

    folder.change(|manifest| manifest["outputs"] = serde_json::json!(layers));
    let mean: Vec<f32> = (0..single[0].len())
        .map(|i| single.iter().map(|layer| layer[i]).sum::<f32>() / LAYERS as f32)
        .collect();
    assert_near(&folder.embed(&sound), &mean, 1e-5);

    folder.change(|manifest| manifest["combine"] = "concatenate".into());
    assert_eq!(folder.manifest().dims(), LAYERS * DIMS);
    let long: Vec<f32> = (0..single[0].len() / DIMS)
        .flat_map(|row| {
            single
                .iter()
                .flat_map(move |layer| layer[row * DIMS..][..DIMS].to_vec())
        })
        .collect();
    assert_near(&folder.embed(&sound), &long, 1e-5);

    folder.change(|manifest| manifest["l2_normalise"] = true.into());
    for vector in folder.embed(&sound).chunks_exact(LAYERS * DIMS) {
        let length: f32 = vector.iter().map(|x| x * x).sum();
        assert!((length - 1.0).abs() < 1e-4, "{length}");
    }
}

#[test]
fn normalised_windows_sound_the_same_at_any_level_and_offset() {
    let mut folder = speech(Family::Large);
    folder.change(|manifest| {
        manifest["front_end"]["normalise"] = "zero_mean_unit_variance".into();
    });
    let sound = sounds(16_000);
    let other: Vec<f32> = sound.iter().map(|x| 0.1 * x + 0.05).collect();
    assert_near(&folder.embed(&other), &folder.embed(&sound), 0.02);
    assert!(folder.embed(&[0.0; 16_000]).iter().all(|x| x.is_finite()));
}

#[test]
fn a_window_is_heard_at_its_peak_whatever_the_level_and_the_others_are() {
    let mut folder = ModelFolder::new(&filter_bank(), vector_manifest(8));
    let sound = sounds(20_000);
    // What the model hears of each window, computed here from the definition.
    let heard: Vec<Vec<f32>> = (0..4)
        .map(|index| {
            let mut window = vec![0.0_f32; 8_000];
            let rest = &sound[index * 4_000..];
            window[..rest.len().min(8_000)].copy_from_slice(&rest[..rest.len().min(8_000)]);
            let mean = window.iter().sum::<f32>() / 8_000.0;
            let centred = window.iter().map(|x| x - mean);
            let peak = centred.clone().fold(0.0_f32, |peak, x| peak.max(x.abs()));
            centred.map(|x| x * 0.25 / peak).collect()
        })
        .collect();
    let expected: Vec<f32> = heard
        .iter()
        .flat_map(|window| folder.embed(window))
        .collect();
    folder.change(|manifest| {
        manifest["format_version"] = 4.into();
        manifest["front_end"]["normalise"] =
            serde_json::json!({"peak": {"level": 0.25, "remove_mean": true}});
    });
    assert_near(&folder.embed(&sound), &expected, 1e-6);
    let other: Vec<f32> = sound.iter().map(|x| 1e-3 * x + 0.2).collect();
    // The last window ends in silence, which is no constant beside an offset.
    let whole = 3 * 8;
    assert_near(&folder.embed(&other)[..whole], &expected[..whole], 1e-4);
    let silence = folder.embed(&[0.0; 20_000]);
    let constant = folder.embed(&[0.2; 20_000]);
    assert_eq!(silence[..whole], constant[..whole]);
    assert!(silence.iter().all(|&value| value == 0.0), "{silence:?}");
}

#[test]
fn a_recording_shorter_than_a_window_is_repeated_where_the_manifest_says_so() {
    let mut folder = ModelFolder::new(&filter_bank(), vector_manifest(8));
    let sound = sounds(3_000);
    let twice: Vec<f32> = [sound.clone(), sound.clone(), vec![0.0; 2_000]].concat();
    let expected = folder.embed(&twice);
    let silent = folder.embed(&sound);
    folder.change(|manifest| {
        manifest["format_version"] = 4.into();
        manifest["windows"]["fill"] = "repeat".into();
    });
    assert_near(&folder.embed(&sound), &expected, 1e-6);
    assert!(
        (silent[0] - expected[0]).abs() > 1e-6,
        "silence would be another vector"
    );
}

/// Steps of 0.2 s on a grid of 4 s; windows of a second.
fn pooled() -> serde_json::Value {
    serde_json::json!({"kind": "pooled", "frames_per_step": 10, "context_steps": 5, "stretch_steps": 20,
                       "window_steps": 5, "pooling": "mean"})
}

#[test]
fn on_a_grid_a_step_has_the_same_value_however_the_recording_is_cut() {
    let mut folder = speech(Family::Base);
    folder.change(|manifest| manifest["windows"] = pooled());
    let mut embedder = folder.open().unwrap();
    let sound = sounds(16_000 * 11);
    let whole = embed(&mut embedder, &sound, 0..u64::MAX).unwrap();
    assert_eq!(whole.len(), 55 * DIMS);
    for steps in [0..1, 3..25, 19..21, 39..40, 54..55] {
        let part = embed(&mut embedder, &sound, steps.clone()).unwrap();
        let rows = steps.start as usize * DIMS..steps.end as usize * DIMS;
        assert_eq!(part, whole[rows], "steps {steps:?}");
    }
    let longer = sounds(16_000 * 30);
    let settled = folder.manifest().settled_steps(sound.len() as u64) as usize;
    assert_eq!(settled, 40);
    let later = embed(&mut embedder, &longer, 0..u64::MAX).unwrap();
    assert_eq!(
        later[..settled * DIMS],
        whole[..settled * DIMS],
        "what is settled stays"
    );
}

#[test]
fn pooled_windows_resemble_independent_ones() {
    let mut folder = speech(Family::Base);
    folder.change(|manifest| {
        manifest["windows"] = serde_json::json!({"kind": "independent", "window_samples": 16_000, "hop_samples": 3_200});
    });
    let sound = sounds(16_000 * 10);
    let independent = folder.embed(&sound);
    folder.change(|manifest| manifest["windows"] = pooled());
    let pooled = folder.manifest().pool_windows(&folder.embed(&sound));
    for (a, b) in independent
        .chunks_exact(DIMS)
        .zip(pooled.chunks_exact(DIMS))
    {
        assert!(cosine(a, b) > 0.9, "{}", cosine(a, b));
    }
}

#[test]
fn silence_runs_once_and_gives_what_it_would_give_each_time() {
    for windows in [
        serde_json::json!({"kind": "independent", "window_samples": 16_000, "hop_samples": 8_000}),
        pooled(),
    ] {
        let mut folder = speech(Family::Base);
        folder.change(|manifest| manifest["windows"] = windows);
        let mut sound = sounds(16_000 * 25);
        sound[16_000 * 2..16_000 * 23].fill(0.0);
        let whole = folder.embed(&sound);
        // One at a time and by fresh embedders: nothing is known of silence then.
        for step in [0, 6, 13, 20, 33, 40] {
            let alone = embed(&mut folder.open().unwrap(), &sound, step..step + 1).unwrap();
            let row = step as usize * DIMS;
            assert_near(&alone, &whole[row..row + DIMS], 1e-4);
        }
    }
}

#[test]
fn a_model_in_half_precision_with_half_precision_input_and_output_runs() {
    let mut graph = Graph::default();
    let axes = [Axis::Open("batch"), Axis::Open("samples")];
    graph.input("waveform", FLOAT16, &axes);
    let weights: Vec<u8> = (0..8_000 * 4)
        .flat_map(|i| half::f16::from_f32(((i * 37 % 101) as f32 - 50.0) / 4_000.0).to_le_bytes())
        .collect();
    let weights = graph.tensor(FLOAT16, &[8_000, 4], &weights);
    graph.node_as("vector", "MatMul", &["waveform", &weights], &[]);
    graph.output("vector", FLOAT16, &[Axis::Open("batch"), Axis::Fixed(4)]);
    let folder = ModelFolder::new(&graph.to_bytes(), vector_manifest(4));
    let sound = sounds(12_000);
    let found = folder.embed(&sound);
    for (row, found) in found.chunks_exact(4).enumerate() {
        for (column, found) in found.iter().enumerate() {
            let expected: f32 = (0..8_000)
                .map(|i| {
                    sound[row * 4_000 + i]
                        * ((((i * 4 + column) * 37 % 101) as f32 - 50.0) / 4_000.0)
                })
                .sum();
            assert!((found - expected).abs() < 0.02, "{found} for {expected}");
        }
    }
}

#[test]
fn half_precision_weights_behind_casts_run() {
    let mut graph = Graph::default();
    let axes = [Axis::Open("batch"), Axis::Open("samples")];
    graph.input("waveform", FLOAT, &axes);
    let weights: Vec<u8> = (0..8_000 * 4)
        .flat_map(|i| half::f16::from_f32((i % 7) as f32 / 1_000.0).to_le_bytes())
        .collect();
    let weights = graph.tensor(FLOAT16, &[8_000, 4], &weights);
    let weights = graph.node("Cast", &[&weights], &[Attribute::Int("to", FLOAT as i64)]);
    graph.node_as("vector", "MatMul", &["waveform", &weights], &[]);
    graph.output("vector", FLOAT, &[Axis::Open("batch"), Axis::Fixed(4)]);
    let found = ModelFolder::new(&graph.to_bytes(), vector_manifest(4)).embed(&[0.1; 8_000]);
    let expected: f32 = (0..8_000)
        .map(|i| 0.1 * ((i * 4) % 7) as f32 / 1_000.0)
        .sum();
    assert!(
        (found[0] - expected).abs() < 0.01,
        "{} for {expected}",
        found[0]
    );
}

#[test]
fn a_dynamically_quantised_product_runs() {
    let mut graph = Graph::default();
    let axes = [Axis::Open("batch"), Axis::Open("samples")];
    graph.input("waveform", FLOAT, &axes);
    let weights: Vec<i8> = (0..8_000 * 4).map(|i| (i * 31 % 255) as i8).collect();
    let raw: Vec<u8> = weights.iter().map(|&weight| weight as u8).collect();
    let quantised = graph.tensor(INT8, &[8_000, 4], &raw);
    graph.node_with(
        &["q", "scale", "zero"],
        "DynamicQuantizeLinear",
        &["waveform"],
        &[],
    );
    let product = graph.node("MatMulInteger", &["q", &quantised, "zero"], &[]);
    let product = graph.node("Cast", &[&product], &[Attribute::Int("to", FLOAT as i64)]);
    let weight_scale = graph.floats(&[1], &[1e-4]);
    let scale = graph.node("Mul", &["scale", &weight_scale], &[]);
    graph.node_as("vector", "Mul", &[&product, &scale], &[]);
    graph.output("vector", FLOAT, &[Axis::Open("batch"), Axis::Fixed(4)]);
    let sound = sounds(8_000);
    let found = ModelFolder::new(&graph.to_bytes(), vector_manifest(4)).embed(&sound);
    let expected: Vec<f32> = (0..4)
        .map(|column| {
            (0..8_000)
                .map(|i| sound[i] * f32::from(weights[i * 4 + column]) * 1e-4)
                .sum()
        })
        .collect();
    assert_near(&found, &expected, 0.05);
}
