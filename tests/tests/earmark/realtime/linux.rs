//! What only Linux lets a host do: hold the recorder up until the line is full, and see whether the watch is awake.

use xtask::host::{BlockSizes, Pace, Step, Watch};

use super::{RATE_HZ, activate, assert_unharmed, both_builds, play, roll, run};
use crate::support::sandbox::TakeRow;
use crate::support::signals::{assert_same_bits, noise_channels};
use crate::support::take::Take;
use crate::support::{Build, Sandbox};

/// The line is as short as its rate is low.
const SLOW_HZ: u32 = 8_000;

/// The recorder is held up, and more arrives than the line holds: at a low rate in blocks of one frame its headers soon run
/// out. In real time, so that nothing takes the session for a render, in which the plugin may wait.
#[test]
fn the_audio_thread_is_safe_while_the_line_is_full_and_the_loss_is_labelled() {
    const FLOOD: u64 = 24_000;
    for (build, watch) in both_builds() {
        let sandbox = Sandbox::learned();
        let played = noise_channels(2, FLOOD as usize, 2);
        let input = sandbox.write_wave("in.wav", SLOW_HZ, played.clone());
        let steps = vec![
            activate(SLOW_HZ, BlockSizes::Fixed(1)),
            hold_up_the_recorder(),
            play(&input, vec![roll(FLOOD)], Pace::TimesRealTime(1.0)),
            Step::ThawThreads,
            Step::Idle { milliseconds: 1500 },
            play(&input, vec![roll(1_000)], Pace::TimesRealTime(1.0)),
        ];
        assert_unharmed(&run(sandbox.runner(), &sandbox, &build, watch, steps));
        assert_lost_at_the_end_of(&sandbox.only_take(), &played, FLOOD as usize, 1_000);
    }
}

fn hold_up_the_recorder() -> Step {
    Step::FreezeThread {
        name: String::from("earmark-recorder"),
    }
}

/// The first stretch lacks its end, the second follows in full, and the gap between them is what the row says.
fn assert_lost_at_the_end_of(take: &TakeRow, played: &[Vec<f32>], first: usize, second: usize) {
    let gaps: Vec<[usize; 2]> = serde_json::from_str(&take.gaps).unwrap();
    let [[lost_from, lost_to]] = gaps[..] else {
        panic!("one gap was expected: {take:?}");
    };
    assert!(lost_from < lost_to && lost_to == first, "{take:?}");
    assert_eq!(take.frames as usize, first + second, "{take:?}");
    let expected: Vec<Vec<f32>> = played
        .iter()
        .map(|channel| {
            let silence = vec![0.0; lost_to - lost_from];
            [&channel[..lost_from], &silence, &channel[..second]].concat()
        })
        .collect();
    assert_same_bits(&Take::read(&take.path).channels, &expected, "the take");
}

/// Without this the tests would also pass with a watch that sleeps.
#[test]
fn a_system_call_on_the_audio_thread_ends_the_host_and_is_named() {
    let sandbox = Sandbox::new();
    let input = sandbox.write_wave("in.wav", RATE_HZ, noise_channels(2, 1_000, 1));
    let outcome = run(
        sandbox.runner(),
        &sandbox,
        &Build::release(),
        Watch::SystemCallsOfTheHost,
        vec![
            activate(RATE_HZ, BlockSizes::Fixed(64)),
            play(&input, vec![roll(1_000)], Pace::AsFastAsPossible),
        ],
    );
    assert!(outcome.made_a_system_call(), "{outcome:?}");
    assert!(outcome.errors.contains("(sched_yield)"), "{outcome:?}");
}

/// The one system call that the plugin makes on purpose: a render that is faster than the disk waits for it.
#[test]
fn the_watch_sees_into_the_plugin() {
    let sandbox = Sandbox::learned();
    let input = sandbox.write_wave("in.wav", SLOW_HZ, noise_channels(2, 40_000, 1));
    let outcome = run(
        sandbox.runner(),
        &sandbox,
        &Build::release(),
        Watch::SystemCalls,
        vec![
            activate(SLOW_HZ, BlockSizes::Fixed(1)),
            hold_up_the_recorder(),
            play(&input, vec![], Pace::AsFastAsPossible),
        ],
    );
    assert!(outcome.made_a_system_call(), "{outcome:?}");
    assert!(outcome.errors.contains("nanosleep)"), "{outcome:?}");
}
