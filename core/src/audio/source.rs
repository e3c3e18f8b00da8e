//! What every recording looks like to the rest of Earmark: mono samples, addressed by position.
//!
//! Every sample enters Earmark here. Samples that are not finite, or far too loud, are replaced, so that a damaged file cannot
//! upset a model or a resampler. Worker threads only.

use super::AudioError;
use super::loss::{Hint, Loss};
use crate::time::{SampleIndex, SampleRate};

/// A recording, read as mono by position.
pub trait SampleSource: Send {
    /// Samples per second of what [`read_mono`](Self::read_mono) gives.
    fn rate(&self) -> SampleRate;

    /// Length in samples. A take that is being recorded grows as it is read past what was its end.
    fn frames(&self) -> u64;

    /// Fills `out` with the samples from `start` on: the mean of all channels. Outside the recording is silence,
    /// and so is every sample that is not a number.
    ///
    /// # Errors
    /// When the recording has become unreadable.
    fn read_mono(&mut self, start: i64, out: &mut [f32]) -> Result<(), AudioError>;

    /// What is missing or was read in another way than written: what is known by now, all of it once everything was read.
    fn losses(&self) -> Vec<Loss> {
        Vec::new()
    }

    /// Why it may be heard less well than others.
    ///
    /// # Errors
    /// When the recording has become unreadable.
    fn hints(&mut self) -> Result<Vec<Hint>, AudioError> {
        Ok(Vec::new())
    }

    /// Where its first frame lies on a timeline, if the file says so.
    fn time_reference(&self) -> Option<SampleIndex> {
        None
    }
}

/// +80 dB over full scale. What is louder in a float file is damage, and its power would overflow in a spectrum.
const LOUDEST: f32 = 10_000.0;

/// `sample` if it is a number, limited to what can be sound; 0 if not.
pub fn sanitised(sample: f32) -> f32 {
    if sample.is_finite() {
        sample.clamp(-LOUDEST, LOUDEST)
    } else {
        0.0
    }
}

/// Appends the mean over `channels` of each interleaved frame to `mono`. An incomplete last frame is left out.
pub fn downmix(interleaved: &[f32], channels: usize, mono: &mut Vec<f32>) {
    match channels {
        0 => {}
        1 => mono.extend(interleaved.iter().copied().map(sanitised)),
        // As below, but of a length that the compiler knows: most recordings.
        2 => {
            let (frames, _) = interleaved.as_chunks::<2>();
            mono.extend(
                frames
                    .iter()
                    .map(|&[left, right]| (sanitised(left) + sanitised(right)) * 0.5),
            );
        }
        _ => {
            let scale = 1.0 / channels as f32;
            mono.extend(
                interleaved
                    .chunks_exact(channels)
                    .map(|frame| frame.iter().copied().map(sanitised).sum::<f32>() * scale),
            );
        }
    }
}

/// The part of `out`, read from `start`, that lies inside a recording of `frames`, and the frame it begins at.
/// Silences the rest of `out`.
pub(super) fn inside(start: i64, frames: u64, out: &mut [f32]) -> Option<(u64, &mut [f32])> {
    let length = i64::try_from(out.len()).unwrap_or(i64::MAX);
    let frames = i64::try_from(frames).unwrap_or(i64::MAX);
    let from = start.clamp(0, frames);
    let to = start.saturating_add(length).clamp(0, frames);
    if from >= to {
        out.fill(0.0);
        return None;
    }
    // Both differences are below `out.len()`, because `start <= from < to <= start + length`.
    let (head, tail) = ((from - start) as usize, (to - start) as usize);
    out[..head].fill(0.0);
    out[tail..].fill(0.0);
    Some((from as u64, &mut out[head..tail]))
}

/// A recording held in memory.
#[derive(Debug, Clone)]
pub struct MemorySource {
    rate: SampleRate,
    samples: Vec<f32>,
}

impl MemorySource {
    /// The mono `samples` at `rate`; what is not a number becomes silence.
    pub fn new(rate: SampleRate, mut samples: Vec<f32>) -> Self {
        for sample in &mut samples {
            *sample = sanitised(*sample);
        }
        Self { rate, samples }
    }

    /// All samples.
    pub fn samples(&self) -> &[f32] {
        &self.samples
    }
}

impl SampleSource for MemorySource {
    fn rate(&self) -> SampleRate {
        self.rate
    }

    fn frames(&self) -> u64 {
        self.samples.len() as u64
    }

    fn read_mono(&mut self, start: i64, out: &mut [f32]) -> Result<(), AudioError> {
        if let Some((from, part)) = inside(start, self.frames(), out) {
            let from = from as usize;
            part.copy_from_slice(&self.samples[from..from + part.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(samples: Vec<f32>) -> MemorySource {
        MemorySource::new(SampleRate::new(48_000).unwrap(), samples)
    }

    #[test]
    fn outside_the_recording_is_silence() {
        let mut source = source(vec![1.0, 2.0, 3.0]);
        let cases: [(i64, [f32; 5]); 7] = [
            (0, [1.0, 2.0, 3.0, 0.0, 0.0]),
            (-1, [0.0, 1.0, 2.0, 3.0, 0.0]),
            (-5, [0.0; 5]),
            (-100, [0.0; 5]),
            (2, [3.0, 0.0, 0.0, 0.0, 0.0]),
            (3, [0.0; 5]),
            (i64::MAX, [0.0; 5]),
        ];
        for (start, expected) in cases {
            let mut out = [9.0; 5];
            source.read_mono(start, &mut out).unwrap();
            assert_eq!(out, expected, "from {start}");
        }
    }

    #[test]
    fn what_is_not_a_number_becomes_silence() {
        let source = source(vec![
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            0.5,
            f32::MAX,
        ]);
        assert_eq!(source.samples(), [0.0, 0.0, 0.0, 0.5, LOUDEST]);
    }

    #[test]
    fn downmix_is_the_mean_of_the_channels_and_survives_a_broken_one() {
        let mut mono = Vec::new();
        downmix(&[1.0, 0.0, 0.5, 0.5, f32::NAN, 1.0, 0.25], 2, &mut mono);
        assert_eq!(mono, [0.5, 0.5, 0.5]);
    }
}
