//! Profiles as wholes: copying, renaming and deleting everything that belongs to one.

use super::*;
use crate::scan::RegionShape;

/// A store whose default profile has a row in every table.
fn furnished() -> (TempDir, Store) {
    let (folder, mut store) = new_store();
    let classifier = store
        .save_classifier(&NewClassifier {
            profile: DEFAULT_PROFILE,
            model: MODEL,
            classes: &["Clap".to_owned()],
            negative_class: None,
            counts: &serde_json::json!({}),
            metrics: None,
            seconds: 0.5,
            bytes: &[1, 2, 3],
            model_sha256: "abc",
            used_hard_negatives: true,
            name: "",
            background_margin_s: 0.0,
            marks_seen: Default::default(),
        })
        .unwrap();
    let regions = [found(1.0, 2.0, 0.75), found(4.0, 6.0, 0.5)];
    let scores = scores();
    let scan = NewScan {
        classifier: Some(classifier.id),
        ..new_scan(&regions, &scores)
    };
    let saved = store.save_scan(&scan, 5).unwrap();
    store
        .set_pinned(FILE, DEFAULT_PROFILE, MODEL, &saved.timestamp, true)
        .unwrap();
    let rows = super::regions(&store, &saved.timestamp);
    store.set_disabled(&[rows[0].id], true).unwrap();
    store.resize_region(rows[1].id, span(4.5, 6.5)).unwrap();
    save(&mut store, &[]);
    add_clip(&mut store, FILE, 1.0, "/x/Clap/vid_001/clip_001_0.wav");
    add_negative(&mut store, 4.0, MODEL);
    add_unsure(&mut store, 6.0, 7.0);
    add_note(&mut store, span(6.0, 7.0), "a breath");
    stranger(store.path())
        .execute_batch(
            "INSERT INTO hard_negatives (filename, start_time) VALUES ('a.mp4', 2.0);
             UPDATE hard_negatives SET created_at = '' WHERE filename = 'a.mp4';
             INSERT INTO hidden_files (filename) VALUES ('a.mp4');
             ALTER TABLE processed ADD COLUMN of_a_later_8cut TEXT NOT NULL DEFAULT '';
             UPDATE processed SET of_a_later_8cut = 'kept';",
        )
        .unwrap();
    (folder, store)
}

const FURNITURE: ProfileRows = ProfileRows {
    clips: 1,
    regions: 2,
    versions: 2,
    hard_negatives: 2,
    unsure: 1,
    notes: 1,
    hidden_files: 1,
    classifiers: 1,
};

fn save_in(store: &mut Store, profile: &str) -> SavedScan {
    let scores = scores();
    let scan = NewScan {
        profile,
        ..new_scan(&[], &scores)
    };
    store.save_scan(&scan, 5).unwrap()
}

/// Everything a profile shows, without row identities and its own name.
fn contents(store: &Store, profile: &str) -> String {
    let versions: Vec<_> = store
        .versions(FILE, profile, MODEL)
        .unwrap()
        .into_iter()
        .map(|version| {
            let regions: Vec<_> = store
                .regions(FILE, profile, MODEL, &version.timestamp)
                .unwrap()
                .into_iter()
                .map(|row| (row.span, row.score, row.disabled, row.original))
                .collect();
            let kept = store
                .scores(FILE, profile, MODEL, &version.timestamp)
                .unwrap();
            let version = ScanVersion {
                classifier_id: None,
                ..version
            };
            (version, regions, kept)
        })
        .collect();
    let marks: Vec<_> = store
        .negatives(profile, None)
        .unwrap()
        .into_iter()
        .map(|mark| (mark.filename, mark.start_s, mark.end_s, mark.created_at))
        .collect();
    let clips: Vec<_> = store
        .clips(profile, None)
        .unwrap()
        .into_iter()
        .map(|clip| (clip.output_path, clip.processed_at, clip.video))
        .collect();
    let notes: Vec<_> = store
        .region_notes(profile, None)
        .unwrap()
        .into_iter()
        .map(|note| (note.filename, note.span, note.text, note.created_at))
        .collect();
    format!("{versions:#?} {marks:#?} {clips:#?} {notes:#?}")
}

