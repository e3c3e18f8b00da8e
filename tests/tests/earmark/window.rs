//! The window under a real X server: it draws, takes keys, and comes and goes without harm.

use std::process::Command;

use serde_json::Value;
use xtask::host::{BlockSizes, Census, Event, HostProcess, Pace, Step, TransportStep};
use xtask::screen::{Picture, Screen};

use crate::support::census::{assert_nothing_left, censuses};
use crate::support::learned::{CLASS, MODEL};
use crate::support::signals::{RATE_HZ, noise_channels, room_with_chirps};
use crate::support::{Build, Sandbox, TestScreen, wait, wine};

/// Height of the first row of the results, in a window of the size that nobody has changed.
pub const FIRST_ROW_Y: u32 = 312;

pub fn open(delay_ms: u64) -> Step {
    Step::OpenEditor {
        title: String::from("Earmark"),
        optional: false,
        delay_ms,
    }
}

pub fn hold() -> Step {
    Step::Hold { at_most_s: 90.0 }
}

/// Starts a session whose windows appear on `screen`.
pub fn start(sandbox: &Sandbox, build: &Build, screen: &Screen, steps: Vec<Step>) -> HostProcess {
    let mut runner = sandbox.runner();
    screen.equip(&mut runner);
    sandbox.start_with(runner, build, steps)
}

/// Waits for the host to hold; the window that is open then.
pub fn window_on_hold(host: &mut HostProcess) -> u32 {
    let events = host.wait_until_holding().unwrap();
    let mut windows = events.iter().filter_map(|event| match event {
        Event::EditorOpened { window } => Some(*window),
        _ => None,
    });
    windows.next_back().expect("no window was opened")
}

#[test]
fn the_window_draws_however_long_the_host_takes_to_show_it() {
    let sandbox = Sandbox::new();
    let screen = TestScreen::start();
    let mut steps = Vec::new();
    let delays_ms = [0, 30, 250];
    for delay_ms in delays_ms {
        steps.extend([open(delay_ms), hold(), Step::CloseEditor]);
    }
    let mut host = start(&sandbox, &Build::release(), &screen, steps);
    for _ in delays_ms {
        let window = window_on_hold(&mut host);
        screen.wait_until_drawn(window).unwrap();
        host.release();
    }
    host.finish().unwrap().into_events().unwrap();
}

/// What an opening may leave behind, in bytes. A heap profiler finds nothing that does; pages that the allocator keeps for
/// threads that are gone come to a third of this. One keymap, or a Mesa that is loaded anew each time, comes to twice as much.
const OPENING_BYTES: u64 = 50_000;

/// With load, and with the host going at every moment of a window's life: before it is shown, while it draws, while the
/// transport rolls.
#[test]
fn a_hundred_openings_and_closings_while_playing_leave_no_thread_and_no_window() {
    let sandbox = Sandbox::new();
    let screen = TestScreen::start();
    let frames = 4_800;
    let input = sandbox.write_wave("in.wav", RATE_HZ, noise_channels(2, frames, 1));
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
    let mut ten = Vec::new();
    for cycle in 0..10_u32 {
        ten.push(open(u64::from(cycle % 3) * 40));
        match cycle % 4 {
            0 => ten.push(play()),
            1 => ten.push(Step::Idle { milliseconds: 60 }),
            2 => ten.extend([
                Step::ResizeEditor {
                    width: 900 + cycle * 10,
                    height: 600,
                },
                Step::Idle { milliseconds: 80 },
            ]),
            _ => {}
        }
        ten.push(Step::CloseEditor);
    }
    let repeat = |times| Step::Repeat {
        times,
        steps: ten.clone(),
    };
    let steps = vec![
        Step::Activate {
            rate_hz: RATE_HZ,
            blocks: BlockSizes::Fixed(512),
        },
        repeat(4),
        Step::TakeCensus,
        repeat(3),
        Step::TakeCensus,
        repeat(3),
        Step::TakeCensus,
        // The host may also go with the window open.
        open(0),
        Step::Recreate,
        open(0),
    ];
    let host = start(&sandbox, &Build::release(), &screen, steps);
    let events = host.finish().unwrap().into_events().unwrap();
    let [early, later, late] = censuses(&events)[..] else {
        panic!("{events:#?}");
    };
    assert_eq!(early.threads.len(), late.threads.len(), "{late:#?}");
    let grown =
        |from: &Census, to: &Census| to.anonymous_bytes.saturating_sub(from.anonymous_bytes);
    // What leaks grows both times; what the system's allocator once takes to keep grows one time.
    let (first, second) = (grown(early, later), grown(later, late));
    assert!(
        first.min(second) < 30 * OPENING_BYTES,
        "{first} and {second} bytes in 30 openings each"
    );
    assert_nothing_left(&events);
}

