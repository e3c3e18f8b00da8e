//! A coded stream (FLAC, MP3, Vorbis, AAC, ...) read by position: seeks, decodes what is needed, and keeps the last megabytes.
//!
//! Worker threads only. The packets' own time stamps say where sound belongs: what is missing between two of them is silence
//! and is told as a loss, so that everything behind it stays in its place.

mod container;
mod decode;
mod grid;
mod length;
mod mp4;
mod ogg;

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::packet::Packet;

pub(super) use container::{open_container, open_decoder};
pub(super) use decode::fit_channels;
pub(super) use ogg::read_links;

use decode::{Decoded, decode_packet};
use grid::Grid;

use super::loss::{LossList, LossReason};
use super::reader::{Form, FrameReader};
use super::{AudioError, usable_rate};
use crate::time::SampleRate;

/// Samples that stay in memory behind the place that is read.
const KEPT_SAMPLES: usize = 1 << 20;
/// Instead of seeking less far ahead, everything between is decoded.
const DECODED_THROUGH_S: u64 = 3;
/// Silence in front of a stream that is no loss.
const WARM_UP_FRAMES: u64 = 8_192;
/// So many packets in a row that cannot be read are the end.
const MOST_FAILURES: usize = 10_000;

/// A packet and its place in the recording.
pub(super) struct Coded {
    /// The first frame; negative for what is only there for the decoder.
    pub start: i64,
    /// Frames by the container's word.
    pub frames: u64,
    pub packet: Packet,
}

/// Packets of one track, in order.
pub(super) trait Packets: Send {
    fn next(&mut self) -> Result<Option<Coded>, SymphoniaError>;

    /// Goes to a packet at or before `frame`, early enough for the decoder to be right there. With patience it goes back to the
    /// beginning where nothing better can be found.
    fn seek(&mut self, frame: u64, is_patient: bool) -> Result<(), SymphoniaError>;
}

/// What a stream is made of.
pub(super) struct Parts {
    pub packets: Box<dyn Packets>,
    pub decoder: Box<dyn AudioDecoder>,
    /// Frames that the header speaks of.
    pub promised: Option<u64>,
    /// The length is known from the file itself and needs no look at its end.
    pub is_exact: bool,
    /// By so many frames the time stamps may be off.
    pub tolerance: u64,
    /// All packets but the last hold the same number of frames.
    pub has_equal_packets: bool,
    /// Where the packet after the last one should begin; nothing before the first.
    pub next_start: Option<i64>,
}

/// Decoded sound in its place.
#[derive(Default)]
struct Held {
    start: u64,
    samples: VecDeque<f32>,
}

/// A coded stream, read by position.
pub(super) struct Stream {
    path: PathBuf,
    parts: Parts,
    rate: SampleRate,
    channels: u16,
    frames: u64,
    grid: Option<Grid>,
    held: Held,
    /// Sound behind a gap that has not been read past.
    ahead: Option<Held>,
    /// After a seek: the frame that is wanted. Packets before it only warm the decoder up.
    seeking: Option<u64>,
    has_ended: bool,
    has_failed: bool,
    /// Packets in a row that could not be decoded.
    failures: usize,
    losses: LossList,
    fresh: Vec<f32>,
}

