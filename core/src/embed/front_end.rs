//! Samples to the model's input. Pure; worker threads.

use super::{FrontEnd, LogMel, Manifest, Normalise};

/// Added to the variance, so that silence stays silence; the value that fairseq trained with and torchaudio runs with. It
/// decides how loud a whisper is heard.
const LEAST_VARIANCE: f64 = 1e-5;

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
            Self::LogMel(front_end, frames) => {
                front_end.process(samples, frames);
                input.extend_from_slice(frames);
            }
        }
    }
}

fn normalise(samples: &[f32], input: &mut Vec<f32>) {
    let count = samples.len().max(1) as f64;
    let mean = samples.iter().map(|&sample| f64::from(sample)).sum::<f64>() / count;
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
}
