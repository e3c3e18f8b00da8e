//! A project's timeline, as hosts play it: loops over a take's edge, pre-roll, projects that start late or before zero, and
//! positions that jitter. What a position is worth is that the sound is found there again.

use std::path::Path;

use xtask::host::{BlockSizes, Pace, Step, TransportStep};

use crate::support::sandbox::TakeRow;
use crate::support::signals::{assert_same_bits, noise_channels};
use crate::support::take::Take;
use crate::support::{Build, Sandbox};

const RATE_HZ: u32 = 48_000;

fn jump(to: i64) -> TransportStep {
    TransportStep::Jump { to }
}

fn roll(frames: u64) -> TransportStep {
    TransportStep::Roll { frames }
}

/// Plays a file in one go.
fn play(sandbox: &Sandbox, rate_hz: u32, input: &Path, transport: Vec<TransportStep>) {
    sandbox.host(
        &Build::release(),
        vec![
            Step::Activate {
                rate_hz,
                blocks: BlockSizes::Cycle(vec![512, 480, 33]),
            },
            Step::Play {
                input: input.to_owned(),
                output: None,
                transport,
                pace: Pace::AsFastAsPossible,
            },
        ],
    );
}

/// A take's place, and its left channel as stretches of what was `played`: where each began there, and how long it is.
fn assert_holds(take: &TakeRow, start: i64, played: &[Vec<f32>], stretches: &[(usize, usize)]) {
    let frames: usize = stretches.iter().map(|(_, frames)| frames).sum();
    assert_eq!(
        (take.start, take.frames),
        (start, frames as i64),
        "{take:?}"
    );
    assert_eq!(take.gaps, "[]", "{take:?}");
    let expected: Vec<Vec<f32>> = played
        .iter()
        .map(|channel| {
            let pieces = stretches.iter();
            pieces
                .flat_map(|&(from, frames)| &channel[from..from + frames])
                .copied()
                .collect()
        })
        .collect();
    let file = Take::read(&take.path);
    // The Broadcast WAV format knows no time before zero; the database does.
    assert_eq!(file.time_reference, start.max(0) as u64);
    assert_same_bits(&file.channels, &expected, &format!("the take at {start}"));
}

#[test]
fn a_loop_across_the_end_of_a_take_makes_it_longer_and_leaves_the_last_pass() {
    let sandbox = Sandbox::new();
    let played = noise_channels(2, 90_000, 40);
    let input = sandbox.write_wave("in.wav", RATE_HZ, played.clone());
    let looped = TransportStep::Loop {
        start: 70_000,
        end: 90_000,
        frames: 60_000,
    };
    let transport = vec![jump(48_000), roll(30_000), jump(70_000), looped];
    play(&sandbox, RATE_HZ, &input, transport);
    let take = sandbox.only_take();
    assert_holds(&take, 48_000, &played, &[(0, 22_000), (70_000, 20_000)]);
}

#[test]
fn a_loop_across_the_start_of_a_take_goes_on_in_it() {
    let sandbox = Sandbox::new();
    let played = noise_channels(2, 70_000, 41);
    let input = sandbox.write_wave("in.wav", RATE_HZ, played.clone());
    let looped = TransportStep::Loop {
        start: 40_000,
        end: 60_000,
        frames: 40_000,
    };
    let transport = vec![jump(48_000), roll(30_000), jump(40_000), looped];
    play(&sandbox, RATE_HZ, &input, transport);
    let takes = sandbox.takes();
    assert_eq!(takes.len(), 2, "{takes:#?}");
    assert_holds(&takes[0], 40_000, &played, &[(50_000, 8_000)]);
    assert_holds(
        &takes[1],
        48_000,
        &played,
        &[(58_000, 12_000), (12_000, 18_000)],
    );
}

#[test]
fn a_pre_roll_is_a_take_of_its_own_up_to_what_it_leads_into() {
    let sandbox = Sandbox::new();
    let played = noise_channels(2, 60_000, 42);
    let input = sandbox.write_wave("in.wav", RATE_HZ, played.clone());
    // A count-in of a quarter of a second, and then over the beginning of what was there.
    let stop = TransportStep::Stop { frames: 1_000 };
    let transport = vec![jump(96_000), roll(30_000), stop, jump(84_000), roll(24_000)];
    play(&sandbox, RATE_HZ, &input, transport);
    let takes = sandbox.takes();
    assert_eq!(takes.len(), 2, "{takes:#?}");
    assert_holds(&takes[0], 84_000, &played, &[(31_000, 12_000)]);
    assert_holds(
        &takes[1],
        96_000,
        &played,
        &[(43_000, 12_000), (12_000, 18_000)],
    );
}

#[test]
fn a_project_that_starts_at_ten_hours_keeps_its_positions_to_the_sample() {
    for rate_hz in [48_000, 96_000, 192_000] {
        let sandbox = Sandbox::new();
        let played = noise_channels(2, 40_000, 43);
        let input = sandbox.write_wave("in.wav", rate_hz, played.clone());
        let start = 10 * 3600 * i64::from(rate_hz) + 7;
        // An hour's stop in between, and an hour and a day further.
        let further = 25 * 3600 * i64::from(rate_hz) + 1;
        let transport = vec![jump(start), roll(20_000), jump(further), roll(20_000)];
        play(&sandbox, rate_hz, &input, transport);
        let takes = sandbox.takes();
        assert_eq!(takes.len(), 2, "{takes:#?}");
        assert_holds(&takes[0], start, &played, &[(0, 20_000)]);
        assert_holds(&takes[1], further, &played, &[(20_000, 20_000)]);
    }
}

#[test]
fn what_plays_before_zero_keeps_its_place_in_the_database() {
    let sandbox = Sandbox::new();
    let played = noise_channels(2, 60_000, 44);
    let input = sandbox.write_wave("in.wav", RATE_HZ, played.clone());
    let stop = TransportStep::Stop { frames: 1_000 };
    let transport = vec![
        jump(-24_000),
        roll(40_000),
        stop,
        jump(-10_000),
        roll(19_000),
    ];
    play(&sandbox, RATE_HZ, &input, transport);
    let stretches = [(0, 14_000), (41_000, 19_000), (33_000, 7_000)];
    assert_holds(&sandbox.only_take(), -24_000, &played, &stretches);
}

#[test]
fn positions_that_jitter_by_a_sample_make_one_take_without_gaps() {
    let sandbox = Sandbox::new();
    let block = 480_u64;
    let jitter = [0, 1, -1, 1, 0, -1, -1, 0, 1, 1];
    let blocks = 100;
    let played = noise_channels(2, blocks * block as usize, 45);
    let input = sandbox.write_wave("in.wav", RATE_HZ, played.clone());
    let start = 172_800_000;
    let transport = (0..blocks)
        .zip(jitter.into_iter().cycle())
        .flat_map(|(index, jitter)| {
            [
                jump(start + index as i64 * block as i64 + jitter),
                roll(block),
            ]
        })
        .collect();
    play(&sandbox, RATE_HZ, &input, transport);
    let whole = blocks * block as usize;
    assert_holds(&sandbox.only_take(), start, &played, &[(0, whole)]);
}
