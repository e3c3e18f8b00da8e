//! What training gets to see.

use super::*;

fn request() -> TrainingRequest {
    TrainingRequest {
        profile: DEFAULT_PROFILE.to_owned(),
        positive_classes: vec!["Clap".to_owned()],
        negative_class: Some("Not".to_owned()),
        use_hard_negatives: true,
        include_scan_exports: false,
        window_s: 1.0,
    }
}

fn starts(marks: &[LabelledSpan]) -> Vec<f64> {
    marks.iter().map(|mark| mark.span.start_s()).collect()
}

#[test]
fn every_mark_has_its_role_and_positives_win() {
    let (_folder, mut store) = new_store();
    for (start_s, class) in [
        (10.0, "Clap"),
        (10.6, "Clap"),
        (20.0, "Clap"),
        (20.3, "Not"),
        (30.0, "Not"),
        (40.0, "Other"),
        (10.2, "Other"),
        (50.0, "Clap_disabled"),
    ] {
        add_clip(
            &mut store,
            FILE,
            start_s,
            &format!("/x/{class}/vid_001/clip_{start_s}.wav"),
        );
    }
    for start_s in [9.5, 30.4, 60.0, 60.5, 70.0] {
        add_negative(&mut store, start_s, MODEL);
    }
    let data = store.training_data(&request()).unwrap();
    assert_eq!(data.len(), 1);
    assert_eq!(starts(&data[0].positives), [10.0, 20.0]);
    assert_eq!(starts(&data[0].negatives), [30.0]);
    assert_eq!(starts(&data[0].hard_negatives), [60.0, 70.0]);
    assert_eq!(starts(&data[0].soft), [40.0]);
    assert_eq!(
        data[0].source_path.as_deref(),
        Some(Path::new("/takes/somewhere.wav"))
    );
    let positive = &data[0].positives[0];
    assert_eq!(positive.class.as_deref(), Some("Clap"));
    assert_eq!(
        positive.clip_path.as_deref(),
        Some(Path::new("/x/Clap/vid_001/clip_10.wav"))
    );

    let without = TrainingRequest {
        use_hard_negatives: false,
        ..request()
    };
    assert!(
        store.training_data(&without).unwrap()[0]
            .hard_negatives
            .is_empty()
    );
    assert_eq!(
        store.negatives(DEFAULT_PROFILE, None).unwrap().len(),
        5,
        "none is deleted"
    );
}

#[test]
fn a_negative_that_covers_half_of_a_positive_gives_way_and_one_inside_a_long_clip_does_not() {
    let (_folder, mut store) = new_store();
    store
        .add_clip(&NewClip {
            filename: FILE,
            span: span(10.0, 14.0),
            output_path: Path::new("/x/Clap/vid_001/clip_001_0.wav"),
            source_path: Path::new(""),
            profile: DEFAULT_PROFILE,
            scan_export: false,
            spread_s: 0.0,
            label: "",
        })
        .unwrap();
    let mark = |start_s, end_s| NewNegative {
        profile: DEFAULT_PROFILE,
        filename: FILE,
        span: span(start_s, end_s),
        source_path: Path::new(""),
        source_model: MODEL,
    };
    store
        .add_negatives(&[mark(11.5, 14.0), mark(12.8, 13.8)])
        .unwrap();
    let data = store.training_data(&request()).unwrap();
    assert_eq!(starts(&data[0].hard_negatives), [12.8]);
}

#[test]
fn scan_exports_count_only_when_asked_for_and_soft_marks_alone_make_no_recording() {
    let (_folder, mut store) = new_store();
    let export = NewClip {
        filename: "b.wav",
        span: span(1.0, 2.0),
        output_path: Path::new("/x/Clap/vid_002/clip_001_0.wav"),
        source_path: Path::new(""),
        profile: DEFAULT_PROFILE,
        scan_export: true,
        spread_s: 0.0,
        label: "",
    };
    store.add_clip(&export).unwrap();
    add_clip(&mut store, "c.wav", 1.0, "/x/Other/vid_003/clip_001_0.wav");
    assert!(store.training_data(&request()).unwrap().is_empty());
    let with = TrainingRequest {
        include_scan_exports: true,
        ..request()
    };
    let data = store.training_data(&with).unwrap();
    assert_eq!(
        data.iter().map(|r| r.filename.as_str()).collect::<Vec<_>>(),
        ["b.wav"]
    );
    assert_eq!(data[0].source_path, None);
}

