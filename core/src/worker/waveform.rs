//! Peaks of a take for the timeline, made once and mended where the take changes; some minutes of it in one go, so that the live
//! scan of no track waits for the picture of a day.

use std::ops::Range;
use std::sync::Arc;

use super::Worker;
use super::embeddings::open_audio;
use crate::job::JobControl;
use crate::protocol::{EngineError, Waveform};
use crate::recording::Recording;

/// Seconds that one peak stands for: a pixel of a ten-second view on a wide screen.
pub const PEAK_S: f64 = 0.01;

/// Peaks made in one go: ten minutes.
const PEAKS_AT_ONCE: usize = 60_000;
/// Peaks between two questions whether to go on.
const PEAKS_UNASKED: usize = 1_000;

/// Which part of a recording's peaks is out of date, in seconds.
#[derive(Debug, Clone)]
pub struct PeakChange {
    pub recording: Recording,
    pub seconds: Range<f64>,
}

impl Worker {
    /// The peaks of a recording as far as they are known now, and what is left to be made. Computes only `change` where the rest
    /// is known, and no more than some minutes of it.
    ///
    /// # Errors
    /// When the recording cannot be read, or `job` is cancelled.
    pub fn waveform(
        &mut self,
        change: &PeakChange,
        job: &JobControl,
    ) -> Result<(Arc<Waveform>, Option<PeakChange>), EngineError> {
        let mut source = open_audio(&change.recording.path, job)?;
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
        let end = stale.end.min(stale.start + PEAKS_AT_ONCE);
        let mut peaks = Vec::with_capacity(end.saturating_sub(stale.start));
        let mut samples = vec![0.0_f32; frames_per_peak.ceil() as usize];
        for index in stale.start..end {
            if index % PEAKS_UNASKED == 0 {
                job.go_on()?;
            }
            let start = (index as f64 * frames_per_peak) as i64;
            source.read_mono(start, &mut samples)?;
            let extremes =
                |(low, high): (f32, f32), &sample: &f32| (low.min(sample), high.max(sample));
            peaks.push(samples.iter().fold((0.0, 0.0), extremes));
        }
        let reached = if end < stale.end {
            known.len().max(end)
        } else {
            count
        };
        if known.is_empty() {
            *known = Arc::new(Waveform::new(PEAK_S, peaks));
        } else {
            Arc::make_mut(known).mend(reached, stale.start, &peaks);
        }
        let left = (end < stale.end).then(|| PeakChange {
            recording: change.recording.clone(),
            seconds: end as f64 * PEAK_S..change.seconds.end,
        });
        Ok((Arc::clone(known), left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::protocol::JobKind;
    use crate::store::StoreHandle;

    /// A WAV of so many seconds at 1,000 Hz, silent but for one sample a minute.
    fn clicks(path: &std::path::Path, seconds: u32) {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 1_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(path, spec).unwrap();
        for index in 0..seconds * 1_000 {
            let click = index % 60_000 == 30_000;
            writer.write_sample(i16::from(click) * 16_384).unwrap();
        }
        writer.finalize().unwrap();
    }

    #[test]
    fn a_long_recording_is_drawn_piece_by_piece_and_can_be_cancelled() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long.wav");
        clicks(&path, 1_500);
        let config = Config::from_environment().unwrap();
        let store = StoreHandle::new(Some(folder.path().join("earmark.db"))).unwrap();
        let mut worker = Worker::new(config, store);
        let job = JobControl::new(JobKind::Scanning);
        let recording = Recording::named("long.wav", &path).unwrap();
        let mut left = Some(PeakChange {
            recording,
            seconds: 0.0..1_500.0,
        });
        let mut lengths = Vec::new();
        while let Some(change) = left {
            let (waveform, rest) = worker.waveform(&change, &job).unwrap();
            lengths.push(waveform.duration_s());
            for minute in 0..(waveform.duration_s() / 60.0) as usize {
                let middle = minute as f64 * 60.0 + 30.0;
                assert_eq!(waveform.between(middle, middle + 0.001), Some((0.0, 0.5)));
                assert_eq!(
                    waveform.between(middle + 1.0, middle + 20.0),
                    Some((0.0, 0.0))
                );
            }
            left = rest;
        }
        assert_eq!(
            lengths.iter().map(|s| s.round()).collect::<Vec<_>>(),
            [600.0, 1_200.0, 1_500.0]
        );

        // A change within what is known leaves the rest alone.
        clicks(&path, 1_500);
        let change = |seconds| PeakChange {
            recording: Recording::named("long.wav", &path).unwrap(),
            seconds,
        };
        let (waveform, left) = worker.waveform(&change(20.0..40.0), &job).unwrap();
        assert_eq!(
            (waveform.duration_s().round(), left.is_none()),
            (1_500.0, true)
        );
        job.cancel();
        let cancelled = worker.waveform(&change(0.0..1_500.0), &job);
        assert!(matches!(cancelled, Err(EngineError::Cancelled)));
    }
}
