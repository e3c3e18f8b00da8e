//! What to listen to next, and whether the training helped: one session of the real model, because training is slow.

use std::path::Path;

use earmark_core::protocol::{Command, Show, ShownId, Target, View};
use earmark_core::scan::{LONGEST_S, RegionShape, ScoredSpan, WindowScores};
use earmark_core::store::{NewScan, Store};

use super::session::{NOTHING_AT_S, Session, WARBLE_AT_S};
use super::{confirm_three, span, trained};

/// Where a steady tone sounds that nobody marked.
const TONE_AT_S: f64 = 8.5;

/// A version with regions of half a second at each of `starts_s`, as another program would save it.
fn save_version(session: &Session, take: &str, starts_s: &[f64]) {
    let regions: Vec<ScoredSpan> = starts_s
        .iter()
        .map(|&start_s| ScoredSpan {
            span: span(start_s, start_s + 0.5),
            score: 0.5,
        })
        .collect();
    let scan = NewScan {
        filename: take,
        profile: "default",
        model: "AISFX",
        source_path: Path::new(take),
        regions: &regions,
        threshold: 0.5,
        classifier: None,
        scores: &WindowScores::default(),
    };
    let mut store = Store::open(&session.folder().join("earmark.db")).unwrap();
    store.save_scan(&scan, 5).unwrap();
}

#[test]
fn marks_prove_what_was_learned_an_earlier_classifier_comes_back_and_what_is_new_is_known() {
    let (session, view) = Session::recorded();
    let take = view.source.takes[0].filename.clone();
    confirm_three(&session, &take);
    trained(&session, true);

    // An example and a hard negative that the version is asked about.
    session.instance.send(
        session
            .instance
            .view()
            .stretch(&take, span(NOTHING_AT_S, NOTHING_AT_S + 1.0))
            .negative(),
    );
    let view = session.wait_for("the check of the version on show", |view| {
        let check = view.results.versions[0].check.as_ref();
        check.is_some_and(|check| (check.positives, check.hard_negatives) == (3, 1))
    });
    assert!(
        view.learning.classifiers[0].check.is_none(),
        "nobody looks at the classifiers"
    );
    trained(&session, true);
    session.instance.send(Command::Show(Show::TrainingCounts(
        view.learning.last_training.clone(),
    )));
    let view = session.wait_for("the proof of both classifiers", |view| {
        view.learning.classifiers.len() == 2
            && view
                .learning
                .classifiers
                .iter()
                .all(|one| one.check.is_some())
    });
    let check = view.learning.classifiers[0].check.as_ref().unwrap();
    assert_eq!((check.positives, check.hard_negatives), (3, 1));
    assert!(
        check.misses.is_empty() && check.hits.is_empty(),
        "it was trained on just these: {}",
        check.words()
    );

    let ids = |view: &View| -> Vec<ShownId> {
        view.results
            .regions
            .iter()
            .filter_map(|region| region.id)
            .collect()
    };
    let before = ids(&view);
    session.instance.send(
        session
            .instance
            .view()
            .change(Target::ClassifierInUse { version: 1 }),
    );
    let view = session.wait_for("the first classifier in use, and its scan", |view| {
        view.learning.classifiers.len() == 3
            && view.activity.job.is_none()
            && view
                .results
                .versions
                .first()
                .and_then(|one| one.row.classifier)
                == Some(3)
    });
    assert_eq!(view.learning.classifiers[0].copy_of, Some(1));
    assert_eq!(
        view.learning.classifiers[1].copy_of, None,
        "nothing is lost"
    );
    assert_ne!(ids(&view), before, "it was scanned again");
    assert_eq!(view.marks.since_training, 0);
    assert_eq!(
        view.marks.undo.as_deref(),
        Some("going back to classifier 1")
    );
    let said = &view.health.status.as_ref().unwrap().text;
    assert!(
        said.contains("Classifier 1 is in use again, as classifier 3"),
        "{said}"
    );

    session.instance.send(Command::Undo);
    let view = session.wait_for("the second in use again, and its scan", |view| {
        view.learning.classifiers.len() == 4
            && view.activity.job.is_none()
            && view
                .results
                .versions
                .first()
                .and_then(|one| one.row.classifier)
                == Some(4)
    });
    assert_eq!(view.learning.classifiers[0].copy_of, Some(2));
    assert!(
        WARBLE_AT_S.iter().take(3).all(|&at_s| {
            let scores = view.results.scores.as_ref().unwrap();
            super::near(scores, at_s) > super::near(scores, NOTHING_AT_S)
        }),
        "its scores are those of the second"
    );

    let separate = view.results.regions.len();
    assert!(separate > 1);
    let shape = RegionShape::new(LONGEST_S, 0.0);
    session
        .instance
        .send(session.instance.view().change(Target::RegionShape(shape)));
    let joined = session.wait_for("regions joined and saved", |view| {
        view.shown.shape == shape
            && view.results.regions.len() < separate
            && ids(view).len() == view.results.regions.len()
    });
    assert_eq!(
        joined.results.versions.len(),
        view.results.versions.len(),
        "no new version"
    );
    session.instance.send(
        session
            .instance
            .view()
            .change(Target::RegionShape(RegionShape::default())),
    );
    session.wait_for("the regions as they were", |view| {
        view.results.regions.len() == separate && ids(view).len() == separate
    });

    save_version(&session, &take, &[WARBLE_AT_S[0], TONE_AT_S]);
    session
        .instance
        .send(Command::Show(Show::Novelty { wanted: true }));
    let view = session.wait_for("what is novel", |view| {
        let found = || {
            view.results
                .regions
                .iter()
                .filter(|one| !one.is_bare_mark())
        };
        found().count() == 2 && found().all(|region| region.novelty.is_some())
    });
    let novelty: Vec<f32> = view
        .results
        .regions
        .iter()
        .filter_map(|one| one.novelty)
        .collect();
    assert!(
        novelty[0] < 0.1 && novelty[1] > 2.0 * novelty[0],
        "an example is nothing new, a tone is: {novelty:?}"
    );
    session
        .instance
        .send(Command::Show(Show::Novelty { wanted: false }));
    session.wait_for("nobody who asks", |view| {
        view.results.regions[0].novelty.is_none()
    });
}
