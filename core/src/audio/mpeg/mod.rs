//! MPEG audio as a chain of frames: which frames there are, where damage lies and where another kind of frame begins, found by
//! their headers alone, without decoding. Worker threads only.

mod header;
mod index;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

pub(super) use header::Header;
pub(super) use index::{Part, read_parts};

use super::stream::{Coded, Packets};

/// Frames before the wanted one that the decoder needs: what a frame borrows from those before it spans at most so many.
const WARM_UP_FRAMES: u64 = 32;

/// The frames of one part of a file, in order, for the decoder.
pub(super) struct MpegPackets {
    file: File,
    part: Arc<Part>,
    /// The next frame by number and place.
    frame: u64,
    at: u64,
}

impl MpegPackets {
    pub fn new(file: File, part: Arc<Part>) -> Self {
        let (frame, at) = part.marks.first().copied().unwrap_or_default();
        Self {
            file,
            part,
            frame,
            at,
        }
    }

    fn read(&mut self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(at))?;
        self.file.read_exact(bytes)
    }
}

impl Packets for MpegPackets {
    fn next(&mut self) -> Result<Option<Coded>, SymphoniaError> {
        // Where a stretch of damage ends, the index has a mark.
        if let Some(&(frame, at)) = self.part.gap_ending_behind(self.at) {
            (self.frame, self.at) = (frame, at);
        }
        if self.frame >= self.part.frames {
            return Ok(None);
        }
        let mut head = [0; 4];
        self.read(self.at, &mut head)?;
        let Some(header) = Header::parse(&head) else {
            return Err(SymphoniaError::DecodeError("a frame has vanished"));
        };
        let mut data = vec![0; header.frame_bytes];
        self.read(self.at, &mut data)?;
        let samples = u64::from(header.samples);
        let start = self.part.start_of(self.frame);
        self.at += header.frame_bytes as u64;
        self.frame += 1;
        Ok(Some(Coded {
            start,
            frames: samples,
            packet: Packet::new(0, Timestamp::from(0), Duration::from(samples), data),
        }))
    }

    fn seek(&mut self, sample: u64, _is_patient: bool) -> Result<(), SymphoniaError> {
        let samples = u64::from(self.part.header.samples.max(1));
        let wanted = (sample.saturating_add(self.part.delay.into()) / samples)
            .saturating_sub(WARM_UP_FRAMES);
        let marks = &self.part.marks;
        let behind = marks.partition_point(|&(frame, _)| frame <= wanted);
        let mark = marks.get(behind.saturating_sub(1)).copied();
        (self.frame, self.at) = mark.unwrap_or_default();
        Ok(())
    }
}
