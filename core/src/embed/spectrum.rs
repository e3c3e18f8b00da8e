//! A spectrum that is finer than steps, a byte for each value, made of what the model hears anyway: it says where a sound begins and
//! ends, which steps are too long for. Pure; the thread that prepares the model's input.

use std::ops::Range;

use super::{FrontEnd, Manifest};

/// How much louder ten times the power is, in levels of a byte: 0.37 dB each, and the loudest sound stays below 256.
const LEVELS_PER_DECADE: f32 = 27.0;
/// Frames of another length would need another fit of edges (`scan/boundary`), in seconds.
const FRAME_S: std::ops::RangeInclusive<f64> = 0.03..=0.06;

/// How a model's log-mel frames become fine spectra.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FineSpectrum {
    /// Log-mel frames in one frame of the spectrum, and bands in each.
    mel_frames: usize,
    mel_bands: usize,
    /// From the front end's values to levels.
    scale: f32,
    /// Samples from where a frame of the spectrum begins to where its first log-mel frame has its weight.
    lag_samples: usize,
    step_samples: u64,
}

impl FineSpectrum {
    /// Frames in a step.
    pub const FRAMES: usize = 4;
    /// Bands in a frame.
    pub const BANDS: usize = 16;
    /// Bytes of a step: frame by frame, low bands first.
    pub const BYTES: usize = Self::FRAMES * Self::BANDS;

    /// That of the model; `None` where it hears no log-mel frames, or hears in steps of quite another length than the default model.
    pub fn of(manifest: &Manifest) -> Option<Self> {
        let FrontEnd::LogMel(settings) = manifest.file().front_end else {
            return None;
        };
        let step = usize::try_from(manifest.step_samples()).ok()?;
        let frame = settings.hop * Self::FRAMES;
        let fits = step.is_multiple_of(frame)
            && settings.bands >= Self::BANDS
            && FRAME_S.contains(&(manifest.step_s() / Self::FRAMES as f64));
        fits.then(|| Self {
            mel_frames: step / frame,
            mel_bands: settings.bands,
            scale: settings.divisor as f32 * LEVELS_PER_DECADE,
            lag_samples: (settings.fft - settings.hop) / 2,
            step_samples: manifest.step_samples(),
        })
    }

    /// How much later than its frame of the spectrum a sound begins, as a share of a step: a log-mel frame reaches beyond its hop.
    pub fn lag_steps(&self) -> f64 {
        self.lag_samples as f64 / self.step_samples as f64
    }

    /// Appends the spectra of the steps `rows` of an item that the front end made `frames` of.
    pub(super) fn append(&self, frames: &[f32], rows: Range<usize>, out: &mut Vec<u8>) {
        let frame = self.mel_frames * self.mel_bands;
        for index in rows.start * Self::FRAMES..rows.end * Self::FRAMES {
            let heard = frames.get(index * frame..(index + 1) * frame);
            out.extend(self.levels(heard.unwrap_or_default()));
        }
    }

    /// Appends the spectra of `steps` steps of digital silence.
    pub(super) fn append_silence(steps: usize, out: &mut Vec<u8>) {
        out.resize(out.len() + steps * Self::BYTES, 0);
    }

    fn levels(&self, heard: &[f32]) -> [u8; Self::BANDS] {
        let (mut sums, mut counts) = ([0.0; Self::BANDS], [0.0_f32; Self::BANDS]);
        for row in heard.chunks_exact(self.mel_bands) {
            for (band, value) in row.iter().enumerate() {
                let target = band * Self::BANDS / self.mel_bands;
                if let (Some(sum), Some(count)) = (sums.get_mut(target), counts.get_mut(target)) {
                    *sum += value;
                    *count += 1.0;
                }
            }
        }
        let mut levels = [0; Self::BANDS];
        for ((level, sum), count) in levels.iter_mut().zip(sums).zip(counts) {
            // Rounds, and saturates at both ends.
            *level = (sum / f32::max(count, 1.0) * self.scale + 0.5) as u8;
        }
        levels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::manifest::tests::aisfx_manifest;

    #[test]
    fn a_band_of_a_frame_is_the_mean_of_what_the_model_hears_in_it() {
        let spectrum = FineSpectrum::of(&aisfx_manifest()).unwrap();
        // Two steps of eight frames of 96 bands; the third frame of the second step sounds in the lowest six bands.
        let mut frames = vec![0.0; 2 * 8 * 96];
        frames[(8 + 2) * 96..(8 + 2) * 96 + 6].fill(0.5);
        let mut found = Vec::new();
        spectrum.append(&frames, 1..2, &mut found);
        let expected = (0.25 * 9.4578 * LEVELS_PER_DECADE).round() as u8;
        assert_eq!(found.len(), FineSpectrum::BYTES);
        assert_eq!(found[FineSpectrum::BANDS], expected);
        assert_eq!(found.iter().filter(|level| **level > 0).count(), 1);
        assert!((spectrum.lag_steps() - 1.0 / 16.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_louder_than_any_sound_does_not_wrap_around() {
        let spectrum = FineSpectrum::of(&aisfx_manifest()).unwrap();
        let mut found = Vec::new();
        spectrum.append(&vec![100.0; 8 * 96], 0..1, &mut found);
        assert!(found.iter().all(|level| *level == 255));
        spectrum.append(&vec![f32::NAN; 8 * 96], 0..1, &mut found);
        FineSpectrum::append_silence(1, &mut found);
        assert!(found[FineSpectrum::BYTES..].iter().all(|level| *level == 0));
    }
}
