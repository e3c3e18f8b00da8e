//! What a manifest accepts and refuses.

use super::*;

/// The default model's manifest as `cargo xtask setup` writes it, with a checksum of zeros.
fn aisfx_json() -> serde_json::Value {
    serde_json::json!({
        "format_version": 1, "key": "AISFX", "name": "aisfx", "file": "aisfx.onnx", "sha256": "0".repeat(64),
        "sample_rate_hz": 44_100,
        "front_end": {"kind": "log_mel", "fft": 2048, "hop": 1024, "bands": 96, "min_hz": 0.0,
                      "max_hz": 22_050.0, "gain": 10_000.0, "divisor": 9.4578},
        "input": "logmel", "output": "steps", "dims": 512, "frames_per_step": 8, "context_steps": 4,
        "window_steps": 5, "pooling": "max", "licence": "CC BY 4.0", "attribution": "Alison Ma and Alexander Lerch",
    })
}

/// The same in layout 2.
pub fn aisfx() -> ManifestFile {
    ManifestFile {
        format_version: 2,
        key: "AISFX".into(),
        name: "aisfx".into(),
        file: "aisfx.onnx".into(),
        sha256: "0".repeat(64),
        data: vec![],
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
        outputs: vec!["steps".into()],
        combine: Combine::Mean,
        layout: Layout::Frames {
            hop_samples: 8192,
            cover_samples: 9216,
            pooling: Pooling::Max,
        },
        dims: 512,
        views: Vec::new(),
        windows: Windows::Pooled {
            frames_per_step: 1,
            context_steps: 4,
            stretch_steps: None,
            window_steps: 5,
            pooled_steps: None,
            pooling: Pooling::Max,
        },
        l2_normalise: false,
        licence: "CC BY 4.0".into(),
        attribution: "Alison Ma and Alexander Lerch".into(),
    }
}

/// A model of 8-second windows of 16 kHz, one every second.
fn speech() -> ManifestFile {
    ManifestFile {
        key: "SPEECH".into(),
        sample_rate_hz: 16_000,
        front_end: FrontEnd::Waveform(WaveformSettings::default()),
        layout: Layout::Frames {
            hop_samples: 320,
            cover_samples: 400,
            pooling: Pooling::Mean,
        },
        windows: Windows::Independent {
            window_samples: 128_000,
            hop_samples: 16_000,
            fill: Fill::Silence,
        },
        ..aisfx()
    }
}

fn pooled(stretch_steps: Option<usize>) -> Windows {
    Windows::Pooled {
        frames_per_step: 10,
        context_steps: 5,
        stretch_steps,
        window_steps: 40,
        pooled_steps: None,
        pooling: Pooling::Mean,
    }
}

/// Writes `file` as `name` into `folder` and gives its path.
pub fn write(folder: &Path, name: &str, file: &ManifestFile) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, serde_json::to_vec_pretty(file).unwrap()).unwrap();
    path
}

/// The manifest of the default model, of a folder that is not there.
pub fn aisfx_manifest() -> Manifest {
    Manifest::new(aisfx(), Path::new("models")).unwrap()
}

fn manifest() -> Manifest {
    aisfx_manifest()
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

fn log_mel(file: &mut ManifestFile) -> &mut LogMelSettings {
    match &mut file.front_end {
        FrontEnd::LogMel(settings) => settings,
        FrontEnd::Waveform(_) => panic!("the default model hears log-mel frames"),
    }
}

#[test]
fn a_manifest_of_the_first_layout_means_what_it_always_did() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aisfx.json");
    std::fs::write(&path, aisfx_json().to_string()).unwrap();
    let loaded = Manifest::load(&path).unwrap();
    let second = ManifestFile {
        format_version: 1,
        ..aisfx()
    };
    assert_eq!(loaded.file(), &second);
    assert_eq!(
        loaded.sha256(),
        "0".repeat(64),
        "caches and classifiers made with it stay good"
    );
    for (field, value) in [("frames_per_step", 0), ("window_steps", 0)] {
        let mut json = aisfx_json();
        json[field] = value.into();
        std::fs::write(&path, json.to_string()).unwrap();
        let error = Manifest::load(&path).unwrap_err().to_string();
        assert!(error.contains(field), "{field}: {error}");
    }
}