#[test]
fn marks_of_8cut_without_an_end_are_one_window_long_and_find_their_take() {
    let (_folder, mut store) = new_store();
    let mark = "INSERT INTO hard_negatives (filename, start_time) VALUES ('Dialogue 1.wav', 3.0)";
    stranger(store.path()).execute_batch(mark).unwrap();
    let take = TakeRow {
        id: "take".to_owned(),
        source: SourceId::random(),
        filename: FILE.to_owned(),
        path: "/moved/Dialogue 1.wav".into(),
        rate: crate::time::SampleRate::new(48_000).unwrap(),
        channels: 2,
        start: crate::time::SampleIndex(-96_000),
        frames: 480_000,
        revision: 1,
        created_at: String::new(),
        gaps: vec![10..20, 400..401],
    };
    store.upsert_take(&take).unwrap();
    let data = store.training_data(&request()).unwrap();
    assert_eq!(data[0].hard_negatives[0].span, span(3.0, 4.0));
    assert_eq!(
        data[0].source_path.as_deref(),
        Some(Path::new("/moved/Dialogue 1.wav"))
    );

    let stored = store.take_by_filename(FILE).unwrap().unwrap();
    assert_eq!(
        (stored.start, stored.frames, &stored.gaps),
        (take.start, take.frames, &take.gaps)
    );
    assert!(!stored.created_at.is_empty());
    let twin = TakeRow {
        id: "twin".to_owned(),
        ..take.clone()
    };
    let refused = store.upsert_take(&twin).unwrap_err();
    assert!(
        matches!(refused, StoreError::NameTaken { .. }),
        "{refused:?}"
    );
    let earlier = TakeRow {
        filename: "earlier.wav".to_owned(),
        start: crate::time::SampleIndex(-192_000),
        ..twin
    };
    store.upsert_take(&earlier).unwrap();
    store.upsert_source(&take.source, "Dialogue").unwrap();
    assert_eq!(store.sources().unwrap()[0].name, "Dialogue");
    let order: Vec<String> = store
        .takes_of(&take.source)
        .unwrap()
        .into_iter()
        .map(|take| take.id)
        .collect();
    assert_eq!(order, ["twin", "take"]);
    assert!(store.remove_take("twin").unwrap());
    assert_eq!(store.takes().unwrap().len(), 1);
}

#[test]
fn classifiers_count_up_per_profile_and_model_and_keep_their_weights() {
    let (_folder, mut store) = new_store();
    let counts = serde_json::json!({ "clips": 12, "hard_negatives": 3 });
    let metrics = serde_json::json!({ "average_precision": 0.5 });
    let new = NewClassifier {
        profile: DEFAULT_PROFILE,
        model: MODEL,
        classes: &["Clap".to_owned()],
        negative_class: Some("Not"),
        counts: &counts,
        metrics: Some(&metrics),
        seconds: 0.25,
        bytes: &[1, 2, 3],
        model_sha256: "abc",
        used_hard_negatives: true,
        name: "",
        background_margin_s: 0.0,
        marks_seen: Default::default(),
    };
    assert_eq!(
        store.latest_classifier(DEFAULT_PROFILE, MODEL).unwrap(),
        None
    );
    let first = store.save_classifier(&new).unwrap();
    let second = store
        .save_classifier(&NewClassifier {
            metrics: None,
            ..new
        })
        .unwrap();
    let other = store
        .save_classifier(&NewClassifier {
            model: "OTHER",
            ..new
        })
        .unwrap();
    assert_eq!((first.version, second.version, other.version), (1, 2, 1));
    assert_eq!(
        (&first.counts, &first.metrics),
        (&counts, &Some(metrics.clone()))
    );
    assert_eq!((first.size_bytes, second.metrics.as_ref()), (3, None));
    assert_eq!(
        store.latest_classifier(DEFAULT_PROFILE, MODEL).unwrap(),
        Some(second.clone())
    );
    assert_eq!(
        store.classifiers(DEFAULT_PROFILE, MODEL).unwrap(),
        [second, first.clone()]
    );
    assert_eq!(
        store.classifier_bytes(first.id).unwrap(),
        Some(vec![1, 2, 3])
    );
    assert_eq!(store.classifier_bytes(ClassifierId(999)).unwrap(), None);
}