impl Stream {
    /// Takes a stream into use: finds out what it is by decoding its first packet, and how long by looking at its end.
    pub fn open(
        path: &Path,
        parts: Parts,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<Self, AudioError> {
        let mut stream = Self {
            path: path.into(),
            parts,
            rate: usable_rate(48_000)?,
            channels: 0,
            frames: u64::MAX,
            grid: None,
            held: Held::default(),
            ahead: None,
            seeking: None,
            has_ended: false,
            has_failed: false,
            failures: 0,
            losses: LossList::default(),
            fresh: Vec::new(),
        };
        while stream.channels == 0 && !stream.has_ended {
            if go_on().is_break() {
                return Err(AudioError::Cancelled { path: path.into() });
            }
            stream.decode_next()?;
        }
        if stream.channels == 0 {
            return Err(if stream.has_failed {
                AudioError::Damaged {
                    path: path.into(),
                    reason: "nothing of it can be decoded".into(),
                }
            } else {
                AudioError::Empty { path: path.into() }
            });
        }
        stream.find_grid()?;
        stream.find_length(go_on)?;
        if stream.frames == 0 {
            return Err(AudioError::Empty { path: path.into() });
        }
        Ok(stream)
    }

    /// Tells of something that is known from elsewhere.
    pub fn lose(&mut self, start: u64, end: u64, reason: LossReason) {
        self.losses.add(start, end, reason);
    }

    fn rewind(&mut self) {
        self.go_to(0, true);
    }

    /// Continues decoding so that `frame` comes next.
    fn go_to(&mut self, frame: u64, is_patient: bool) {
        let packets = &mut self.parts.packets;
        let sought = catch_unwind(AssertUnwindSafe(|| packets.seek(frame, is_patient)));
        self.parts.decoder.reset();
        self.held = Held {
            start: frame,
            ..Held::default()
        };
        self.ahead = None;
        self.seeking = Some(frame);
        self.has_failed = false;
        self.has_ended = !matches!(sought, Ok(Ok(())));
    }

    fn held_end(&self) -> u64 {
        self.held.start + (self.held.samples.len() / usize::from(self.channels.max(1))) as u64
    }

    /// What lies behind the gap becomes what is held.
    fn catch_up(&mut self) {
        if let Some(ahead) = self.ahead.take() {
            self.held = ahead;
        }
    }

    fn ended(&mut self) {
        self.has_ended = true;
        let end = self.seeking.unwrap_or(0).max(self.held_end());
        if self.frames != u64::MAX && self.frames > end.saturating_add(self.parts.tolerance) {
            self.losses.add(end, self.frames, LossReason::Damaged);
        }
    }

    /// Decodes one packet, wherever it belongs.
    fn decode_next(&mut self) -> Result<(), AudioError> {
        let (parts, fresh) = (&mut self.parts, &mut self.fresh);
        let decoded = catch_unwind(AssertUnwindSafe(|| decode_packet(parts, fresh)));
        match decoded {
            Ok(Ok(Some(decoded))) => self.place(&decoded),
            Ok(Ok(None)) => {
                self.ended();
                Ok(())
            }
            // A decoder that gave up over one packet may do for the next.
            Ok(Err(SymphoniaError::DecodeError(_))) | Err(_) if self.failures < MOST_FAILURES => {
                self.failures += 1;
                self.has_failed = true;
                Ok(())
            }
            Ok(Err(SymphoniaError::IoError(source)))
                if source.kind() != std::io::ErrorKind::UnexpectedEof =>
            {
                Err(AudioError::Io {
                    path: self.path.clone(),
                    source,
                })
            }
            // The end of a file whose header promised more.
            _ => {
                self.has_failed = true;
                self.ended();
                Ok(())
            }
        }
    }

    /// Puts the samples in `fresh` where they belong.
    fn place(&mut self, decoded: &Decoded) -> Result<(), AudioError> {
        if self.channels == 0 {
            self.rate = usable_rate(decoded.rate_hz)?;
            self.channels = u16::try_from(decoded.channels).unwrap_or(u16::MAX);
        } else if decoded.rate_hz != self.rate.hz() {
            self.has_failed = true;
            return Ok(());
        }
        self.failures = 0;
        let channels = usize::from(self.channels);
        let mut samples = std::mem::take(&mut self.fresh);
        if decoded.channels != channels {
            samples = fit_channels(&samples, decoded.channels, channels);
        }
        let mut start = decoded.start;
        let mut from = 0;
        let mut frames = samples.len() / channels;
        if start < 0 {
            let before = usize::try_from(start.unsigned_abs())
                .unwrap_or(usize::MAX)
                .min(frames);
            (start, from, frames) = (0, before, frames - before);
        }
        let mut start = start.unsigned_abs();
        let room = usize::try_from(self.frames.saturating_sub(start)).unwrap_or(usize::MAX);
        frames = frames.min(room);
        let end = start + frames as u64;
        if frames > 0 && self.seeking.is_none_or(|wanted| end > wanted) {
            if let Some(grid) = self.grid.filter(|_| self.seeking.is_some()) {
                start = grid.nearest(start, self.parts.tolerance);
            }
            let expected = self.seeking.take().map_or(self.held_end(), |wanted| {
                // Of the packet that holds the wanted frame everything is good.
                self.held.start = start.min(wanted);
                self.held.start
            });
            if start.abs_diff(expected) <= self.parts.tolerance {
                start = expected;
            }
            if start < expected {
                let known = usize::try_from(expected - start)
                    .unwrap_or(usize::MAX)
                    .min(frames);
                (start, from, frames) = (expected, from + known, frames - known);
            }
            let part = samples.get(from * channels..(from + frames) * channels);
            let part = part.unwrap_or_default().iter().copied();
            if start > expected {
                // In front of everything there may be what only warms the decoder up.
                if expected > 0 || start > WARM_UP_FRAMES {
                    self.losses.add(expected, start, LossReason::Damaged);
                }
                self.ahead = Some(Held {
                    start,
                    samples: part.collect(),
                });
            } else {
                self.held.samples.extend(part);
            }
            self.has_failed = false;
        }
        self.fresh = samples;
        let surplus = self.held.samples.len().saturating_sub(KEPT_SAMPLES) / channels;
        self.held.samples.drain(..surplus * channels);
        self.held.start += surplus as u64;
        Ok(())
    }
}

impl FrameReader for Stream {
    fn form(&self) -> Form {
        Form {
            rate: self.rate,
            channels: self.channels,
            frames: self.frames,
        }
    }