#[test]
fn a_project_with_a_hostile_state_still_opens_a_window_that_draws() {
    let sandbox = Sandbox::new();
    let screen = TestScreen::start();
    let state = sandbox.path("hostile.state");
    let fields = serde_json::json!({
        "source_name": "n".repeat(10_000_000),
        "profile": "\u{7}\u{202e}",
        "model": "\u{0}",
        "take": "../../take",
        "has_takes": true,
        "version": "\n",
        "visible_s": [-1e300, 1e300],
        "window_size": [4_294_967_295_u32, 4_294_967_295_u32],
    });
    let text = serde_json::json!({
        "version": "9.9.9",
        "params": { "threshold": { "f32": 1e30 } },
        "fields": { "instance": fields.to_string() },
    })
    .to_string();
    let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(text.as_bytes());
    std::fs::write(&state, bytes).unwrap();
    let input = sandbox.write_wave("in.wav", RATE_HZ, noise_channels(2, 9_600, 2));
    let steps = vec![
        Step::LoadState { file: state },
        Step::Activate {
            rate_hz: RATE_HZ,
            blocks: BlockSizes::Fixed(512),
        },
        Step::Play {
            input,
            output: None,
            transport: Vec::new(),
            pace: Pace::AsFastAsPossible,
        },
        open(0),
        hold(),
    ];
    let mut host = start(&sandbox, &Build::release(), &screen, steps);
    let window = window_on_hold(&mut host);
    screen.wait_until_drawn(window).unwrap();
    host.finish().unwrap().into_events().unwrap();
    assert_eq!(sandbox.only_take().frames, 9_600);
}

/// A review under way: a sound was played and scanned, the window is open, and its second region is selected.
pub struct Review {
    build: Build,
    pub sandbox: Sandbox,
    pub screen: TestScreen,
    pub host: HostProcess,
    /// What was played, on each channel.
    pub sound: Vec<f32>,
    pub window: u32,
    /// What the window shows.
    picture: Picture,
    filename: String,
    /// The selected region, as the command line tells it.
    pub region: Value,
}

impl Review {
    pub fn begin() -> Self {
        Self::begin_with(Build::release(), |_| Vec::new())
    }