#[test]
fn whatever_shapes_a_vector_tells_models_apart_and_what_people_read_does_not() {
    let identity = |file: ManifestFile| {
        let manifest = Manifest::new(file, Path::new("models")).unwrap();
        manifest.sha256().to_owned()
    };
    let same = identity(speech());
    assert_eq!(same.len(), 64);
    let renamed = ManifestFile {
        name: "other words".into(),
        ..speech()
    };
    assert_eq!(identity(renamed), same);
    let others = [
        ManifestFile {
            windows: pooled(Some(100)),
            ..speech()
        },
        ManifestFile {
            l2_normalise: true,
            ..speech()
        },
        ManifestFile {
            outputs: vec!["layer_6".into()],
            ..speech()
        },
        ManifestFile {
            data: vec![DataFile {
                file: "weights".into(),
                sha256: "1".repeat(64),
            }],
            ..speech()
        },
    ];
    for other in others {
        assert_ne!(identity(other), same);
    }
}

#[test]
fn a_manifest_without_what_layout_4_adds_keeps_its_identity_byte_for_byte() {
    let zeros = "0".repeat(64);
    let shaping = format!(
        r#"[["{zeros}",[],16000],[{{"kind":"waveform","channel_axis":false,"normalise":"none"}},"logmel",["steps"]],"#
    ) + r#"["mean",{"kind":"frames","hop_samples":320,"cover_samples":400,"pooling":"mean"},512],"#
        + r#"[{"kind":"independent","window_samples":128000,"hop_samples":16000},false]]"#;
    let manifest = Manifest::new(speech(), Path::new("models")).unwrap();
    assert_eq!(manifest.sha256(), hexadecimal(&Sha256::digest(shaping)));
}

/// A model of layout 4 that hears windows with that peak, filled up by repetition.
fn peaked(level: f64, remove_mean: bool) -> ManifestFile {
    ManifestFile {
        format_version: 4,
        front_end: FrontEnd::Waveform(WaveformSettings {
            channel_axis: false,
            normalise: Normalise::Peak { level, remove_mean },
        }),
        windows: Windows::Independent {
            window_samples: 128_000,
            hop_samples: 16_000,
            fill: Fill::Repeat,
        },
        ..speech()
    }
}

#[test]
fn a_peak_and_what_fills_a_window_up_are_written_as_documented_and_tell_models_apart() {
    let folder = tempfile::tempdir().unwrap();
    let load = |file: &ManifestFile| Manifest::load(&write(folder.path(), "peak.json", file));
    let manifest = load(&peaked(0.25, true)).unwrap();
    let json = serde_json::to_value(manifest.file()).unwrap();
    assert_eq!(
        json["front_end"]["normalise"],
        serde_json::json!({"peak": {"level": 0.25, "remove_mean": true}})
    );
    assert_eq!(json["windows"]["fill"], "repeat");
    let mut silent = peaked(0.25, true);
    silent.windows = speech().windows;
    for other in [peaked(0.5, true), peaked(0.25, false), silent] {
        assert_ne!(load(&other).unwrap().sha256(), manifest.sha256());
    }
    let mut json = serde_json::to_value(peaked(0.25, true)).unwrap();
    json["front_end"]["normalise"]["peak"]["mean"] = true.into();
    std::fs::write(folder.path().join("peak.json"), json.to_string()).unwrap();
    let error = Manifest::load(&folder.path().join("peak.json")).unwrap_err();
    assert!(error.to_string().contains("`mean`"), "{error}");
}

#[test]
fn a_peak_that_cannot_be_meant_is_refused_in_words() {
    type Spoil = fn(&mut ManifestFile);
    let level: fn(&mut ManifestFile, f64) = |file, level| {
        file.front_end = peaked(level, true).front_end;
    };
    let cases: Vec<(&str, Spoil)> = vec![
        ("format_version 4", |m| m.format_version = 3),
        ("independent", |m| m.windows = pooled(Some(100))),
    ];
    let folder = tempfile::tempdir().unwrap();
    let error_of = |file: &ManifestFile| {
        let error = Manifest::load(&write(folder.path(), "peak.json", file)).unwrap_err();
        error.to_string()
    };
    for (words, spoil) in cases {
        let mut file = peaked(0.25, true);
        spoil(&mut file);
        let error = error_of(&file);
        assert!(error.contains(words), "{words}: {error}");
    }
    for wrong in [0.0, -0.25, 1.01] {
        let mut file = peaked(0.25, true);
        level(&mut file, wrong);
        assert!(error_of(&file).contains("above 0 and at most 1"), "{wrong}");
    }
}

