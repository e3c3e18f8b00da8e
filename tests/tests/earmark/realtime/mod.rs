//! The audio thread allocates nothing and makes no system call, whatever the host does.
//!
//! Every session is run twice: with the debug build, which aborts when the audio thread allocates, and with the release
//! build under a watch that ends the host when the plugin makes a system call on the audio thread.

#[cfg(target_os = "linux")]
mod linux;

use std::path::Path;
use std::process::Command;

use xtask::host::{BlockSizes, Outcome, Pace, RenderMode, Step, TransportStep, Watch};

use crate::support::signals::noise_channels;
use crate::support::{Build, Sandbox, TestScreen};

const RATE_HZ: u32 = 48_000;

/// A text of the library that aborts on an allocation, in every program it is part of.
const ASSERTION: &[u8] = b"assert_no_alloc";

/// Where system calls can be caught; elsewhere only the sessions themselves are run.
const WATCH: Watch = if cfg!(target_os = "linux") {
    Watch::SystemCalls
} else {
    Watch::Off
};

fn both_builds() -> [(Build, Watch); 2] {
    [(Build::debug(), Watch::Off), (Build::release(), WATCH)]
}

fn play(input: &Path, transport: Vec<TransportStep>, pace: Pace) -> Step {
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

fn automate(name: &str, value: f64, frame: u64) -> Step {
    Step::Automate {
        name: String::from(name),
        value,
        frame,
    }
}

fn activate(rate_hz: u32, blocks: BlockSizes) -> Step {
    Step::Activate { rate_hz, blocks }
}

fn roll(frames: u64) -> TransportStep {
    TransportStep::Roll { frames }
}

/// Everything a transport does, and what happens to a track between two blocks. 150,000 frames.
fn restless() -> Vec<TransportStep> {
    vec![
        TransportStep::Stop { frames: 1_000 },
        roll(35_000),
        TransportStep::Jump { to: 1_000_000 },
        roll(10_000),
        TransportStep::Reset,
        TransportStep::Loop {
            start: 1_000_000,
            end: 1_004_321,
            frames: 30_000,
        },
        TransportStep::Stop { frames: 2_000 },
        TransportStep::Suspend { milliseconds: 50 },
        TransportStep::FreeRun { frames: 20_000 },
        TransportStep::Suspend { milliseconds: 5 },
        TransportStep::Jump { to: -5_000 },
        roll(20_000),
        TransportStep::Reset,
        TransportStep::Stop { frames: 500 },
    ]
}

/// Parameters that change while the transport rolls, some within one block.
fn automation() -> [Step; 14] {
    [
        automate("Threshold", 0.2, 20_000),
        automate("Listen", 0.0, 20_001),
        automate("Listen", 1.0, 25_017),
        automate("Bypass", 1.0, 25_018),
        automate("Bypass", 0.0, 30_000),
        automate("Mark negative", 1.0, 31_000),
        automate("Mark positive", 1.0, 31_005),
        automate("Mark negative", 0.0, 33_000),
        // Only what was found; then all but it; then everything.
        automate("Output", 1.0, 12_000),
        automate("Send notes", 1.0, 12_001),
        automate("Output fade", 1.0, 40_000),
        automate("Output", 2.0, 60_000),
        automate("Output margin", 0.0, 61_000),
        automate("Output", 0.0, 110_000),
    ]
}

fn run(
    runner: Command,
    sandbox: &Sandbox,
    build: &Build,
    watch: Watch,
    steps: Vec<Step>,
) -> Outcome {
    sandbox
        .start_watched(runner, build, watch, steps)
        .finish()
        .unwrap()
}

fn assert_unharmed(outcome: &Outcome) {
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

#[test]
fn the_audio_thread_is_safe_whatever_the_host_does() {
    for (build, watch) in both_builds() {
        let sandbox = Sandbox::learned();
        let mut steps = Vec::new();
        for (rate_hz, blocks) in [
            (RATE_HZ, BlockSizes::Fixed(64)),
            (96_000, BlockSizes::Cycle(vec![1, 512, 33, 2048])),
            (44_100, BlockSizes::Fixed(8192)),
            // The same again: deactivated and activated.
            (44_100, BlockSizes::Fixed(8192)),
        ] {
            let name = format!("{rate_hz}.wav");
            let input = sandbox.write_wave(&name, rate_hz, noise_channels(2, 150_000, 1));
            steps.push(activate(rate_hz, blocks));
            steps.extend(automation());
            steps.push(play(&input, restless(), Pace::AsFastAsPossible));
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
                steps.push(play(&input, vec![roll(5_000)], Pace::AsFastAsPossible));
            }
            steps.push(play(&input, restless(), Pace::TimesRealTime(4.0)));
        }
        steps.push(Step::Deactivate);
        assert_unharmed(&run(sandbox.runner(), &sandbox, &build, watch, steps));
    }
}

/// There the plugin may wait for the recorder, but allocate it may not.
#[test]
fn an_offline_render_allocates_nothing_either() {
    let sandbox = Sandbox::learned();
    let input = sandbox.write_wave("in.wav", RATE_HZ, noise_channels(2, 150_000, 1));
    let steps = vec![
        Step::RenderMode {
            mode: RenderMode::Offline,
        },
        activate(RATE_HZ, BlockSizes::Fixed(512)),
        play(&input, restless(), Pace::AsFastAsPossible),
    ];
    let outcome = run(
        sandbox.runner(),
        &sandbox,
        &Build::debug(),
        Watch::Off,
        steps,
    );
    assert_unharmed(&outcome);
}

#[test]
fn the_audio_thread_is_safe_while_the_window_opens_and_closes() {
    let screen = TestScreen::start();
    for (build, watch) in both_builds() {
        let sandbox = Sandbox::learned();
        let input = sandbox.write_wave("in.wav", RATE_HZ, noise_channels(2, 150_000, 1));
        let mut steps = vec![activate(RATE_HZ, BlockSizes::Fixed(128))];
        for _ in 0..2 {
            steps.push(Step::OpenEditor {
                title: String::from("Earmark"),
                optional: false,
                delay_ms: 0,
            });
            steps.push(play(&input, restless(), Pace::TimesRealTime(2.0)));
            steps.push(Step::CloseEditor);
            steps.push(play(&input, vec![roll(5_000)], Pace::TimesRealTime(1.0)));
        }
        let mut runner = sandbox.runner();
        screen.equip(&mut runner);
        assert_unharmed(&run(runner, &sandbox, &build, watch, steps));
    }
}

/// Without this the tests above would also pass with a build that has no assertion in it.
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
