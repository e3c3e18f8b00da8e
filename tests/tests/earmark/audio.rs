//! What goes in comes out: the plugin listens and never touches the sound.

use xtask::host::{BlockSizes, Event, Pace, Step, TransportStep, Wave};

use crate::support::signals::{assert_same_bits, hostile_samples, noise_channels};
use crate::support::{Build, Sandbox};

const RATES_HZ: [u32; 5] = [22_050, 44_100, 48_000, 96_000, 192_000];

/// Hosts use powers of two, odd sizes, single samples around automation, and whatever is left at a loop's seam.
fn block_sizes() -> [BlockSizes; 7] {
    [
        BlockSizes::Fixed(1),
        BlockSizes::Fixed(64),
        BlockSizes::Fixed(511),
        BlockSizes::Fixed(512),
        BlockSizes::Fixed(8192),
        BlockSizes::Fixed(16_384),
        BlockSizes::Cycle(vec![512, 1, 64, 333, 16_384, 7]),
    ]
}

/// Noise with values in it that nobody should send.
fn signal(channels: usize, frames: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut signal = noise_channels(channels, frames, seed);
    for (channel, samples) in signal.iter_mut().enumerate() {
        let every = 97 + channel;
        for (sample, hostile) in samples
            .iter_mut()
            .step_by(every)
            .zip(hostile_samples().into_iter().cycle())
        {
            *sample = hostile;
        }
    }
    signal
}

/// Plays at every rate and block size in one session and compares.
fn passes_everything_on(channels: u32) {
    let build = Build::release();
    let sandbox = Sandbox::new();
    let mut steps = vec![Step::SelectLayout { channels }];
    let mut played = Vec::new();
    for rate_hz in RATES_HZ {
        for (index, blocks) in block_sizes().into_iter().enumerate() {
            let frames = 20_000;
            let name = format!("{rate_hz}-{index}");
            let sent = signal(channels as usize, frames, u64::from(rate_hz) + index as u64);
            let input = sandbox.write_wave(&format!("{name}.in.wav"), rate_hz, sent.clone());
            let output = sandbox.path(&format!("{name}.out.wav"));
            let label = format!("{channels} channels at {rate_hz} Hz in blocks of {blocks:?}");
            steps.push(Step::Activate { rate_hz, blocks });
            // Rolling, stopped, jumped, without position: none of it may be heard.
            let stretch = frames as u64 / 4;
            steps.push(Step::Play {
                input,
                output: Some(output.clone()),
                transport: vec![
                    TransportStep::Roll { frames: stretch },
                    TransportStep::Stop { frames: stretch },
                    TransportStep::Jump { to: 1_000_000 },
                    TransportStep::Roll { frames: stretch },
                    TransportStep::FreeRun { frames: stretch },
                ],
                pace: Pace::AsFastAsPossible,
            });
            played.push((label, sent, output));
        }
    }
    let events = sandbox.host(&build, steps);
    for (label, sent, output) in played {
        assert_same_bits(&Wave::read(&output).unwrap().channels, &sent, &label);
    }
    for event in events {
        if let Event::Instantiated { latency_frames, .. } = event {
            assert_eq!(latency_frames, 0, "the plugin reports a latency");
        }
    }
}

#[test]
fn stereo_passes_through_bit_for_bit_at_every_rate_and_block_size() {
    passes_everything_on(2);
}

#[test]
fn mono_passes_through_bit_for_bit_at_every_rate_and_block_size() {
    passes_everything_on(1);
}

#[test]
fn surround_passes_through_bit_for_bit() {
    for channels in [4, 6, 8] {
        passes_everything_on(channels);
    }
}

#[test]
fn the_sound_passes_while_bypassed_and_while_not_listening() {
    let sandbox = Sandbox::new();
    let sent = signal(2, 30_000, 5);
    let input = sandbox.write_wave("in.wav", 48_000, sent.clone());
    let outputs: Vec<_> = (0..3)
        .map(|index| sandbox.path(&format!("{index}.wav")))
        .collect();
    let play = |index: usize| Step::Play {
        input: input.clone(),
        output: Some(outputs[index].clone()),
        transport: vec![],
        pace: Pace::AsFastAsPossible,
    };
    let set = |name: &str, value: f64| Step::SetParameter {
        name: String::from(name),
        value,
    };
    sandbox.host(
        &Build::release(),
        vec![
            Step::Activate {
                rate_hz: 48_000,
                blocks: BlockSizes::Fixed(256),
            },
            set("Bypass", 1.0),
            play(0),
            set("Bypass", 0.0),
            set("Listen", 0.0),
            play(1),
            set("Listen", 1.0),
            set("Threshold", 0.9),
            play(2),
        ],
    );
    for (index, output) in outputs.iter().enumerate() {
        let heard = Wave::read(output).unwrap().channels;
        assert_same_bits(&heard, &sent, &format!("setting {index}"));
    }
}
