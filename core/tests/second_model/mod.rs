//! A second model beside the default one: its own tab, its own results, its own classifier.

use earmark_core::protocol::{Command, Compared, Show, View, Work};

use super::common::model_folder::{ModelFolder, filter_bank, vector_manifest};
use super::session::{self, NOTHING_AT_S, Session, WARBLE_AT_S, near};
use super::{confirm_three, span, trained};

const NAME: &str = "second_model::each_model_has_a_tab_with_results_and_classifiers_of_its_own";
const MODELS: &str = "EARMARK_MODELS";

/// Where models are is read from the environment, which a process cannot safely change for itself: this test runs
/// itself again with it.
#[test]
fn each_model_has_a_tab_with_results_and_classifiers_of_its_own() {
    if std::env::var_os(MODELS).is_some() {
        return two_models();
    }
    let mut manifest = vector_manifest(8);
    manifest["windows"]["hop_samples"] = 2_000.into();
    let models = ModelFolder::new(&filter_bank(), manifest);
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([NAME, "--exact"])
        .env(MODELS, models.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "it did not find itself: {text}");
}

fn label(view: &View, model: &str) -> String {
    let tab = view
        .results
        .tabs
        .iter()
        .find(|tab| tab.model == model)
        .unwrap();
    tab.label()
}

fn two_models() {
    let (session, view) = Session::recorded();
    let take = view.source.takes[0].filename.clone();
    let tabs: Vec<&str> = view
        .results
        .tabs
        .iter()
        .map(|tab| tab.model.as_str())
        .collect();
    assert_eq!(tabs, ["AISFX", "TINY"]);
    confirm_three(&session, &take);
    trained(&session, true);

    session.instance.send(Command::Show(Show::Model {
        model: String::from("TINY"),
    }));
    let view = session.wait_for("the other tab", |view| view.shown.model == "TINY");
    assert!(view.results.versions.is_empty() && view.learning.classifiers.is_empty());
    session
        .instance
        .send(Command::Show(Show::Threshold { threshold: 0.3 }));
    let view = trained(&session, true);
    assert_eq!(
        view.learning.classifiers.len(),
        1,
        "the classifier of the other model is not shown"
    );
    let scores = view.results.scores.as_ref().unwrap();
    assert_eq!((scores.window_s, scores.hop_s), (1.0, 0.25));
    assert!(scores.duration_s() >= session::LENGTH_S - 0.25);
    for at_s in WARBLE_AT_S {
        assert!(
            near(scores, at_s) > near(scores, NOTHING_AT_S),
            "the warble at {at_s} s scores no higher than nothing at all"
        );
    }
    assert_eq!(
        label(&view, "TINY"),
        format!("TINY ({}) [v1]", view.results.regions.len())
    );

    session.instance.send(
        session
            .instance
            .view()
            .stretch(&take, span(NOTHING_AT_S, NOTHING_AT_S + 1.0))
            .negative(),
    );
    let view = session.wait_for("the hard negative", |view| view.marks.negatives.len() == 1);
    assert_eq!(view.marks.negatives[0].source_model, "TINY");

    session.instance.send(Command::Show(Show::Model {
        model: String::from("AISFX"),
    }));
    let view = session.wait_for("the first tab", |view| view.shown.model == "AISFX");
    assert_eq!(
        (view.results.versions.len(), view.learning.classifiers.len()),
        (1, 1)
    );
    assert!((view.results.scores.as_ref().unwrap().window_s - 0.929).abs() < 0.001);

    let with = Compared::Model {
        model: String::from("TINY"),
    };
    session
        .instance
        .send(Command::Show(Show::Comparison(Some(with.clone()))));
    let view = session.wait_for("the comparison", |view| view.results.comparison.is_some());
    let comparison = view.results.comparison.as_ref().unwrap();
    assert_eq!((&comparison.with, comparison.with_number), (&with, 1));
    let of_shown = comparison.kept + comparison.moved + comparison.new;
    // Marks that lie on no region are no version's.
    let (marks, found): (Vec<_>, Vec<_>) = view
        .results
        .regions
        .iter()
        .partition(|one| one.is_bare_mark());
    assert_eq!(of_shown, found.len());
    assert!(found.iter().all(|region| region.change.is_some()));
    assert!(marks.iter().all(|mark| mark.change.is_none()));
    assert!(
        comparison.check.is_some(),
        "what the other model gets wrong"
    );
    describe_anew(&session);
}

/// A model that is described anew while it is open is opened anew, and nothing that was made of it is used for it.
fn describe_anew(session: &Session) {
    let models = std::env::var_os(MODELS).unwrap();
    let path = std::path::Path::new(&models).join("tiny.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    manifest["windows"]["hop_samples"] = 4_000.into();
    std::fs::write(&path, manifest.to_string()).unwrap();

    session.instance.send(Command::Show(Show::Model {
        model: String::from("TINY"),
    }));
    session.wait_for("the other tab", |view| view.shown.model == "TINY");
    session.instance.send(Command::Work(Work::Scan));
    session.wait_for("the advice to train", |view| {
        let status = view.health.status.as_ref();
        status.is_some_and(|status| status.text.contains("press Train to learn anew"))
    });
    trained(session, true);
    session.wait_for("scores of the new windows", |view| {
        let scores = view.results.scores.as_ref();
        scores.is_some_and(|scores| scores.hop_s == 0.5)
    });
}
