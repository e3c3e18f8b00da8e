//! Coming and going: hosts scan, create, activate and destroy plugins in every order, and unload them.

use xtask::host::{BlockSizes, Event, Pace, Step, TransportStep};

use crate::support::signals::noise_channels;
use crate::support::{Build, Sandbox};

const RATE_HZ: u32 = 48_000;

#[test]
fn twenty_quick_lives_leave_twenty_takes_and_a_host_that_ends_well() {
    let sandbox = Sandbox::new();
    let lives = 20;
    let input = sandbox.write_wave("in.wav", RATE_HZ, noise_channels(2, 4_000, 1));
    let mut steps = Vec::new();
    for life in 0..lives {
        if life > 0 {
            steps.push(Step::Recreate);
        }
        steps.push(Step::Activate {
            rate_hz: RATE_HZ,
            blocks: BlockSizes::Fixed(256),
        });
        steps.push(Step::Play {
            input: input.clone(),
            output: None,
            transport: vec![TransportStep::Roll { frames: 4_000 }],
            pace: Pace::AsFastAsPossible,
        });
        // Some hosts deactivate first, others just destroy.
        if life % 2 == 0 {
            steps.push(Step::Deactivate);
        }
    }
    let events = sandbox.host(&Build::release(), steps);
    let born = events
        .iter()
        .filter(|event| matches!(event, Event::Instantiated { .. }))
        .count();
    assert_eq!(born, lives);
    let takes = sandbox.takes();
    assert_eq!(takes.len(), lives);
    assert!(takes.iter().all(|take| take.frames == 4_000), "{takes:#?}");
}

#[test]
fn changing_rate_and_block_size_ends_one_take_and_begins_another() {
    let sandbox = Sandbox::new();
    let rates_hz = [44_100, 96_000, 48_000];
    let mut steps = Vec::new();
    for rate_hz in rates_hz {
        let input = sandbox.write_wave(
            &format!("{rate_hz}.wav"),
            rate_hz,
            noise_channels(2, 9_000, u64::from(rate_hz)),
        );
        steps.push(Step::Activate {
            rate_hz,
            blocks: BlockSizes::Fixed(rate_hz / 100),
        });
        steps.push(Step::Play {
            input,
            output: None,
            transport: vec![
                TransportStep::Jump { to: 0 },
                TransportStep::Roll { frames: 9_000 },
            ],
            pace: Pace::AsFastAsPossible,
        });
    }
    sandbox.host(&Build::release(), steps);
    let mut found: Vec<u32> = sandbox.takes().iter().map(|take| take.rate_hz).collect();
    found.sort_unstable();
    assert_eq!(found, [44_100, 48_000, 96_000]);
}

#[test]
fn a_host_that_merely_scans_its_plugins_touches_no_file() {
    let sandbox = Sandbox::new();
    let events = sandbox.host(
        &Build::release(),
        vec![
            Step::ReportParameters,
            Step::Recreate,
            Step::ReportParameters,
        ],
    );
    let Some(Event::Instantiated {
        plugin: Some(plugin),
        inputs: 2,
        outputs: 2,
        ..
    }) = events.first()
    else {
        panic!("{events:#?}");
    };
    assert_eq!(plugin.id, "org.earmark.earmark");
    let left: Vec<_> = std::fs::read_dir(sandbox.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(left.is_empty(), "the scan left {left:?}");
}

#[test]
fn activating_without_playing_records_nothing() {
    let sandbox = Sandbox::new();
    sandbox.host(
        &Build::release(),
        vec![
            Step::Activate {
                rate_hz: RATE_HZ,
                blocks: BlockSizes::Fixed(512),
            },
            Step::Idle { milliseconds: 300 },
            Step::Deactivate,
        ],
    );
    assert!(!sandbox.takes_folder().exists());
    assert!(!sandbox.embeddings_folder().exists());
    assert!(!sandbox.database().exists());
}
