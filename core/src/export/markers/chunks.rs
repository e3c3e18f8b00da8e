//! The chunks of a WAV file: where each one is and how long. Reads what it is given.
//!
//! Sources: *Multimedia Programming Interface and Data Specifications 1.0* (RIFF, WAVE); EBU Tech 3306 and ITU-R BS.2088
//! (RF64, BW64 and `ds64`).

use std::io::{self, Read, Seek, SeekFrom};

/// In a 32-bit size field: the true size is in `ds64`.
pub(super) const IN_DS64: u32 = u32::MAX;
/// Head of the file, before its first chunk.
pub(super) const FORM_BYTES: u64 = 12;
/// Head of a chunk.
pub(super) const HEAD_BYTES: u64 = 8;

/// One chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk {
    pub id: [u8; 4],
    /// Byte offset of what is in it.
    pub at: u64,
    /// Bytes of what is in it, without the one that makes it even.
    pub bytes: u64,
}

/// What is needed of a file to write it again with other chunks behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chunks {
    /// `RIFF`, `RF64` or `BW64`.
    pub form: [u8; 4],
    /// In the file's order.
    pub all: Vec<Chunk>,
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
    pub fn read(
        file: &mut (impl Read + Seek),
        file_bytes: u64,
        grows: bool,
    ) -> Result<Self, ChunkError> {
        let mut head = [0; FORM_BYTES as usize];
        file.seek(SeekFrom::Start(0))?;
        file.read_exact(&mut head)?;
        let [f0, f1, f2, f3, _, _, _, _, wave @ ..] = head;
        let form = [f0, f1, f2, f3];
        if !matches!(&form, b"RIFF" | b"RF64" | b"BW64") || wave != *b"WAVE" {
            return Err(ChunkError::NoWav("it has no WAV header"));
        }
        let mut all = Vec::new();
        let mut format = None;
        let mut wide_data_bytes = None;
        let mut data_bytes = None;
        let mut at = FORM_BYTES;
        while at + HEAD_BYTES <= file_bytes {
            file.seek(SeekFrom::Start(at))?;
            let mut head = [0; HEAD_BYTES as usize];
            file.read_exact(&mut head)?;
            let [i0, i1, i2, i3, size @ ..] = head;
            let (id, size) = ([i0, i1, i2, i3], u32::from_le_bytes(size));
            let at_content = at + HEAD_BYTES;
            let left = file_bytes - at_content;
            let mut bytes = u64::from(size);
            match &id {
                b"ds64" => wide_data_bytes = Some(read_wide_data_bytes(file)?),
                b"fmt " => format = Some(read_format(file)?),
                b"data" => {
                    if size == IN_DS64
                        && let Some(wide) = wide_data_bytes
                    {
                        bytes = wide;
                    }
                    if grows {
                        bytes = left;
                    }
                    data_bytes = Some(bytes.min(left));
                }
                _ => {}
            }
            // What was cut off is not there to be copied.
            let bytes = bytes.min(left);
            all.push(Chunk {
                id,
                at: at_content,
                bytes,
            });
            at = at_content + bytes + bytes % 2;
        }
        let (rate_hz, frame_bytes) =
            format.ok_or(ChunkError::NoWav("it does not say its format"))?;
        let data_bytes = data_bytes.ok_or(ChunkError::NoWav("it has no samples"))?;
        Ok(Self {
            form,
            all,
            rate_hz,
            frames: data_bytes / u64::from(frame_bytes.max(1)),
        })
    }
}

fn read_wide_data_bytes(file: &mut impl Read) -> io::Result<u64> {
    let mut sizes = [0; 16];
    file.read_exact(&mut sizes)?;
    let [_, _, _, _, _, _, _, _, data @ ..] = sizes;
    Ok(u64::from_le_bytes(data))
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
