//! A window in which nothing happens is not drawn again.

use std::sync::Arc;
use std::time::Duration;

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::settings::about_to_choose;
use super::{TestWindow, open};
use crate::editor::EditorApp;
use crate::link::Link;
use crate::params::EarmarkParams;

/// How long the window would wait until its next frame if nobody touched it.
fn next_frame<State>(harness: &Harness<'_, State>) -> Duration {
    harness
        .output()
        .viewport_output
        .values()
        .map(|viewport| viewport.repaint_delay)
        .min()
        .unwrap()
}

#[test]
fn a_full_window_asks_for_no_frame_by_itself() {
    for panel in ["Train…", "Negatives (4)…", "Versions…", "Settings", "Help"] {
        let mut harness = open(TestWindow::new(about_to_choose()));
        harness.get_by_label(panel).click();
        harness.run_steps(30);
        assert_eq!(next_frame(&harness), Duration::MAX, "{panel}");
    }
}

#[test]
fn an_idle_window_waits_until_it_is_woken_from_another_thread() {
    let app = EditorApp::new(
        Arc::new(EarmarkParams::default()),
        Arc::new(Link::default()),
    );
    let waker = app.waker();
    let mut harness = Harness::builder()
        .with_size(egui::vec2(1040.0, 680.0))
        .build_ui_state(|ui, app: &mut EditorApp| app.draw(ui), app);
    harness.run_steps(30);
    assert_eq!(next_frame(&harness), Duration::MAX);
    assert!(!harness.ctx.has_requested_repaint());
    std::thread::scope(|scope| {
        scope.spawn(|| waker.wake());
    });
    assert!(harness.ctx.has_requested_repaint());
}
