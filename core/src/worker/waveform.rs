//! Peaks of a take for the timeline, made once and mended where the take changes.

use std::ops::Range;
use std::sync::Arc;

use super::Worker;
use crate::audio;
use crate::protocol::{EngineError, Waveform};
use crate::recording::Recording;

/// Seconds that one peak stands for: a pixel of a ten-second view on a wide screen.
pub const PEAK_S: f64 = 0.01;

/// Which part of a recording's peaks is out of date, in seconds.
#[derive(Debug, Clone)]
pub struct PeakChange {
    pub recording: Recording,
    pub seconds: Range<f64>,
}

impl Worker {
    /// The peaks of a recording, computed only over `change` when the rest is known.
    ///
    /// # Errors
    /// When the recording cannot be read.
    pub fn waveform(&mut self, change: &PeakChange) -> Result<Arc<Waveform>, EngineError> {
        let mut source = audio::open(&change.recording.path)?;
        let frames_per_peak = f64::from(source.rate().hz()) * PEAK_S;
        let count = (source.frames() as f64 / frames_per_peak).ceil() as usize;
        let known = self
            .waveforms
            .entry(change.recording.path.clone())
            .or_default();
        // A take that grew is stale from its last known peak on, which was cut short.
        let grown = known.len().saturating_sub(1);
        let first = (change.seconds.start / PEAK_S).floor().max(0.0) as usize;
        let last = (change.seconds.end / PEAK_S).ceil() as usize;
        let last = if count > known.len() { count } else { last };
        let stale = first.min(grown)..last.min(count);
        let mut peaks = Vec::with_capacity(stale.len());
        let mut samples = vec![0.0_f32; frames_per_peak.ceil() as usize];
        for index in stale.clone() {
            let start = (index as f64 * frames_per_peak) as i64;
            source.read_mono(start, &mut samples)?;
            let extremes =
                |(low, high): (f32, f32), &sample: &f32| (low.min(sample), high.max(sample));
            peaks.push(samples.iter().fold((0.0, 0.0), extremes));
        }
        if known.is_empty() {
            *known = Arc::new(Waveform::new(PEAK_S, peaks));
        } else {
            Arc::make_mut(known).mend(count, stale.start, &peaks);
        }
        Ok(Arc::clone(known))
    }
}
