//! The window as a screen reader finds it, over AT-SPI: it reads, presses and marks. Linux only, as is AT-SPI.

use xtask::host::{BlockSizes, Pace, Step, TransportStep};
use xtask::screen::Screen;

use crate::support::ardour::{ArdourSession, Clip};
use crate::support::census::{assert_nothing_left, censuses};
use crate::support::learned::MODEL;
use crate::support::reader::{Control, SessionBus};
use crate::support::signals::{RATE_HZ, room_with_chirps};
use crate::support::{Build, Sandbox, wait};
use crate::window::{FIRST_ROW_Y, hold, open, window_on_hold};

/// The threads of the plugin that speak with the process for screen readers.
const THREADS: [&str; 2] = ["earmark-reader", "earmark-to-read"];

/// The processes for screen readers that `host` has started and that still run.
fn helpers(host: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap() {
        let Ok(pid) = entry.unwrap().file_name().to_string_lossy().parse::<u32>() else {
            continue;
        };
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let Some((name, rest)) = stat.rsplit_once(')') else {
            continue;
        };
        let parent = rest.split_whitespace().nth(1);
        if name.ends_with("(Earmark") && parent == Some(&host.to_string()) {
            found.push(pid);
        }
    }
    found
}

/// Whether the Train panel is open, as its button says.
fn train_is_open(controls: &[Control]) -> bool {
    let button = controls.iter().find(|it| it.name == "Train…").unwrap();
    button.is("pressed")
}

/// Opens the Train panel through the screen reader.
fn open_train(bus: &SessionBus, sandbox: &Sandbox) {
    assert!(!train_is_open(&bus.controls(sandbox)));
    bus.press(sandbox, "Train…");
    wait::until("the panel", || {
        let controls = bus.controls(sandbox);
        let has_button = controls.iter().any(|it| it.name == "Train");
        (train_is_open(&controls) && has_button).then_some(())
    });
}

/// The rows of the list.
fn rows(controls: &[Control]) -> Vec<&Control> {
    let rows = controls.iter();
    rows.filter(|it| it.name.starts_with("Region ")).collect()
}

