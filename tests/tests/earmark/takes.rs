//! What was played is on disk: as a Broadcast WAV at its place on the timeline, and as a row in the database.

use std::path::Path;

use xtask::host::{BlockSizes, Pace, RenderMode, Step, TransportStep};

use crate::support::sandbox::TakeRow;
use crate::support::signals::{assert_same_bits, hostile_samples, noise_channels};
use crate::support::take::Take;
use crate::support::{Build, Sandbox};

const RATE_HZ: u32 = 48_000;

fn activate() -> Step {
    Step::Activate {
        rate_hz: RATE_HZ,
        blocks: BlockSizes::Cycle(vec![512, 480, 33]),
    }
}

fn play(input: &Path, transport: Vec<TransportStep>) -> Step {
    Step::Play {
        input: input.to_owned(),
        output: None,
        transport,
        pace: Pace::AsFastAsPossible,
    }
}

/// The stretch `from..to` of every channel.
fn cut(channels: &[Vec<f32>], from: usize, to: usize) -> Vec<Vec<f32>> {
    channels
        .iter()
        .map(|channel| channel[from..to].to_vec())
        .collect()
}

/// Stretches one after the other.
fn joined(stretches: &[Vec<Vec<f32>>]) -> Vec<Vec<f32>> {
    (0..stretches[0].len())
        .map(|channel| {
            stretches
                .iter()
                .flat_map(|stretch| stretch[channel].iter().copied())
                .collect()
        })
        .collect()
}

/// The row and the file say that this was played from `start` on, and the file says it bit for bit.
fn assert_holds(take: &TakeRow, start: i64, channels: &[Vec<f32>]) {
    let file = Take::read(&take.path);
    assert_eq!(file.rate_hz, take.rate_hz, "{take:?}");
    assert_eq!(take.channels as usize, channels.len(), "{take:?}");
    assert_eq!(take.start, start, "{take:?}");
    assert_eq!(file.time_reference, start as u64, "bext TimeReference");
    assert_eq!(take.frames as usize, channels[0].len(), "{take:?}");
    assert_eq!(take.gaps, "[]", "{take:?}");
    assert_same_bits(&file.channels, channels, &take.path.display().to_string());
}

#[test]
fn a_take_holds_what_was_played_where_it_was_played() {
    let build = Build::release();
    for (rate_hz, channels, start) in [(44_100, 1, 0), (48_000, 2, 172_800_000), (96_000, 6, 77)] {
        let sandbox = Sandbox::new();
        let mut played = noise_channels(channels, 30_000, 3);
        // A broken plugin upstream is the user's to hear and see, not ours to hide.
        played[0][1000..1010].copy_from_slice(&hostile_samples());
        let input = sandbox.write_wave("in.wav", rate_hz, played.clone());
        sandbox.host(
            &build,
            vec![
                Step::SelectLayout {
                    channels: channels as u32,
                },
                Step::Activate {
                    rate_hz,
                    blocks: BlockSizes::Fixed(512),
                },
                play(
                    &input,
                    vec![
                        TransportStep::Jump { to: start },
                        TransportStep::Roll { frames: 30_000 },
                    ],
                ),
            ],
        );
        let take = sandbox.only_take();
        assert_eq!(take.rate_hz, rate_hz);
        assert_holds(&take, start, &played);
        assert_eq!(sandbox.take_files(), [take.path]);
    }
}

#[test]
fn playing_on_after_a_stop_continues_the_take() {
    let sandbox = Sandbox::new();
    let played = noise_channels(2, 60_000, 4);
    let input = sandbox.write_wave("in.wav", RATE_HZ, played.clone());
    sandbox.host(
        &Build::release(),
        vec![
            activate(),
            play(
                &input,
                vec![
                    TransportStep::Roll { frames: 20_000 },
                    TransportStep::Stop { frames: 10_000 },
                    TransportStep::Pause { milliseconds: 300 },
                    TransportStep::Roll { frames: 30_000 },
                ],
            ),
        ],
    );
    let expected = joined(&[cut(&played, 0, 20_000), cut(&played, 30_000, 60_000)]);
    assert_holds(&sandbox.only_take(), 0, &expected);
}

