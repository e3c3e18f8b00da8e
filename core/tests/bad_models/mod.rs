//! Models that cannot be used: each has an error of its own that says what is wrong.

use earmark_core::embed::{EmbedError, ModelError};

use super::common::model_folder::{
    ModelFolder, embed, filter_bank, sha256, sounds, vector_manifest,
};
use super::common::tiny_onnx::{Attribute, Axis, FLOAT, Graph};

const WAVEFORM: [Axis; 2] = [Axis::Open("batch"), Axis::Open("samples")];
const VECTOR: [Axis; 2] = [Axis::Open("batch"), Axis::Fixed(8)];

fn refused(model: &[u8]) -> ModelError {
    refused_folder(&ModelFolder::new(model, vector_manifest(8)))
}

fn refused_folder(folder: &ModelFolder) -> ModelError {
    let opened = folder.open();
    opened.err().expect("the model should have been refused")
}

/// The mean of the samples, eight times, of an input with these axes.
fn mean_of(input: &[Axis]) -> Graph {
    let mut graph = Graph::default();
    graph.input("waveform", FLOAT, input);
    let attributes = [Attribute::Ints("axes", &[1]), Attribute::Int("keepdims", 1)];
    let mean = graph.node("ReduceMean", &["waveform"], &attributes);
    let weights = graph.floats(&[1, 8], &[0.01; 8]);
    graph.node_as("vector", "MatMul", &[&mean, &weights], &[]);
    graph.output("vector", FLOAT, &VECTOR);
    graph
}

#[test]
fn a_truncated_model_is_rejected() {
    let whole = filter_bank();
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        let error = refused(&whole[..length]);
        assert!(
            matches!(
                error,
                ModelError::Rejected { .. } | ModelError::InputCount { .. }
            ),
            "{length} bytes: {error}"
        );
    }
}

#[test]
fn wrong_shapes_are_told_beside_the_right_ones() {
    let axes = [Axis::Open("batch"), Axis::Fixed(2), Axis::Open("samples")];
    let error = refused(&mean_of(&axes).to_bytes());
    assert!(matches!(error, ModelError::Mismatch { .. }), "{error}");
    assert!(error.to_string().contains("[batch, samples]"), "{error}");

    let error = refused_folder(&ModelFolder::new(&filter_bank(), vector_manifest(9)));
    assert!(matches!(error, ModelError::Mismatch { .. }), "{error}");
    assert!(error.to_string().contains("[batch, 9]"), "{error}");
}

#[test]
fn axes_that_are_fixed_are_told_with_what_they_should_hold() {
    let cases = [
        ([Axis::Open("batch"), Axis::Fixed(4_000)], "samples", 4_000),
        ([Axis::Fixed(4), Axis::Open("samples")], "windows", 4),
    ];
    for (axes, wanted, size) in cases {
        let error = refused(&mean_of(&axes).to_bytes());
        assert!(
            matches!(error, ModelError::FixedAxis { axis, found, .. } if axis == wanted && found == size),
            "{error}"
        );
        assert!(error.to_string().contains("dynamic axes"), "{error}");
    }
}

#[test]
fn three_inputs_are_told_by_name() {
    let mut graph = mean_of(&WAVEFORM);
    graph.input("mask", FLOAT, &WAVEFORM);
    graph.input("length", FLOAT, &[Axis::Open("batch")]);
    let error = refused(&graph.to_bytes());
    assert!(
        matches!(&error, ModelError::InputCount { inputs, .. } if inputs.len() == 3),
        "{error}"
    );
    assert!(
        error.to_string().contains("waveform, mask, length"),
        "{error}"
    );
}

#[test]
fn what_is_not_a_number_is_told_for_silence_when_opened_and_for_sound_with_its_place() {
    let log = |minus: f32| {
        let mut graph = Graph::default();
        graph.input("waveform", FLOAT, &WAVEFORM);
        let offset = graph.floats(&[1], &[minus]);
        let sum = graph.node("Add", &["waveform", &offset], &[]);
        let log = graph.node("Log", &[&sum], &[]);
        let weights = graph.floats(&[8_000, 8], &vec![0.01; 64_000]);
        graph.node_as("vector", "MatMul", &[&log, &weights], &[]);
        graph.output("vector", FLOAT, &VECTOR);
        graph.to_bytes()
    };
    let error = refused(&log(0.0));
    assert!(
        matches!(
            error,
            ModelError::NotFinite {
                sound: "silence",
                ..
            }
        ),
        "{error}"
    );

    let mut embedder = ModelFolder::new(&log(0.5), vector_manifest(8))
        .open()
        .unwrap();
    let mut sound = vec![0.0; 40_000];
    sound[30_000] = -0.9;
    let error = embed(&mut embedder, &sound, 0..u64::MAX).unwrap_err();
    assert!(
        matches!(error, EmbedError::NotFinite { at_s, .. } if (2.5..=3.5).contains(&at_s)),
        "{error}"
    );
}

