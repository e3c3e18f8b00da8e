//! What of a recording could not be read as it was written, and what is known of how it is heard. Plain values; any thread.

use std::fmt;

use serde::Serialize;

use crate::time::{SampleRate, timecode};

/// Why a stretch is not as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum LossReason {
    /// The file ends before the point that its header names. What is missing lies beyond what is read.
    Truncated,
    /// The stretch cannot be decoded and is read as silence.
    Damaged,
    /// The sizes in the header are wrong or unfinished; everything up to the end of the file is read.
    WrongHeader,
    /// From here on the sample rate differs; it is converted to the rate of the beginning.
    OtherRate {
        /// The rate within the stretch.
        hz: u32,
    },
    /// From here on the number of channels differs; missing channels are silent, further ones are left out of clips.
    OtherChannels {
        /// The number within the stretch.
        channels: u16,
    },
}

/// A stretch of a recording with a reason.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Loss {
    pub start_s: f64,
    pub end_s: f64,
    #[serde(flatten)]
    pub reason: LossReason,
}

impl Loss {
    /// The frames from `start` to `end`.
    pub(super) fn of_frames(start: u64, end: u64, rate: SampleRate, reason: LossReason) -> Self {
        let seconds = |frame: u64| frame as f64 / f64::from(rate.hz());
        Self {
            start_s: seconds(start),
            end_s: seconds(end.max(start)),
            reason,
        }
    }

    /// Whether sound is missing, rather than read in another way than expected.
    pub fn is_missing(&self) -> bool {
        matches!(self.reason, LossReason::Truncated | LossReason::Damaged)
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = (timecode(self.start_s), timecode(self.end_s));
        match self.reason {
            LossReason::Truncated if self.end_s <= self.start_s => {
                write!(
                    f,
                    "the file ends early, after {start}: how much is missing is not known"
                )
            }
            LossReason::Truncated => {
                write!(f, "missing from {start} to {end}: the file ends early")
            }
            LossReason::Damaged if self.end_s <= self.start_s => {
                write!(
                    f,
                    "a recording within the file, at {start}, cannot be decoded and is left out: later times are early by its length"
                )
            }
            LossReason::Damaged => {
                write!(f, "missing from {start} to {end}: damaged, read as silence")
            }
            LossReason::WrongHeader => {
                write!(
                    f,
                    "the header is unfinished or wrong: read to the end of the file, {end}"
                )
            }
            LossReason::OtherRate { hz } => {
                write!(
                    f,
                    "from {start} to {end} the sample rate is {hz} Hz: converted"
                )
            }
            LossReason::OtherChannels { channels } => {
                write!(f, "from {start} to {end} the file has {channels} channels")
            }
        }
    }
}

/// Most stretches that are told apart; a file that is damaged all over has no use for more lines.
const MOST_LOSSES: usize = 1_000;

/// Gathers losses in frames; what touches is one stretch.
#[derive(Debug, Default, Clone)]
pub(super) struct LossList(Vec<(u64, u64, LossReason)>);

impl LossList {
    pub fn add(&mut self, start: u64, end: u64, reason: LossReason) {
        let near = |&(from, to, known): &(u64, u64, LossReason)| {
            known == reason && from <= end && start <= to
        };
        match self.0.iter().position(near) {
            Some(index) => {
                if let Some((from, to, _)) = self.0.get_mut(index) {
                    *from = start.min(*from);
                    *to = end.max(*to);
                }
            }
            None if self.0.len() < MOST_LOSSES => self.0.push((start, end, reason)),
            None => {}
        }
    }

    /// In order of time.
    pub fn at(&self, rate: SampleRate) -> Vec<Loss> {
        let mut frames = self.0.clone();
        frames.sort_by_key(|&(start, end, _)| (start, end));
        frames
            .into_iter()
            .map(|(start, end, reason)| Loss::of_frames(start, end, rate, reason))
            .collect()
    }

    /// In frames, for whoever puts recordings together.
    pub fn frames(&self) -> &[(u64, u64, LossReason)] {
        &self.0
    }
}

/// Why a recording may be heard less well than others, and what is done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "hint")]
pub enum Hint {
    /// The model listens higher than the recording reaches.
    BandMissing {
        /// The highest pitch in the recording.
        recording_hz: u32,
        /// The highest pitch that the model hears.
        model_hz: u32,
    },
    /// Left and right cancel each other in the mean; their difference is analysed.
    ChannelsCancel,
    /// One channel carries nearly everything and would be lost in the mean; it alone is analysed.
    OneChannel {
        /// Counted from 1.
        channel: u16,
        channels: u16,
    },
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BandMissing {
                recording_hz,
                model_hz,
            } => write!(
                f,
                "the recording holds nothing from {recording_hz} to {model_hz} Hz, which the model listens to: sounds there are not found"
            ),
            Self::ChannelsCancel => {
                f.write_str("left and right cancel each other: their difference is analysed")
            }
            Self::OneChannel { channel, channels } => {
                write!(
                    f,
                    "only channel {channel} of {channels} is loud: it alone is analysed"
                )
            }
        }
    }
}

/// A recording below this part of the model's band lacks enough of it to be told.
const ENOUGH_OF_BAND: f64 = 0.9;

/// What a model at `model` misses in a recording at `recording`.
pub fn band_hint(recording: SampleRate, model: SampleRate) -> Option<Hint> {
    let (recording_hz, model_hz) = (recording.hz() / 2, model.hz() / 2);
    (f64::from(recording_hz) < ENOUGH_OF_BAND * f64::from(model_hz)).then_some(Hint::BandMissing {
        recording_hz,
        model_hz,
    })
}
