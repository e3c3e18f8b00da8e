//! The windows of two instances, open at once on one screen: each is its own, what they share shows in both, and neither minds
//! the other's end.

use xtask::host::{BlockSizes, Event, HostProcess, Pace, Step, TransportStep};
use xtask::screen::{Picture, Screen};

use crate::support::census::assert_nothing_left;
use crate::support::learned::MODEL;
use crate::support::signals::{RATE_HZ, room_with_chirps};
use crate::support::{Build, Sandbox, TestScreen, wait};
use crate::window::{FIRST_ROW_Y, hold, open, start};

/// Beside a window of the size that nobody has changed.
const SECOND_X: u32 = 1100;

const BLOCKS: BlockSizes = BlockSizes::Fixed(512);

fn by_another(step: Step) -> Step {
    Step::ByAnother {
        instance: 0,
        step: Box::new(step),
    }
}

/// Plays chirps of its own, and stops.
fn play(sandbox: &Sandbox, name: &str, chirps_s: &[f64], seed: u64) -> Step {
    let sound = room_with_chirps(8.0, chirps_s, seed);
    let frames = sound.len() as u64;
    Step::Play {
        input: sandbox.write_wave(name, RATE_HZ, vec![sound.clone(), sound]),
        output: None,
        transport: vec![
            TransportStep::Roll { frames },
            TransportStep::Stop { frames: 4800 },
        ],
        pace: Pace::AsFastAsPossible,
    }
}

/// The windows that the host has opened so far, once it holds.
fn opened(host: &mut HostProcess) -> Vec<u32> {
    let events = host.wait_until_holding().unwrap().iter();
    let windows = events.filter_map(|event| match event {
        Event::EditorOpened { window } => Some(*window),
        _ => None,
    });
    windows.collect()
}

/// One of the windows, and what it showed last.
struct Window<'a> {
    screen: &'a Screen,
    id: u32,
    picture: Picture,
}

impl<'a> Window<'a> {
    fn drawn(screen: &'a Screen, id: u32) -> Self {
        let picture = screen.wait_until_drawn(id).unwrap();
        Self {
            screen,
            id,
            picture,
        }
    }

    fn wait_for_another(&mut self) {
        let next = self.screen.wait_for_another(self.id, &self.picture);
        self.picture = next.unwrap();
    }

    /// Gives the window the keyboard, and selects the first row if there is one.
    fn click(&mut self) {
        self.screen.click(self.id, 300, FIRST_ROW_Y).unwrap();
        self.wait_for_rest();
    }

    /// Presses a key where the keyboard is, which must show here.
    fn press(&mut self, key: &str) {
        self.screen.press(key).unwrap();
        self.wait_for_another();
    }

    /// Takes in what has changed elsewhere meanwhile: the mouse that left, the keyboard that went.
    fn wait_for_rest(&mut self) {
        self.picture = self.screen.wait_until_drawn(self.id).unwrap();
    }

    fn rests(&self) -> bool {
        self.screen.wait_until_drawn(self.id).unwrap() == self.picture
    }
}

#[test]
fn two_windows_at_once_are_each_their_own_and_outlive_each_other() {
    let (build, sandbox) = (Build::release(), Sandbox::learned());
    let screen = TestScreen::start_of(2200, 900);
    let steps = vec![
        Step::Activate {
            rate_hz: RATE_HZ,
            blocks: BLOCKS,
        },
        Step::AddInstances {
            instances: 1,
            rate_hz: RATE_HZ,
            blocks: BLOCKS,
        },
        by_another(Step::SetTrackName {
            name: Some(String::from("Ambience")),
        }),
        play(&sandbox, "dialogue.wav", &[1.5, 5.2], 1),
        by_another(play(&sandbox, "ambience.wav", &[0.8, 3.1, 6.0], 2)),
        hold(),
        open(0),
        by_another(open(0)),
        hold(),
        // Only the first window goes.
        Step::CloseEditor,
        hold(),
        // An instance goes with its window open, and with the other's.
        open(0),
        Step::Recreate,
        hold(),
        // And so does the other one.
        open(0),
        Step::RemoveInstances,
        hold(),
    ];
    let mut host = start(&sandbox, &build, &screen, steps);
    host.wait_until_holding().unwrap();
    wait::until("a version of each take", || {
        let takes = sandbox.takes();
        let scanned = takes.iter().filter(|take| {
            let versions = sandbox.versions(&build, &take.filename());
            !versions.is_empty()
        });
        (scanned.count() == 2).then_some(())
    });
    let negatives = || {
        let listed = sandbox.cli(&build, &["negative", "list"]);
        listed.as_array().unwrap().clone()
    };
    let wait_for_negatives = |count| {
        wait::until("the hard negatives", || {
            (negatives().len() == count).then_some(())
        });
    };

    host.release();
    let [first, second] = opened(&mut host)[..] else {
        panic!("two windows were to be opened");
    };
    for (window, x) in [(first, 0), (second, SECOND_X)] {
        screen.wait_until_drawn(window).unwrap();
        screen.place(window, x, 40).unwrap();
    }
    let mut dialogue = Window::drawn(&screen, first);
    let mut ambience = Window::drawn(&screen, second);
    assert!(dialogue.picture != ambience.picture, "each shows its own");

    // Keys go where the keyboard is, and nowhere else.
    ambience.click();
    dialogue.click();
    ambience.wait_for_rest();
    dialogue.press("Down");
    assert!(ambience.rests(), "a key in one window moved the other");

    // A mark is the profile's: both windows count it, and either takes its own back.
    dialogue.press("n");
    ambience.wait_for_another();
    wait_for_negatives(1);
    ambience.click();
    ambience.press("n");
    wait_for_negatives(2);
    dialogue.wait_for_another();
    ambience.press("ctrl+z");
    wait_for_negatives(1);
    dialogue.wait_for_another();
    let left = &negatives()[0];
    assert_eq!(left["source_model"], MODEL, "{left:#}");

    // The other window works on when the first is closed, and when the first's instance goes.
    for _ in 0..2 {
        host.release();
        opened(&mut host);
        ambience.click();
        ambience.press("n");
        wait_for_negatives(2);
        ambience.press("ctrl+z");
        wait_for_negatives(1);
    }

    host.release();
    let newest = opened(&mut host).pop().unwrap();
    let mut new = Window::drawn(&screen, newest);
    new.click();
    new.press("question");
    host.release();
    let events = host.finish().unwrap().into_events().unwrap();
    assert_nothing_left(&events);
}
