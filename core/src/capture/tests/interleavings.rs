//! Every order in which the steps of the two ends can follow one another, on a line that holds next to nothing.
//!
//! Each ring is a library's; that samples and headers travel in two of them is ours. A test cannot stop a thread in the
//! middle of a push, but `push` asks for each channel's samples at the moment it copies them, and there the reader can be
//! given a turn. Its steps are taking a header and taking the samples. Where it can do something it once does and once does
//! not, until every combination has been tried; in sessions too long for that, dice decide.
//!
//! What this cannot show is a processor that reorders memory. There the library's word counts: a push releases, a pop
//! acquires, and the writer pushes the header last.

use std::cell::RefCell;

use super::*;

const CHANNELS: u16 = 2;
const MAX_BLOCK: usize = 2;
const RING_FRAMES: usize = 4;
const HEADERS: usize = 2;
/// Enough to fill the line, to lose something and to go on.
const PUSHES: usize = 3;

/// What the host may send: blocks that fit, that do not, that come in pieces; one that nobody listens to; and a stop.
#[derive(Debug, Clone, Copy)]
enum Sent {
    Frames(usize),
    Ignored,
    Stop,
}

const MENU: [Sent; 5] = [
    Sent::Frames(1),
    Sent::Frames(2),
    Sent::Frames(3),
    Sent::Ignored,
    Sent::Stop,
];

/// Decisions, made anew in every run until all of them have been tried both ways.
#[derive(Default)]
struct Decisions {
    made: Vec<bool>,
    next: usize,
    /// Decides instead, where there are too many combinations.
    dice: Option<fastrand::Rng>,
}

impl Decisions {
    fn decide(&mut self) -> bool {
        if self.next == self.made.len() {
            let dice = self.dice.as_mut();
            self.made.push(dice.is_some_and(fastrand::Rng::bool));
        }
        self.next += 1;
        self.made[self.next - 1]
    }

    /// Goes back to the latest decision that was not yet made the other way; `false` when there is none.
    fn turn_back(&mut self) -> bool {
        self.next = 0;
        while self.made.last() == Some(&true) {
            self.made.pop();
        }
        match self.made.last_mut() {
            Some(latest) => {
                *latest = true;
                true
            }
            None => false,
        }
    }
}

/// What a script comes to, its last stop included.
struct Expected {
    /// Of each frame that is to be captured.
    positions: Vec<i64>,
    /// Before which of these frames capturing stops.
    stops: Vec<usize>,
}

impl Expected {
    fn of(script: &[Sent]) -> Self {
        let (mut positions, mut stops, mut next) = (Vec::new(), Vec::new(), 0);
        for sent in script {
            if let Sent::Frames(frames) = sent {
                positions.extend(next..next + *frames as i64);
                next += *frames as i64;
            } else {
                stops.push(positions.len());
                next += i64::from(matches!(sent, Sent::Ignored));
            }
        }
        stops.push(positions.len());
        Self { positions, stops }
    }

    /// Where the frame before this one ends.
    fn end_before(&self, frame: usize) -> i64 {
        frame
            .checked_sub(1)
            .map_or(0, |last| self.positions[last] + 1)
    }
}

/// The reader, and what it was told.
struct Reading<'a> {
    reader: CaptureReader,
    decisions: &'a mut Decisions,
    expected: &'a Expected,
    /// A header whose samples have not been taken.
    held: Option<Block>,
    /// Frames told of: those that came and those that were lost.
    told: usize,
    frames: u64,
    dropped: u64,
    /// Whether the last block was a stop, or nothing came yet.
    stopped: bool,
}

