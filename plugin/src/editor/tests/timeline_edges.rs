//! The timeline: regions resized by their edges, and what is offered beside a stretch of bare time.

use earmark_core::protocol::{MarkKind, Target};
use earmark_core::store::RegionId;
use earmark_core::time::Span;
use egui::{Key, Pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::timeline::{at, drag};
use super::{TestWindow, open, reviewed};

/// The first region lies from 4 s to 4.93 s.
const STARTS_S: f32 = 4.0;
const ENDS_S: f32 = 4.93;

fn resized(harness: &Harness<'_, TestWindow>) -> Vec<(RegionId, Span)> {
    assert_eq!(
        harness.state().commands().len(),
        harness.state().targets().len()
    );
    let targets = harness.state().targets();
    let resized = targets.into_iter().map(|target| match target {
        Target::Resized { region, span } => (region.id, span),
        other => panic!("{other:?}"),
    });
    resized.collect()
}

/// Takes hold of something and moves it, without letting go.
fn hold(harness: &mut Harness<'_, TestWindow>, from: Pos2, to: Pos2) {
    harness.hover_at(from);
    harness.step();
    harness.drag_at(from);
    harness.step();
    for part in [0.3, 0.7, 1.0] {
        harness.hover_at(from + (to - from) * part);
        harness.step();
    }
}

#[test]
fn an_edge_is_dragged_and_the_region_resized_once_when_it_is_let_go() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    let (from, to) = (at(&harness, ENDS_S), at(&harness, 8.0));
    hold(&mut harness, from, to);
    assert_eq!(
        harness.state().commands(),
        [],
        "nothing before it is let go"
    );
    harness.drop_at(to);
    harness.step();
    let [(region, span)] = resized(&harness)[..] else {
        panic!("{:?}", harness.state().commands());
    };
    assert_eq!((region, span.start_s()), (RegionId(1), 4.0));
    assert!((span.end_s() - 8.0).abs() < 0.1, "{span:?}");
    // An edge is not a selection of bare time.
    harness.key_press(Key::N);
    harness.step();
    assert_eq!(harness.state().commands().len(), 1);
}

#[test]
fn escape_leaves_the_edge_where_it_was() {
    let mut harness = open(TestWindow::new(reviewed()));
    let (from, to) = (at(&harness, STARTS_S), at(&harness, 2.0));
    hold(&mut harness, from, to);
    harness.key_press(Key::Escape);
    harness.step();
    harness.drop_at(to);
    harness.run_steps(2);
    assert_eq!(harness.state().commands(), []);
}

#[test]
fn an_edge_does_not_pass_the_other_one() {
    let mut harness = open(TestWindow::new(reviewed()));
    let hop_s = harness.state().view.results.scores.as_ref().unwrap().hop_s;
    let (from, to) = (at(&harness, STARTS_S), at(&harness, 9.0));
    drag(&mut harness, from, to);
    let [(_, span)] = resized(&harness)[..] else {
        panic!("{:?}", harness.state().commands());
    };
    assert!((span.duration_s() - hop_s).abs() < 1e-9, "{span:?}");
    assert_eq!(span.end_s(), 4.93);
}

#[test]
fn the_resized_region_stays_as_dragged_until_the_engine_has_answered() {
    let mut harness = open(TestWindow::new(reviewed()));
    let (from, to) = (at(&harness, ENDS_S), at(&harness, 8.0));
    drag(&mut harness, from, to);
    // The edge is where it was let go, and can be dragged on from where the engine puts it.
    let mut view = reviewed();
    let mut regions = view.results.regions.as_ref().clone();
    regions[0].span = Span::new(4.0, 8.0).unwrap();
    regions[0].original = Span::new(4.0, 4.93).ok();
    view.results.regions = std::sync::Arc::new(regions);
    harness.state_mut().view = view;
    harness.step();
    let back = at(&harness, 6.0);
    drag(&mut harness, to, back);
    let resized = resized(&harness);
    assert_eq!(resized.len(), 2);
    assert!((resized[1].1.end_s() - 6.0).abs() < 0.1, "{resized:?}");
    // What the scan had found is told where the pointer is.
    harness.hover_at(at(&harness, 5.0));
    harness.run_steps(60);
    harness.get_by_label_contains("found 01:00:04.000 to 01:00:04.930");
}

#[test]
fn what_can_be_made_of_a_stretch_is_offered_beside_it() {
    for (button, is_meant) in [
        ("Mark negative (N)", 0),
        ("Mark unsure (U)", 1),
        ("Mark positive (P)", 2),
    ] {
        let mut opened = TestWindow::new(reviewed());
        opened.last_class = String::from("door");
        let mut harness = open(opened);
        assert!(harness.query_by_label(button).is_none());
        let (from, to) = (at(&harness, 20.0), at(&harness, 22.0));
        drag(&mut harness, from, to);
        harness.step();
        harness.get_by_label(button).click();
        harness.run_steps(2);
        let targets = harness.state().targets();
        let [Target::Marked { kind, spans, .. }] = &targets[..] else {
            panic!("{targets:?}");
        };
        let target = match kind {
            MarkKind::Negative => 0,
            MarkKind::Unsure => 1,
            MarkKind::Positive { .. } => 2,
        };
        assert_eq!(target, is_meant);
        assert!((spans[0].start_s() - 20.0).abs() < 0.1, "{spans:?}");
        assert!(harness.query_by_label(button).is_none());
    }
}
