//! `earmark models add`: a model is tried out, copied with its checksums, and found from then on.

use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Output;

use earmark_core::embed::{
    AddError, InferenceOptions, Manifest, ModelError, ModelReport, Provider, add_model,
    find_models, verify_files,
};

use super::common::model_folder::{ModelFolder, filter_bank, vector_manifest};
use super::common::tiny_onnx::{Attribute, Axis, FLOAT, Graph};

fn add(source: &Path, models: &Path, replace: bool) -> Result<(Manifest, ModelReport), AddError> {
    let options = InferenceOptions::from(NonZeroUsize::MIN);
    add_model(&super::common::runtime(), source, models, options, replace)
}

#[test]
fn an_added_model_lies_in_a_folder_of_its_own_with_its_checksum_and_is_found() {
    let mut folder = ModelFolder::new(&filter_bank(), vector_manifest(8));
    folder.change(|manifest| {
        manifest.as_object_mut().unwrap().remove("sha256");
    });
    let models = tempfile::tempdir().unwrap();
    let (manifest, report) = add(&folder.model(), models.path(), false).unwrap();
    assert!(
        report.x_realtime > 0.0 && report.batch_difference < 1e-3,
        "{report:?}"
    );
    assert_eq!(manifest.folder(), models.path().join("TINY"));
    verify_files(&manifest).unwrap();
    let found = find_models(&[models.path().into()]);
    assert_eq!(found.len(), 1, "no unfinished copies stay");
    assert_eq!(found[0].as_ref().unwrap(), &manifest);

    let again = add(&folder.description(), models.path(), false).unwrap_err();
    assert!(matches!(again, AddError::Exists { .. }), "{again}");
    folder.change(|manifest| manifest["name"] = "second".into());
    let (second, _) = add(&folder.description(), models.path(), true).unwrap();
    assert_eq!(second.file().name, "second");
    assert_eq!(std::fs::read_dir(models.path()).unwrap().count(), 1);

    std::fs::write(second.model_path(), b"something else").unwrap();
    assert!(matches!(
        verify_files(&second),
        Err(ModelError::WrongChecksum { .. })
    ));
    std::fs::remove_file(second.model_path()).unwrap();
    assert!(matches!(
        verify_files(&second),
        Err(ModelError::FileMissing { .. })
    ));
}

#[test]
fn a_model_that_does_not_pass_its_trial_is_not_copied() {
    let models = tempfile::tempdir().unwrap();
    // Every window is heard as the difference from the mean of all that run together.
    let mut graph = Graph::default();
    graph.input(
        "waveform",
        FLOAT,
        &[Axis::Open("batch"), Axis::Open("samples")],
    );
    let attributes = [Attribute::Ints("axes", &[0]), Attribute::Int("keepdims", 1)];
    let mean = graph.node("ReduceMean", &["waveform"], &attributes);
    let rest = graph.node("Sub", &["waveform", &mean], &[]);
    let weights: Vec<f32> = (0..64_000).map(|i| (i % 13) as f32 / 100.0).collect();
    let weights = graph.floats(&[8_000, 8], &weights);
    graph.node_as("vector", "MatMul", &[&rest, &weights], &[]);
    graph.output("vector", FLOAT, &[Axis::Open("batch"), Axis::Fixed(8)]);
    let folder = ModelFolder::new(&graph.to_bytes(), vector_manifest(8));
    let error = add(&folder.model(), models.path(), false).unwrap_err();
    assert!(
        matches!(&error, AddError::Model(ModelError::NotDeterministic { .. })),
        "{error}"
    );

    let folder = ModelFolder::new(&filter_bank(), vector_manifest(8));
    std::fs::remove_file(folder.description()).unwrap();
    let error = add(&folder.model(), models.path(), false).unwrap_err();
    assert!(matches!(error, AddError::NoDescription { .. }), "{error}");
    let error = add(Path::new("model.pt"), models.path(), false).unwrap_err();
    assert!(matches!(error, AddError::OtherFile { .. }), "{error}");
    assert_eq!(std::fs::read_dir(models.path()).unwrap().count(), 0);
}

#[test]
fn an_accelerator_that_is_not_there_leaves_the_work_to_the_processor_with_a_message() {
    let folder = ModelFolder::new(&filter_bank(), vector_manifest(8));
    let models = tempfile::tempdir().unwrap();
    let options = InferenceOptions {
        threads: NonZeroUsize::MIN,
        provider: Provider::Cuda,
    };
    let runtime = super::common::runtime();
    let (_, report) = add_model(&runtime, &folder.model(), models.path(), options, false).unwrap();
    assert_eq!(report.provider.provider, Provider::Cpu);
    let message = report.provider.message.unwrap();
    assert!(
        message.contains("CUDA cannot be used") && message.contains("processor"),
        "{message}"
    );
}

fn earmark(models: &Path, arguments: &[&str]) -> Output {
    std::process::Command::new(env!("CARGO_BIN_EXE_earmark"))
        .args(["--db", &models.join("test.db").to_string_lossy()])
        .args(arguments)
        .env("EARMARK_MODELS", models)
        .output()
        .unwrap()
}

#[test]
fn the_command_line_adds_lists_and_says_what_has_changed_since() {
    let folder = ModelFolder::new(&filter_bank(), vector_manifest(8));
    let models = tempfile::tempdir().unwrap();
    let source = folder.model();
    let added = earmark(models.path(), &["models", "add", &source.to_string_lossy()]);
    let text = String::from_utf8_lossy(&added.stdout).into_owned();
    assert!(added.status.success(), "{added:?}");
    assert!(text.contains("x real time"), "{text}");

    let listed = || -> serde_json::Value {
        let output = earmark(models.path(), &["--json", "models"]);
        let all: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let all = all.as_array().unwrap();
        all.iter()
            .find(|model| model["key"] == "TINY")
            .unwrap()
            .clone()
    };
    let model = listed();
    assert_eq!(
        (&model["has_tab"], &model["dims"]),
        (&true.into(), &8.into())
    );
    assert!(model["size_bytes"].as_u64().unwrap() > 2_000, "{model}");

    std::fs::write(models.path().join("TINY/tiny.onnx"), b"something else").unwrap();
    let model = listed();
    assert_eq!(model["has_tab"], false);
    let error = model["error"].as_str().unwrap();
    assert!(
        error.contains("not the one its description names"),
        "{error}"
    );
}
