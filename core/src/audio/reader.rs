//! What every reader of a file format looks like inside this room: all channels, addressed by frame. Worker threads only.
//!
//! Also the mono [`SampleSource`]s that are made of such a reader: the downmix that is analysed, and single channels.

use std::sync::Arc;

use parking_lot::Mutex;

use super::loss::{Hint, Loss, LossList};
use super::source::{downmix, inside, sanitised};
use super::{AudioError, SampleSource};
use crate::time::{SampleIndex, SampleRate};

/// How a recording is sampled, and how long it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    pub rate: SampleRate,
    /// At least 1.
    pub channels: u16,
    /// Length in frames.
    pub frames: u64,
}

/// A recording in a file, read by position with bounded memory.
pub(super) trait FrameReader: Send {
    fn form(&self) -> Form;

    fn rate(&self) -> SampleRate {
        self.form().rate
    }

    /// At least 1.
    fn channels(&self) -> u16 {
        self.form().channels
    }

    /// Length in frames.
    fn frames(&self) -> u64 {
        self.form().frames
    }

    /// Appends `count` frames from `start` on to `interleaved`. What cannot be read is silence, and told by
    /// [`losses`](Self::losses).
    fn read_frames(
        &mut self,
        start: u64,
        count: usize,
        interleaved: &mut Vec<f32>,
    ) -> Result<(), AudioError>;

    /// What is known to be missing: all of it once everything was read.
    fn losses(&self) -> &LossList;

    /// Where the first frame lies on a timeline, if the file says so.
    fn time_reference(&self) -> Option<SampleIndex> {
        None
    }
}

/// A reader that several sources take turns with: what one of them has decoded the next one finds in memory.
#[derive(Clone)]
pub(super) struct SharedReader {
    reader: Arc<Mutex<Box<dyn FrameReader>>>,
    form: Form,
    /// What was known when it was opened.
    losses: LossList,
}

impl SharedReader {
    pub fn new(reader: Box<dyn FrameReader>) -> Self {
        Self {
            form: reader.form(),
            losses: reader.losses().clone(),
            reader: Arc::new(Mutex::new(reader)),
        }
    }
}

impl FrameReader for SharedReader {
    fn form(&self) -> Form {
        self.form
    }

    fn read_frames(
        &mut self,
        start: u64,
        count: usize,
        interleaved: &mut Vec<f32>,
    ) -> Result<(), AudioError> {
        self.reader.lock().read_frames(start, count, interleaved)
    }

    fn losses(&self) -> &LossList {
        &self.losses
    }
}

/// Frames read at once, at most, so that many channels need little memory.
pub(super) fn slab_frames(channels: u16) -> usize {
    (1 << 20) / usize::from(channels.max(1))
}

/// What of a frame becomes its one sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Mix {
    /// The mean of all channels.
    Mean,
    /// Half of left minus right.
    Difference,
    /// The channel with this number.
    Channel(usize),
}

impl Mix {
    fn apply(self, interleaved: &[f32], channels: usize, mono: &mut Vec<f32>) {
        let frames = interleaved.chunks_exact(channels.max(1));
        let at = |frame: &[f32], channel: usize| frame.get(channel).copied().map_or(0.0, sanitised);
        match self {
            Self::Mean => downmix(interleaved, channels, mono),
            Self::Difference => {
                mono.extend(frames.map(|frame| (at(frame, 0) - at(frame, 1)) * 0.5));
            }
            Self::Channel(channel) => mono.extend(frames.map(|frame| at(frame, channel))),
        }
    }
}

/// One mono view of a recording.
pub(super) struct MonoSource {
    reader: Box<dyn FrameReader>,
    mix: Option<Mix>,
    interleaved: Vec<f32>,
    mono: Vec<f32>,
}

impl MonoSource {
    /// The downmix that is analysed: chosen when the first sample is asked for.
    pub fn analysed(reader: Box<dyn FrameReader>) -> Self {
        Self::new(reader, None)
    }

    pub fn of_channel(reader: Box<dyn FrameReader>, channel: usize) -> Self {
        Self::new(reader, Some(Mix::Channel(channel)))
    }

    fn new(reader: Box<dyn FrameReader>, mix: Option<Mix>) -> Self {
        Self {
            reader,
            mix,
            interleaved: Vec::new(),
            mono: Vec::new(),
        }
    }

