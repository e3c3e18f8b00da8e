//! A take on disk as a [`SampleSource`]: read by seeking, even while it is being recorded. Worker threads only.
//!
//! Always the mean of its channels: which downmix is loudest depends on all of a recording, and a take is scored while it grows
//! (`docs/capture.md`, "Formats").

use std::path::Path;

use super::bwf::BwfReader;
use super::source::{downmix, sanitised};
use super::{AudioError, SampleSource, usable_rate};
use crate::time::SampleRate;

/// Frames read from the disk at once; bounds the memory that many channels need.
const SLAB_FRAMES: usize = 1 << 16;

/// What of a frame becomes its one sample.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pick {
    /// The mean of all channels.
    Downmix,
    /// The channel with this number.
    Channel(usize),
}

pub(super) struct TakeSource {
    rate: SampleRate,
    reader: BwfReader,
    pick: Pick,
    interleaved: Vec<f32>,
    mono: Vec<f32>,
}

impl TakeSource {
    pub(super) fn new(path: &Path, reader: BwfReader, pick: Pick) -> Result<Self, AudioError> {
        let rate = usable_rate(reader.rate().hz())?;
        if reader.frames() == 0 {
            return Err(AudioError::Empty { path: path.into() });
        }
        Ok(Self {
            rate,
            reader,
            pick,
            interleaved: Vec::new(),
            mono: Vec::new(),
        })
    }
}

impl SampleSource for TakeSource {
    fn rate(&self) -> SampleRate {
        self.rate
    }

    fn frames(&self) -> u64 {
        self.reader.frames()
    }

    fn read_mono(&mut self, start: i64, out: &mut [f32]) -> Result<(), AudioError> {
        let before = usize::try_from(start.min(0).unsigned_abs())
            .unwrap_or(usize::MAX)
            .min(out.len());
        let (silence, mut rest) = out.split_at_mut(before);
        silence.fill(0.0);
        let mut from = start.max(0).unsigned_abs();
        while !rest.is_empty() {
            let wanted = rest.len().min(SLAB_FRAMES);
            let got = self
                .reader
                .read_frames(from, wanted, &mut self.interleaved)?;
            if got == 0 {
                rest.fill(0.0);
                break;
            }
            self.mono.clear();
            let channels = usize::from(self.reader.channels());
            match self.pick {
                Pick::Downmix => downmix(&self.interleaved, channels, &mut self.mono),
                Pick::Channel(channel) => self.mono.extend(
                    self.interleaved
                        .chunks_exact(channels)
                        .filter_map(|frame| frame.get(channel).copied().map(sanitised)),
                ),
            }
            let (done, left) = rest.split_at_mut(got.min(self.mono.len()));
            done.copy_from_slice(&self.mono[..done.len()]);
            rest = left;
            from += got as u64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::bwf::BwfWriter;
    use crate::audio::open;
    use crate::time::SampleIndex;

    #[test]
    fn a_take_can_be_read_while_it_grows_and_beyond_one_slab() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("take.wav");
        let rate = SampleRate::new(48_000).unwrap();
        let mut writer = BwfWriter::create(&path, rate, 2, SampleIndex(96_000), "test").unwrap();
        let ramp = |frames: std::ops::Range<usize>| -> Vec<f32> {
            frames
                .flat_map(|i| [i as f32 / 1e6, i as f32 / 1e6 + 0.5])
                .collect()
        };
        writer.write_at(0, &ramp(0..1_000)).unwrap();
        writer.flush().unwrap();
        let mut source = open(&path).unwrap();
        let mut out = vec![9.0; 1_500];
        source.read_mono(0, &mut out).unwrap();
        assert!(
            (out[999] - (999.0 / 1e6 + 0.25)).abs() < 1e-6,
            "{}",
            out[999]
        );
        assert_eq!(out[1_000], 0.0);

        let end = SLAB_FRAMES + 5_000;
        writer.write_at(1_000, &ramp(1_000..end)).unwrap();
        writer.flush().unwrap();
        let mut out = vec![9.0; end + 100];
        source.read_mono(-50, &mut out).unwrap();
        assert!(
            out[..50]
                .iter()
                .chain(&out[end + 50..])
                .all(|&sample| sample == 0.0)
        );
        for (i, sample) in out[50..end + 50].iter().enumerate() {
            assert!(
                (sample - (i as f32 / 1e6 + 0.25)).abs() < 1e-6,
                "sample {i}: {sample}"
            );
        }
    }

    #[test]
    fn samples_in_a_take_that_are_not_numbers_never_come_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("take.wav");
        let rate = SampleRate::new(48_000).unwrap();
        let mut writer = BwfWriter::create(&path, rate, 1, SampleIndex(0), "test").unwrap();
        writer.write_at(0, &[f32::NAN, 0.5, f32::INFINITY]).unwrap();
        writer.flush().unwrap();
        let mut out = [9.0; 3];
        open(&path).unwrap().read_mono(0, &mut out).unwrap();
        assert_eq!(out, [0.0, 0.5, 0.0]);
    }
}
