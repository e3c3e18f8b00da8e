//! ADPCM in WAV: blocks of one size that depend on nothing before them, so that any of them is found by its number. Worker
//! threads only.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::num::NonZeroU64;

use symphonia::core::audio::layouts::{CHANNEL_LAYOUT_MONO, CHANNEL_LAYOUT_STEREO};
use symphonia::core::codecs::audio::well_known::{CODEC_ID_ADPCM_IMA_WAV, CODEC_ID_ADPCM_MS};
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

use super::stream::{Coded, Packets};
use super::wav;

/// Numbers of WAV's formats.
const MICROSOFT: u16 = 0x02;
const IMA: u16 = 0x11;

/// The blocks of a file, in order, for the decoder.
pub(super) struct AdpcmPackets {
    file: File,
    coded: wav::Coded,
    codec: AudioCodecId,
    frames_per_block: NonZeroU64,
    /// Whole blocks in the file.
    blocks: u64,
    /// The next block by number.
    next: u64,
}

impl AdpcmPackets {
    /// `None` for what is no ADPCM, or in no form that can be decoded.
    pub fn new(file: File, coded: &wav::Coded) -> Option<Self> {
        let format = coded.format;
        // What each channel has in front of a block, in bytes and in frames.
        let (codec, head_bytes, head_frames) = match format.tag {
            MICROSOFT => (CODEC_ID_ADPCM_MS, 7, 2),
            IMA => (CODEC_ID_ADPCM_IMA_WAV, 4, 1),
            _ => return None,
        };
        let channels = u64::from(format.channels);
        let bytes = u64::from(format.block_bytes).checked_sub(head_bytes * channels)?;
        if format.bits != 4 || channels > 2 {
            return None;
        }
        Some(Self {
            file,
            coded: *coded,
            codec,
            frames_per_block: NonZeroU64::new(2 * bytes / channels + head_frames)?,
            blocks: (coded.end - coded.start) / u64::from(format.block_bytes),
            next: 0,
        })
    }

    pub fn parameters(&self) -> AudioCodecParameters {
        let frames = self.frames_per_block.get();
        let mut parameters = AudioCodecParameters::new();
        parameters
            .for_codec(self.codec)
            .with_sample_rate(self.coded.format.rate_hz)
            .with_channels(match self.coded.format.channels {
                1 => CHANNEL_LAYOUT_MONO,
                _ => CHANNEL_LAYOUT_STEREO,
            })
            .with_max_frames_per_packet(frames)
            .with_frames_per_block(frames);
        parameters
    }

    /// Length in frames: the last block may be filled up, if the header says so and can be right.
    pub fn frames(&self) -> u64 {
        let all = self.blocks * self.frames_per_block.get();
        let without_last = all.saturating_sub(self.frames_per_block.get());
        let promised = self.coded.promised_frames;
        promised
            .filter(|promised| (without_last + 1..all).contains(promised))
            .unwrap_or(all)
    }

    /// The length that the header speaks of, in frames.
    pub fn promised_frames(&self) -> u64 {
        let block_bytes = u64::from(self.coded.format.block_bytes);
        let blocks = self.coded.promised_bytes / block_bytes;
        if blocks > self.blocks {
            blocks * self.frames_per_block.get()
        } else {
            self.frames()
        }
    }
}

impl Packets for AdpcmPackets {
    fn next(&mut self) -> Result<Option<Coded>, SymphoniaError> {
        if self.next >= self.blocks {
            return Ok(None);
        }
        let block_bytes = self.coded.format.block_bytes;
        let mut data = vec![0; block_bytes.into()];
        let at = self.coded.start + self.next * u64::from(block_bytes);
        self.file.seek(SeekFrom::Start(at))?;
        self.file.read_exact(&mut data)?;
        let frames = self.frames_per_block.get();
        let start = self.next * frames;
        self.next += 1;
        Ok(Some(Coded {
            start: i64::try_from(start).unwrap_or(i64::MAX),
            frames,
            packet: Packet::new(0, Timestamp::from(0), Duration::from(frames), data),
        }))
    }

    fn seek(&mut self, frame: u64, _is_patient: bool) -> Result<(), SymphoniaError> {
        self.next = frame / self.frames_per_block;
        Ok(())
    }
}
