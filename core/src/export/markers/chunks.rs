//! What a copy with markers must know of a WAV file: its chunks, as everything else in Earmark reads them, and its format. Export
//! thread; reads heads only.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use crate::audio::{WavChunk, read_chunks};

/// In a 32-bit size field: the true size is in `ds64`.
pub(super) const IN_DS64: u32 = u32::MAX;
/// Head of the file, before its first chunk.
pub(super) const FORM_BYTES: u64 = 12;
/// Head of a chunk.
pub(super) const HEAD_BYTES: u64 = 8;

/// What is needed of a file to write it again with other chunks behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chunks {
    /// `RIFF`, `RF64` or `BW64`.
    pub form: [u8; 4],
    /// In the file's order.
    pub all: Vec<WavChunk>,
    pub rate_hz: u32,
    /// Frames of sound.
    pub frames: u64,
}

/// Why a file cannot be read as WAV.
#[derive(Debug)]
pub(super) enum ChunkError {
    Io(io::Error),
    /// In a few words.
    NoWav(&'static str),
}

impl From<io::Error> for ChunkError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            Self::NoWav("it ends within its header")
        } else {
            Self::Io(error)
        }
    }
}

impl Chunks {
    /// Reads where everything is in a file of `file_bytes`. `grows`: the samples are the last thing in it and reach to its
    /// end, whatever its sizes say.
    pub fn read(file: &mut File, file_bytes: u64, grows: bool) -> Result<Self, ChunkError> {
        let mut head = [0; FORM_BYTES as usize];
        file.seek(SeekFrom::Start(0))?;
        file.read_exact(&mut head)?;
        let [f0, f1, f2, f3, _, _, _, _, wave @ ..] = head;
        let form = [f0, f1, f2, f3];
        if !matches!(&form, b"RIFF" | b"RF64" | b"BW64") || wave != *b"WAVE" {
            return Err(ChunkError::NoWav("it has no WAV header"));
        }
        let mut all = read_chunks(file, file_bytes)?;
        if grows && let Some(samples) = all.iter().position(|chunk| chunk.id == *b"data") {
            all.truncate(samples + 1);
            if let Some(data) = all.last_mut() {
                data.bytes = file_bytes.saturating_sub(data.at);
            }
        }
        let named = |id: &[u8; 4]| all.iter().find(|chunk| chunk.id == *id);
        let format = named(b"fmt ").ok_or(ChunkError::NoWav("it does not say its format"))?;
        file.seek(SeekFrom::Start(format.at))?;
        let (rate_hz, frame_bytes) = read_format(file)?;
        let data = named(b"data").ok_or(ChunkError::NoWav("it has no samples"))?;
        let frames = data.bytes / u64::from(frame_bytes.max(1));
        Ok(Self {
            form,
            all,
            rate_hz,
            frames,
        })
    }
}

/// Samples per second and bytes per frame.
fn read_format(file: &mut impl Read) -> io::Result<(u32, u16)> {
    let mut format = [0; 14];
    file.read_exact(&mut format)?;
    let [_, _, _, _, r0, r1, r2, r3, _, _, _, _, b0, b1] = format;
    Ok((
        u32::from_le_bytes([r0, r1, r2, r3]),
        u16::from_le_bytes([b0, b1]),
    ))
}
