//! Histories of any shape against a plain list: two writers in turn, 8-cut among them, with pins and edits.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    Save {
        regions: usize,
        keep: usize,
    },
    By8Cut {
        regions: usize,
    },
    /// 8-cut deletes the rows of a version and knows nothing of its row in `scans`.
    PrunedBy8Cut {
        which: usize,
    },
    Pin {
        which: usize,
        pinned: bool,
    },
    Delete {
        which: usize,
    },
    /// Bring the version that was deleted last back.
    Undelete,
    Restore {
        which: usize,
        keep: usize,
    },
    Disable {
        which: usize,
        region: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0..6_usize;
    prop_oneof![
        4 => (0..3_usize, 0..4_usize).prop_map(|(regions, keep)| Step::Save { regions, keep }),
        1 => (1..3_usize).prop_map(|regions| Step::By8Cut { regions }),
        1 => which.clone().prop_map(|which| Step::PrunedBy8Cut { which }),
        1 => (which.clone(), any::<bool>()).prop_map(|(which, pinned)| Step::Pin { which, pinned }),
        2 => which.clone().prop_map(|which| Step::Delete { which }),
        1 => Just(Step::Undelete),
        1 => (which.clone(), 0..4_usize).prop_map(|(which, keep)| Step::Restore { which, keep }),
        2 => (which, 0..3_usize).prop_map(|(which, region)| Step::Disable { which, region }),
    ]
}

/// What a version is to the model.
#[derive(Debug, Clone, PartialEq)]
struct Version {
    number: u32,
    /// Whether each region is disabled, by start.
    regions: Vec<bool>,
    pinned: bool,
}

/// Newest first.
#[derive(Default)]
struct Model {
    versions: Vec<Version>,
    last_number: u32,
    /// Pinned versions whose rows 8-cut has deleted: the pin is all that holds them.
    emptied: BTreeSet<u32>,
    deleted: Vec<(RowJournal, Version)>,
}

impl Model {
    fn add(&mut self, regions: Vec<bool>) {
        self.last_number += 1;
        let version = Version {
            number: self.last_number,
            regions,
            pinned: false,
        };
        self.versions.insert(0, version);
    }

    fn prune(&mut self, keep: usize) {
        let mut places = keep.max(1);
        self.versions.retain(|version| {
            let is_edited = version.regions.contains(&true);
            let stays = version.pinned || is_edited || places > 0;
            places -= usize::from(!version.pinned && places > 0);
            stays
        });
    }
}

fn regions_of(number: usize) -> Vec<ScoredSpan> {
    (0..number)
        .map(|start| found(start as f64 * 2.0, start as f64 * 2.0 + 1.0, 0.5))
        .collect()
}

fn insert_as_8cut(store: &Store, regions: usize) {
    let newest = versions(store)
        .first()
        .map(|version| version.timestamp.clone());
    let timestamp = clock::scan_timestamp_after(newest.as_deref());
    let by_8cut = stranger(store.path());
    for ScoredSpan { span, score } in regions_of(regions) {
        by_8cut
            .execute(
                "INSERT INTO scan_results (filename, model, start_time, end_time, score, scan_timestamp)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                (FILE, MODEL, span.start_s(), span.end_s(), score, &timestamp),
            )
            .unwrap();
    }
}

