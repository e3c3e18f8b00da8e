//! Sounds made here, so that no test needs a download: noise, bursts, and the chirps that are to be found.

use std::f64::consts::TAU;

/// Rate of everything that is scanned.
pub const RATE_HZ: u32 = 48_000;

/// Length of one chirp, in seconds.
pub const CHIRP_S: f64 = 0.6;

/// Seeded noise, -1 to 1. Every sample is different from its neighbours, so that a wrong sample cannot hide.
pub fn noise(frames: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..frames)
        .map(|_| {
            // xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators", 2016.
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            let bits = state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40;
            bits as f32 / (1_u32 << 23) as f32 - 1.0
        })
        .collect()
}

/// Independent noise on each channel.
pub fn noise_channels(channels: usize, frames: usize, seed: u64) -> Vec<Vec<f32>> {
    (0..channels as u64)
        .map(|channel| noise(frames, seed * 16 + channel + 1))
        .collect()
}

/// The values a plugin must pass on though nobody should send them.
pub fn hostile_samples() -> [f32; 10] {
    [
        f32::NAN,
        f32::from_bits(0xFFC0_1234), // a NaN with a payload
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::from_bits(1), // the smallest subnormal
        -f32::MIN_POSITIVE / 2.0,
        -0.0,
        f32::MAX,
        f32::MIN,
        1.0e-30,
    ]
}

/// `frames` of a chirp from `start_hz` two octaves up, faded in and out, at [`RATE_HZ`].
pub fn chirp(start_hz: f64, gain: f64) -> Vec<f32> {
    let frames = (CHIRP_S * f64::from(RATE_HZ)) as usize;
    (0..frames)
        .map(|frame| {
            let t = frame as f64 / f64::from(RATE_HZ);
            let x = t / CHIRP_S;
            let octaves = 2.0_f64;
            let rate = octaves * std::f64::consts::LN_2 / CHIRP_S;
            let phase = TAU * start_hz * ((rate * t).exp() - 1.0) / rate;
            (gain * (x * std::f64::consts::PI).sin().sqrt() * phase.sin()) as f32
        })
        .collect()
}

/// A quiet room of `seconds` in which noise bursts happen every two seconds or so, and nothing else.
pub fn room(seconds: f64, seed: u64) -> Vec<f32> {
    let frames = (seconds * f64::from(RATE_HZ)) as usize;
    let mut last = 0.0_f32;
    let mut room: Vec<f32> = noise(frames, seed)
        .into_iter()
        .map(|sample| {
            // A one-pole low-pass: rooms rumble.
            last += 0.05 * (sample - last);
            0.05 * last
        })
        .collect();
    let burst: Vec<f32> = noise(RATE_HZ as usize / 8, seed + 1)
        .into_iter()
        .enumerate()
        .map(|(frame, sample)| sample * (-(frame as f32) / 2000.0).exp() * 0.5)
        .collect();
    let mut at_s = 0.7;
    while at_s < seconds - 0.5 {
        add(&mut room, &burst, at_s);
        at_s += 1.9;
    }
    room
}

/// A room in which a chirp starts at each of `at_s` seconds.
pub fn room_with_chirps(seconds: f64, at_s: &[f64], seed: u64) -> Vec<f32> {
    let mut room = room(seconds, seed);
    for (index, &at_s) in at_s.iter().enumerate() {
        add(&mut room, &chirp(700.0 + 40.0 * index as f64, 0.3), at_s);
    }
    room
}

fn add(to: &mut [f32], what: &[f32], at_s: f64) {
    let start = (at_s * f64::from(RATE_HZ)) as usize;
    for (to, sample) in to.iter_mut().skip(start).zip(what) {
        *to += sample;
    }
}

/// Whether two signals are the same bits; NaN equals itself, 0 does not equal -0. Says where they part.
pub fn assert_same_bits(found: &[Vec<f32>], expected: &[Vec<f32>], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}: channels");
    for (channel, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(
            found.len(),
            expected.len(),
            "{what}: frames of channel {channel}"
        );
        let differs = found
            .iter()
            .zip(expected)
            .position(|(found, expected)| found.to_bits() != expected.to_bits());
        if let Some(frame) = differs {
            panic!(
                "{what}: channel {channel} differs from frame {frame} on: {:?} instead of {:?}",
                found[frame], expected[frame]
            );
        }
    }
}
