//! Versions: numbers, pruning, and being deleted and brought back.

use super::*;

#[test]
fn a_scan_is_a_version_with_its_regions_scores_and_provenance() {
    let (_folder, mut store) = new_store();
    let classifier = store
        .save_classifier(&NewClassifier {
            profile: DEFAULT_PROFILE,
            model: MODEL,
            classes: &["Clap".to_owned()],
            negative_class: None,
            counts: &serde_json::json!({ "clips": 3 }),
            metrics: None,
            seconds: 0.5,
            bytes: b"weights",
            model_sha256: "abc",
            used_hard_negatives: true,
            name: "",
            background_margin_s: 0.0,
            marks_seen: Default::default(),
        })
        .unwrap();
    let (found, scores) = ([found(1.0, 2.0, 0.75), found(5.0, 6.5, 0.5)], scores());
    let scan = NewScan {
        classifier: Some(classifier.id),
        ..new_scan(&found, &scores)
    };
    let saved = store.save_scan(&scan, 5).unwrap();
    assert_eq!(saved.number, 1);

    let version = &versions(&store)[0];
    assert_eq!(
        (version.timestamp.as_str(), version.number),
        (saved.timestamp.as_str(), 1)
    );
    assert_eq!((version.regions, version.best_score), (2, Some(0.75)));
    assert_eq!(
        (version.classifier, version.threshold),
        (Some(1), Some(0.5))
    );
    assert_eq!(version.source_path.as_deref(), Some(scan.source_path));

    let rows = regions(&store, &saved.timestamp);
    let cut: Vec<ScoredSpan> = rows
        .iter()
        .map(|row| ScoredSpan {
            span: row.span,
            score: row.score,
        })
        .collect();
    assert_eq!(cut, found);
    let record = store.region(rows[1].id).unwrap().unwrap();
    assert_eq!(
        (record.row, record.timestamp),
        (rows[1], saved.timestamp.clone())
    );

    let kept = store
        .scores(FILE, DEFAULT_PROFILE, MODEL, &saved.timestamp)
        .unwrap()
        .unwrap();
    assert_eq!((kept.hop_s, kept.window_s), (scores.hop_s, scores.window_s));
    let bits = |scores: &[f32]| scores.iter().map(|s| s.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&kept.scores), bits(&scores.scores));
    assert_eq!(store.scanned_files(DEFAULT_PROFILE).unwrap().len(), 1);
    assert_eq!(
        store.models_with_results(FILE, DEFAULT_PROFILE).unwrap(),
        [MODEL]
    );
}

#[test]
fn a_scan_that_found_nothing_is_a_version_and_is_pruned_like_one() {
    let (_folder, mut store) = new_store();
    let first = save(&mut store, &[]);
    assert_eq!(versions(&store)[0].timestamp, first.timestamp);
    assert_eq!(
        (versions(&store)[0].regions, versions(&store)[0].best_score),
        (0, None)
    );
    assert_eq!(
        store.models_with_results(FILE, DEFAULT_PROFILE).unwrap(),
        [MODEL]
    );
    let path = Some(PathBuf::from("/takes/Dialogue 1.wav"));
    assert_eq!(
        store.scanned_files(DEFAULT_PROFILE).unwrap(),
        [(FILE.to_owned(), path)]
    );
    for _ in 0..5 {
        save(&mut store, &[]);
    }
    let numbers: Vec<u32> = versions(&store)
        .iter()
        .map(|version| version.number)
        .collect();
    assert_eq!(numbers, [6, 5, 4, 3, 2]);
}

#[test]
fn versions_of_other_files_profiles_and_models_are_left_alone() {
    let (_folder, mut store) = new_store();
    let (found, scores) = ([found(1.0, 2.0, 0.75)], scores());
    let scan = new_scan(&found, &scores);
    let others = [
        NewScan {
            filename: "b.wav",
            ..scan
        },
        NewScan {
            profile: "mine",
            ..scan
        },
        NewScan {
            model: "OTHER",
            ..scan
        },
    ];
    for other in &others {
        assert_eq!(store.save_scan(other, 1).unwrap().number, 1);
    }
    for _ in 0..3 {
        store.save_scan(&scan, 1).unwrap();
    }
    assert_eq!(versions(&store).len(), 1);
    for NewScan {
        filename,
        profile,
        model,
        ..
    } in others
    {
        assert_eq!(store.versions(filename, profile, model).unwrap().len(), 1);
    }
    assert_eq!(
        store.models_with_results(FILE, DEFAULT_PROFILE).unwrap(),
        [MODEL, "OTHER"]
    );
    assert_eq!(store.profiles().unwrap(), [DEFAULT_PROFILE, "mine"]);
}

#[test]
fn a_number_is_never_given_twice_not_even_after_the_newest_is_deleted() {
    let (_folder, mut store) = new_store();
    let first = save(&mut store, &[found(1.0, 2.0, 0.75)]);
    let gone = store
        .delete_version(FILE, DEFAULT_PROFILE, MODEL, &first.timestamp)
        .unwrap();
    assert!(gone && versions(&store).is_empty());
    let again = store.delete_version(FILE, DEFAULT_PROFILE, MODEL, &first.timestamp);
    assert!(!again.unwrap());
    assert_eq!(save(&mut store, &[]).number, 2);
}

