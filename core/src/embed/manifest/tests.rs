//! What a manifest accepts and refuses.

use super::*;

/// The default model's manifest, with a checksum of zeros.
pub fn aisfx() -> ManifestFile {
    ManifestFile {
        format_version: 1,
        key: "AISFX".into(),
        name: "aisfx".into(),
        file: "aisfx.onnx".into(),
        sha256: "0".repeat(64),
        sample_rate_hz: 44_100,
        front_end: FrontEnd::LogMel(LogMelSettings {
            fft: 2048,
            hop: 1024,
            bands: 96,
            min_hz: 0.0,
            max_hz: 22_050.0,
            gain: 10_000.0,
            divisor: 9.4578,
        }),
        input: "logmel".into(),
        output: "steps".into(),
        dims: 512,
        frames_per_step: 8,
        context_steps: 4,
        window_steps: 5,
        pooling: Pooling::Max,
        licence: "CC BY 4.0".into(),
        attribution: "Alison Ma and Alexander Lerch".into(),
    }
}

/// Writes `file` as `name` into `folder` and gives its path.
pub fn write(folder: &Path, name: &str, file: &ManifestFile) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, serde_json::to_vec_pretty(file).unwrap()).unwrap();
    path
}

fn manifest() -> Manifest {
    Manifest::new(aisfx(), Path::new("models")).unwrap()
}

#[test]
fn a_manifest_reads_back_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let loaded = Manifest::load(&write(folder.path(), "aisfx.json", &aisfx())).unwrap();
    assert_eq!(loaded.file(), &aisfx());
    assert_eq!(loaded.model_path(), folder.path().join("aisfx.onnx"));
    assert!((loaded.step_s() - 8192.0 / 44_100.0).abs() < 1e-12);
    assert!((loaded.window_s() - 0.9288).abs() < 1e-4);
}

#[test]
fn each_impossible_field_is_named() {
    let folder = tempfile::tempdir().unwrap();
    type Spoil = fn(&mut ManifestFile);
    let cases: Vec<(&str, Spoil)> = vec![
        ("key", |m| m.key = "no spaces".into()),
        ("key", |m| m.key.clear()),
        ("file", |m| m.file = "../aisfx.onnx".into()),
        ("file", |m| m.file = "/etc/passwd".into()),
        ("sha256", |m| m.sha256 = "abc".into()),
        ("sample_rate_hz", |m| m.sample_rate_hz = 0),
        ("dims", |m| m.dims = 0),
        ("frames_per_step", |m| m.frames_per_step = 0),
        ("window_steps", |m| m.window_steps = 0),
        ("input", |m| m.input.clear()),
        ("hop", |m| {
            let FrontEnd::LogMel(settings) = &mut m.front_end;
            settings.hop = 0;
        }),
        ("max_hz", |m| {
            let FrontEnd::LogMel(settings) = &mut m.front_end;
            settings.max_hz = f64::MAX;
        }),
    ];
    for (field, spoil) in cases {
        let mut file = aisfx();
        spoil(&mut file);
        let error = Manifest::load(&write(folder.path(), "aisfx.json", &file)).unwrap_err();
        assert!(matches!(error, ModelError::Invalid { .. }), "{error}");
        assert!(error.to_string().contains(field), "{field}: {error}");
        assert!(error.to_string().contains("cargo xtask setup"), "{error}");
    }
}

#[test]
fn missing_garbled_and_newer_manifests_have_their_own_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aisfx.json");
    assert!(matches!(
        Manifest::load(&path),
        Err(ModelError::Unreadable { .. })
    ));
    std::fs::write(&path, b"{\"format_version\": 1").unwrap();
    assert!(matches!(
        Manifest::load(&path),
        Err(ModelError::Invalid { .. })
    ));
    std::fs::write(&path, b"{\"format_version\": 2, \"all\": \"new\"}").unwrap();
    assert!(matches!(
        Manifest::load(&path),
        Err(ModelError::TooNew { found: 2, .. })
    ));
}

#[test]
fn every_sample_belongs_to_a_step_and_the_last_step_is_filled_up() {
    let manifest = manifest();
    assert_eq!(
        (manifest.step_samples(), manifest.step_cover_samples()),
        (8192, 9216)
    );
    for (frames, steps) in [
        (0, 0),
        (1, 1),
        (9216, 1),
        (9217, 2),
        (17_408, 2),
        (17_409, 3),
    ] {
        assert_eq!(manifest.total_steps(frames), steps, "{frames} samples");
    }
}

#[test]
fn settled_steps_wait_for_their_context() {
    let manifest = manifest();
    let five_steps = 9216 + 4 * 8192;
    assert_eq!(manifest.settled_steps(five_steps), 0);
    assert_eq!(manifest.settled_steps(five_steps + 8192), 1);
    assert_eq!(manifest.settled_steps(0), 0);
}

#[test]
fn a_replaced_span_affects_its_steps_and_their_neighbours_within_the_context() {
    let manifest = manifest();
    assert_eq!(manifest.steps_affected(5..5), 0..0);
    assert_eq!(manifest.steps_affected(0..1), 0..6);
    // Sample 819,200 is the first of step 100, and the frame before it still hears it.
    assert_eq!(manifest.steps_affected(819_200..819_201), 94..106);
    assert_eq!(
        manifest.steps_affected(819_200 + 1024..819_200 + 1025),
        95..106
    );
}

#[test]
fn the_first_of_equal_keys_wins_and_a_bad_manifest_does_not_hide_the_others() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(first.path(), "aisfx.json", &aisfx());
    std::fs::write(first.path().join("broken.json"), b"no").unwrap();
    std::fs::write(first.path().join("notes.txt"), b"no").unwrap();
    write(
        second.path(),
        "aisfx.json",
        &ManifestFile { dims: 7, ..aisfx() },
    );
    write(
        second.path(),
        "other.json",
        &ManifestFile {
            key: "OTHER".into(),
            ..aisfx()
        },
    );
    let folders = [first.path().into(), "nowhere".into(), second.path().into()];
    let found = find_models(&folders);
    let keys: Vec<Option<&str>> = found
        .iter()
        .map(|model| model.as_ref().ok().map(Manifest::key))
        .collect();
    assert_eq!(keys, [Some("AISFX"), None, Some("OTHER")]);
    assert_eq!(found[0].as_ref().unwrap().dims(), 512);
}
