//! The window under a real X server: it draws, takes keys, and comes and goes without harm.

use serde_json::Value;
use xtask::host::{BlockSizes, Event, HostProcess, Pace, Step, TransportStep};

use crate::support::learned::MODEL;
use crate::support::screen::Screen;
use crate::support::signals::{RATE_HZ, noise_channels, room_with_chirps};
use crate::support::{Build, Desk, wait};

/// Height of the first row of the results, in a window of the size that nobody has changed.
const FIRST_ROW_Y: u32 = 288;

fn open(delay_ms: u64) -> Step {
    Step::OpenEditor {
        title: String::from("Earmark"),
        optional: false,
        delay_ms,
    }
}

fn hold() -> Step {
    Step::Hold { at_most_s: 90.0 }
}

/// Starts a session whose windows appear on `screen`.
fn start(desk: &Desk, build: &Build, screen: &Screen, steps: Vec<Step>) -> HostProcess {
    let mut runner = desk.runner();
    screen.equip(&mut runner);
    desk.start_with(runner, build, steps)
}

/// Waits for the host to hold; the window that is open then.
fn window_on_hold(host: &mut HostProcess) -> u32 {
    let events = host.wait_until_holding().unwrap();
    let windows = events.iter().filter_map(|event| match event {
        Event::EditorOpened { window } => Some(*window),
        _ => None,
    });
    windows.last().expect("no window was opened")
}

#[test]
fn the_window_draws_however_long_the_host_takes_to_show_it() {
    let desk = Desk::new();
    let screen = Screen::new();
    let mut steps = Vec::new();
    let delays_ms = [0, 30, 250];
    for delay_ms in delays_ms {
        steps.extend([open(delay_ms), hold(), Step::CloseEditor]);
    }
    let mut host = start(&desk, &Build::release(), &screen, steps);
    for _ in delays_ms {
        let window = window_on_hold(&mut host);
        screen.wait_until_drawn(window);
        host.release();
    }
    host.finish().unwrap().into_events().unwrap();
}

#[test]
fn ten_openings_and_closings_while_playing_leave_the_host_unharmed() {
    let desk = Desk::new();
    let screen = Screen::new();
    let frames = 9_600;
    let input = desk.write_wave("in.wav", RATE_HZ, noise_channels(2, frames, 1));
    let play = || Step::Play {
        input: input.clone(),
        output: None,
        transport: vec![
            TransportStep::Roll {
                frames: frames as u64,
            },
            TransportStep::Stop { frames: 512 },
        ],
        pace: Pace::TimesRealTime(1.0),
    };
    let mut steps = vec![Step::Activate {
        rate_hz: RATE_HZ,
        blocks: BlockSizes::Fixed(512),
    }];
    for cycle in 0..10_u32 {
        steps.push(open(u64::from(cycle % 3) * 60));
        match cycle % 4 {
            0 => steps.push(play()),
            1 => steps.push(Step::Idle { milliseconds: 150 }),
            2 => steps.extend([
                Step::ResizeEditor {
                    width: 900 + cycle * 10,
                    height: 600,
                },
                Step::Idle { milliseconds: 80 },
            ]),
            _ => {}
        }
        steps.push(Step::CloseEditor);
    }
    // The host may also go with the window open.
    steps.extend([open(0), Step::Recreate, open(0)]);
    let host = start(&desk, &Build::release(), &screen, steps);
    host.finish().unwrap().into_events().unwrap();
}

/// The hard negatives of the profile.
fn negatives(desk: &Desk, build: &Build) -> Vec<Value> {
    let listed = desk.cli(build, &["negative", "list"]);
    listed.as_array().unwrap().clone()
}

#[test]
fn in_the_window_n_marks_the_selected_region_as_a_hard_negative_and_n_again_takes_it_back() {
    let build = Build::release();
    let desk = Desk::learned();
    let screen = Screen::new();
    let sound = room_with_chirps(8.0, &[1.5, 5.2], 1);
    let input = desk.write_wave("in.wav", RATE_HZ, vec![sound.clone(), sound.clone()]);
    let steps = vec![
        Step::Activate {
            rate_hz: RATE_HZ,
            blocks: BlockSizes::Fixed(512),
        },
        Step::Play {
            input,
            output: None,
            transport: vec![
                TransportStep::Roll {
                    frames: sound.len() as u64,
                },
                TransportStep::Stop { frames: 4800 },
            ],
            pace: Pace::AsFastAsPossible,
        },
        hold(),
        open(0),
        hold(),
    ];
    let mut host = start(&desk, &build, &screen, steps);
    host.wait_until_holding().unwrap();
    let take = wait::until("a saved version", || {
        let take = desk.database().exists().then(|| desk.takes())?.pop()?;
        let versions = desk.cli(&build, &["versions", &take.filename(), "--model", MODEL]);
        (!versions.as_array()?.is_empty()).then_some(take)
    });
    let results = desk.cli(&build, &["results", &take.filename()]);
    let second = &results["regions"][1];
    assert_eq!(second["state"], "found", "{results:#}");

    host.release();
    let window = window_on_hold(&mut host);
    let opened = screen.wait_until_drawn(window);
    // The click selects the first row, and gives an embedded window the keyboard.
    screen.click(window, 300, FIRST_ROW_Y);
    let clicked = screen.wait_for_another(window, &opened);
    screen.press("Down");
    let selected = screen.wait_for_another(window, &clicked);
    screen.press("n");
    let marked = wait::until("the hard negative", || negatives(&desk, &build).pop());
    assert_eq!(marked["start_s"], second["start_s"], "{marked:#}");
    assert_eq!(marked["source_model"], MODEL, "{marked:#}");
    assert_eq!(marked["filename"], take.filename().as_str(), "{marked:#}");
    let shown = desk.cli(&build, &["results", &take.filename()]);
    assert_eq!(shown["regions"][1]["state"], "negative", "{shown:#}");
    screen.wait_for_another(window, &selected);

    screen.press("n");
    wait::until("the hard negative to go", || {
        negatives(&desk, &build).is_empty().then_some(())
    });

    host.release();
    host.finish().unwrap().into_events().unwrap();
}