#[test]
fn windows_that_overlap_are_apart_only_when_they_share_no_sound() {
    let apart = |file| {
        Manifest::new(file, Path::new("models"))
            .unwrap()
            .steps_apart()
    };
    assert_eq!(apart(speech()), 8, "windows of 8 s, one every second");
    assert_eq!(apart(aisfx()), 5, "windows of five steps");
}

#[test]
fn a_misspelt_field_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut json = serde_json::to_value(speech()).unwrap();
    json["windows"]["window_sample"] = 1.into();
    let path = folder.path().join("speech.json");
    std::fs::write(&path, json.to_string()).unwrap();
    let error = Manifest::load(&path).unwrap_err().to_string();
    assert!(error.contains("window_sample"), "{error}");
}

#[test]
fn independent_windows_are_steps_of_their_own_and_the_last_is_filled_up() {
    let manifest = Manifest::new(speech(), Path::new("models")).unwrap();
    assert_eq!((manifest.window_s(), manifest.step_s()), (8.0, 1.0));
    assert_eq!((manifest.window_steps(), manifest.run_steps()), (1, 3));
    for (samples, steps) in [(1, 1), (128_000, 1), (128_001, 2), (160_000, 3)] {
        assert_eq!(manifest.total_steps(samples), steps, "{samples} samples");
    }
    assert_eq!(manifest.settled_steps(160_000), 2);
    assert_eq!(manifest.steps_affected(160_000..160_001), 2..12);
}

