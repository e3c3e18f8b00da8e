//! WAV in all its forms (RIFF, RF64, BW64, Sony's W64) with plain samples, read by seeking, however long the file. Worker threads only.
//!
//! Sizes in headers are believed only as far as the file agrees. Reads only; what Earmark writes is in [`super::bwf`].
//!
//! Sources: EBU Tech 3306 and ITU-R BS.2088 (`ds64`), EBU Tech 3285 (`bext`), Microsoft's `WAVEFORMATEXTENSIBLE`, ITU-T G.711.

mod chunks;
mod format;
mod layout;
mod samples;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use format::Encoding;
pub(super) use layout::{Coded, Found, Layout, read_layout};
pub(crate) use layout::{WavChunk, read_chunks};

use super::loss::{LossList, LossReason};
use super::reader::{Form, FrameReader, slab_frames};
use super::{AudioError, usable_rate};
use crate::time::{SampleIndex, SampleRate};

/// An open WAV of plain samples.
pub(super) struct WavReader {
    path: PathBuf,
    file: File,
    layout: Layout,
    rate: SampleRate,
    losses: LossList,
    bytes: Vec<u8>,
}

impl WavReader {
    pub fn new(path: &Path, file: File, layout: Layout) -> Result<Self, AudioError> {
        let rate = usable_rate(layout.format.rate_hz)?;
        if layout.frames() == 0 {
            return Err(AudioError::Empty { path: path.into() });
        }
        let mut losses = LossList::default();
        let frames = layout.frames();
        if layout.promised_frames() > frames {
            losses.add(frames, layout.promised_frames(), LossReason::Truncated);
        }
        if layout.is_unfinished {
            losses.add(0, frames, LossReason::WrongHeader);
        }
        Ok(Self {
            path: path.into(),
            file,
            layout,
            rate,
            losses,
            bytes: Vec::new(),
        })
    }
}

impl FrameReader for WavReader {
    fn form(&self) -> Form {
        Form {
            rate: self.rate,
            channels: self.layout.format.channels,
            frames: self.layout.frames(),
        }
    }

    fn read_frames(
        &mut self,
        start: u64,
        count: usize,
        interleaved: &mut Vec<f32>,
    ) -> Result<(), AudioError> {
        let format = self.layout.format;
        let frame_bytes = u64::from(format.block_bytes);
        let (mut start, mut count) = (start, count);
        while count > 0 {
            let left = self.frames().saturating_sub(start);
            let some = count
                .min(slab_frames(format.channels))
                .min(usize::try_from(left).unwrap_or(usize::MAX));
            if some == 0 {
                break;
            }
            self.bytes.resize(some * usize::from(format.block_bytes), 0);
            self.file
                .seek(SeekFrom::Start(
                    self.layout.data_start + start * frame_bytes,
                ))
                .and_then(|_| self.file.read_exact(&mut self.bytes))
                .map_err(|source| AudioError::Io {
                    path: self.path.clone(),
                    source,
                })?;
            samples::decode(format.encoding, &self.bytes, interleaved);
            start += some as u64;
            count -= some;
        }
        interleaved.resize(
            interleaved.len() + count * usize::from(format.channels),
            0.0,
        );
        Ok(())
    }

    fn losses(&self) -> &LossList {
        &self.losses
    }

    fn time_reference(&self) -> Option<SampleIndex> {
        self.layout.time_reference
    }
}
