//! Samples to the model's input. Pure; worker threads.

use super::{FrontEnd, LogMel, Manifest, Normalise};

/// Added to the variance, so that silence stays silence; the value that fairseq trained with and torchaudio runs with. It
/// decides how loud a whisper is heard.
const LEAST_VARIANCE: f64 = 1e-5;

/// A window whose largest sample is below this is silence: less than the smallest step of 24 bits, and more than what is left
/// of a constant when its mean is taken off.
const LEAST_PEAK: f64 = 1e-7;

/// The front end that a manifest asks for, with its buffers.
pub(super) enum InputStage {
    Waveform(Normalise),
    LogMel(Box<LogMel>, Vec<f32>),
}

impl InputStage {
    /// The error names the setting that cannot be.
    pub(super) fn new(manifest: &Manifest) -> Result<Self, String> {
        match manifest.file().front_end {
            FrontEnd::Waveform(settings) => Ok(Self::Waveform(settings.normalise)),
            FrontEnd::LogMel(settings) => {
                let front_end = LogMel::new(&settings, manifest.sample_rate())?;
                Ok(Self::LogMel(Box::new(front_end), Vec::new()))
            }
        }
    }

    /// Appends to `input` what the model hears of `samples`.
    pub(super) fn append(&mut self, samples: &[f32], input: &mut Vec<f32>) {
        match self {
            Self::Waveform(Normalise::None) => input.extend_from_slice(samples),
            Self::Waveform(Normalise::ZeroMeanUnitVariance) => normalise(samples, input),
            Self::Waveform(Normalise::Peak { level, remove_mean }) => {
                scale_peak(samples, *level, *remove_mean, input);
            }
            Self::LogMel(front_end, frames) => {
                front_end.process(samples, frames);
                input.extend_from_slice(frames);
            }
        }
    }
}

fn mean_of(samples: &[f32]) -> f64 {
    let count = samples.len().max(1) as f64;
    samples.iter().map(|&sample| f64::from(sample)).sum::<f64>() / count
}

/// Scales `samples` so that the largest is `level`; silence stays silence.
fn scale_peak(samples: &[f32], level: f64, remove_mean: bool, input: &mut Vec<f32>) {
    let mean = if remove_mean { mean_of(samples) } else { 0.0 };
    let centred = samples.iter().map(|&sample| f64::from(sample) - mean);
    let peak = centred.clone().fold(0.0, |peak, x| x.abs().max(peak));
    let scale = if peak < LEAST_PEAK { 0.0 } else { level / peak };
    input.extend(centred.map(|sample| (sample * scale) as f32));
}

fn normalise(samples: &[f32], input: &mut Vec<f32>) {
    let count = samples.len().max(1) as f64;
    let mean = mean_of(samples);
    let variance = samples
        .iter()
        .map(|&sample| (f64::from(sample) - mean).powi(2))
        .sum::<f64>()
        / count;
    let scale = (variance + LEAST_VARIANCE).sqrt().recip();
    input.extend(
        samples
            .iter()
            .map(|&sample| ((f64::from(sample) - mean) * scale) as f32),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalised_samples_have_no_mean_and_unit_variance_and_silence_stays_silence() {
        let samples: Vec<f32> = (0..16_000)
            .map(|i| 0.25 + 0.1 * (i as f32 * 0.05).sin())
            .collect();
        let mut input = Vec::new();
        normalise(&samples, &mut input);
        let mean = input.iter().sum::<f32>() / 16_000.0;
        let variance = input.iter().map(|x| x * x).sum::<f32>() / 16_000.0;
        assert!(mean.abs() < 1e-3 && (variance - 1.0).abs() < 5e-3);
        input.clear();
        normalise(&[0.0; 100], &mut input);
        assert_eq!(input, [0.0; 100]);
    }

    fn scaled(samples: &[f32], level: f64, remove_mean: bool) -> Vec<f32> {
        let mut input = Vec::new();
        scale_peak(samples, level, remove_mean, &mut input);
        input
    }

    #[test]
    fn the_largest_sample_of_a_window_becomes_the_level() {
        // By hand: the mean is 0.125, what is left is [0.375, -0.625, 0.125, 0.125].
        let samples = [0.5, -0.5, 0.25, 0.25];
        assert_eq!(scaled(&samples, 0.25, true), [0.15, -0.25, 0.05, 0.05]);
        assert_eq!(scaled(&samples, 1.0, false), [1.0, -1.0, 0.5, 0.5]);
        let quiet = samples.map(|sample| sample * 1e-5);
        for (found, wanted) in scaled(&quiet, 0.25, true)
            .iter()
            .zip([0.15, -0.25, 0.05, 0.05])
        {
            assert!((found - wanted).abs() < 1e-6, "{found} for {wanted}");
        }
    }

    #[test]
    fn silence_a_constant_and_a_rounding_error_stay_silence() {
        for samples in [[0.0; 1_000], [0.3; 1_000], [1e-9; 1_000]] {
            assert_eq!(scaled(&samples, 0.25, true), [0.0; 1_000]);
        }
        assert_eq!(scaled(&[1e-30; 8], 0.25, false), [0.0; 8]);
        assert_eq!(scaled(&[0.3; 8], 0.25, false), [0.25; 8]);
        assert!(scaled(&[], 0.25, true).is_empty());
    }
}
