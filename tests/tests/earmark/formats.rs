//! Takes of every format, and of sound that is none: each is scanned from its first second to its last.

use xtask::host::{BlockSizes, Pace, Step};

use crate::support::learned::MODEL;
use crate::support::signals::{hostile_samples, noise, noise_channels};
use crate::support::take::Take;
use crate::support::{Build, Sandbox};

/// A channel of `frames` from a value per frame.
fn channel(frames: usize, value: impl Fn(usize) -> f32) -> Vec<f32> {
    (0..frames).map(value).collect()
}

#[test]
fn whatever_was_recorded_is_kept_and_can_be_scanned_to_its_end() {
    let build = Build::release();
    let sandbox = Sandbox::learned();
    let seconds = |rate_hz: u32| 2 * rate_hz as usize;
    let hostile = |frames: usize| {
        let mut samples = noise(frames, 50);
        let values = hostile_samples().into_iter().cycle();
        for (sample, value) in samples.iter_mut().step_by(3).zip(values) {
            *sample = value;
        }
        samples
    };
    let sounds: Vec<(&str, u32, Vec<Vec<f32>>)> = vec![
        ("silence", 22_050, vec![vec![0.0; seconds(22_050)]; 2]),
        (
            "direct current",
            48_000,
            vec![vec![0.9; seconds(48_000)]; 2],
        ),
        (
            "denormals",
            44_100,
            vec![
                channel(seconds(44_100), |frame| f32::from_bits(
                    1 + frame as u32 % 99
                ));
                1
            ],
        ),
        (
            "no numbers at all",
            48_000,
            vec![
                vec![f32::NAN; seconds(48_000)],
                vec![f32::NEG_INFINITY; seconds(48_000)],
            ],
        ),
        (
            "the extremes of 32-bit floats",
            96_000,
            vec![
                channel(seconds(96_000), |frame| {
                    if frame % 7 < 3 { f32::MAX } else { f32::MIN }
                });
                2
            ],
        ),
        (
            "all of it among noise",
            88_200,
            vec![hostile(seconds(88_200)); 4],
        ),
        (
            "5.1 at 176.4 kHz",
            176_400,
            noise_channels(6, seconds(176_400), 51),
        ),
        (
            "7.1 at 192 kHz",
            192_000,
            noise_channels(8, seconds(192_000), 52),
        ),
    ];
    let mut steps = Vec::new();
    for (index, (_, rate_hz, sound)) in sounds.iter().enumerate() {
        let input = sandbox.write_wave(&format!("{index}.wav"), *rate_hz, sound.clone());
        steps.extend([
            // Each an instance of its own, and with it a source.
            Step::Recreate,
            Step::SelectLayout {
                channels: sound.len() as u32,
            },
            Step::Activate {
                rate_hz: *rate_hz,
                blocks: BlockSizes::Cycle(vec![1024, 1, 16_384, 77]),
            },
            Step::Play {
                input,
                output: None,
                transport: vec![],
                pace: Pace::AsFastAsPossible,
            },
        ]);
    }
    sandbox.host(&build, steps);

    let takes = sandbox.takes();
    assert_eq!(takes.len(), sounds.len(), "{takes:#?}");
    for (name, rate_hz, sound) in &sounds {
        let is_it = |held: &Take| held.rate_hz == *rate_hz && same(&held.channels, sound);
        let take = takes.iter().find(|take| is_it(&Take::read(&take.path)));
        let take = take.unwrap_or_else(|| panic!("no take holds {name}"));
        assert_eq!(take.channels as usize, sound.len(), "{name}");
        let path = take.path.display().to_string();
        sandbox.cli(&build, &["scan", &path, "--model", MODEL]);
        // At a threshold of zero every window with a score is found.
        let everything = sandbox.cli(&build, &["results", &path, "--threshold", "0"]);
        let regions = everything["regions"].as_array().unwrap();
        assert_eq!(regions.len(), 1, "{name}: {regions:#?}");
        let score = regions[0]["score"].as_f64();
        assert!(
            score.is_some_and(|score| (0.0..=1.0).contains(&score)),
            "{name}: {regions:#?}"
        );
        let (start_s, end_s) = (&regions[0]["start_s"], &regions[0]["end_s"]);
        assert_eq!(start_s.as_f64(), Some(0.0), "{name}: {regions:#?}");
        assert!(end_s.as_f64().unwrap() > 1.75, "{name}: {regions:#?}");
    }
}

fn same(found: &[Vec<f32>], expected: &[Vec<f32>]) -> bool {
    let bits = |channels: &[Vec<f32>]| -> Vec<Vec<u32>> {
        channels
            .iter()
            .map(|channel| channel.iter().map(|sample| sample.to_bits()).collect())
            .collect()
    };
    bits(found) == bits(expected)
}
