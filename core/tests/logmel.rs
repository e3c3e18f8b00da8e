//! The log-mel front end against frames that the default model's own package computed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)] // In tests a panic is the report.

mod common;

use earmark_core::embed::{LogMel, LogMelSettings};
use earmark_core::time::SampleRate;

#[test]
fn log_mel_frames_are_those_the_model_was_trained_on() {
    let reference = common::reference();
    let settings = LogMelSettings {
        fft: 2048,
        hop: 1024,
        bands: 96,
        min_hz: 0.0,
        max_hz: 22_050.0,
        gain: 10_000.0,
        divisor: 9.4578,
    };
    let mut front_end = LogMel::new(&settings, SampleRate::new(44_100).unwrap()).unwrap();
    let mut frames = Vec::new();
    front_end.process(&common::reference_signal(), &mut frames);
    assert_eq!(frames.len(), 100 * 96);
    for (index, expected) in [
        (0, &reference.logmel_frame0),
        (50, &reference.logmel_frame50),
    ] {
        let found = &frames[index * 96..(index + 1) * 96];
        for (band, (found, expected)) in found.iter().zip(expected).enumerate() {
            assert!(
                (found - expected).abs() < 5e-6,
                "frame {index}, band {band}: {found} for {expected}"
            );
        }
    }
}
