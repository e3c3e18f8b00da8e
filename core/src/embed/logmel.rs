//! The log-mel front end: overlapping frames of samples to bands of logarithmic power.
//!
//! A symmetric Hann window, the power spectrum, triangular bands spaced evenly on the mel scale
//! `1127.01048 ln(1 + f / 700)` and linear in mel, each normalised to unit sum, then
//! `log10(1 + gain * power) / divisor`. Pure; worker threads. The FFT is planned once per embedder.

use std::f64::consts::{LN_10, TAU};
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use super::LogMelSettings;
use crate::time::SampleRate;

/// One triangular band: weights of consecutive spectrum bins.
struct Band {
    first_bin: usize,
    weights: Vec<f32>,
}

/// Computes log-mel frames; keeps its plan and its buffers between calls.
pub struct LogMel {
    settings: LogMelSettings,
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    bands: Vec<Band>,
    gain: f32,
    /// Turns the natural logarithm into the scaled decimal one.
    scale: f32,
    windowed: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    power: Vec<f32>,
}

impl LogMel {
    /// A front end for samples at `rate`.
    ///
    /// # Errors
    /// Names the setting that cannot be.
    pub fn new(settings: &LogMelSettings, rate: SampleRate) -> Result<Self, String> {
        let require = |condition: bool, what: &str| {
            if condition {
                Ok(())
            } else {
                Err(what.to_owned())
            }
        };
        let nyquist_hz = f64::from(rate.hz()) / 2.0;
        require(
            (16..=1 << 17).contains(&settings.fft),
            "fft must be 16 to 131072",
        )?;
        require(settings.fft.is_multiple_of(2), "fft must be even")?;
        require(
            (1..=settings.fft).contains(&settings.hop),
            "hop must be 1 to fft",
        )?;
        require(
            (1..=settings.fft / 2).contains(&settings.bands),
            "bands must be 1 to half of fft",
        )?;
        require(
            (0.0..nyquist_hz).contains(&settings.min_hz),
            "min_hz must be 0 to half the sample rate",
        )?;
        require(
            settings.max_hz > settings.min_hz && settings.max_hz <= nyquist_hz,
            "max_hz must be above min_hz and at most half the sample rate",
        )?;
        // Beyond these a loud sound overflows, or everything becomes 0.
        require(
            (1e-12..=1e12).contains(&settings.gain),
            "gain must be 1e-12 to 1e12",
        )?;
        require(
            (1e-6..=1e6).contains(&settings.divisor),
            "divisor must be 0.000001 to 1000000",
        )?;

        let bands = mel_bands(settings, rate)?;
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(settings.fft);
        let last = (settings.fft - 1) as f64;
        Ok(Self {
            settings: *settings,
            window: (0..settings.fft)
                .map(|i| (0.5 - 0.5 * (TAU * i as f64 / last).cos()) as f32)
                .collect(),
            bands,
            gain: settings.gain as f32,
            scale: (1.0 / (LN_10 * settings.divisor)) as f32,
            windowed: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            power: vec![0.0; settings.fft / 2 + 1],
            fft,
        })
    }

    /// Bands per frame.
    pub fn bands(&self) -> usize {
        self.settings.bands
    }

    /// Whole frames in `samples` samples.
    pub fn frames(&self, samples: usize) -> usize {
        match samples.checked_sub(self.settings.fft) {
            Some(rest) => rest / self.settings.hop + 1,
            None => 0,
        }
    }

    /// Replaces `out` by the whole frames of `samples`: `frames x bands`, row by row.
    pub fn process(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        out.clear();
        out.reserve(self.frames(samples.len()) * self.settings.bands);
        for frame in samples
            .windows(self.settings.fft)
            .step_by(self.settings.hop)
        {
            for ((windowed, sample), weight) in
                self.windowed.iter_mut().zip(frame).zip(&self.window)
            {
                *windowed = sample * weight;
            }
            // The buffers come from the plan itself, so their lengths always agree.
            let transformed = self.fft.process_with_scratch(
                &mut self.windowed,
                &mut self.spectrum,
                &mut self.scratch,
            );
            debug_assert!(transformed.is_ok());
            for (power, bin) in self.power.iter_mut().zip(&self.spectrum) {
                *power = bin.norm_sqr();
            }
            out.extend(self.bands.iter().map(|band| {
                let bins = &self.power[band.first_bin..];
                let power: f32 = band
                    .weights
                    .iter()
                    .zip(bins)
                    .map(|(weight, power)| weight * power)
                    .sum();
                (1.0 + self.gain * power).ln() * self.scale
            }));
        }
    }
}

