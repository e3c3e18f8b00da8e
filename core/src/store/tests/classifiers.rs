//! Classifier versions, and the way back to an earlier one.

use super::*;

fn save(store: &mut Store, seconds: f32) -> ClassifierRow {
    store
        .save_classifier(&NewClassifier {
            profile: DEFAULT_PROFILE,
            model: MODEL,
            classes: &["Clap".to_owned()],
            negative_class: Some("Not"),
            counts: &serde_json::json!({ "clips": 3 }),
            metrics: Some(&serde_json::json!({ "best_f1": 0.5 })),
            seconds,
            bytes: &[1, 2, 3],
            model_sha256: "abc",
            used_hard_negatives: true,
            name: " doors of the attic ",
            background_margin_s: 2.5,
            marks_seen: Default::default(),
        })
        .unwrap()
}

#[test]
fn going_back_copies_the_earlier_classifier_and_loses_none() {
    let (_folder, mut store) = new_store();
    let first = save(&mut store, 0.5);
    assert_eq!(
        (first.name.as_str(), first.background_margin_s),
        ("doors of the attic", Some(2.5))
    );
    let second = save(&mut store, 0.7);
    let restored = store
        .restore_classifier(DEFAULT_PROFILE, MODEL, 1)
        .unwrap()
        .unwrap();
    assert_eq!((restored.version, restored.copy_of), (3, Some(1)));
    let as_copy = ClassifierRow {
        id: restored.id,
        version: 3,
        created_at: restored.created_at.clone(),
        copy_of: Some(1),
        ..first.clone()
    };
    assert_eq!(restored, as_copy);
    assert_eq!(
        store.classifier_bytes(restored.id).unwrap(),
        store.classifier_bytes(first.id).unwrap()
    );
    assert_eq!(
        store.latest_classifier(DEFAULT_PROFILE, MODEL).unwrap(),
        Some(restored.clone())
    );
    let of_the_copy = store.restore_classifier(DEFAULT_PROFILE, MODEL, 3).unwrap();
    assert_eq!(of_the_copy.as_ref().unwrap().copy_of, Some(1));
    let all = store.classifiers(DEFAULT_PROFILE, MODEL).unwrap();
    assert_eq!(all, [of_the_copy.unwrap(), restored, second, first]);
    for (profile, version) in [(DEFAULT_PROFILE, 9), ("other", 1)] {
        let gone = store.restore_classifier(profile, MODEL, version).unwrap();
        assert_eq!(gone, None);
    }
}