impl Reading<'_> {
    /// As many steps as it decides to take.
    fn turn(&mut self) {
        while (self.held.is_some() || self.reader.has_block()) && self.decisions.decide() {
            self.step();
        }
    }

    fn step(&mut self) -> bool {
        if let Some(block) = self.held.take() {
            self.check_samples(&block);
            return true;
        }
        let Some(block) = self.reader.take_header() else {
            return false;
        };
        let first = self.told + block.dropped_before as usize;
        // A stop may have waited for room, and only lost frames may have passed meanwhile.
        let passes_a_stop = (self.told..=first).any(|frame| self.expected.stops.contains(&frame));
        if block.kind == BlockKind::Stopped {
            assert_eq!(block.frames, 0);
            assert_eq!(block.position.0, self.expected.end_before(first));
            assert!(!self.stopped || first > self.told, "a stop told twice");
            assert!(
                passes_a_stop,
                "a stop before frame {first}, out of its turn"
            );
        } else {
            assert!((1..=MAX_BLOCK).contains(&block.frames));
            assert_eq!(Some(&block.position.0), self.expected.positions.get(first));
            assert!(
                self.stopped || !passes_a_stop,
                "audio overtook the stop before frame {first}"
            );
        }
        self.stopped = block.kind == BlockKind::Stopped;
        self.dropped += block.dropped_before;
        self.told = first + block.frames;
        self.held = Some(block);
        true
    }

    fn check_samples(&mut self, block: &Block) {
        let mut samples = Vec::new();
        self.reader.take_samples(block, &mut samples);
        let from = block.position.0;
        let whole: Vec<f32> = (from..from + block.frames as i64)
            .flat_map(|frame| [left(frame), -left(frame)])
            .collect();
        assert_eq!(samples, whole, "not the block that was pushed");
        self.frames += block.frames as u64;
    }
}

/// Every sample says where it belongs.
fn left(frame: i64) -> f32 {
    (frame + 1) as f32
}

/// A channel. One of them gives the reader a turn whenever its samples are asked for: before room is looked for, and while
/// half of a block is copied.
struct Channel<'a, 'b> {
    samples: Vec<f32>,
    reading: Option<&'a RefCell<Reading<'b>>>,
}

impl AsRef<[f32]> for Channel<'_, '_> {
    fn as_ref(&self) -> &[f32] {
        if let Some(reading) = self.reading {
            reading.borrow_mut().turn();
        }
        &self.samples
    }
}

fn send(writer: &mut CaptureWriter, sent: Sent, reading: &RefCell<Reading>) {
    let (transport, frames) = match sent {
        Sent::Frames(frames) => (FREE, frames as i64),
        Sent::Ignored => (Transport::Ignored { position: None }, 1),
        Sent::Stop => (Transport::Stopped, 0),
    };
    let from = writer.next_position().0;
    let samples = |sign: f32| {
        (from..from + frames)
            .map(|frame| sign * left(frame))
            .collect()
    };
    let channels = [
        Channel {
            samples: samples(1.0),
            reading: None,
        },
        Channel {
            samples: samples(-1.0),
            reading: Some(reading),
        },
    ];
    writer.push(transport, false, &channels);
}

/// One run of a script under the decisions.
fn run(script: &[Sent], decisions: &mut Decisions) {
    let expected = Expected::of(script);
    let (mut writer, reader) = rings(format(CHANNELS, MAX_BLOCK), RING_FRAMES, HEADERS);
    let reading = RefCell::new(Reading {
        reader,
        decisions,
        expected: &expected,
        held: None,
        told: 0,
        frames: 0,
        dropped: 0,
        stopped: true,
    });
    for &sent in script {
        reading.borrow_mut().turn();
        send(&mut writer, sent, &reading);
    }
    // Then the reader catches up, and one more stop tells what is still untold.
    while reading.borrow_mut().step() {}
    writer.push::<&[f32]>(Transport::Stopped, false, &[]);
    while reading.borrow_mut().step() {}

    let reading = reading.into_inner();
    assert!(reading.stopped, "the last stop was not told");
    assert_eq!(reading.told, expected.positions.len());
    assert_eq!(reading.frames, writer.meter().captured_frames());
    assert_eq!(reading.dropped, writer.meter().dropped_frames());
}

#[test]
fn no_order_of_steps_splits_reorders_or_miscounts_a_block() {
    for script in 0..MENU.len().pow(PUSHES as u32) {
        let script: Vec<Sent> = (0..PUSHES)
            .map(|push| MENU[script / MENU.len().pow(push as u32) % MENU.len()])
            .collect();
        let mut decisions = Decisions::default();
        run(&script, &mut decisions);
        while decisions.turn_back() {
            run(&script, &mut decisions);
        }
    }
}

#[test]
fn no_order_of_steps_does_so_in_the_long_run() {
    for seed in 0..5_000 {
        let mut dice = fastrand::Rng::with_seed(seed);
        let script: Vec<Sent> = (0..20).map(|_| MENU[dice.usize(..MENU.len())]).collect();
        let mut decisions = Decisions {
            dice: Some(dice),
            ..Decisions::default()
        };
        run(&script, &mut decisions);
    }
}