#[test]
fn a_jump_begins_a_second_take() {
    let sandbox = Sandbox::new();
    let played = noise_channels(2, 50_000, 5);
    let input = sandbox.write_wave("in.wav", RATE_HZ, played.clone());
    sandbox.host(
        &Build::release(),
        vec![
            activate(),
            play(
                &input,
                vec![
                    TransportStep::Roll { frames: 20_000 },
                    TransportStep::Jump { to: 500_000 },
                    TransportStep::Roll { frames: 30_000 },
                ],
            ),
        ],
    );
    let takes = sandbox.takes();
    assert_eq!(takes.len(), 2, "{takes:#?}");
    assert_holds(&takes[0], 0, &cut(&played, 0, 20_000));
    assert_holds(&takes[1], 500_000, &cut(&played, 20_000, 50_000));
    assert_eq!(takes[0].source, takes[1].source);
}

#[test]
fn ten_passes_of_a_loop_are_one_take_that_holds_the_last_pass() {
    let sandbox = Sandbox::new();
    let pass = 7_001_usize;
    let played = noise_channels(2, pass * 10, 6);
    let input = sandbox.write_wave("in.wav", RATE_HZ, played.clone());
    let start = 96_000;
    sandbox.host(
        &Build::release(),
        vec![
            activate(),
            play(
                &input,
                vec![
                    TransportStep::Jump { to: start },
                    TransportStep::Loop {
                        start,
                        end: start + pass as i64,
                        frames: pass as u64 * 10,
                    },
                ],
            ),
        ],
    );
    assert_holds(
        &sandbox.only_take(),
        start,
        &cut(&played, pass * 9, pass * 10),
    );
}

#[test]
fn replaying_a_stretch_replaces_it_in_the_take() {
    let sandbox = Sandbox::new();
    let played = noise_channels(2, 45_000, 7);
    let input = sandbox.write_wave("in.wav", RATE_HZ, played.clone());
    sandbox.host(
        &Build::release(),
        vec![
            activate(),
            play(
                &input,
                vec![
                    TransportStep::Roll { frames: 30_000 },
                    TransportStep::Stop { frames: 5_000 },
                    TransportStep::Jump { to: 10_000 },
                    TransportStep::Roll { frames: 10_000 },
                ],
            ),
        ],
    );
    let expected = joined(&[
        cut(&played, 0, 10_000),
        cut(&played, 35_000, 45_000),
        cut(&played, 20_000, 30_000),
    ]);
    assert_holds(&sandbox.only_take(), 0, &expected);
}

#[test]
fn a_host_without_a_song_position_gets_one_running_take() {
    let sandbox = Sandbox::new();
    let played = noise_channels(2, 40_000, 8);
    let input = sandbox.write_wave("in.wav", RATE_HZ, played.clone());
    sandbox.host(
        &Build::release(),
        vec![
            activate(),
            play(&input, vec![TransportStep::FreeRun { frames: 40_000 }]),
        ],
    );
    assert_holds(&sandbox.only_take(), 0, &played);
}

#[test]
fn nothing_is_recorded_while_stopped_bypassed_or_not_listening() {
    let sandbox = Sandbox::new();
    let played = noise_channels(2, 30_000, 9);
    let input = sandbox.write_wave("in.wav", RATE_HZ, played.clone());
    let set = |name: &str, value: f64| Step::SetParameter {
        name: String::from(name),
        value,
    };
    sandbox.host(
        &Build::release(),
        vec![
            activate(),
            play(&input, vec![TransportStep::Stop { frames: 30_000 }]),
            set("Bypass", 1.0),
            play(&input, vec![TransportStep::Roll { frames: 30_000 }]),
            set("Bypass", 0.0),
            set("Listen", 0.0),
            play(&input, vec![TransportStep::Roll { frames: 30_000 }]),
            set("Listen", 1.0),
            play(&input, vec![TransportStep::Roll { frames: 30_000 }]),
        ],
    );
    assert_holds(&sandbox.only_take(), 60_000, &played);
}

#[test]
fn an_offline_render_loses_nothing_however_fast_it_is() {
    let build = Build::release();
    let seconds = 40;
    let frames = RATE_HZ as usize * seconds;
    for mode in [Some(RenderMode::Offline), None] {
        let sandbox = Sandbox::new();
        let played = noise_channels(2, frames, 10);
        let input = sandbox.write_wave("in.wav", RATE_HZ, played.clone());
        let mut steps: Vec<Step> = mode
            .into_iter()
            .map(|mode| Step::RenderMode { mode })
            .collect();
        steps.extend([activate(), play(&input, vec![])]);
        sandbox.host(&build, steps);
        assert_holds(&sandbox.only_take(), 0, &played);
    }
}
