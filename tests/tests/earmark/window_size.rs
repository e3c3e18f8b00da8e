//! The size of the window: by the host, by its corner, by the chosen size, by the screen's scaling; and remembered.

use xtask::host::Step;

use crate::support::{Build, Sandbox, TestScreen};
use crate::window::{hold, open, start, window_on_hold};

/// Of a window that nobody has resized, in points.
const DEFAULT: (u32, u32) = (1040, 680);

fn times(size: (u32, u32), percent: u32) -> (u32, u32) {
    (size.0 * percent / 100, size.1 * percent / 100)
}

#[test]
fn a_size_given_by_the_host_comes_back_with_the_project() {
    let (build, sandbox, screen) = (Build::release(), Sandbox::new(), TestScreen::start());
    let state = sandbox.path("saved.state");
    let steps = vec![
        open(0),
        hold(),
        Step::ResizeEditor {
            width: 1200,
            height: 760,
        },
        hold(),
        Step::CloseEditor,
        Step::SaveState {
            file: state.clone(),
        },
        Step::Recreate,
        Step::LoadState { file: state },
        open(0),
        hold(),
    ];
    let mut host = start(&sandbox, &build, &screen, steps);
    let window = window_on_hold(&mut host);
    screen.wait_until_drawn(window).unwrap();
    assert_eq!(screen.size(window).unwrap(), DEFAULT);
    for _ in 0..2 {
        host.release();
        let events = host.wait_until_holding().unwrap();
        let window = opened(events).unwrap_or(window);
        screen.wait_until_drawn(window).unwrap();
        screen.wait_for_size(window, (1200, 760)).unwrap();
    }
    host.finish().unwrap().into_events().unwrap();
}

fn opened(events: &[xtask::host::Event]) -> Option<u32> {
    events.iter().rev().find_map(|event| match event {
        xtask::host::Event::EditorOpened { window } => Some(*window),
        _ => None,
    })
}

#[test]
fn the_corner_drags_the_window_and_the_host_follows() {
    let (build, sandbox, screen) = (Build::release(), Sandbox::new(), TestScreen::start());
    let mut host = start(&sandbox, &build, &screen, vec![open(0), hold()]);
    let window = window_on_hold(&mut host);
    screen.wait_until_drawn(window).unwrap();
    let corner = (DEFAULT.0 - 4, DEFAULT.1 - 4);
    let to = (corner.0 + 90, corner.1 + 60);
    screen.drag(window, corner, to).unwrap();
    screen
        .wait_for_size(window, (DEFAULT.0 + 90, DEFAULT.1 + 60))
        .unwrap();
    host.finish().unwrap().into_events().unwrap();
}

/// The first window does not know the choice before the database is read; the next one opens with it.
#[test]
fn the_chosen_size_makes_the_window_larger_with_everything_in_it() {
    let (build, sandbox, screen) = (Build::release(), Sandbox::new(), TestScreen::start());
    sandbox.cli(&build, &["settings", "scale_percent", "120"]);
    let steps = vec![open(0), hold(), Step::CloseEditor, open(0), hold()];
    let mut host = start(&sandbox, &build, &screen, steps);
    for _ in 0..2 {
        let window = window_on_hold(&mut host);
        screen.wait_for_size(window, times(DEFAULT, 120)).unwrap();
        screen.wait_until_drawn(window).unwrap();
        host.release();
    }
    host.finish().unwrap().into_events().unwrap();
}

#[test]
fn a_screen_with_more_pixels_gets_a_window_of_as_many_more() {
    let (build, sandbox, screen) = (Build::release(), Sandbox::new(), TestScreen::start());
    let steps = vec![Step::ScaleEditor { percent: 120 }, open(0), hold()];
    let mut host = start(&sandbox, &build, &screen, steps);
    let window = window_on_hold(&mut host);
    screen.wait_for_size(window, times(DEFAULT, 120)).unwrap();
    host.finish().unwrap().into_events().unwrap();
}
