//! Regions through the plugin's output: heard as they were recorded, and never in a render.

use std::time::Duration;

use xtask::host::{BlockSizes, Outcome, Pace, RenderMode, Step, TransportStep, Wave};

use crate::support::signals::{RATE_HZ, assert_same_bits, noise_channels};
use crate::support::{Build, Sandbox};
use crate::window::Review;

/// Long enough to press a key and to hear a region on a busy machine.
const LISTEN_S: usize = 8;

fn hold() -> Step {
    Step::Hold { at_most_s: 90.0 }
}

fn noise(seed: u64) -> Vec<Vec<f32>> {
    noise_channels(2, LISTEN_S * RATE_HZ as usize, seed)
}

/// Processes noise by the clock while the transport stands.
fn process(sandbox: &Sandbox, name: &str, seed: u64) -> Step {
    let frames = (LISTEN_S * RATE_HZ as usize) as u64;
    Step::Play {
        input: sandbox.write_wave(&format!("{name}.in.wav"), RATE_HZ, noise(seed)),
        output: Some(sandbox.path(&format!("{name}.out.wav"))),
        transport: vec![TransportStep::Stop { frames }],
        pace: Pace::TimesRealTime(1.0),
    }
}

fn set(name: &str, value: f64) -> Step {
    Step::SetParameter {
        name: String::from(name),
        value,
    }
}

/// Lets the host process, and presses `keys` meanwhile.
fn press_while_processing(review: &mut Review, keys: &[&str]) {
    review.host.release();
    for key in keys {
        // The window has nothing else to wait for: what is pressed shows in the sound.
        std::thread::sleep(Duration::from_millis(700));
        review.screen.press(key).unwrap();
    }
}

#[test]
fn space_plays_the_selected_region_in_place_of_the_track_but_never_in_a_render() {
    let mut review = Review::begin_with(Build::release(), |sandbox| {
        vec![
            process(sandbox, "live", 1),
            hold(),
            Step::RenderMode {
                mode: RenderMode::Offline,
            },
            Step::Activate {
                rate_hz: RATE_HZ,
                blocks: BlockSizes::Fixed(512),
            },
            process(sandbox, "render", 2),
        ]
    });
    press_while_processing(&mut review, &["space"]);
    review.host.wait_until_holding().unwrap();
    press_while_processing(&mut review, &["space", "space"]);
    review.host.finish().unwrap().into_events().unwrap();

    let heard = Wave::read(&review.sandbox.path("live.out.wav"))
        .unwrap()
        .channels;
    let at = |seconds: f64| (seconds * f64::from(RATE_HZ)).round() as usize;
    let start = at(review.region["start_s"].as_f64().unwrap());
    let end = at(review.region["end_s"].as_f64().unwrap());
    let region = &review.sound[start..end];
    let fade = RATE_HZ as usize / 200;
    for (heard, track) in heard.iter().zip(noise(1)) {
        let changed: Vec<usize> = (0..track.len())
            .filter(|&frame| heard[frame].to_bits() != track[frame].to_bits())
            .collect();
        // A fade begins and ends with the track alone.
        let from = changed.first().expect("nothing was heard") - 1;
        assert_eq!(changed.last().unwrap() + 2 - from, region.len());
        assert_eq!(
            heard[from + fade..from + region.len() - fade - 1],
            region[fade..region.len() - fade - 1]
        );
    }
    let rendered = Wave::read(&review.sandbox.path("render.out.wav")).unwrap();
    assert_same_bits(&rendered.channels, &noise(2), "the render");
}

#[test]
fn auditions_and_pads_allocate_nothing_on_the_audio_thread() {
    let mut review = Review::begin_with(Build::debug(), |sandbox| {
        let mut steps = Vec::new();
        for (index, (name, value)) in [
            ("Mark negative", 1.0),
            ("Mark negative", 0.0),
            ("Mark positive", 1.0),
            ("Mark positive", 0.0),
        ]
        .into_iter()
        .enumerate()
        {
            steps.extend([
                set(name, value),
                process(sandbox, &index.to_string(), index as u64),
                hold(),
            ]);
        }
        steps
    });
    for keys in [
        &["space", "space", "space"][..],
        &["space", "Up", "space", "space"],
        &["space", "Escape"],
        &["space"],
    ] {
        press_while_processing(&mut review, keys);
        review.host.wait_until_holding().unwrap();
    }
    let outcome: Outcome = review.host.finish().unwrap();
    assert!(
        outcome.status.success(),
        "{}: {}",
        outcome.status,
        outcome.errors
    );
    let heard = Wave::read(&review.sandbox.path("0.out.wav"))
        .unwrap()
        .channels;
    assert_ne!(heard, noise(0), "nothing was auditioned");
}
