//! The Versions panel, merging, comparisons, and marks that wait for the database.

use std::sync::Arc;

use earmark_core::protocol::{
    Command, Compared, ComparisonView, Play, Show, TabView, Target, View,
};
use earmark_core::scan::{MarkCheck, Spot};
use earmark_core::store::RegionId;
use earmark_core::time::Span;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::layout::compared;
use super::{TestWindow, open, reviewed};

const FILENAME: &str = "dialogue-1.wav";

pub fn settle(harness: &mut Harness<'_, TestWindow>) {
    harness.run_steps(4);
}

pub fn click(harness: &mut Harness<'_, TestWindow>, label: &str) {
    harness.get_by_label(label).click();
    settle(harness);
}

fn scroll_to(harness: &mut Harness<'_, TestWindow>, label: &str) {
    harness.get_by_label(label).scroll_to_me();
    settle(harness);
}

fn open_versions() -> Harness<'static, TestWindow> {
    let mut harness = open(TestWindow::new(reviewed()));
    click(&mut harness, "Versions…");
    harness
}

fn timestamp(number: u32) -> String {
    format!("20260131_1422{number:02}_000000")
}

#[test]
fn each_version_shows_its_date_figures_and_marks() {
    let harness = open_versions();
    harness.get_by_label("2026-01-31 14:22:02");
    harness.get_by_label("8 regions · best 0.97 · classifier 2");
    for mark in ["● active", "▸ shown", "◆ pinned"] {
        harness.get_by_label(mark);
    }
}

#[test]
fn versions_are_pinned_unpinned_and_restored() {
    let mut harness = open_versions();
    click(&mut harness, "Pin v2");
    click(&mut harness, "Unpin v1");
    click(&mut harness, "Restore v2 as active");
    // The newest is active already.
    click(&mut harness, "Restore v3 as active");
    let pin = |number, pinned| {
        harness
            .state()
            .view
            .change_version(&timestamp(number), Target::Pinned(pinned))
    };
    assert_eq!(
        harness.state().commands(),
        [
            pin(2, true),
            pin(1, false),
            harness
                .state()
                .view
                .change_version(&timestamp(2), Target::VersionRestored)
        ]
    );
}

#[test]
fn deleting_a_version_names_what_goes_and_waits_for_an_answer() {
    let mut harness = open_versions();
    click(&mut harness, "Delete v1…");
    assert_eq!(harness.state().commands(), []);
    harness.get_by_label("Delete v1 of 2026-01-31 14:22:01 with its 8 regions? It is pinned.");
    click(&mut harness, "Keep it");
    click(&mut harness, "Delete v2…");
    click(&mut harness, "Delete v2");
    assert_eq!(
        harness.state().commands(),
        [harness
            .state()
            .view
            .change_version(&timestamp(2), Target::VersionDeleted)]
    );
}

#[test]
fn m_merges_two_or_more_selected_regions() {
    let mut harness = open(TestWindow::new(reviewed()));
    harness.get_by_label_contains("Region 1,").click();
    settle(&mut harness);
    harness.key_press(Key::M);
    settle(&mut harness);
    assert_eq!(
        harness.state().commands(),
        [],
        "one alone is nothing to merge"
    );
    harness
        .get_by_label_contains("Region 3,")
        .click_modifiers(Modifiers::SHIFT);
    settle(&mut harness);
    harness.key_press(Key::M);
    settle(&mut harness);
    click(&mut harness, "Merge");
    let merge = || harness.state().view.merge(&[1, 2, 3].map(RegionId));
    assert_eq!(harness.state().commands(), [merge(), merge()]);
}

#[test]
fn a_region_whose_mark_is_not_saved_yet_says_so() {
    let mut view = reviewed();
    let mut regions = view.results.regions.to_vec();
    regions[0].waiting = true;
    view.results.regions = regions.into();
    view.health.waiting = 1;
    let harness = open(TestWindow::new(view));
    harness.get_by_label_contains("waits for the database");
}

fn check(hits: usize, misses: usize) -> Option<Arc<MarkCheck>> {
    let spot = Spot {
        filename: FILENAME.to_owned(),
        span: Span::new(17.0, 17.9).unwrap(),
        score: 0.6,
    };
    Some(Arc::new(MarkCheck {
        hard_negatives: 14,
        hits: vec![spot.clone(); hits],
        positives: 9,
        misses: vec![spot; misses],
        not_embedded: 0,
    }))
}

#[test]
fn a_comparison_says_whether_the_training_helped() {
    let mut view = reviewed();
    view.results.versions[0].check = check(2, 1);
    view.results.versions[1].check = check(11, 0);
    view.results.comparison = Some(ComparisonView {
        with: Compared::Version(timestamp(2)),
        with_number: 2,
        check: check(11, 0),
        kept: 0,
        moved: 0,
        new: 0,
        gone: Vec::new(),
    });
    let mut harness = open(TestWindow::new(view));
    harness.get_by_label("▲ better");
    harness.get_by_label("v3 hits 2 of 14 hard negatives, misses 1 of 9 positives");
    harness.get_by_label("(v2 hits 11 of 14 hard negatives, misses 0 of 9 positives)");
    click(&mut harness, "Show errors…");
    harness.get_by_label("hits 11 of 14 hard negatives, misses 0 of 9 positives");
    // Which ones, to be gone to and played.
    click(
        &mut harness,
        "hits 2 of 14 hard negatives, misses 1 of 9 positives",
    );
    harness
        .get_all_by_label("Go to 01:00:17.000")
        .last()
        .unwrap()
        .click();
    settle(&mut harness);
    harness.key_press(Key::P);
    settle(&mut harness);
    click(
        &mut harness,
        "Play 01:00:17.000, missed example, in dialogue-1.wav",
    );
    harness.get_by_label_contains("01:00:17.000 to 01:00:17.900 selected");
    assert!(matches!(
        harness.state().commands().as_slice(),
        [Command::Play(Play::Stretch { .. })]
    ));
}

