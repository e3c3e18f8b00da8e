//! The fine spectra of a stretch of a recording, laid out so that edges can be fitted quickly. Pure; worker thread.

use std::ops::Range;

/// Frames of a spectrum in a step.
pub const FRAMES: usize = 4;
/// Bands in a frame.
pub const BANDS: usize = 16;

/// The bands of a frame, or of the mean of several.
pub(super) type Bands = [f32; BANDS];

/// The steps of a stretch.
pub(super) struct Stretch {
    /// The recording's number of the first step.
    first: i64,
    /// Frame by frame; zeros where a step is not there.
    frames: Vec<[u8; BANDS]>,
    /// The sum of the frames of each step; `None` where it is not there.
    sums: Vec<Option<[u16; BANDS]>>,
}

impl Stretch {
    /// The steps `range`, of which `spectrum` gives the bytes, frame by frame.
    pub fn new<'a>(range: Range<i64>, spectrum: impl Fn(u64) -> Option<&'a [u8]>) -> Self {
        let steps = usize::try_from(range.end - range.start).unwrap_or_default();
        let mut stretch = Self {
            first: range.start,
            frames: Vec::with_capacity(steps * FRAMES),
            sums: Vec::with_capacity(steps),
        };
        for step in range {
            let heard = u64::try_from(step).ok().and_then(&spectrum);
            let heard = heard.map(|bytes| bytes.as_chunks::<BANDS>().0);
            let Some(frames) = heard.filter(|frames| frames.len() == FRAMES) else {
                stretch.frames.extend([[0; BANDS]; FRAMES]);
                stretch.sums.push(None);
                continue;
            };
            let mut sum = [0; BANDS];
            for frame in frames {
                for (sum, level) in sum.iter_mut().zip(frame) {
                    *sum += u16::from(*level);
                }
            }
            stretch.frames.extend_from_slice(frames);
            stretch.sums.push(Some(sum));
        }
        stretch
    }

    /// The frame of this number, counted from the recording's start; `None` where nothing is known of it.
    pub fn frame(&self, frame: i64) -> Option<&[u8; BANDS]> {
        let at = usize::try_from(frame - self.first * FRAMES as i64).ok()?;
        self.sums.get(at / FRAMES)?.as_ref()?;
        self.frames.get(at)
    }

    /// The mean frame of the steps `range`; `None` unless all of them are there.
    pub fn mean(&self, range: Range<i64>) -> Option<Bands> {
        let frames = (range.end - range.start) as f32 * FRAMES as f32;
        let mut mean = [0.0; BANDS];
        for step in range {
            for (mean, sum) in mean.iter_mut().zip(self.sum(step)?) {
                *mean += f32::from(*sum) / frames;
            }
        }
        Some(mean)
    }

    /// The median over those of the steps `range` that are there of the mean frame of each; `None` when none is.
    pub fn median(&self, range: Range<i64>) -> Option<Bands> {
        let sums: Vec<&[u16; BANDS]> = range.filter_map(|step| self.sum(step)).collect();
        if sums.is_empty() {
            return None;
        }
        let mut bands = [0.0; BANDS];
        let mut values = Vec::with_capacity(sums.len());
        for (band, median) in bands.iter_mut().enumerate() {
            values.clear();
            values.extend(sums.iter().filter_map(|sum| sum.get(band)).copied());
            let (below, middle, _) = values.select_nth_unstable(sums.len() / 2);
            let upper = f32::from(*middle);
            let lower = match sums.len().is_multiple_of(2) {
                true => below.iter().max().map_or(upper, |one| f32::from(*one)),
                false => upper,
            };
            *median = 0.5 * (lower + upper) / FRAMES as f32;
        }
        Some(bands)
    }

    fn sum(&self, step: i64) -> Option<&[u16; BANDS]> {
        let at = usize::try_from(step - self.first).ok()?;
        self.sums.get(at)?.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_medians_are_of_what_is_there() {
        // Steps 0 to 4, each as loud as its number; step 2 is missing.
        let bytes: Vec<Vec<u8>> = (0..5).map(|step| vec![step * 10; FRAMES * BANDS]).collect();
        let spectrum = |step: u64| match step {
            2 => None,
            _ => bytes.get(step as usize).map(Vec::as_slice),
        };
        let stretch = Stretch::new(-1..6, spectrum);
        assert_eq!(stretch.mean(3..5), Some([35.0; BANDS]));
        assert_eq!(stretch.mean(1..4), None);
        assert_eq!(stretch.median(-1..6), Some([20.0; BANDS]));
        assert_eq!(stretch.median(-1..4), Some([10.0; BANDS]));
        assert_eq!(stretch.median(5..9), None);
        assert_eq!(stretch.frame(7), Some(&[10; BANDS]));
        assert_eq!((stretch.frame(-1), stretch.frame(8)), (None, None));
        assert_eq!(stretch.frame(100), None);
    }
}
