//! No two tracks record into one take, in whatever processes or engines they are.

use xtask::host::{BlockSizes, Pace, Step, TransportStep};

use crate::support::signals::noise_channels;
use crate::support::take::Take;
use crate::support::{Build, Sandbox};

const RATE_HZ: u32 = 48_000;

fn activate() -> Step {
    Step::Activate {
        rate_hz: RATE_HZ,
        blocks: BlockSizes::Fixed(512),
    }
}

/// Hosts that run every plugin in a process of its own give the copy of a track the same saved state.
#[test]
fn two_processes_with_the_same_saved_state_record_two_sources_and_mix_no_take() {
    let build = Build::release();
    let sandbox = Sandbox::new();
    let state = sandbox.path("project.state");
    let tracks = [1, 2].map(|seed| {
        let signal = noise_channels(2, 24_000, seed);
        let name = format!("{seed}.wav");
        (sandbox.write_wave(&name, RATE_HZ, signal.clone()), signal)
    });
    let play = |track: usize| Step::Play {
        input: tracks[track].0.clone(),
        output: None,
        transport: vec![
            TransportStep::Jump { to: 0 },
            TransportStep::Roll { frames: 24_000 },
            TransportStep::Stop { frames: 512 },
        ],
        pace: Pace::AsFastAsPossible,
    };
    let load = || Step::LoadState {
        file: state.clone(),
    };
    sandbox.host(
        &build,
        vec![
            activate(),
            Step::SaveState {
                file: state.clone(),
            },
        ],
    );
    let mut first = sandbox.start(
        &build,
        vec![load(), activate(), Step::Hold { at_most_s: 90.0 }, play(0)],
    );
    first.wait_until_holding().unwrap();
    // The other track plays the same stretch of the project while the first process has the source.
    sandbox.host(&build, vec![load(), activate(), play(1)]);
    first.release();
    first.finish().unwrap().into_events().unwrap();
    // The first one's project is opened again, when nobody has it.
    sandbox.host(&build, vec![load(), activate(), play(0)]);

    let takes = sandbox.takes();
    assert_eq!(takes.len(), 2, "{takes:#?}");
    assert_ne!(takes[0].source, takes[1].source);
    for (_, signal) in &tracks {
        let held = takes.iter().filter(|take| {
            let channels = Take::read(&take.path).channels;
            channels[0] == signal[0]
        });
        assert_eq!(held.count(), 1, "each track has a take of its own");
    }
}

/// Two engines in one process: the first one's recorder hangs in its disk and is left behind, and may still write.
#[test]
fn a_source_whose_recorder_still_hangs_is_not_recorded_by_the_next_engine() {
    let sandbox = Sandbox::new();
    let state = sandbox.path("project.state");
    let input = sandbox.write_wave("in.wav", RATE_HZ, noise_channels(2, 24_000, 1));
    let play = || Step::Play {
        input: input.clone(),
        output: None,
        transport: Vec::new(),
        pace: Pace::TimesRealTime(1.0),
    };
    sandbox.host(
        &Build::release(),
        vec![
            activate(),
            play(),
            Step::SaveState {
                file: state.clone(),
            },
            Step::FreezeThread {
                name: String::from("earmark-recorder"),
            },
            Step::Recreate,
            Step::LoadState {
                file: state.clone(),
            },
            activate(),
            play(),
            Step::Idle { milliseconds: 500 },
            Step::ThawThreads,
            Step::Idle { milliseconds: 500 },
        ],
    );
    let takes = sandbox.takes();
    assert_eq!(takes.len(), 2, "{takes:#?}");
    assert_ne!(takes[0].source, takes[1].source);
}
