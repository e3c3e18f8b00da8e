//! The end of the line on the thread that reads the disk.

use std::sync::Arc;

use super::meter::NONE;
use super::{AuditionMeter, AuditionMode, CHUNK_FRAMES, Chunk};
use crate::capture::CaptureFormat;

/// How a play stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlayState {
    /// Waiting for samples, or sounding.
    Playing,
    /// Heard to its end, or stopped.
    Ended,
    /// The host renders or has switched the plugin off: it was not played, and will not be.
    Refused,
}

/// Puts regions on the line, one after the other. Made by [`channel`](super::channel).
#[derive(Debug)]
pub struct AuditionFeed {
    format: CaptureFormat,
    samples: rtrb::Producer<f32>,
    chunks: rtrb::Producer<Chunk>,
    meter: Arc<AuditionMeter>,
    /// The latest ticket given out.
    ticket: u32,
    total: u64,
    written: u64,
    mode: AuditionMode,
}

impl AuditionFeed {
    pub(super) fn new(
        format: CaptureFormat,
        samples: rtrb::Producer<f32>,
        chunks: rtrb::Producer<Chunk>,
        meter: Arc<AuditionMeter>,
    ) -> Self {
        Self {
            format,
            samples,
            chunks,
            meter,
            ticket: NONE,
            total: 0,
            written: 0,
            mode: AuditionMode::Replace,
        }
    }

    /// What the line carries: rate and channels of the plugin's output.
    pub fn format(&self) -> CaptureFormat {
        self.format
    }

    /// Who sounds, and how far it has come.
    pub fn meter(&self) -> &Arc<AuditionMeter> {
        &self.meter
    }

    /// Whether the player is gone.
    pub fn is_abandoned(&self) -> bool {
        self.chunks.is_abandoned()
    }

    /// Begins a play of `frames` frames; one that still sounds is faded out first. Its samples are [written](Self::write)
    /// from now on.
    pub fn begin(&mut self, frames: u64, mode: AuditionMode) {
        self.ticket = self.ticket.checked_add(1).unwrap_or(NONE + 1);
        self.total = frames;
        self.written = 0;
        self.mode = mode;
        if frames == 0 {
            self.stop();
        } else {
            self.meter.want(self.ticket);
        }
    }

    /// Fades out what sounds; what is in the ring will not be heard.
    pub fn stop(&mut self) {
        self.total = 0;
        self.meter.want(NONE);
    }

    /// Something that changes whenever the player gets on.
    pub fn progress(&self) -> (u32, u64) {
        self.meter.progress()
    }

    /// How the latest play stands.
    pub fn state(&self) -> PlayState {
        if self.ticket != NONE && self.meter.was_refused(self.ticket) {
            PlayState::Refused
        } else if self.total == 0 || self.meter.has_ended(self.ticket) {
            PlayState::Ended
        } else {
            PlayState::Playing
        }
    }

    /// Frames that the next [`write`](Self::write) takes: 0 while there is no room, and when all are written.
    pub fn wanted_frames(&self) -> usize {
        let room = self.samples.slots() / usize::from(self.format.channels);
        let left = usize::try_from(self.total.saturating_sub(self.written)).unwrap_or(usize::MAX);
        let chunk = CHUNK_FRAMES.min(left);
        // Whole chunks only, or a player that takes little at a time would use up the headers.
        if self.chunks.is_full() || room < chunk {
            0
        } else {
            chunk
        }
    }

    /// Puts [`wanted_frames`](Self::wanted_frames) frames on the line; surplus ones are left out. Never waits.
    pub fn write(&mut self, interleaved: &[f32]) {
        let channels = usize::from(self.format.channels);
        let frames = self.wanted_frames().min(interleaved.len() / channels);
        let Some(samples) = interleaved
            .get(..frames * channels)
            .filter(|samples| !samples.is_empty())
        else {
            return;
        };
        if self.samples.push_entire_slice(samples).is_err() {
            return;
        }
        // After the samples: a chunk that can be seen has its samples behind it. There is room, as `wanted_frames` said.
        let _ = self.chunks.push(Chunk {
            ticket: self.ticket,
            frames,
            total: self.total,
            mode: self.mode,
        });
        self.written += frames as u64;
    }
}
