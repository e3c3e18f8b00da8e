//! The balanced review, and the curve of score against truth that comes of it.

use std::sync::Arc;

use earmark_core::protocol::{Command, NegativeId, RegionState, RegionView, ShownId, Target, View};
use earmark_core::store::RegionId;
use earmark_core::time::Span;
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable};

use super::{TestWindow, open, reviewed};
use crate::editor::action::Outgoing;
use crate::review::{ReviewOrder, SortBy};

const BUTTON: &str = "Use 90 % precision";

/// Regions with scores from 0.5 to 1, of which the first `judged` in a fixed mixture are judged: true with a chance that rises from
/// one in five to nearly all.
pub fn judged(judged: usize) -> View {
    let mut view = reviewed();
    let count = 120;
    let regions = (0..count).map(|index: i64| {
        let score = 0.5 + 0.5 * index as f32 / count as f32;
        let nth = (index * 37) % count;
        let dice = ((index * 7919) % 101) as f32 / 101.0;
        let state = match dice < 1.6 * score - 0.6 {
            _ if nth >= judged as i64 => RegionState::Found,
            true => RegionState::Positive,
            false => RegionState::Negative,
        };
        let start_s = 0.45 * index as f64;
        RegionView {
            id: Some(RegionId(index + 1).into()),
            state,
            class: (state == RegionState::Positive).then(|| String::from("door")),
            ..RegionView::found(Span::new(start_s, start_s + 0.4).unwrap(), score)
        }
    });
    view.results.regions = Arc::new(regions.collect());
    view
}

pub fn balanced(view: View) -> TestWindow {
    let mut opened = TestWindow::stopped(view);
    opened.order = ReviewOrder {
        by: SortBy::Balanced,
        reversed: false,
    };
    opened
}

fn chart(harness: &Harness<'_, TestWindow>) -> Option<String> {
    let charts = harness.query_all_by(|node| {
        node.role() == Role::Image
            && node
                .label()
                .is_some_and(|name| name.starts_with("Share of true regions"))
    });
    charts.last().and_then(|node| node.accesskit_node().label())
}

#[test]
fn the_order_is_chosen_in_the_menu_and_takes_a_region_of_each_band_in_turn() {
    let mut harness = open(TestWindow::stopped(judged(0)));
    harness.get_by_label("Review order").click();
    harness.run_steps(3);
    harness.get_by_label("by score band").click();
    harness.run_steps(3);
    let chosen = ReviewOrder {
        by: SortBy::Balanced,
        reversed: false,
    };
    assert!(
        harness
            .state()
            .sent
            .contains(&Outgoing::ReviewOrder(chosen))
    );
    let mut bands = Vec::new();
    for _ in 0..10 {
        harness.get_by_label("Next to review").click();
        harness.run_steps(2);
        harness.key_press(Key::N);
        harness.run_steps(2);
        let targets = harness.state().targets();
        let Some(Target::Marked { spans, .. }) = targets.last() else {
            panic!("{targets:?}");
        };
        // As the engine would answer.
        let view = &mut harness.state_mut().view;
        let mut regions = view.results.regions.as_ref().clone();
        let region = regions.iter_mut().find(|it| it.span == spans[0]).unwrap();
        region.state = RegionState::Negative;
        bands.push((region.score * 10.0) as u32);
        view.results.regions = Arc::new(regions);
        harness.run_steps(2);
    }
    assert_eq!(bands, [9, 8, 7, 6, 5, 9, 8, 7, 6, 5]);
}

#[test]
fn before_fifty_judgements_it_says_how_many_are_missing() {
    let mut view = judged(49);
    // A mark beside the regions is no judgement of the version.
    let mut regions = view.results.regions.as_ref().clone();
    regions.push(RegionView {
        id: Some(ShownId::Negative(NegativeId(1))),
        state: RegionState::Negative,
        ..RegionView::found(Span::new(58.0, 59.0).unwrap(), 0.7)
    });
    view.results.regions = Arc::new(regions);
    let mut harness = open(balanced(view));
    harness.run_steps(2);
    harness.get_by_label("49 of 50 judged: 1 more for the curve of score against truth");
    assert_eq!(chart(&harness), None);
    assert!(harness.query_by_label_contains(BUTTON).is_none());
}

#[test]
fn after_fifty_judgements_the_curve_is_drawn_and_its_button_sets_the_threshold() {
    let mut harness = open(balanced(judged(60)));
    harness.run_steps(2);
    let spoken = chart(&harness).unwrap();
    assert!(spoken.contains("from 60 judgements: "), "{spoken}");
    assert!(spoken.contains(" at score 0.7"), "{spoken}");
    assert!(
        !spoken.contains(" at score 0.3"),
        "nothing was judged there: {spoken}"
    );
    assert!(spoken.contains("90 % precision from "), "{spoken}");
    harness.get_by_label_contains(BUTTON).click();
    harness.run_steps(3);
    let sent = harness.state().sent.iter().rev();
    let mut set = sent.filter_map(|one| match one {
        Outgoing::Threshold(threshold) => Some(*threshold),
        _ => None,
    });
    let threshold = set.next().unwrap();
    assert!((0.6..0.95).contains(&threshold), "{threshold}");
    let button = harness.get_by_label_contains(BUTTON);
    assert!(button.accesskit_node().is_disabled(), "it is set");

    // The judged regions below the threshold leave the list; the curve of the version stays.
    let view = &mut harness.state_mut().view;
    let above = view
        .results
        .regions
        .iter()
        .filter(|it| it.score >= threshold);
    view.results.regions = Arc::new(above.cloned().collect());
    harness.run_steps(3);
    assert!(chart(&harness).unwrap().contains("from 60 judgements: "));
    // Another version has no judgements yet.
    harness.state_mut().view.shown.version = Some(String::from("20260131_142201_000000"));
    harness.state_mut().view.results.regions = judged(3).results.regions;
    harness.run_steps(3);
    assert_eq!(chart(&harness), None);
    harness.get_by_label("3 of 50 judged: 47 more for the curve of score against truth");
}

#[test]
fn without_the_balanced_order_there_is_no_curve() {
    let mut harness = open(TestWindow::stopped(judged(60)));
    harness.run_steps(2);
    assert_eq!(chart(&harness), None);
    assert!(
        !harness
            .state()
            .commands()
            .iter()
            .any(|it| matches!(it, Command::Change(_))),
        "looking changes nothing"
    );
}