#[test]
fn a_duplicate_is_whole_and_independent() {
    let (_folder, mut store) = furnished();
    let before = contents(&store, DEFAULT_PROFILE);
    let copied = store.duplicate_profile(DEFAULT_PROFILE, " copy ").unwrap();
    assert_eq!(copied, FURNITURE);
    assert_eq!(store.profile_rows(DEFAULT_PROFILE).unwrap(), FURNITURE);
    assert_eq!(contents(&store, "copy"), before);
    assert_eq!(contents(&store, DEFAULT_PROFILE), before);
    let extra: i64 = stranger(store.path())
        .query_row(
            "SELECT COUNT(*) FROM processed WHERE of_a_later_8cut = 'kept'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(extra, 2);

    // The copied versions came from the copied classifier, and numbers go on where they were.
    let classifier = store.latest_classifier("copy", MODEL).unwrap().unwrap();
    let of_default = store
        .latest_classifier(DEFAULT_PROFILE, MODEL)
        .unwrap()
        .unwrap();
    assert_ne!(classifier.id, of_default.id);
    assert_eq!(
        store.classifier_bytes(classifier.id).unwrap(),
        Some(vec![1, 2, 3])
    );
    let oldest = store.versions(FILE, "copy", MODEL).unwrap().pop().unwrap();
    assert_eq!(oldest.classifier_id, Some(classifier.id));
    assert_eq!(save_in(&mut store, "copy").number, 3);
    assert_eq!(contents(&store, DEFAULT_PROFILE), before);
    assert_eq!(store.delete_profile("copy").unwrap().versions, 3);
    assert_eq!(contents(&store, DEFAULT_PROFILE), before);
}

#[test]
fn a_renamed_profile_takes_everything_along() {
    let (_folder, mut store) = furnished();
    store.duplicate_profile(DEFAULT_PROFILE, "old").unwrap();
    let before = contents(&store, "old");
    store.rename_profile("old", "new").unwrap();
    assert_eq!(store.profiles().unwrap(), [DEFAULT_PROFILE, "new"]);
    assert_eq!(contents(&store, "new"), before);
    assert_eq!(store.profile_rows("new").unwrap(), FURNITURE);
    assert_eq!(store.profile_rows("old").unwrap().total(), 0);
    assert_eq!(save_in(&mut store, "new").number, 3);
}

#[test]
fn a_deleted_profile_leaves_nothing_behind() {
    let (_folder, mut store) = furnished();
    store.duplicate_profile(DEFAULT_PROFILE, "copy").unwrap();
    assert_eq!(store.profile_rows("copy").unwrap(), FURNITURE);
    assert_eq!(store.delete_profile("copy").unwrap(), FURNITURE);
    assert_eq!(store.profiles().unwrap(), [DEFAULT_PROFILE]);
    assert_eq!(store.profile_rows(DEFAULT_PROFILE).unwrap(), FURNITURE);
    let serials: i64 = stranger(store.path())
        .query_row(
            "SELECT COUNT(*) FROM scan_serials WHERE profile = 'copy'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(serials, 0, "a new profile of that name starts from v1");
    store.check_integrity().unwrap();
}

#[test]
fn default_is_protected_and_every_refusal_changes_nothing() {
    let (_folder, mut store) = furnished();
    store.create_profile("other").unwrap();
    let before = contents(&store, DEFAULT_PROFILE);
    let protected = [
        store.delete_profile(DEFAULT_PROFILE).unwrap_err(),
        store.rename_profile(DEFAULT_PROFILE, "mine").unwrap_err(),
    ];
    assert!(
        protected
            .iter()
            .all(|refused| matches!(refused, StoreError::ProfileProtected))
    );
    for refused in [
        store
            .duplicate_profile(DEFAULT_PROFILE, "other")
            .unwrap_err(),
        store
            .duplicate_profile("other", DEFAULT_PROFILE)
            .unwrap_err(),
        store.rename_profile("other", DEFAULT_PROFILE).unwrap_err(),
    ] {
        assert!(
            matches!(refused, StoreError::ProfileExists { .. }),
            "{refused:?}"
        );
    }
    for refused in [
        store.duplicate_profile("none", "new").unwrap_err(),
        store.rename_profile("none", "new").unwrap_err(),
        store.delete_profile("none").unwrap_err(),
    ] {
        assert!(
            matches!(refused, StoreError::NoSuchProfile { .. }),
            "{refused:?}"
        );
    }
    for refused in [
        store.create_profile(" ").unwrap_err(),
        store.rename_profile("other", "").unwrap_err(),
        store.create_profile(&"x".repeat(5000)).unwrap_err(),
        store.duplicate_profile("other", "a\u{1b}[2J").unwrap_err(),
    ] {
        assert!(matches!(refused, StoreError::ProfileName(_)), "{refused:?}");
    }
    assert_eq!(store.profiles().unwrap(), [DEFAULT_PROFILE, "other"]);
    assert_eq!(contents(&store, DEFAULT_PROFILE), before);
}

#[test]
fn the_shape_of_regions_is_kept_by_profile_and_model_and_goes_with_the_profile() {
    let (_folder, mut store) = new_store();
    let shape = RegionShape::new(1.5, 0.25);
    store
        .set_region_shape(DEFAULT_PROFILE, MODEL, RegionShape::new(3.0, 3.0))
        .unwrap();
    store
        .set_region_shape(DEFAULT_PROFILE, MODEL, shape)
        .unwrap();
    store.create_profile("b").unwrap();
    store.duplicate_profile(DEFAULT_PROFILE, "copy").unwrap();
    assert_eq!(store.region_shape("copy", MODEL).unwrap(), shape);
    for (profile, model) in [("b", MODEL), (DEFAULT_PROFILE, "OTHER")] {
        let untold = store.region_shape(profile, model).unwrap();
        assert_eq!(untold, RegionShape::default());
    }
}