/// Takes the step in `store` and in the model.
fn take(step: &Step, store: &mut Store, model: &mut Model) {
    let shown = versions(store);
    let timestamp = |which: usize| shown.get(which).map(|version| version.timestamp.as_str());
    match *step {
        Step::Save { regions, keep } => {
            let saved = store
                .save_scan(&new_scan(&regions_of(regions), &scores()), keep)
                .unwrap();
            model.add(vec![false; regions]);
            assert_eq!(saved.number, model.last_number);
            model.prune(keep);
        }
        Step::By8Cut { regions } => {
            insert_as_8cut(store, regions);
            model.add(vec![false; regions]);
        }
        Step::PrunedBy8Cut { which } => {
            if let Some(timestamp) = timestamp(which) {
                stranger(store.path())
                    .execute(
                        "DELETE FROM scan_results WHERE scan_timestamp = ?1",
                        [timestamp],
                    )
                    .unwrap();
                // One that never had any, or that is pinned, is a version without rows as well.
                let version = &mut model.versions[which];
                if version.pinned {
                    if !version.regions.is_empty() {
                        model.emptied.insert(version.number);
                    }
                    version.regions.clear();
                } else if !version.regions.is_empty() {
                    model.versions.remove(which);
                }
            }
        }
        Step::Pin { which, pinned } => {
            if let Some(timestamp) = timestamp(which) {
                store
                    .set_pinned(FILE, DEFAULT_PROFILE, MODEL, timestamp, pinned)
                    .unwrap();
                model.versions[which].pinned = pinned;
                if !pinned && model.emptied.remove(&model.versions[which].number) {
                    model.versions.remove(which);
                }
            }
        }
        Step::Delete { which } => {
            if let Some(timestamp) = timestamp(which) {
                let deleted = delete_version(store, timestamp);
                let version = model.versions.remove(which);
                model.deleted.push((deleted, version));
            }
        }
        Step::Undelete => {
            if let Some((deleted, version)) = model.deleted.pop() {
                take_back(store, &deleted);
                model.versions.push(version);
                let newest_first = |version: &Version| std::cmp::Reverse(version.number);
                model.versions.sort_by_key(newest_first);
            }
        }
        Step::Restore { which, keep } => {
            if let Some(timestamp) = timestamp(which) {
                store
                    .restore_version(FILE, DEFAULT_PROFILE, MODEL, timestamp, keep)
                    .unwrap();
                model.add(model.versions[which].regions.clone());
                model.prune(keep);
            }
        }
        Step::Disable { which, region } => {
            let rows = timestamp(which).map(|timestamp| regions(store, timestamp));
            if let Some(row) = rows.as_ref().and_then(|rows| rows.get(region)) {
                store.set_disabled(&[row.id], !row.disabled).unwrap();
                let disabled = &mut model.versions[which].regions[region];
                *disabled = !*disabled;
            }
        }
    }
}

fn seen(store: &Store) -> Vec<Version> {
    versions(store)
        .into_iter()
        .map(|version| Version {
            number: version.number,
            regions: regions(store, &version.timestamp)
                .iter()
                .map(|row| row.disabled)
                .collect(),
            pinned: version.pinned,
        })
        .collect()
}

fn follow(steps: &[(Step, bool)]) {
    let (_folder, mut store) = new_store();
    let mut other = Store::open(store.path()).unwrap();
    let mut model = Model::default();
    for (step, by_other_writer) in steps {
        let writer = if *by_other_writer {
            &mut other
        } else {
            &mut store
        };
        take(step, writer, &mut model);
        assert_eq!(seen(&store), model.versions, "after {step:?}");
    }
    let rows: usize = model
        .versions
        .iter()
        .map(|version| version.regions.len())
        .sum();
    let kept: u32 = stranger(store.path())
        .query_row("SELECT COUNT(*) FROM scan_results", [], |row| row.get(0))
        .unwrap();
    assert_eq!(kept as usize, rows, "no row outlives its version");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn history_is_what_a_plain_list_would_be(
        steps in prop::collection::vec((step(), any::<bool>()), 1..24)
    ) {
        follow(&steps);
    }
}

#[test]
fn a_pinned_version_that_8cut_emptied_can_be_restored_and_goes_with_its_pin() {
    let emptied = [
        Step::Save {
            regions: 1,
            keep: 5,
        },
        Step::Pin {
            which: 0,
            pinned: true,
        },
        Step::PrunedBy8Cut { which: 0 },
        Step::Restore { which: 0, keep: 5 },
        Step::Save {
            regions: 2,
            keep: 5,
        },
        Step::Pin {
            which: 2,
            pinned: false,
        },
    ];
    follow(&emptied.map(|step| (step, false)));
}