    fn mix(&mut self) -> Result<Mix, AudioError> {
        let mix = match self.mix {
            Some(mix) => mix,
            None => choose_mix(self.reader.as_mut())?,
        };
        self.mix = Some(mix);
        Ok(mix)
    }
}

impl SampleSource for MonoSource {
    fn rate(&self) -> SampleRate {
        self.reader.rate()
    }

    fn frames(&self) -> u64 {
        self.reader.frames()
    }

    fn read_mono(&mut self, start: i64, out: &mut [f32]) -> Result<(), AudioError> {
        let mix = self.mix()?;
        let Some((mut from, part)) = inside(start, self.frames(), out) else {
            return Ok(());
        };
        let channels = self.reader.channels();
        for slab in part.chunks_mut(slab_frames(channels)) {
            self.interleaved.clear();
            self.reader
                .read_frames(from, slab.len(), &mut self.interleaved)?;
            self.mono.clear();
            mix.apply(&self.interleaved, usize::from(channels), &mut self.mono);
            self.mono.resize(slab.len(), 0.0);
            slab.copy_from_slice(&self.mono);
            from += slab.len() as u64;
        }
        Ok(())
    }

    fn losses(&self) -> Vec<Loss> {
        self.reader.losses().at(self.reader.rate())
    }

    fn hints(&mut self) -> Result<Vec<Hint>, AudioError> {
        let channels = self.reader.channels();
        Ok(match self.mix()? {
            Mix::Mean => Vec::new(),
            Mix::Difference => vec![Hint::ChannelsCancel],
            Mix::Channel(channel) => vec![Hint::OneChannel {
                channel: u16::try_from(channel + 1).unwrap_or(u16::MAX),
                channels,
            }],
        })
    }

    fn time_reference(&self) -> Option<SampleIndex> {
        self.reader.time_reference()
    }
}

/// Stretches of the recording that are listened to before the downmix is chosen, and their length.
const PROBES: u64 = 24;
const PROBE_FRAMES: u64 = 8_192;
/// Between correlated channels and one alone (a power ratio of the number of channels, squared) the border lies here, but
/// never where the mean costs less than 12 dB.
const DILUTED_EXPONENT: f64 = 1.5;
const DILUTED_POWER: f64 = 15.9;

/// Chooses the louder way to hear a recording of several channels, once for all of it, so that a sample's value depends on its
/// position alone. The mean stays unless it takes nearly all power away: because two channels cancel, or because one of
/// many holds the sound.
fn choose_mix(reader: &mut dyn FrameReader) -> Result<Mix, AudioError> {
    let channels = usize::from(reader.channels());
    if channels < 2 {
        return Ok(Mix::Mean);
    }
    let frames = reader.frames();
    let probe = PROBE_FRAMES.min(frames.div_ceil(PROBES)).max(1);
    let mut of_channels = vec![0.0_f64; channels];
    let (mut of_mean, mut of_difference) = (0.0_f64, 0.0_f64);
    let (mut interleaved, mut mono) = (Vec::new(), Vec::new());
    let power = |samples: &[f32]| {
        samples
            .iter()
            .map(|&s| f64::from(s) * f64::from(s))
            .sum::<f64>()
    };
    for index in 0..PROBES {
        let start = (frames as f64 * index as f64 / PROBES as f64) as u64;
        let count = probe.min(frames.saturating_sub(start)) as usize;
        interleaved.clear();
        reader.read_frames(start, count, &mut interleaved)?;
        for frame in interleaved.chunks_exact(channels) {
            for (sum, &sample) in of_channels.iter_mut().zip(frame) {
                let sample = f64::from(sanitised(sample));
                *sum += sample * sample;
            }
        }
        mono.clear();
        Mix::Mean.apply(&interleaved, channels, &mut mono);
        of_mean += power(&mono);
        mono.clear();
        Mix::Difference.apply(&interleaved, channels, &mut mono);
        of_difference += power(&mono);
    }
    let loudest = of_channels
        .iter()
        .copied()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .unwrap_or_default();
    let border = (channels as f64).powf(DILUTED_EXPONENT).max(DILUTED_POWER);
    Ok(if loudest.1 <= border * of_mean {
        Mix::Mean
    } else if channels == 2 && of_difference > of_mean {
        Mix::Difference
    } else {
        Mix::Channel(loudest.0)
    })
}