#[test]
fn on_a_grid_whole_stretches_settle_and_change() {
    let file = ManifestFile {
        windows: pooled(Some(100)),
        ..speech()
    };
    let manifest = Manifest::new(file, Path::new("models")).unwrap();
    assert_eq!((manifest.step_s(), manifest.window_s()), (0.2, 8.0));
    assert_eq!(manifest.step_cover_samples(), 3280);
    assert_eq!(manifest.run_steps(), 100);
    assert_eq!(manifest.settled_steps(3280 + 104 * 3200 + 2399), 0);
    assert_eq!(manifest.settled_steps(3280 + 104 * 3200 + 2400), 100);
    assert_eq!(manifest.early_steps(3280 + 104 * 3200 + 2400), 100);
    assert_eq!(manifest.steps_affected(320_000..320_001), 0..200);
    assert_eq!(manifest.steps_affected(480_000..480_001), 100..200);
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
        ("16384", |m| m.dims = 16_385),
        ("16384", |m| m.dims = usize::MAX),
        ("262144", |m| {
            m.dims = 16_384;
            m.windows = Windows::Independent {
                window_samples: 44_100,
                hop_samples: 441,
                fill: Fill::Silence,
            };
        }),
        ("262144", |m| {
            m.combine = Combine::Concatenate;
            m.outputs = (0..32).map(|number| number.to_string()).collect();
            m.layout = Layout::Frames {
                hop_samples: 1024,
                cover_samples: 2048,
                pooling: Pooling::Max,
            };
        }),
        ("input", |m| m.input.clear()),
        ("outputs", |m| m.outputs.clear()),
        ("outputs", |m| m.outputs = vec!["a".into(), "a".into()]),
        ("data.file", |m| {
            m.data = vec![DataFile {
                file: "../weights".into(),
                sha256: "0".repeat(64),
            }];
        }),
        ("hop", |m| log_mel(m).hop = 0),
        ("max_hz", |m| log_mel(m).max_hz = f64::MAX),
        ("hop_samples", |m| {
            m.layout = Layout::Frames {
                hop_samples: 8193,
                cover_samples: 9216,
                pooling: Pooling::Max,
            };
        }),
        ("layout", |m| m.layout = Layout::Vector),
        ("window_samples", |m| {
            m.windows = Windows::Independent {
                window_samples: 2047,
                hop_samples: 2047,
                fill: Fill::Silence,
            };
        }),
        ("hop_samples", |m| {
            m.windows = Windows::Independent {
                window_samples: 44_100,
                hop_samples: 44_101,
                fill: Fill::Silence,
            };
        }),
        ("stretch_steps", |m| m.windows = pooled(Some(0))),
        ("120 seconds", |m| m.windows = pooled(Some(4_000))),
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
    std::fs::write(&path, b"{\"format_version\": 5, \"all\": \"new\"}").unwrap();
    assert!(matches!(
        Manifest::load(&path),
        Err(ModelError::TooNew { found: 5, .. })
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

/// The default model's manifest with two views instead of one output.
fn with_views() -> ManifestFile {
    let view = |name: &str, dims| View {
        name: name.into(),
        output: name.into(),
        dims,
        compression: Compression::SquareRoot,
    };
    ManifestFile {
        format_version: 3,
        outputs: Vec::new(),
        dims: 0,
        views: vec![view("deep", 300), view("shallow", 100)],
        ..aisfx()
    }
}

#[test]
fn views_stand_side_by_side_and_tell_models_apart() {
    let folder = tempfile::tempdir().unwrap();
    let load = |file: &ManifestFile| Manifest::load(&write(folder.path(), "views.json", file));
    let manifest = load(&with_views()).unwrap();
    assert_eq!(manifest.dims(), 400);
    assert_eq!(
        manifest.views(),
        [
            (300, Compression::SquareRoot),
            (100, Compression::SquareRoot)
        ]
    );
    let mut other = with_views();
    other.views[1].compression = Compression::None;
    assert_ne!(load(&other).unwrap().sha256(), manifest.sha256());
    let mut renamed = with_views();
    renamed.views[1].name = "first".into();
    assert_eq!(load(&renamed).unwrap().sha256(), manifest.sha256());
    let one = load(&aisfx()).unwrap();
    assert_eq!(one.views(), [(512, Compression::SquareRoot)]);
}

#[test]
fn views_beside_outputs_or_under_an_older_layout_are_refused() {
    type Change = fn(&mut ManifestFile);
    let cases: [(&str, Change); 6] = [
        ("format_version 3", |m| m.format_version = 2),
        ("leave these out", |m| m.outputs = vec!["steps".into()]),
        ("leave these out", |m| m.combine = Combine::Concatenate),
        ("different names", |m| m.views[1].name = "deep".into()),
        ("different names", |m| m.views[1].output = "deep".into()),
        ("dims", |m| m.views[0].dims = 0),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (words, change) in cases {
        let mut file = with_views();
        change(&mut file);
        if !file.outputs.is_empty() {
            file.dims = 512;
        }
        let error = Manifest::load(&write(folder.path(), "views.json", &file)).unwrap_err();
        assert!(error.to_string().contains(words), "{words}: {error}");
    }
}

#[test]
fn only_the_middle_of_a_window_is_pooled_where_the_manifest_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let load = |pooled_steps| {
        let mut file = aisfx();
        file.dims = 1;
        if let Windows::Pooled {
            pooled_steps: steps,
            ..
        } = &mut file.windows
        {
            *steps = pooled_steps;
        }
        Manifest::load(&write(folder.path(), "pooled.json", &file))
    };
    let steps = [9.0, 1.0, 3.0, 2.0, 8.0, 5.0, 4.0];
    let whole = load(None).unwrap();
    assert_eq!(whole.pool_windows(&steps), [9.0, 8.0, 8.0]);
    let middle = load(Some(3)).unwrap();
    assert_eq!(middle.window_s(), whole.window_s());
    assert_eq!(middle.pool_windows(&steps), [3.0, 8.0, 8.0]);
    assert_eq!(
        middle.pool_windows(&steps[..4]),
        [9.0],
        "all of what is shorter than a window"
    );
    assert_eq!(middle.pool_windows(&steps[..1]), [9.0]);
    for wrong in [0, 2, 4, 6] {
        let error = load(Some(wrong)).unwrap_err().to_string();
        assert!(error.contains("pooled_steps"), "{wrong}: {error}");
    }
}