#[test]
fn a_screen_reader_reads_the_list_opens_a_panel_and_marks_and_nothing_of_it_outlives_the_window() {
    let build = Build::release();
    let (sandbox, screen) = (Sandbox::learned(), Screen::start().unwrap());
    let bus = SessionBus::start(&sandbox);
    let sound = room_with_chirps(8.0, &[1.5, 5.2], 1);
    let steps = vec![
        Step::Activate {
            rate_hz: RATE_HZ,
            blocks: BlockSizes::Fixed(512),
        },
        Step::Play {
            input: sandbox.write_wave("in.wav", RATE_HZ, vec![sound.clone(), sound.clone()]),
            output: None,
            transport: vec![
                TransportStep::Roll {
                    frames: sound.len() as u64,
                },
                TransportStep::Stop { frames: 4800 },
            ],
            pace: Pace::AsFastAsPossible,
        },
        open(0),
        hold(),
        Step::CloseEditor,
        Step::TakeCensus,
        hold(),
        // The host may also go with the window open.
        open(0),
        hold(),
    ];
    let mut runner = sandbox.runner();
    screen.equip(&mut runner);
    bus.equip(&mut runner);
    let mut host = sandbox.start_with(runner, &build, steps);
    let window = window_on_hold(&mut host);
    screen.wait_until_drawn(window).unwrap();
    let filename = wait::until("a saved version", || {
        let filename = sandbox.takes().pop()?.filename();
        let versions = sandbox.cli(&build, &["versions", &filename, "--model", MODEL]);
        (!versions.as_array()?.is_empty()).then_some(filename)
    });

    // It starts while the window is open.
    bus.turn_on(&sandbox);
    let controls = wait::until("the two regions", || {
        let controls = bus.controls(&sandbox);
        (rows(&controls).len() == 2).then_some(controls)
    });
    assert_eq!(controls[0].role, "frame");
    assert_eq!(controls[0].name, "Earmark, Dialogue 1");
    let nameless: Vec<&Control> = controls
        .iter()
        .filter(|it| it.is("focusable") && it.name.is_empty())
        .collect();
    assert!(nameless.is_empty(), "{nameless:#?}");
    let is_threshold = |it: &&Control| it.role == "slider" && it.name == "Threshold";
    let threshold = controls.iter().find(is_threshold).unwrap();
    assert!(threshold.value.is_some());

    // The window says where on the screen it is.
    let (width, height) = screen.size(window).unwrap();
    let frame = controls[0].place.unwrap();
    assert_eq!(frame[2..], [width as i32, height as i32]);
    let inside = |[x, y, ..]: [i32; 4]| x >= frame[0] && y >= frame[1];
    assert!(
        rows(&controls)[0].place.is_some_and(inside),
        "{controls:#?}"
    );

    let results = sandbox.cli(&build, &["results", &filename]);
    let score = results["regions"][1]["score"].as_f64().unwrap();
    let second = rows(&controls)[1].name.clone();
    assert!(second.starts_with("Region 2, 00:00:0"), "{second}");
    assert!(
        second.ends_with(&format!(", score {score:.2}, found")),
        "{second}"
    );

    open_train(&bus, &sandbox);
    bus.press(&sandbox, "Train…");

    // The user has the keyboard in the window, moves to a row by the screen reader, and marks it.
    screen.click(window, 300, FIRST_ROW_Y).unwrap();
    bus.press(&sandbox, &second);
    wait::until("the second row to have the focus", || {
        let controls = bus.controls(&sandbox);
        let row = controls.iter().find(|it| it.name == second)?;
        (row.is("selected") && row.is("focused")).then_some(())
    });
    screen.press("n").unwrap();
    wait::until("the mark, in the database", || {
        let results = sandbox.cli(&build, &["results", &filename]);
        (results["regions"][1]["state"] == "negative").then_some(())
    });
    wait::until("the mark, in the row", || {
        let controls = bus.controls(&sandbox);
        let row = rows(&controls).into_iter().nth(1)?;
        row.name.ends_with(", negative").then_some(())
    });
    assert_eq!(helpers(host.id()).len(), 1);

    host.release();
    host.wait_until_holding().unwrap();
    assert_eq!(helpers(host.id()), Vec::<u32>::new());
    host.release();
    window_on_hold(&mut host);
    wait::until("the window again", || {
        (!rows(&bus.controls(&sandbox)).is_empty()).then_some(())
    });
    let pid = host.id();
    host.release();
    let events = host.finish().unwrap().into_events().unwrap();
    assert_eq!(helpers(pid), Vec::<u32>::new());
    let census = censuses(&events)[0];
    for thread in THREADS {
        assert!(census.named(thread).is_empty(), "{census:#?}");
    }
    assert_nothing_left(&events);
}

#[test]
fn in_ardour_a_screen_reader_finds_the_window_and_opens_a_panel() {
    let build = Build::release();
    let (sandbox, screen) = (Sandbox::learned(), Screen::start().unwrap());
    let bus = SessionBus::start(&sandbox);
    let sound = room_with_chirps(3.0, &[1.0], 13);
    let file = sandbox.write_wave("clip.wav", RATE_HZ, vec![sound.clone(), sound.clone()]);
    let clip = Clip {
        file: &file,
        frames: sound.len() as u64,
        at: i64::from(RATE_HZ) / 2,
    };
    let ardour = ArdourSession::new(&sandbox, &build, RATE_HZ, "Dialogue 1", 0, &clip);
    let (running, window) = ardour.show_with(&screen, |command| bus.equip(command));
    screen.wait_until_drawn(window).unwrap();
    bus.turn_on(&sandbox);
    wait::until("the window's name", || {
        let controls = bus.controls(&sandbox);
        (controls.first()?.name == "Earmark, Dialogue 1").then_some(())
    });
    open_train(&bus, &sandbox);

    let (width, height) = screen.size(window).unwrap();
    screen.click(window, width / 4, height - 120).unwrap();
    let last_saved = || {
        std::fs::metadata(ardour.file())
            .unwrap()
            .modified()
            .unwrap()
    };
    let before = last_saved();
    screen.press("ctrl+s").unwrap();
    wait::until("Ardour to save", || (last_saved() > before).then_some(()));
    screen.press("ctrl+q").unwrap();
    running.finish();
}