#[test]
fn train_lights_up_when_it_is_worth_it_and_says_why() {
    let hover = |view: View| {
        let mut harness = open(TestWindow::new(view));
        harness.get_by_label("Train…").hover();
        harness.run_steps(60);
        harness
    };
    let mut view = reviewed();
    view.marks.since_training = 1;
    assert_eq!(view.reason_to_train(), None);
    hover(view.clone()).get_by_label_contains("the button lights up at five");
    // It learned from sixteen, of which two are more than a tenth.
    view.marks.since_training = 2;
    hover(view.clone()).get_by_label_contains("which used 16 marks: train again");
    view.learning.classifiers[0].counts.clips = 500;
    assert_eq!(view.reason_to_train(), None);
    view.marks.since_training = 5;
    assert!(view.reason_to_train().is_some());
    view.learning.classifiers.clear();
    view.marks.since_training = 1;
    hover(view.clone()).get_by_label_contains("no classifier yet: train one");
    view.marks.classes.clear();
    assert_eq!(view.reason_to_train(), None, "no examples yet");
}

#[test]
fn a_version_is_compared_with_what_another_model_found() {
    let mut view = reviewed();
    view.results.tabs.push(TabView {
        model: String::from("HUBERT_LARGE"),
        regions: 9,
        version: Some(4),
    });
    view.results.tabs.push(TabView {
        model: String::from("BEATS"),
        regions: 0,
        version: None,
    });
    let another = Compared::Model {
        model: String::from("HUBERT_LARGE"),
    };
    let mut harness = open(TestWindow::new(view.clone()));
    click(&mut harness, "Compare with");
    assert!(
        harness.query_by_label("BEATS (0)").is_none() || {
            // The tab itself, but no entry of the menu.
            harness.query_all_by_label("BEATS (0)").count() == 1
        }
    );
    harness
        .get_all_by_label("HUBERT_LARGE (9) [v4]")
        .last()
        .unwrap()
        .click();
    settle(&mut harness);
    assert_eq!(
        harness.state().commands(),
        [Command::Show(Show::Comparison(Some(another.clone())))]
    );
    view.results.comparison = Some(ComparisonView {
        with: another,
        with_number: 4,
        check: None,
        kept: 7,
        moved: 1,
        new: 4,
        gone: Vec::new(),
    });
    open(TestWindow::new(view)).get_by_label("Compared with HUBERT_LARGE v4:");
}

#[test]
fn c_compares_with_the_version_before_and_c_again_with_nothing() {
    let mut harness = open(TestWindow::new(reviewed()));
    harness.key_press(Key::C);
    settle(&mut harness);
    let with = Compared::Version(timestamp(2));
    let compare = |with| Command::Show(Show::Comparison(with));
    assert_eq!(harness.state().commands(), [compare(Some(with.clone()))]);
    harness.state_mut().view = compared();
    harness.key_press(Key::C);
    settle(&mut harness);
    assert_eq!(
        harness.state().commands(),
        [compare(Some(with)), compare(None)]
    );
}

#[test]
fn classifiers_show_their_proof_and_trend_and_an_earlier_one_can_be_used_again() {
    let mut view = reviewed();
    view.learning.classifiers[0].check = check(1, 0);
    view.learning.classifiers[1].check = check(7, 3);
    let metrics = view.learning.classifiers[0].metrics.as_mut();
    metrics.expect("figures").average_precision = 0.91;
    let mut harness = open(TestWindow::new(view));
    click(&mut harness, "Train…");
    harness.get_by_label_contains(
        "average precision: 0.81, 0.91; correct marks at threshold 0.50: 0.58, 0.96",
    );
    let proof = "hits 1 of 14 hard negatives, misses 0 of 9 positives";
    scroll_to(&mut harness, proof);
    click(&mut harness, proof);
    let play = "Play 00:00:17.000, false positive, in dialogue-1.wav";
    scroll_to(&mut harness, play);
    click(&mut harness, play);
    assert!(harness.query_by_label("Use classifier 3 again").is_none());
    scroll_to(&mut harness, "Use classifier 2 again");
    click(&mut harness, "Use classifier 2 again");
    let commands = harness.state().commands();
    assert!(
        matches!(commands[0], Command::Play(Play::Stretch { .. })),
        "{commands:?}"
    );
    assert_eq!(
        commands[1],
        harness
            .state()
            .view
            .change(Target::ClassifierInUse { version: 2 })
    );
}
