//! Peaks of a take for drawing, at two grains: what a window shows of ten hours must not cost ten hours.
//!
//! A plain value, made on the worker and read by windows.

use std::ops::Range;

/// Peaks that one of the overview stands for.
const PER_OVERVIEW: usize = 64;

/// Lowest and highest sample of each stretch of `seconds_per_peak`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Waveform {
    seconds_per_peak: f64,
    peaks: Vec<(f32, f32)>,
    /// One for every [`PER_OVERVIEW`] of `peaks`.
    overview: Vec<(f32, f32)>,
}

impl Waveform {
    /// The waveform of `peaks`, each `(lowest, highest)` of a stretch of `seconds_per_peak`.
    pub fn new(seconds_per_peak: f64, peaks: Vec<(f32, f32)>) -> Self {
        let mut made = Self {
            seconds_per_peak,
            peaks,
            overview: Vec::new(),
        };
        made.summarise(0..made.peaks.len());
        made
    }

    /// Seconds that one peak stands for; 0 while there is none.
    pub fn seconds_per_peak(&self) -> f64 {
        self.seconds_per_peak
    }

    /// How many peaks there are.
    pub fn len(&self) -> usize {
        self.peaks.len()
    }

    pub fn is_empty(&self) -> bool {
        self.peaks.is_empty()
    }

    /// How long it is, in seconds.
    pub fn duration_s(&self) -> f64 {
        self.seconds_per_peak * self.peaks.len() as f64
    }

    /// Makes it `count` peaks long and replaces those from `first` on by `peaks`.
    pub fn mend(&mut self, count: usize, first: usize, peaks: &[(f32, f32)]) {
        self.peaks.resize(count, (0.0, 0.0));
        let places = self.peaks.iter_mut().skip(first);
        for (place, &peak) in places.zip(peaks) {
            *place = peak;
        }
        self.summarise(first..first + peaks.len());
    }

    /// Lowest and highest sample between two times in seconds from the start; `None` outside.
    pub fn between(&self, from_s: f64, to_s: f64) -> Option<(f32, f32)> {
        if self.seconds_per_peak <= 0.0 {
            return None;
        }
        let first = (from_s / self.seconds_per_peak).floor().max(0.0) as usize;
        let last = (to_s / self.seconds_per_peak).ceil().max(0.0) as usize;
        let last = last.max(first + 1).min(self.peaks.len());
        if first >= last {
            return None;
        }
        // Whole overviews in the middle, single peaks at both ends.
        let whole = first.div_ceil(PER_OVERVIEW)..last / PER_OVERVIEW;
        if whole.is_empty() {
            return extremes(self.peaks.get(first..last)?);
        }
        let (before, after) = (whole.start * PER_OVERVIEW, whole.end * PER_OVERVIEW);
        let parts = [
            self.peaks.get(first..before),
            self.overview.get(whole),
            self.peaks.get(after..last),
        ];
        let found = parts.into_iter().flatten().filter_map(extremes);
        found.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    fn summarise(&mut self, changed: Range<usize>) {
        let count = self.peaks.len().div_ceil(PER_OVERVIEW);
        self.overview.resize(count, (0.0, 0.0));
        let first = changed.start / PER_OVERVIEW;
        let last = changed.end.div_ceil(PER_OVERVIEW).min(count);
        let chunks = self.peaks.chunks(PER_OVERVIEW);
        let places = self.overview.iter_mut().zip(chunks).take(last).skip(first);
        for (place, chunk) in places {
            *place = extremes(chunk).unwrap_or_default();
        }
    }
}

fn extremes(peaks: &[(f32, f32)]) -> Option<(f32, f32)> {
    let peaks = peaks.iter().copied();
    peaks.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(index: usize) -> (f32, f32) {
        let peak = ((index * 7919) % 1009) as f32 / 1009.0;
        (-peak, 0.5 * peak)
    }

    #[test]
    fn any_stretch_has_the_extremes_of_its_peaks() {
        let peaks: Vec<(f32, f32)> = (0..1000).map(noise).collect();
        let waveform = Waveform::new(0.5, peaks.clone());
        for (from, to) in [(0, 1000), (3, 4), (60, 70), (63, 129), (64, 128), (1, 999)] {
            let found = waveform.between(from as f64 * 0.5, to as f64 * 0.5);
            assert_eq!(found, extremes(&peaks[from..to]), "{from}..{to}");
        }
        assert_eq!(waveform.between(500.0, 501.0), None);
        assert_eq!(waveform.duration_s(), 500.0);
    }

    #[test]
    fn a_mended_waveform_is_as_if_made_anew() {
        let peaks: Vec<(f32, f32)> = (0..500).map(noise).collect();
        let mut waveform = Waveform::new(0.01, peaks[..130].to_vec());
        waveform.mend(500, 129, &peaks[129..]);
        assert_eq!(waveform, Waveform::new(0.01, peaks.clone()));
        waveform.mend(500, 70, &[(-9.0, 9.0)]);
        let mut changed = peaks;
        changed[70] = (-9.0, 9.0);
        assert_eq!(waveform, Waveform::new(0.01, changed));
    }
}
