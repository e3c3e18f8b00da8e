//! What a hand changed of a region: kept at every threshold, and its version while others are pruned.

use super::*;

#[test]
fn a_version_that_a_hand_changed_is_not_pruned_until_that_is_undone() {
    let (_folder, mut store) = new_store();
    let region = [found(1.0, 2.0, 0.75)];
    let edited: Vec<SavedScan> = (0..2).map(|_| save(&mut store, &region)).collect();
    let id_of = |store: &Store, nth: usize| regions(store, &edited[nth].timestamp)[0].id;
    let (disabled, resized) = (id_of(&store, 0), id_of(&store, 1));
    store.set_disabled(&[disabled], true).unwrap();
    store.resize_region(resized, span(0.5, 2.5)).unwrap();
    for _ in 0..6 {
        save(&mut store, &region);
    }
    let numbers = |store: &Store| -> Vec<u32> {
        let versions = versions(store).into_iter();
        versions.map(|version| version.number).collect()
    };
    assert_eq!(numbers(&store), [8, 7, 6, 5, 4, 2, 1]);
    assert_eq!(store.versions_kept_for_edits(5).unwrap(), 2);
    assert_eq!(store.versions_kept_for_edits(6).unwrap(), 1);
    store.resize_region(resized, span(1.0, 2.0)).unwrap();
    assert_eq!(store.versions_kept_for_edits(5).unwrap(), 1);
    save(&mut store, &region);
    assert_eq!(numbers(&store), [9, 8, 7, 6, 5, 1]);
}

#[test]
fn resizing_keeps_the_span_that_was_found() {
    let (_folder, mut store) = new_store();
    let saved = save(&mut store, &[found(1.0, 2.0, 0.75)]);
    let id = regions(&store, &saved.timestamp)[0].id;
    assert!(store.resize_region(id, span(0.5, 2.5)).unwrap());
    assert!(store.resize_region(id, span(0.5, 3.0)).unwrap());
    let row = regions(&store, &saved.timestamp)[0];
    assert_eq!(
        (row.span, row.original),
        (span(0.5, 3.0), Some(span(1.0, 2.0)))
    );
    store.resize_region(id, span(1.0, 2.0)).unwrap();
    assert_eq!(regions(&store, &saved.timestamp)[0].original, None);
    assert!(!store.resize_region(RegionId(999), span(1.0, 2.0)).unwrap());
}

#[test]
fn another_threshold_keeps_ids_and_edits_of_regions_that_stay() {
    let (_folder, mut store) = new_store();
    let saved = save(
        &mut store,
        &[
            found(1.0, 2.0, 0.9),
            found(5.0, 6.0, 0.6),
            found(9.0, 10.0, 0.8),
            found(20.0, 21.0, 0.9),
        ],
    );
    let before = regions(&store, &saved.timestamp);
    store.set_disabled(&[before[0].id], true).unwrap();
    store.resize_region(before[2].id, span(8.0, 10.0)).unwrap();

    let lower = [
        found(0.9, 2.1, 0.9),
        found(9.0, 10.2, 0.8),
        found(13.0, 14.0, 0.4),
        found(20.0, 21.0, 0.9),
    ];
    store
        .replace_regions_of_version(
            FILE,
            DEFAULT_PROFILE,
            MODEL,
            &saved.timestamp,
            (&lower, 0.4),
        )
        .unwrap();
    let after = regions(&store, &saved.timestamp);
    assert_eq!(after.len(), 4);
    assert_eq!((after[0].id, after[0].disabled), (before[0].id, true));
    assert_eq!((after[0].span, after[0].original), (span(0.9, 2.1), None));
    assert_eq!(
        (after[1].id, after[1].span),
        (before[2].id, span(8.0, 10.0))
    );
    assert_eq!(
        after[1],
        RegionRow {
            span: span(8.0, 10.0),
            original: Some(span(9.0, 10.0)),
            ..before[2]
        }
    );
    assert!(!before.iter().any(|old| old.id == after[2].id));
    assert_eq!(after[3], before[3]);
    assert_eq!(
        (versions(&store)[0].threshold, versions(&store)[0].number),
        (Some(0.4), 1)
    );

    store
        .replace_regions_of_version(FILE, DEFAULT_PROFILE, MODEL, &saved.timestamp, (&[], 1.0))
        .unwrap();
    assert_eq!(
        (versions(&store).len(), versions(&store)[0].regions),
        (1, 2),
        "what a hand changed is in it at every threshold"
    );
}

#[test]
fn up_with_the_threshold_and_down_again_every_edit_is_still_there() {
    let (_folder, mut store) = new_store();
    let low: Vec<ScoredSpan> = (0..8)
        .map(|nth| found(f64::from(nth) * 5.0, f64::from(nth) * 5.0 + 2.0, 0.5))
        .collect();
    let saved = save(&mut store, &low);
    let cut = |store: &mut Store, regions: &[ScoredSpan], threshold| {
        store
            .replace_regions_of_version(
                FILE,
                DEFAULT_PROFILE,
                MODEL,
                &saved.timestamp,
                (regions, threshold),
            )
            .unwrap();
    };
    let before = regions(&store, &saved.timestamp);
    store.set_disabled(&[before[0].id], true).unwrap();
    store.resize_region(before[1].id, span(4.0, 8.5)).unwrap();
    let merge = [
        RegionEdit::Resize {
            id: before[3].id,
            span: span(15.0, 22.0),
        },
        RegionEdit::Disable {
            id: before[4].id,
            disabled: true,
        },
    ];
    assert_eq!(store.edit_regions(&merge).unwrap(), 2);
    let edited = regions(&store, &saved.timestamp);

    // What is left of a disabled region at a higher threshold is not a hit either.
    cut(
        &mut store,
        &[found(0.8, 1.2, 0.5), found(30.5, 31.5, 0.9)],
        0.8,
    );
    let high = regions(&store, &saved.timestamp);
    let ids: Vec<RegionId> = high.iter().map(|row| row.id).collect();
    assert_eq!(
        ids[..4],
        [before[0].id, before[1].id, before[3].id, before[4].id]
    );
    assert_eq!(high.len(), 5);
    cut(&mut store, &[], 1.0);
    assert_eq!(regions(&store, &saved.timestamp).len(), 4);
    assert_eq!(versions(&store)[0].regions, 4);
    cut(&mut store, &low, 0.3);
    let after = regions(&store, &saved.timestamp);
    let looks = |rows: &[RegionRow]| {
        let rows = rows.iter();
        rows.map(|row| (row.span, row.disabled, row.original))
            .collect::<Vec<_>>()
    };
    assert_eq!(looks(&after), looks(&edited));

    // Taken back, they are as found, and follow the threshold like any other.
    store
        .edit_regions(&[RegionEdit::Resize {
            id: before[1].id,
            span: before[1].span,
        }])
        .unwrap();
    store.set_disabled(&[before[0].id], false).unwrap();
    cut(&mut store, &[], 1.0);
    assert_eq!(regions(&store, &saved.timestamp).len(), 2);
}
