//! The window as the host's guest: its corner, and another window beside it.

use std::sync::Arc;

use earmark_core::settings::{Appearance, Look, StateColours, Theme};
use egui::{Event, Modifiers, PointerButton, Pos2, ViewportCommand, pos2, vec2};
use egui_kittest::Harness;

use crate::editor::EditorApp;
use crate::editor::theme::palette;
use crate::link::Link;
use crate::params::EarmarkParams;

/// A window as its project last saw it.
fn window(appearance: Appearance) -> Harness<'static, EditorApp> {
    let params = Arc::new(EarmarkParams::default());
    params.state.update(|saved| saved.appearance = appearance);
    let app = EditorApp::new(params, Arc::new(Link::default()));
    let mut harness = Harness::builder()
        .with_size(vec2(1040.0, 680.0))
        .build_ui_state(|ui, app: &mut EditorApp| app.draw(ui), app);
    harness.run_steps(4);
    harness
}

fn button(pos: Pos2, pressed: bool) -> Event {
    Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    }
}

#[test]
fn dragging_the_corner_asks_for_another_size_and_never_for_less_than_fits() {
    let mut harness = window(Appearance::default());
    let corner = pos2(1034.0, 674.0) - vec2(8.0, 8.0);
    let mut asked = Vec::new();
    harness.event(Event::PointerMoved(corner));
    harness.event(button(corner, true));
    harness.step();
    for by in [vec2(50.0, 30.0), vec2(-2000.0, -2000.0)] {
        harness.event(Event::PointerMoved(corner + by));
        harness.step();
        for viewport in harness.output().viewport_output.values() {
            asked.extend(
                viewport
                    .commands
                    .iter()
                    .filter_map(|command| match command {
                        ViewportCommand::InnerSize(size) => Some(*size),
                        _ => None,
                    }),
            );
        }
    }
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked[0].x > 1040.0 && asked[0].y > 680.0, "{asked:?}");
    assert_eq!(asked[1], vec2(760.0, 480.0));
}

/// Hosts with one GUI thread draw all windows on it.
#[test]
fn two_windows_on_one_thread_keep_their_own_colours_and_sizes() {
    let light = Look {
        theme: Theme::Light,
        states: StateColours::Traffic,
    };
    let mut one = window(Appearance {
        look: light,
        scale_percent: 150,
        ..Appearance::default()
    });
    let mut other = window(Appearance::default());
    for _ in 0..3 {
        one.step();
        other.step();
    }
    let background =
        |harness: &Harness<'_, EditorApp>| harness.ctx.global_style().visuals.panel_fill;
    assert_eq!(background(&one), palette(light).background);
    assert_eq!(background(&other), palette(Look::default()).background);
    assert!((one.ctx.zoom_factor() - 1.5).abs() < 1e-6);
    assert!((other.ctx.zoom_factor() - 1.0).abs() < 1e-6);
}
