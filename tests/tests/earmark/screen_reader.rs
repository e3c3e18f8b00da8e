//! The window as a screen reader finds it, over AT-SPI: it reads, presses and marks. Linux only, as is AT-SPI.

use serde_json::Value;
use xtask::host::{BlockSizes, Pace, Step, TransportStep};
use xtask::screen::Screen;

use crate::support::ardour::{ArdourSession, Clip};
use crate::support::census::{assert_nothing_left, censuses};
use crate::support::learned::CLASS;
use crate::support::reader::{Control, SessionBus};
use crate::support::signals::{RATE_HZ, room_with_chirps};
use crate::support::{Build, Sandbox, TestScreen, wait};
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

/// The rows of the list.
fn rows(controls: &[Control]) -> Vec<&Control> {
    let rows = controls.iter();
    rows.filter(|it| it.name.starts_with("Region ")).collect()
}

/// A user who reviews two regions with a screen reader: hears the controls, presses them, and types.
struct Listener<'a> {
    bus: &'a SessionBus,
    sandbox: &'a Sandbox,
    screen: &'a Screen,
    build: &'a Build,
    window: u32,
    /// The take that was scanned.
    filename: String,
}

impl Listener<'_> {
    fn versions(&self) -> Vec<Value> {
        self.sandbox.versions(self.build, &self.filename)
    }

    fn wait_for_row(&self, what: &str, is_it: impl Fn(&Control) -> bool) -> Control {
        wait::until(what, || {
            let controls = self.bus.controls(self.sandbox);
            rows(&controls).into_iter().find(|row| is_it(row)).cloned()
        })
    }

    fn wait_for_state(&self, region: usize, state: &str) {
        wait::until("the mark, in the database", || {
            let results = self.sandbox.cli(self.build, &["results", &self.filename]);
            (results["regions"][region]["state"] == state).then_some(())
        });
        self.wait_for_row("the mark, in its row", |row| {
            row.name.starts_with(&format!("Region {}, ", region + 1))
                && row.name.ends_with(&format!(", {state}"))
        });
    }

    /// Moves to the second row by the screen reader and marks it, then confirms the first, to which marking goes on.
    fn mark_both(&self) {
        let second = self.wait_for_row("the second row", |row| row.name.starts_with("Region 2, "));
        // The keyboard is in the window.
        self.screen.click(self.window, 300, FIRST_ROW_Y).unwrap();
        self.bus.press(self.sandbox, &second.name);
        self.wait_for_row("the second row to have the focus", |row| {
            row.name == second.name && row.is("selected") && row.is("focused")
        });
        self.screen.press("n").unwrap();
        self.wait_for_state(1, "negative");
        self.wait_for_row("the first row to have the focus", |row| {
            row.name.starts_with("Region 1, ") && row.is("selected") && row.is("focused")
        });
        self.screen.press("p").unwrap();
        wait::until("the question for the class", || {
            let controls = self.bus.controls(self.sandbox);
            let field = controls.into_iter().find(|it| it.name == "Class name")?;
            (field.is("editable") && field.is("focused")).then_some(())
        });
        self.screen.type_text(CLASS).unwrap();
        self.screen.press("Return").unwrap();
        self.wait_for_state(0, "positive");
    }

    /// Opens the Train panel, trains, and hears which version is shown then.
    fn train(&self) {
        let before = self.versions();
        assert!(!train_is_open(&self.bus.controls(self.sandbox)));
        self.bus.press(self.sandbox, "Train…");
        wait::until("the panel", || {
            let controls = self.bus.controls(self.sandbox);
            let mut buttons = controls.iter().filter(|it| it.role == "push button");
            let is_ready = buttons.any(|it| it.name == "Train" && it.is("enabled"));
            (train_is_open(&controls) && is_ready).then_some(())
        });
        self.bus.press(self.sandbox, "Train");
        let after = wait::until("a version by a new classifier", || {
            let after = self.versions();
            (after.len() > before.len()).then_some(after)
        });
        assert_eq!(after[0]["number"], 2);
        assert_ne!(after[0]["classifier"], before[0]["classifier"]);
        wait::until("the words about the new version", || {
            let controls = self.bus.controls(self.sandbox);
            let mut labels = controls.iter().filter(|it| it.role == "label");
            labels.any(|it| it.name.contains("v2")).then_some(())
        });
    }
}

#[test]
fn a_screen_reader_reads_the_list_marks_and_trains_and_nothing_of_it_outlives_the_window() {
    let build = Build::release();
    let (sandbox, screen) = (Sandbox::learned(), TestScreen::start());
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
    let filename = sandbox.scanned_take(&build).filename();

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

    let listener = Listener {
        bus: &bus,
        sandbox: &sandbox,
        screen: &screen,
        build: &build,
        window,
        filename,
    };
    listener.mark_both();
    listener.train();
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
fn in_ardour_a_screen_reader_reads_the_list_marks_and_trains() {
    let build = Build::release();
    let (sandbox, screen) = (Sandbox::learned(), TestScreen::start());
    let bus = SessionBus::start(&sandbox);
    let sound = room_with_chirps(8.0, &[1.5, 5.2], 13);
    let file = sandbox.write_wave("clip.wav", RATE_HZ, vec![sound.clone(), sound.clone()]);
    let clip = Clip {
        file: &file,
        frames: sound.len() as u64,
        at: 0,
    };
    let ardour = ArdourSession::new(&sandbox, &build, RATE_HZ, "Dialogue 1", 0, &clip);
    let mut filename = None;
    ardour.play(0, clip.frames, || {
        filename = Some(sandbox.scanned_take(&build).filename());
    });
    let (running, window) = ardour.show_with(&screen, |command| bus.equip(command));
    screen.wait_until_drawn(window).unwrap();
    bus.turn_on(&sandbox);
    wait::until("the window's name", || {
        let controls = bus.controls(&sandbox);
        (controls.first()?.name == "Earmark, Dialogue 1").then_some(())
    });
    let listener = Listener {
        bus: &bus,
        sandbox: &sandbox,
        screen: &screen,
        build: &build,
        window,
        filename: filename.unwrap(),
    };
    listener.mark_both();
    listener.train();

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
