//! What a user is told before a training.

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

fn add(store: &mut Store, filename: &str, class: &str, number: usize) {
    for index in 0..number {
        let start_s = 10_000.0 * class.len() as f64 + 10.0 * index as f64;
        let path = format!("/x/{class}/vid_001/clip_{index}.wav");
        add_clip(store, filename, start_s, &path);
    }
}

fn warnings(store: &Store) -> Vec<TrainingWarning> {
    store.training_statistics(&request()).unwrap().warnings
}

#[test]
fn marks_are_counted_by_file_as_they_count_in_training() {
    let (_folder, mut store) = new_store();
    add(&mut store, "a.wav", "Clap", 3);
    add_clip(&mut store, "a.wav", 40_000.5, "/x/Clap/vid_001/near.wav");
    add(&mut store, "a.wav", "Not", 2);
    add(&mut store, "b.wav", "Other", 2);
    add(&mut store, "b.wav", "Clap", 1);
    add(&mut store, "c.wav", "Clap_disabled", 4);
    add_negative(&mut store, 7.0, MODEL);
    let statistics = store.training_statistics(&request()).unwrap();
    let counts: Vec<_> = statistics
        .files
        .iter()
        .map(|file| {
            (
                file.filename.as_str(),
                [
                    file.positives,
                    file.negatives,
                    file.hard_negatives,
                    file.soft,
                ],
            )
        })
        .collect();
    assert_eq!(
        counts,
        [
            (FILE, [0, 0, 1, 0]),
            ("a.wav", [3, 2, 0, 0]),
            ("b.wav", [1, 0, 0, 2])
        ]
    );
    let total = statistics.total();
    assert_eq!((total.positives, total.hard_negatives), (4, 1));
    assert_eq!(
        statistics.warnings,
        [TrainingWarning::OnlyNegatives {
            files: vec![FILE.to_owned()]
        }]
    );
}

#[test]
fn each_warning_comes_when_it_is_due_and_not_before() {
    let (_folder, mut store) = new_store();
    add(&mut store, "a.wav", "Not", 1);
    assert_eq!(warnings(&store), [TrainingWarning::NoPositives]);
    add(&mut store, "a.wav", "Clap", 2);
    assert_eq!(
        warnings(&store),
        [TrainingWarning::FewPositives { positives: 2 }]
    );
    add(&mut store, "b.wav", "Clap", 3);
    assert!(warnings(&store).is_empty(), "five to one is tolerable");
    add(&mut store, "c.wav", "Clap", 15);
    assert_eq!(
        warnings(&store),
        [TrainingWarning::FewNegatives {
            positives: 20,
            negatives: 1
        }]
    );
    add(&mut store, "b.wav", "Not", 99);
    assert!(warnings(&store).is_empty(), "a hundred for twenty");
    add(&mut store, "c.wav", "Not", 1);
    assert_eq!(
        warnings(&store),
        [TrainingWarning::ManyNegatives {
            positives: 20,
            negatives: 101
        }]
    );
    let without_negatives = TrainingRequest {
        negative_class: None,
        ..request()
    };
    let statistics = store.training_statistics(&without_negatives).unwrap();
    assert!(statistics.warnings.is_empty(), "background stands in");
}

#[test]
fn every_warning_says_what_to_do() {
    let files = vec!["a.wav".to_owned(), "b.wav".to_owned()];
    for (warning, remedy) in [
        (TrainingWarning::NoPositives, "confirm"),
        (
            TrainingWarning::FewPositives { positives: 1 },
            "is only 1 example of the sound: add one more",
        ),
        (
            TrainingWarning::OnlyNegatives { files },
            "2 files have only negatives (a.wav, …)",
        ),
        (
            TrainingWarning::ManyNegatives {
                positives: 2,
                negatives: 11,
            },
            "11 negatives for 2",
        ),
        (
            TrainingWarning::FewNegatives {
                positives: 11,
                negatives: 2,
            },
            "mark more",
        ),
    ] {
        assert!(warning.to_string().contains(remedy), "{warning}");
    }
}