#[test]
fn an_older_version_is_restored_as_the_newest_with_its_edits() {
    let (_folder, mut store) = new_store();
    let old = save(&mut store, &[found(1.0, 2.0, 0.75)]);
    let id = regions(&store, &old.timestamp)[0].id;
    store.set_disabled(&[id], true).unwrap();
    save(&mut store, &[]);
    let back = store
        .restore_version(FILE, DEFAULT_PROFILE, MODEL, &old.timestamp, 5)
        .unwrap()
        .unwrap();
    assert_eq!((back.saved.number, versions(&store)[0].number), (3, 3));
    let rows = regions(&store, &back.saved.timestamp);
    assert!(rows.len() == 1 && rows[0].disabled && rows[0].id != id);
    assert!(
        store
            .scores(FILE, DEFAULT_PROFILE, MODEL, &back.saved.timestamp)
            .unwrap()
            .is_some()
    );
    let none = store
        .restore_version(FILE, DEFAULT_PROFILE, MODEL, "never", 5)
        .unwrap();
    assert_eq!((none, versions(&store).len()), (None, 3));
}

/// Every value of every row of the tables that versions are made of.
fn all_rows(store: &Store) -> Vec<Vec<rusqlite::types::Value>> {
    let db = stranger(store.path());
    let mut rows = Vec::new();
    for table in ["scans", "scan_results"] {
        let mut statement = db
            .prepare(&format!("SELECT * FROM {table} ORDER BY id"))
            .unwrap();
        let columns = statement.column_count();
        let found = statement
            .query_map([], |row| {
                (0..columns).map(|column| row.get(column)).collect()
            })
            .unwrap();
        rows.extend(found.map(Result::unwrap));
    }
    rows
}

#[test]
fn a_deleted_version_comes_back_whole_under_its_identities_and_number() {
    let (_folder, mut store) = new_store();
    stranger(store.path())
        .execute_batch("ALTER TABLE scan_results ADD COLUMN \"of a later 8-cut\" TEXT DEFAULT 'x'")
        .unwrap();
    let old = save(&mut store, &[found(1.0, 2.0, 0.75), found(5.0, 6.0, 0.5)]);
    let ids: Vec<RegionId> = regions(&store, &old.timestamp)
        .iter()
        .map(|row| row.id)
        .collect();
    store.set_disabled(&ids[..1], true).unwrap();
    store.resize_region(ids[1], span(4.5, 6.5)).unwrap();
    store
        .set_pinned(FILE, DEFAULT_PROFILE, MODEL, &old.timestamp, true)
        .unwrap();
    save(&mut store, &[found(3.0, 4.0, 0.9)]);
    let before = all_rows(&store);

    let deleted = delete_version(&mut store, &old.timestamp);
    assert_eq!(versions(&store).len(), 1);
    assert!(deleted.size_bytes() > 0);
    take_back(&mut store, &deleted);
    assert_eq!(all_rows(&store), before);
    // What is there is left as it is.
    take_back(&mut store, &deleted);
    assert_eq!(all_rows(&store), before);
    assert_eq!(save(&mut store, &[]).number, 3);
}

#[test]
fn a_deleted_version_comes_back_without_a_classifier_that_is_gone_and_from_before_history() {
    let (_folder, mut store) = new_store();
    let by_8cut = stranger(store.path());
    by_8cut
        .execute(
            "INSERT INTO scan_results (filename, model, start_time, end_time, score) VALUES (?1, ?2, 1.0, 2.0, 0.5)",
            (FILE, MODEL),
        )
        .unwrap();
    by_8cut
        .execute_batch(
            "INSERT INTO classifiers (id, profile, model, version, created_at, classes, used_hard_negatives,
                 counts, seconds, model_sha256, bytes)
             VALUES (7, 'default', 'AISFX', 1, '', '[]', 1, '{}', 0.5, '', x'')",
        )
        .unwrap();
    let (found, scores) = ([found(1.0, 2.0, 0.75)], scores());
    let scan = NewScan {
        classifier: Some(ClassifierId(7)),
        ..new_scan(&found, &scores)
    };
    let saved = store.save_scan(&scan, 5).unwrap();
    let deleted: Vec<RowJournal> = [saved.timestamp.as_str(), BEFORE_HISTORY]
        .into_iter()
        .map(|timestamp| delete_version(&mut store, timestamp))
        .collect();
    by_8cut.execute("DELETE FROM classifiers", []).unwrap();
    for version in &deleted {
        take_back(&mut store, version);
    }
    let back = versions(&store);
    let seen: Vec<_> = back
        .iter()
        .map(|version| (version.number, version.regions, version.classifier_id))
        .collect();
    assert_eq!(seen, [(1, 1, None), (0, 1, None)]);
}
