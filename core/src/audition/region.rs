//! A region of a recording, converted for the plugin's output: at the host's rate, on the output's channels. Blocks on the
//! disk; worker threads only.

use std::ops::ControlFlow;
use std::path::Path;

use crate::audio::resample::Converter;
use crate::audio::{AudioError, SampleSource, open_channels_while};
use crate::capture::CaptureFormat;
use crate::time::{SampleIndex, SampleRate, Span};

/// Reads a region from its start to its end.
pub struct RegionReader {
    channels: Vec<Channel>,
    outputs: usize,
    /// Counted from the recording's start, at the host's rate.
    next: i64,
    frames: u64,
    planar: Vec<Vec<f32>>,
}

impl RegionReader {
    /// Opens `span` of the recording at `path`, cut to what there is, for an output of `format`. A long coded file has to be
    /// walked through; `go_on` is asked meanwhile and may break off.
    ///
    /// # Errors
    /// When there is no such file, it holds nothing that can be decoded, or opening was broken off.
    pub fn open(
        path: &Path,
        span: Span,
        format: CaptureFormat,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<Self, AudioError> {
        let sources = open_channels_while(path, go_on)?;
        let length_s = sources.first().map_or(0.0, |source| {
            source.frames() as f64 / f64::from(source.rate().hz())
        });
        let frame_at =
            |seconds: f64| SampleIndex::from_seconds(seconds.clamp(0.0, length_s), format.rate).0;
        let (next, end) = (frame_at(span.start_s()), frame_at(span.end_s()));
        let channels = sources
            .into_iter()
            .map(|source| Channel::new(source, format.rate))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            planar: vec![Vec::new(); channels.len()],
            channels,
            outputs: usize::from(format.channels),
            next,
            frames: (end - next).unsigned_abs(),
        })
    }

    /// Length of the region in frames of the output.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Replaces `interleaved` by the next `frames` frames. Beyond the recording is silence.
    ///
    /// # Errors
    /// When the recording has become unreadable.
    pub fn read(&mut self, frames: usize, interleaved: &mut Vec<f32>) -> Result<(), AudioError> {
        for (channel, samples) in self.channels.iter_mut().zip(&mut self.planar) {
            samples.resize(frames, 0.0);
            channel.read(self.next, samples)?;
        }
        self.next += frames as i64;
        interleaved.clear();
        for frame in 0..frames {
            interleaved.extend((0..self.outputs).map(|output| self.sample(output, frame)));
        }
        Ok(())
    }

    /// One channel goes to every output, and every channel to the one output; else each to its own.
    fn sample(&self, output: usize, frame: usize) -> f32 {
        let at = |channel: &Vec<f32>| channel.get(frame).copied().unwrap_or(0.0);
        match (self.planar.as_slice(), self.outputs) {
            ([mono], _) => at(mono),
            (all, 1) => all.iter().map(at).sum::<f32>() / all.len().max(1) as f32,
            (all, _) => all.get(output).map_or(0.0, at),
        }
    }
}

/// One channel of the recording at the host's rate.
struct Channel {
    source: Metered,
    converter: Option<Converter>,
}

impl Channel {
    fn new(source: Box<dyn SampleSource>, rate: SampleRate) -> Result<Self, AudioError> {
        let from = source.rate();
        Ok(Self {
            source: Metered { source, peak: 0.0 },
            converter: (from != rate)
                .then(|| Converter::new(from, rate))
                .transpose()?,
        })
    }

    fn read(&mut self, start: i64, out: &mut [f32]) -> Result<(), AudioError> {
        let Some(converter) = &mut self.converter else {
            return self.source.read_mono(start, out);
        };
        converter.read(&mut self.source, start, out)?;
        // Between its samples a curve may rise above them. Nothing is played louder than it was recorded.
        let peak = self.source.peak;
        for sample in out {
            *sample = sample.clamp(-peak, peak);
        }
        Ok(())
    }
}

