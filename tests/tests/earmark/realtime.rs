//! The audio thread allocates nothing: the debug build aborts when it does.

use xtask::host::{BlockSizes, Pace, RenderMode, Step, TransportStep};

use crate::support::signals::noise_channels;
use crate::support::{Build, Desk};

const RATE_HZ: u32 = 48_000;

/// A text of the library that aborts on an allocation, in every program it is part of.
const ASSERTION: &[u8] = b"assert_no_alloc";

fn play(input: &std::path::Path, transport: Vec<TransportStep>, pace: Pace) -> Step {
    Step::Play {
        input: input.to_owned(),
        output: None,
        transport,
        pace,
    }
}

fn set(name: &str, value: f64) -> Step {
    Step::SetParameter {
        name: String::from(name),
        value,
    }
}

#[test]
fn the_audio_thread_never_allocates_whatever_the_host_does() {
    let desk = Desk::learned();
    let frames = 120_000;
    let input = desk.write_wave("in.wav", RATE_HZ, noise_channels(2, frames, 1));
    let restless = vec![
        TransportStep::Stop { frames: 1_000 },
        TransportStep::Roll { frames: 20_000 },
        TransportStep::Jump { to: 1_000_000 },
        TransportStep::Roll { frames: 10_000 },
        TransportStep::Loop {
            start: 1_000_000,
            end: 1_004_321,
            frames: 30_000,
        },
        TransportStep::Stop { frames: 2_000 },
        TransportStep::FreeRun { frames: 20_000 },
        TransportStep::Jump { to: -5_000 },
        TransportStep::Roll { frames: 20_000 },
        TransportStep::Stop { frames: 500 },
    ];
    let mut steps = Vec::new();
    for blocks in [
        BlockSizes::Fixed(64),
        BlockSizes::Cycle(vec![1, 512, 33, 2048]),
    ] {
        steps.push(Step::Activate {
            rate_hz: RATE_HZ,
            blocks,
        });
        steps.push(play(&input, restless.clone(), Pace::AsFastAsPossible));
        for (name, value) in [
            ("Threshold", 0.1),
            ("Listen", 0.0),
            ("Listen", 1.0),
            ("Bypass", 1.0),
            ("Bypass", 0.0),
            ("Mark negative", 1.0),
            ("Mark positive", 1.0),
            ("Mark negative", 0.0),
            ("Mark positive", 0.0),
        ] {
            steps.push(set(name, value));
            let transport = vec![TransportStep::Roll { frames: 5_000 }];
            steps.push(play(&input, transport, Pace::AsFastAsPossible));
        }
        steps.push(play(&input, restless.clone(), Pace::TimesRealTime(4.0)));
    }
    steps.push(Step::Deactivate);
    steps.push(Step::RenderMode {
        mode: RenderMode::Offline,
    });
    steps.push(Step::Activate {
        rate_hz: RATE_HZ,
        blocks: BlockSizes::Fixed(512),
    });
    steps.push(play(&input, restless, Pace::AsFastAsPossible));
    let outcome = desk.observe(&Build::debug(), steps);
    assert!(
        !outcome.aborted(),
        "the audio thread allocated:\n{}",
        outcome.errors
    );
    assert!(
        outcome.status.success(),
        "{}: {}",
        outcome.status,
        outcome.errors
    );
}

/// Without this the test above would also pass with a build that has no assertion in it.
#[test]
fn the_debug_build_has_the_allocation_assertion_and_the_release_build_does_not() {
    let has_assertion = |build: &Build| {
        let code = std::fs::read(build.clap_code()).unwrap();
        code.windows(ASSERTION.len())
            .any(|window| window == ASSERTION)
    };
    assert!(has_assertion(&Build::debug()));
    assert!(!has_assertion(&Build::release()));
}
