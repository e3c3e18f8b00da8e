//! That a sample's value depends on its position alone, and that sound stays what it is.

use proptest::prelude::*;

use super::*;
use crate::audio::MemorySource;

fn rate(hz: u32) -> SampleRate {
    SampleRate::new(hz).unwrap()
}

fn read(source: &MemorySource, to_hz: u32, start: i64, frames: usize) -> Vec<f32> {
    let mut source = source.clone();
    let mut out = vec![f32::NAN; frames];
    ModelRateReader::new(&mut source, rate(to_hz))
        .unwrap()
        .read(start, &mut out)
        .unwrap();
    out
}

fn sine(hz: f64, rate_hz: u32, frames: usize) -> Vec<f32> {
    (0..frames)
        .map(|i| (std::f64::consts::TAU * hz * i as f64 / f64::from(rate_hz) + 0.3).sin() as f32)
        .collect()
}

/// Repeatable noise, so that every sample differs from its neighbours.
fn noise(frames: usize) -> Vec<f32> {
    let mut state = 0x2545_F491_u32;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as f32 / u32::MAX as f32 - 0.5
    })
    .take(frames)
    .collect()
}

#[test]
fn equal_rates_change_nothing() {
    let samples = noise(1000);
    let source = MemorySource::new(rate(44_100), samples.clone());
    assert_eq!(read(&source, 44_100, 0, 1000), samples);
}

#[test]
fn a_sine_keeps_its_frequency_phase_and_amplitude() {
    for (from, to) in [
        (48_000, 44_100),
        (96_000, 44_100),
        (22_050, 44_100),
        (44_101, 44_100),
        (48_000, 16_000),
    ] {
        for hz in [100.0, 1_000.0, 6_000.0] {
            let source = MemorySource::new(rate(from), sine(hz, from, 2 * from as usize));
            let out = read(&source, to, 0, 2 * to as usize);
            let expected = sine(hz, to, out.len());
            let middle = to as usize / 2..3 * to as usize / 2;
            for i in middle {
                let error = (out[i] - expected[i]).abs();
                assert!(
                    error < 1e-4,
                    "{hz} Hz, {from} to {to}: sample {i} is off by {error}"
                );
            }
        }
    }
}

#[test]
fn an_impulse_stays_where_it_was_in_time() {
    for (from, to) in [
        (48_000, 44_100),
        (96_000, 44_100),
        (8_000, 44_100),
        (44_100, 48_000),
        (44_101, 44_100),
    ] {
        let mut samples = vec![0.0; 2 * from as usize];
        samples[from as usize] = 1.0;
        let out = read(
            &MemorySource::new(rate(from), samples),
            to,
            0,
            2 * to as usize,
        );
        let loudest = out
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))
            .unwrap()
            .0;
        assert_eq!(loudest, to as usize, "{from} to {to}");
        // Symmetry about the impulse is alignment to a fraction of a sample.
        for offset in 1..50 {
            let asymmetry = (out[loudest + offset] - out[loudest - offset]).abs();
            assert!(asymmetry < 1e-5, "{from} to {to}: {asymmetry} at {offset}");
        }
    }
}

#[test]
fn nothing_is_left_of_what_lies_above_the_new_rates_half() {
    let source = MemorySource::new(rate(48_000), sine(23_500.0, 48_000, 96_000));
    let out = read(&source, 44_100, 20_000, 44_100);
    assert!(out.iter().all(|sample| sample.abs() < 1e-3));
}

#[test]
fn the_length_is_the_same_in_seconds() {
    let mut source = MemorySource::new(rate(48_000), vec![0.0; 48_001]);
    assert_eq!(
        ModelRateReader::new(&mut source, rate(44_100))
            .unwrap()
            .frames(),
        44_101
    );
}

struct FailsOnce {
    inner: MemorySource,
    reads: usize,
}

impl SampleSource for FailsOnce {
    fn rate(&self) -> SampleRate {
        self.inner.rate()
    }
    fn frames(&self) -> u64 {
        self.inner.frames()
    }
    fn read_mono(&mut self, start: i64, out: &mut [f32]) -> Result<(), AudioError> {
        self.reads += 1;
        if self.reads == 2 {
            return Err(AudioError::NoSuchFile {
                path: "unplugged".into(),
            });
        }
        self.inner.read_mono(start, out)
    }
}

#[test]
fn a_failed_read_does_not_displace_the_next_one() {
    let inner = MemorySource::new(rate(48_000), noise(48_000));
    let expected = read(&inner, 44_100, 10_000, 5_000);
    let mut source = FailsOnce { inner, reads: 0 };
    let mut reader = ModelRateReader::new(&mut source, rate(44_100)).unwrap();
    let mut out = vec![0.0; 5_000];
    reader.read(5_000, &mut out).unwrap();
    assert!(reader.read(10_000, &mut out).is_err());
    reader.read(10_000, &mut out).unwrap();
    assert_eq!(out, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn reading_in_any_chunks_gives_the_same_samples_as_reading_at_once(
        from in prop::sample::select(vec![48_000_u32, 96_000, 22_050, 32_000]),
        start in -3_000_i64..3_000,
        chunks in prop::collection::vec((0_usize..4_000, prop::bool::weighted(0.2)), 1..12),
    ) {
        let source = MemorySource::new(rate(from), noise(20_000));
        let total: usize = chunks.iter().map(|chunk| chunk.0).sum();
        let at_once = read(&source, 44_100, start, total);
        let mut source = source;
        let mut reader = ModelRateReader::new(&mut source, rate(44_100)).unwrap();
        let mut in_chunks = vec![f32::NAN; total];
        let mut done = 0;
        for (length, jump) in chunks {
            if jump {
                reader.read(start + 7_777, &mut [0.0; 10]).unwrap();
            }
            reader.read(start + done as i64, &mut in_chunks[done..done + length]).unwrap();
            done += length;
        }
        for (i, (a, b)) in at_once.iter().zip(&in_chunks).enumerate() {
            prop_assert!((a - b).abs() <= 1e-6, "sample {i}: {a} at once, {b} in chunks");
        }
    }
}
