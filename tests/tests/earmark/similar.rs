//! Similar sounds in the built plugin: F finds the sound in a file of the library, where it is played and marked. Linux only, because
//! the test reads the window as a screen reader does.

use serde_json::Value;
use xtask::host::{BlockSizes, Pace, Step, TransportStep, Wave};
use xtask::screen::Screen;

use crate::support::learned::MODEL;
use crate::support::reader::{Control, SessionBus};
use crate::support::signals::{RATE_HZ, noise_channels, room_with_chirps};
use crate::support::{Build, Sandbox, wait};
use crate::window::{FIRST_ROW_Y, hold, open, window_on_hold};

/// Long enough to press a key and to hear a stretch on a busy machine.
const LISTEN_S: usize = 6;
const FILE: &str = "elsewhere.wav";

/// A project whose window is open on a scanned take, beside a library with one file.
fn steps(sandbox: &Sandbox) -> Vec<Step> {
    let sound = room_with_chirps(8.0, &[1.5, 5.2], 1);
    let frames = sound.len() as u64;
    let input = sandbox.write_wave("in.wav", RATE_HZ, vec![sound.clone(), sound]);
    let listened = LISTEN_S * RATE_HZ as usize;
    let noise = sandbox.write_wave("noise.wav", RATE_HZ, noise_channels(2, listened, 1));
    vec![
        Step::Activate {
            rate_hz: RATE_HZ,
            blocks: BlockSizes::Fixed(512),
        },
        Step::Play {
            input,
            output: None,
            transport: vec![
                TransportStep::Roll { frames },
                TransportStep::Stop { frames: 4_800 },
            ],
            pace: Pace::AsFastAsPossible,
        },
        hold(),
        open(0),
        hold(),
        Step::Play {
            input: noise,
            output: Some(sandbox.path("heard.wav")),
            transport: vec![TransportStep::Stop {
                frames: listened as u64,
            }],
            pace: Pace::TimesRealTime(1.0),
        },
        hold(),
    ]
}

/// The first row of what was found, once it is in the file of the library.
fn first_row(controls: &[Control]) -> Option<&Control> {
    let start = format!("Similar 1, {FILE}");
    controls.iter().find(|it| it.name.starts_with(&start))
}

/// Waits for a control called `name` that the screen reader can point at, and clicks it.
fn click(bus: &SessionBus, sandbox: &Sandbox, (screen, window): (&Screen, u32), name: &str) {
    let place = wait::until(name, || {
        let controls = bus.controls(sandbox);
        let frame = controls.first()?.place?;
        let is_meant = |it: &&Control| it.name == name && it.role != "label";
        let [x, y, width, height] = controls.iter().find(is_meant)?.place?;
        Some((x - frame[0] + width / 2, y - frame[1] + height / 2))
    });
    let (x, y) = (place.0 as u32, place.1 as u32);
    screen.click(window, x, y).unwrap();
}

fn negatives(sandbox: &Sandbox, build: &Build) -> Vec<Value> {
    let listed = sandbox.cli(build, &["negative", "list"]);
    listed.as_array().unwrap().clone()
}

#[test]
fn f_finds_the_sound_in_a_file_of_the_library_where_it_is_played_and_marked_and_undone() {
    let build = Build::release();
    let (sandbox, screen) = (Sandbox::learned(), Screen::start().unwrap());
    let folder = sandbox.path("library");
    std::fs::create_dir(&folder).unwrap();
    let elsewhere = room_with_chirps(30.0, &[21.3], 2);
    sandbox.write_wave(
        &format!("library/{FILE}"),
        RATE_HZ,
        vec![elsewhere.clone(), elsewhere.clone()],
    );
    let folder = folder.display().to_string();
    sandbox.cli(&build, &["library", "add", &folder]);

    let bus = SessionBus::start(&sandbox);
    bus.turn_on(&sandbox);
    let mut runner = sandbox.runner();
    screen.equip(&mut runner);
    bus.equip(&mut runner);
    let mut host = sandbox.start_with(runner, &build, steps(&sandbox));
    host.wait_until_holding().unwrap();
    wait::until("a saved version", || {
        let filename = sandbox.takes().pop()?.filename();
        let versions = sandbox.cli(&build, &["versions", &filename, "--model", MODEL]);
        (!versions.as_array()?.is_empty()).then_some(())
    });
    host.release();
    let window = window_on_hold(&mut host);
    let opened = screen.wait_until_drawn(window).unwrap();
    screen.click(window, 300, FIRST_ROW_Y).unwrap();
    let clicked = screen.wait_for_another(window, &opened).unwrap();
    screen.press("f").unwrap();
    screen.wait_for_another(window, &clicked).unwrap();

    // In the project there is only the take.
    wait::until("the panel", || {
        let controls = bus.controls(&sandbox);
        let mut names = controls.iter().map(|it| it.name.as_str());
        names
            .any(|name| name.starts_with("Similar 1, "))
            .then_some(())
    });
    click(&bus, &sandbox, (&screen, window), "Search in");
    click(&bus, &sandbox, (&screen, window), "Library");
    wait::until("the file of the library", || {
        first_row(&bus.controls(&sandbox)).map(drop)
    });
    screen.press("Down").unwrap();
    wait::until("the selected row", || {
        let controls = bus.controls(&sandbox);
        first_row(&controls)
            .filter(|row| row.is("selected"))
            .map(drop)
    });

    host.release();
    std::thread::sleep(std::time::Duration::from_millis(700));
    screen.press("space").unwrap();
    host.wait_until_holding().unwrap();

    screen.press("n").unwrap();
    let marked = wait::until("the mark", || {
        let marked = negatives(&sandbox, &build);
        (!marked.is_empty()).then_some(marked)
    });
    assert_eq!(marked.len(), 1, "{marked:#?}");
    assert_eq!(marked[0]["filename"], FILE);
    assert_eq!(marked[0]["source_model"], MODEL);
    let start_s = marked[0]["start_s"].as_f64().unwrap();
    let end_s = marked[0]["end_s"].as_f64().unwrap();
    assert!(start_s < 21.6 && end_s > 21.6, "{marked:#?}");
    screen.press("ctrl+z").unwrap();
    wait::until("the mark to be undone", || {
        negatives(&sandbox, &build).is_empty().then_some(())
    });
    host.release();
    host.finish().unwrap().into_events().unwrap();

    let heard = Wave::read(&sandbox.path("heard.wav")).unwrap().channels;
    let at = |seconds: f64| (seconds * f64::from(RATE_HZ)).round() as usize;
    let played = &elsewhere[at(start_s)..at(end_s)];
    let fade = RATE_HZ as usize / 200;
    let needle = &played[fade..fade + 64];
    let found = heard[0].windows(64).position(|window| window == needle);
    let found = found.expect("the file of the library was not heard");
    let length = played.len() - 2 * fade - 1;
    assert_eq!(heard[0][found..found + length], played[fade..fade + length]);
}
