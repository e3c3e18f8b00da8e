//! The proof of every classifier, however many versions are kept: the real model, the real database, the real cache.

use std::path::Path;

use earmark_core::config::Config;
use earmark_core::job::JobControl;
use earmark_core::protocol::{Command, EngineError, JobKind, Show, Target, View};
use earmark_core::settings::VERSIONS_KEPT;
use earmark_core::store::{NewNegative, Store, StoreHandle};
use earmark_core::worker::Worker;
use earmark_core::worker::proof_request::ProofQuestion;

use super::session::{NOTHING_AT_S, Session};
use super::{confirm_three, span, trained};

fn counts(view: &View) -> Vec<Option<(usize, usize, usize)>> {
    let checks = view
        .learning
        .classifiers
        .iter()
        .map(|one| one.check.as_ref());
    checks
        .map(|check| check.map(|it| (it.positives, it.hard_negatives, it.not_embedded)))
        .collect()
}

/// A hard negative in a recording that is nowhere to be found, as 8-cut leaves them.
fn mark_what_is_gone(folder: &Path) {
    let mut store = Store::open(&folder.join("earmark.db")).unwrap();
    store
        .add_negative(&NewNegative {
            profile: "default",
            filename: "gone.wav",
            span: span(1.0, 2.0),
            source_path: &folder.join("gone.wav"),
            source_model: "",
        })
        .unwrap();
}

/// A worker as the next process has it: nothing in memory, and nothing to run a model with.
fn later_bench(folder: &Path) -> (Worker, StoreHandle) {
    let mut config = Config::from_environment().unwrap();
    config.database = Some(folder.join("earmark.db"));
    config.cache_folder = folder.join("cache");
    let store = StoreHandle::new(config.database.clone()).unwrap();
    (Worker::new(config, store.clone()), store)
}

#[test]
fn every_classifier_keeps_its_proof_after_its_versions_are_gone_and_all_are_cut_alike() {
    let (session, view) = Session::recorded();
    let take = view.source.takes[0].filename.clone();
    session
        .instance
        .send(session.instance.view().change(Target::Setting {
            key: VERSIONS_KEPT,
            value: Some(String::from("1")),
        }));
    confirm_three(&session, &take);
    session.instance.send(
        session
            .instance
            .view()
            .stretch(&take, span(NOTHING_AT_S, NOTHING_AT_S + 1.0))
            .negative(),
    );
    session.wait_for("the mark", |view| view.marks.negatives.len() == 1);
    trained(&session, true);
    trained(&session, true);
    // The slider cuts versions; were the newest classifier judged there, it would miss everything.
    session
        .instance
        .send(Command::Show(Show::Threshold { threshold: 0.999 }));
    let view = trained(&session, true);
    assert_eq!(view.results.versions.len(), 1, "older versions went");
    let version = view.results.versions[0].check.as_ref().unwrap();
    assert_eq!(version.misses.len(), 3, "cut at the slider");

    session.instance.send(Command::Show(Show::TrainingCounts(
        view.learning.last_training.clone(),
    )));
    let view = session.wait_for("the proof of all three", |view| {
        counts(view) == [Some((3, 1, 0)); 3]
    });
    for classifier in &view.learning.classifiers {
        let check = classifier.check.as_ref().unwrap();
        assert!(
            check.misses.is_empty() && check.hits.is_empty(),
            "classifier {} was trained on just these: {}",
            classifier.version,
            check.words()
        );
    }

    mark_what_is_gone(session.folder());
    session.instance.send(
        session
            .instance
            .view()
            .stretch(&take, span(NOTHING_AT_S + 4.0, NOTHING_AT_S + 4.8))
            .negative(),
    );
    session.wait_for("the new marks in the proof of all", |view| {
        counts(view) == [Some((3, 2, 1)); 3]
    });

    let folder = session.end();
    let (mut worker, store) = later_bench(folder.path());
    let request = store
        .with(|store| ProofQuestion::read(store, "default", "AISFX"))
        .unwrap()
        .settle();
    let job = JobControl::new(JobKind::Training);
    let checks = worker.proof(&request, &job).unwrap();
    assert_eq!(checks.len(), 3, "without the versions, from the cache");
    let again = worker.proof(&request, &job).unwrap();
    assert_eq!(checks, again, "what is remembered is what was computed");
    job.cancel();
    let (mut worker, _) = later_bench(folder.path());
    let cancelled = worker.proof(&request, &job);
    assert!(
        matches!(cancelled, Err(EngineError::Cancelled)),
        "{cancelled:?}"
    );

    // Once nothing is embedded it says so, of every classifier alike.
    worker.empty_cache().unwrap();
    let (mut worker, _) = later_bench(folder.path());
    let checks = worker.proof(&request, &JobControl::new(JobKind::Training));
    for check in checks.unwrap().values() {
        // The clips of the examples were embedded by nobody: they were heard in their recording.
        assert_eq!((check.positives, check.hard_negatives), (0, 0));
        assert_eq!(check.not_embedded, 6);
        assert!(check.words().starts_with("6 marks are not embedded"));
    }
}