fn mel(hz: f64) -> f64 {
    1_127.010_48 * (hz / 700.0).ln_1p()
}

fn mel_bands(settings: &LogMelSettings, rate: SampleRate) -> Result<Vec<Band>, String> {
    let (lowest, highest) = (mel(settings.min_hz), mel(settings.max_hz));
    let spacing = (highest - lowest) / (settings.bands + 1) as f64;
    let bin_mels: Vec<f64> = (0..=settings.fft / 2)
        .map(|bin| mel(bin as f64 * f64::from(rate.hz()) / settings.fft as f64))
        .collect();
    (1..=settings.bands)
        .map(|band| {
            let centre = lowest + spacing * band as f64;
            let weight = |mel: f64| (1.0 - (mel - centre).abs() / spacing).max(0.0);
            let first_bin = bin_mels.partition_point(|&mel| weight(mel) <= 0.0 && mel < centre);
            let weights: Vec<f64> = bin_mels[first_bin..]
                .iter()
                .map(|&mel| weight(mel))
                .take_while(|&weight| weight > 0.0)
                .collect();
            let sum: f64 = weights.iter().sum();
            if sum > 0.0 {
                Ok(Band {
                    first_bin,
                    weights: weights.iter().map(|weight| (weight / sum) as f32).collect(),
                })
            } else {
                Err(format!(
                    "bands must be fewer, or fft longer: band {band} holds no bin of the spectrum"
                ))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::FrontEnd;
    use crate::embed::manifest::tests::aisfx;

    fn settings() -> LogMelSettings {
        match aisfx().front_end {
            FrontEnd::LogMel(settings) => settings,
            FrontEnd::Waveform(_) => panic!("the default model hears log-mel frames"),
        }
    }

    fn front_end() -> LogMel {
        LogMel::new(&settings(), SampleRate::new(44_100).unwrap()).unwrap()
    }

    #[test]
    fn only_whole_frames_are_made() {
        let mut front_end = front_end();
        let mut out = Vec::new();
        for (samples, frames) in [(0, 0), (2047, 0), (2048, 1), (3071, 1), (3072, 2)] {
            front_end.process(&vec![0.1; samples], &mut out);
            assert_eq!(
                (front_end.frames(samples), out.len()),
                (frames, frames * 96)
            );
        }
    }

    #[test]
    fn silence_is_zero_and_the_loudest_sound_stays_finite() {
        let mut front_end = front_end();
        let mut out = Vec::new();
        front_end.process(&[0.0; 4096], &mut out);
        assert!(out.iter().all(|&value| value == 0.0));
        front_end.process(&[10_000.0; 4096], &mut out);
        assert!(out.iter().all(|value| value.is_finite()));
    }

    /// Found by fuzzing (`fuzz/targets/manifest.rs`): a gain of 1e100 made infinite and undefined values.
    #[test]
    fn a_gain_or_divisor_that_overflows_is_refused_and_the_most_that_is_accepted_stays_finite() {
        let rate = SampleRate::new(44_100).unwrap();
        let with = |gain, divisor| {
            let settings = LogMelSettings {
                gain,
                divisor,
                ..settings()
            };
            LogMel::new(&settings, rate)
        };
        for (gain, divisor) in [
            (1.666e100, 9.0),
            (0.0, 9.0),
            (f64::NAN, 9.0),
            (1.0, 1e-60),
            (1.0, f64::INFINITY),
        ] {
            let error = with(gain, divisor).err().unwrap();
            assert!(error.contains(" must be "), "{gain} {divisor}: {error}");
        }
        for (gain, divisor) in [(1e12, 1e-6), (1e-12, 1e6)] {
            let mut out = Vec::new();
            let mut front_end = with(gain, divisor).unwrap();
            front_end.process(&[10_000.0; 4_096], &mut out);
            assert!(!out.is_empty() && out.iter().all(|value| value.is_finite()));
        }
    }

    #[test]
    fn more_bands_than_the_spectrum_can_fill_are_refused() {
        let mut settings = settings();
        settings.fft = 256;
        settings.hop = 128;
        let error = LogMel::new(&settings, SampleRate::new(44_100).unwrap())
            .err()
            .unwrap();
        assert!(error.contains("bands must be fewer"), "{error}");
    }
}