    fn read_frames(
        &mut self,
        start: u64,
        count: usize,
        interleaved: &mut Vec<f32>,
    ) -> Result<(), AudioError> {
        let channels = usize::from(self.channels);
        let target = interleaved.len() + count * channels;
        let end = start.saturating_add(count as u64).min(self.frames);
        let through = DECODED_THROUGH_S * u64::from(self.rate.hz());
        let mut at = start;
        while at < end {
            let reach = self
                .ahead
                .as_ref()
                .map_or(self.held_end(), |ahead| ahead.start);
            let reach = self.seeking.map_or(reach, |wanted| wanted.max(reach));
            if at < self.held.start || at > reach.saturating_add(through) && !self.has_ended {
                self.go_to(at, true);
                continue_or_end(self);
            }
            if at < self.held_end() {
                let from = usize::try_from(at - self.held.start).unwrap_or(usize::MAX) * channels;
                let some = usize::try_from(end - at).unwrap_or(usize::MAX) * channels;
                let some = some.min(self.held.samples.len() - from);
                interleaved.extend(self.held.samples.range(from..from + some));
                at += (some / channels) as u64;
                continue;
            }
            match &self.ahead {
                Some(ahead) if at < ahead.start => {
                    let silent = ahead.start.min(end) - at;
                    let silent = usize::try_from(silent).unwrap_or(usize::MAX) * channels;
                    interleaved.resize(interleaved.len() + silent, 0.0);
                    at = ahead.start.min(end);
                }
                Some(_) => self.catch_up(),
                None if self.has_ended => break,
                None => self.decode_next()?,
            }
        }
        interleaved.resize(target, 0.0);
        Ok(())
    }

    fn losses(&self) -> &LossList {
        &self.losses
    }
}

/// A seek that failed leads nowhere: what is there cannot be read.
fn continue_or_end(stream: &mut Stream) {
    if stream.has_ended {
        stream.ended();
    }
}