#[test]
fn a_model_file_of_more_than_two_gigabytes_is_refused_before_it_is_read() {
    let folder = ModelFolder::new(&filter_bank(), vector_manifest(8));
    let file = std::fs::File::create(folder.model()).unwrap();
    // Takes no room on the disk: nothing is written.
    file.set_len(3 << 30).unwrap();
    let error = refused_folder(&folder);
    assert!(
        matches!(error, ModelError::TooLarge { bytes, .. } if bytes == 3 << 30),
        "{error}"
    );
}

#[test]
fn a_model_that_asks_for_more_memory_than_there_is_fails_with_a_reason() {
    let mut graph = Graph::default();
    graph.input("waveform", FLOAT, &WAVEFORM);
    let shape = graph.int64s(&[1 << 24, 1 << 24]);
    let mean = graph.node(
        "ReduceMean",
        &["waveform"],
        &[
            Attribute::Ints("axes", &[0, 1]),
            Attribute::Int("keepdims", 1),
        ],
    );
    let huge = graph.node("Expand", &[&mean, &shape], &[]);
    graph.node_as(
        "vector",
        "ReduceMax",
        &[&huge],
        &[Attribute::Ints("axes", &[0])],
    );
    graph.output("vector", FLOAT, &[Axis::Open("batch"), Axis::Open("dims")]);
    let error = refused(&graph.to_bytes());
    assert!(
        matches!(
            error,
            ModelError::Mismatch { .. } | ModelError::Rejected { .. }
        ),
        "{error}"
    );
}

/// A product whose weights lie in `location`.
fn external(location: &str) -> Vec<u8> {
    let mut graph = Graph::default();
    graph.input("waveform", FLOAT, &WAVEFORM);
    let weights = graph.external(&[8_000, 8], location);
    graph.node_as("vector", "MatMul", &["waveform", &weights], &[]);
    graph.output("vector", FLOAT, &VECTOR);
    graph.to_bytes()
}

fn weights() -> Vec<u8> {
    (0..64_000)
        .flat_map(|i| (i as f32 / 1e6).to_le_bytes())
        .collect()
}

#[test]
fn weights_in_a_file_beside_the_model_are_read_when_they_are_those_of_the_description() {
    let mut folder = ModelFolder::new(&external("tiny.data"), vector_manifest(8));
    assert!(
        matches!(refused_folder(&folder), ModelError::ForeignData { .. }),
        "not described"
    );
    let data = serde_json::json!([{"file": "tiny.data", "sha256": sha256(&weights())}]);
    folder.change(|manifest| manifest["data"] = data);
    let error = refused_folder(&folder);
    assert!(
        matches!(&error, ModelError::FileMissing { path } if path.ends_with("tiny.data")),
        "{error}"
    );
    std::fs::write(folder.path().join("tiny.data"), weights()).unwrap();
    let found = folder.embed(&sounds(8_000));
    let expected: f32 = sounds(8_000)
        .iter()
        .enumerate()
        .map(|(i, x)| x * (i * 8) as f32 / 1e6)
        .sum();
    assert!(
        (found[0] - expected).abs() < 1e-2,
        "{} for {expected}",
        found[0]
    );

    std::fs::write(folder.path().join("tiny.data"), [0; 256_000]).unwrap();
    let error = refused_folder(&folder);
    assert!(matches!(error, ModelError::WrongChecksum { .. }), "{error}");
}

#[test]
fn weights_outside_the_models_own_folder_are_never_opened() {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret");
    std::fs::write(&secret, weights()).unwrap();
    let absolute = secret.to_string_lossy().into_owned();
    for location in [
        absolute.as_str(),
        "../secret",
        "below/../../secret",
        "..",
        "a\\b",
        "c:d",
        "",
    ] {
        let error = refused(&external(location));
        assert!(
            matches!(&error, ModelError::ForeignData { location: found, .. } if found == location),
            "{location}: {error}"
        );
    }
    #[cfg(unix)]
    {
        let mut folder = ModelFolder::new(&external("link"), vector_manifest(8));
        std::os::unix::fs::symlink(&secret, folder.path().join("link")).unwrap();
        let data = serde_json::json!([{"file": "link", "sha256": sha256(&weights())}]);
        folder.change(|manifest| manifest["data"] = data);
        assert!(matches!(
            refused_folder(&folder),
            ModelError::ForeignData { .. }
        ));
    }
}