#[test]
fn choices_of_a_training_are_kept_by_model_and_go_with_their_profile() {
    let (_folder, mut store) = new_store();
    let choices =
        |store: &Store, profile: &str, model: &str| store.training_choices(profile, model).unwrap();
    assert_eq!(choices(&store, "mine", MODEL), None);
    store.create_profile("mine").unwrap();
    for number in [1, 2] {
        store
            .remember_training_choices("mine", MODEL, &serde_json::json!(number))
            .unwrap();
    }
    store.duplicate_profile("mine", "copy").unwrap();
    store.rename_profile("mine", "yours").unwrap();
    assert_eq!(choices(&store, "mine", MODEL), None);
    assert_eq!(choices(&store, "yours", "OTHER"), None);
    for profile in ["copy", "yours"] {
        assert_eq!(choices(&store, profile, MODEL), Some(2.into()));
    }
    store.delete_profile("copy").unwrap();
    assert_eq!(choices(&store, "copy", MODEL), None);
    stranger(store.path())
        .execute_batch("UPDATE training_choices SET choices = 'no JSON'")
        .unwrap();
    assert_eq!(choices(&store, "yours", MODEL), None);
}

#[test]
fn settings_and_models_are_kept() {
    let (_folder, mut store) = new_store();
    assert_eq!(store.setting("threshold").unwrap(), None);
    store.set_setting("threshold", "0.5").unwrap();
    store.set_setting("threshold", "0.6").unwrap();
    assert_eq!(store.setting("threshold").unwrap().as_deref(), Some("0.6"));
    let model = ModelRow {
        key: MODEL.to_owned(),
        name: "aisfx".to_owned(),
        sha256: "abc".to_owned(),
        dims: 512,
        step_s: 0.186,
        window_s: 0.93,
    };
    store.remember_model(&model).unwrap();
    store.remember_model(&model).unwrap();
    assert_eq!(store.models().unwrap(), [model]);
}

#[test]
fn nothing_is_learned_from_what_somebody_is_unsure_of() {
    let (_folder, mut store) = new_store();
    for (start_s, class) in [(10.0, "Clap"), (20.0, "Clap"), (30.0, "Not")] {
        let path = format!("/x/{class}/vid_001/clip_{start_s}.wav");
        add_clip(&mut store, FILE, start_s, &path);
    }
    add_negative(&mut store, 40.0, MODEL);
    for (start_s, end_s) in [(10.1, 11.0), (30.0, 31.0), (40.2, 41.0), (50.0, 50.5)] {
        add_unsure(&mut store, start_s, end_s);
    }
    let data = store.training_data(&request()).unwrap();
    assert_eq!(starts(&data[0].positives), [20.0]);
    assert!(data[0].negatives.is_empty() && data[0].hard_negatives.is_empty());
    assert_eq!(
        starts(&data[0].unsure),
        [10.1, 30.0, 40.2, 50.0],
        "no background is drawn there"
    );
    assert_eq!(TrainingStatistics::of(&data).total().unsure, 4);
}

#[test]
fn a_recording_of_which_nothing_but_doubt_is_known_still_keeps_its_background_out() {
    let (_folder, mut store) = new_store();
    add_unsure(&mut store, 1.0, 2.0);
    let data = store.training_data(&request()).unwrap();
    assert_eq!((data.len(), starts(&data[0].unsure)), (1, vec![1.0]));
    let counted = TrainingStatistics::of(&data);
    assert_eq!(counted.warnings, [TrainingWarning::NoPositives]);
    assert!(!counted.files[0].teaches());
}