/// A source that knows the highest level it has given.
struct Metered {
    source: Box<dyn SampleSource>,
    peak: f32,
}

impl SampleSource for Metered {
    fn rate(&self) -> SampleRate {
        self.source.rate()
    }

    fn frames(&self) -> u64 {
        self.source.frames()
    }

    fn read_mono(&mut self, start: i64, out: &mut [f32]) -> Result<(), AudioError> {
        self.source.read_mono(start, out)?;
        self.peak = out
            .iter()
            .fold(self.peak, |peak, sample| peak.max(sample.abs()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::bwf::BwfWriter;

    fn format(rate_hz: u32, channels: u16) -> CaptureFormat {
        CaptureFormat {
            rate: SampleRate::new(rate_hz).unwrap(),
            channels,
            max_block_frames: 512,
        }
    }

    /// A take whose channels count up from 1, 2, 3 … thousandths.
    fn take(folder: &Path, rate_hz: u32, channels: u16) -> std::path::PathBuf {
        let path = folder.join(format!("{rate_hz}-{channels}.wav"));
        let rate = SampleRate::new(rate_hz).unwrap();
        let mut writer = BwfWriter::create(&path, rate, channels, SampleIndex(0), "test").unwrap();
        let samples: Vec<f32> = (0..rate_hz)
            .flat_map(|_| (0..channels).map(|channel| f32::from(channel + 1) / 1000.0))
            .collect();
        writer.write_at(0, &samples).unwrap();
        writer.flush().unwrap();
        path
    }

    fn open(path: &Path, span: Span, format: CaptureFormat) -> RegionReader {
        RegionReader::open(path, span, format, &mut || ControlFlow::Continue(())).unwrap()
    }

    fn read(path: &Path, format: CaptureFormat) -> Vec<f32> {
        let span = Span::new(0.25, 0.75).unwrap();
        let mut reader = open(path, span, format);
        assert_eq!(reader.frames(), u64::from(format.rate.hz() / 2));
        let mut interleaved = Vec::new();
        reader.read(100, &mut interleaved).unwrap();
        assert_eq!(interleaved.len(), 100 * usize::from(format.channels));
        interleaved
    }

    #[test]
    fn channels_go_where_they_belong() {
        let cases: [(u16, u16, &[f32]); 5] = [
            (1, 2, &[0.001, 0.001]),
            (2, 2, &[0.001, 0.002]),
            (2, 4, &[0.001, 0.002, 0.0, 0.0]),
            (4, 2, &[0.001, 0.002]),
            (2, 1, &[0.0015]),
        ];
        for (of, to, expected) in cases {
            let folder = tempfile::tempdir().unwrap();
            let path = take(folder.path(), 48_000, of);
            let frame = &read(&path, format(48_000, to))[..usize::from(to)];
            assert_eq!(frame, expected, "{of} channels to {to}");
        }
    }

    #[test]
    fn another_rate_is_converted_without_growing_louder() {
        let folder = tempfile::tempdir().unwrap();
        let path = take(folder.path(), 44_100, 2);
        for rate_hz in [22_050, 48_000, 96_000] {
            let read = read(&path, format(rate_hz, 2));
            for frame in read.as_chunks::<2>().0 {
                assert!(
                    (frame[0] - 0.001).abs() < 1e-5 && frame[0] <= 0.001,
                    "{frame:?}"
                );
                assert!(
                    (frame[1] - 0.002).abs() < 1e-5 && frame[1] <= 0.002,
                    "{frame:?}"
                );
            }
        }
    }

    #[test]
    fn what_lies_beyond_the_recording_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = take(folder.path(), 48_000, 1);
        let frames = |start_s, end_s| {
            let span = Span::new(start_s, end_s).unwrap();
            open(&path, span, format(48_000, 2)).frames()
        };
        assert_eq!(frames(0.9, 5.0), 4_800);
        assert_eq!(frames(-1.0, 0.1), 4_800);
        assert_eq!(frames(3.0, 4.0), 0);
    }
}