    /// With steps for the host to go on with when it is released.
    pub fn begin_with(build: Build, then: impl FnOnce(&Sandbox) -> Vec<Step>) -> Self {
        let sandbox = Sandbox::learned();
        let screen = TestScreen::start();
        let sound = room_with_chirps(8.0, &[1.5, 5.2], 1);
        let input = sandbox.write_wave("in.wav", RATE_HZ, vec![sound.clone(), sound.clone()]);
        let mut steps = vec![
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
        steps.extend(then(&sandbox));
        let mut host = start(&sandbox, &build, &screen, steps);
        host.wait_until_holding().unwrap();
        let filename = sandbox.scanned_take(&build).filename();
        let results = sandbox.cli(&build, &["results", &filename]);
        let region = results["regions"][1].clone();
        assert_eq!(region["state"], "found", "{results:#}");

        host.release();
        let window = window_on_hold(&mut host);
        let opened = screen.wait_until_drawn(window).unwrap();
        // The click selects the first row, and gives an embedded window the keyboard.
        screen.click(window, 300, FIRST_ROW_Y).unwrap();
        let clicked = screen.wait_for_another(window, &opened).unwrap();
        screen.press("Down").unwrap();
        let picture = screen.wait_for_another(window, &clicked).unwrap();
        Self {
            build,
            sandbox,
            screen,
            host,
            sound,
            window,
            picture,
            filename,
            region,
        }
    }

    /// Presses a key and waits until the window shows what it did.
    pub fn press(&mut self, key: &str) {
        self.screen.press(key).unwrap();
        self.picture = self
            .screen
            .wait_for_another(self.window, &self.picture)
            .unwrap();
    }

    pub fn cli(&self, arguments: &[&str]) -> Value {
        self.sandbox.cli(&self.build, arguments)
    }

    pub fn command_line(&self, arguments: &[&str]) -> Command {
        self.sandbox.command_line(&self.build, arguments)
    }

    /// The selected region as it is now.
    pub fn region_now(&self) -> Value {
        let results = self.cli(&["results", &self.filename]);
        results["regions"][1].clone()
    }

    /// What the database says of the selected region.
    fn state(&self) -> String {
        self.region_now()["state"].as_str().unwrap().to_owned()
    }

    pub fn wait_for_state(&self, state: &str) {
        wait::until(state, || (self.state() == state).then_some(()));
    }

    /// The hard negatives of the profile.
    pub fn negatives(&self) -> Vec<Value> {
        let listed = self.cli(&["negative", "list"]);
        listed.as_array().unwrap().clone()
    }

    pub fn end(mut self) {
        self.host.release();
        self.host.finish().unwrap().into_events().unwrap();
    }
}

#[test]
fn n_marks_the_selected_region_as_a_hard_negative_and_n_again_takes_it_back() {
    let mut review = Review::begin();
    review.press("n");
    review.wait_for_state("negative");
    let marked = review.negatives();
    assert_eq!(marked.len(), 1, "{marked:#?}");
    assert_eq!(marked[0]["start_s"], review.region["start_s"]);
    assert_eq!(marked[0]["source_model"], MODEL);
    assert_eq!(marked[0]["filename"], review.filename.as_str());

    // Marking has gone on to the next region.
    review.press("End");
    review.press("n");
    review.wait_for_state("found");
    assert!(review.negatives().is_empty());

    review.press("ctrl+z");
    review.wait_for_state("negative");
    assert_eq!(review.negatives().len(), 1);
    review.end();
}

#[test]
fn a_review_by_keys_marks_trains_and_compares() {
    let mut review = Review::begin_with(Build::release(), |sandbox| {
        let file = sandbox.path("project.state");
        vec![Step::SaveState { file }]
    });
    let versions = |review: &Review| review.sandbox.versions(&review.build, &review.filename);
    let before = versions(&review);
    review.press("n");
    review.wait_for_state("negative");
    // Marking has gone on to the other region. The recordings of the older clips are elsewhere; this one's is the take.
    review.press("p");
    review.screen.type_text(CLASS).unwrap();
    review.press("Return");
    wait::until("the clip", || {
        let results = review.cli(&["results", &review.filename]);
        (results["regions"][0]["state"] == "positive").then_some(())
    });

    review.press("shift+t");
    let after = wait::until("a version by another classifier", || {
        let after = versions(&review);
        (after.len() > before.len()).then_some(after)
    });
    assert_eq!(after[0]["number"], 2);
    assert_ne!(after[0]["classifier"], before[0]["classifier"]);
    review.picture = review.screen.wait_until_drawn(review.window).unwrap();

    // The comparison with the version before has opened by itself, so the first C ends it. The project notes what is asked
    // for, not what is shown; but only a window that was answered takes the second C for the wish to compare.
    review.press("c");
    review.press("c");
    review.host.release();
    let Review { sandbox, host, .. } = review;
    host.finish().unwrap().into_events().unwrap();
    let state = std::fs::read(sandbox.path("project.state")).unwrap();
    let state = String::from_utf8_lossy(&state).replace('\\', "");
    let compared = format!("\"compare_with\":{}", before[0]["timestamp"]);
    assert!(state.contains(&compared), "no {compared} in {state}");
}

#[test]
fn p_confirms_the_selected_region_as_a_clip_of_the_class_that_is_typed() {
    let mut review = Review::begin();
    review.press("p");
    review.screen.type_text("Door knock").unwrap();
    review.press("Return");
    review.wait_for_state("positive");
    let clips = review.cli(&["clip", "list", "--class", "Door knock"]);
    let clip = &clips.as_array().unwrap()[0];
    assert_eq!(
        clip["span"]["start_s"], review.region["start_s"],
        "{clip:#}"
    );
    let file = wine::path_from(clip["output_path"].as_str().unwrap().to_owned());
    assert!(file.starts_with(review.sandbox.clips_folder()), "{clip:#}");
    assert!(file.is_file(), "{clip:#}");
    review.end();
}
