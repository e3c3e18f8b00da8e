//! Where in a WAV its samples lie. Believes the file more than its header.

use std::fs::File;
use std::io;

use super::chunks::{Chunk, UNKNOWN_SIZE, Walk};
use super::format::{self, CodedFormat, Format, Parsed};
use crate::time::SampleIndex;

/// Sizes from here on are what programs write that do not know the length yet: they write as much as fits.
const PRETENDED_BYTES: u64 = 0x7FFF_0000;
/// `RIFF`, a size and `WAVE`.
const RIFF_HEAD_BYTES: u64 = 12;
/// Byte offset of TimeReference in `bext`.
const TIME_REFERENCE_AT: usize = 338;
/// More of a `fmt ` chunk than any reader looks at.
const FORMAT_LIMIT_BYTES: u64 = 256;

/// Where the samples are and what they are.
#[derive(Debug, Clone, Copy)]
pub(in crate::audio) struct Layout {
    pub format: Format,
    /// Byte offset of the first sample.
    pub data_start: u64,
    /// Bytes of samples that are in the file.
    data_bytes: u64,
    /// Bytes of samples that the header speaks of, where that can be meant.
    promised_bytes: u64,
    /// The header was never finished, or is wrong.
    pub is_unfinished: bool,
    /// From `bext`.
    pub time_reference: Option<SampleIndex>,
}

impl Layout {
    pub fn frames(&self) -> u64 {
        self.data_bytes / u64::from(self.format.block_bytes)
    }

    pub fn promised_frames(&self) -> u64 {
        self.promised_bytes / u64::from(self.format.block_bytes)
    }
}

/// Coded samples in the bytes `start..end`.
#[derive(Debug, Clone, Copy)]
pub(in crate::audio) struct Coded {
    pub format: CodedFormat,
    pub start: u64,
    pub end: u64,
    /// Bytes of samples that the header speaks of.
    pub promised_bytes: u64,
    /// Frames by the chunk `fact`.
    pub promised_frames: Option<u64>,
}

/// What a WAV turned out to be.
#[derive(Debug)]
pub(in crate::audio) enum Found {
    Plain(Layout),
    Coded(Coded),
    /// It ends before its samples begin.
    Cut,
    /// Not to be read, in words.
    Wrong(String),
}

/// A chunk as it lies in a file, whatever its head says: within the file, the samples as far as [`read_layout`] finds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WavChunk {
    pub id: [u8; 4],
    /// Byte offset of its content.
    pub at: u64,
    /// Bytes of its content, without the one that makes it even.
    pub bytes: u64,
}

/// All chunks of the RIFF, RF64 or BW64 `file` of `file_bytes`, in its order.
pub(crate) fn read_chunks(file: &mut File, file_bytes: u64) -> io::Result<Vec<WavChunk>> {
    let mut walk = Walk::new(file, file_bytes, RIFF_HEAD_BYTES, false);
    let mut header = Header::default();
    let mut chunks = Vec::new();
    while let Some(chunk) = walk.next()? {
        let rest = file_bytes.saturating_sub(chunk.at);
        let mut bytes = header.bytes_of(&chunk, file_bytes).min(rest);
        match &chunk.id {
            b"ds64" => header.read_wide_sizes(&walk.content(&chunk, 4_096)?),
            b"data" => {
                let told = header.bytes_of(&chunk, file_bytes);
                bytes = Data::find(&mut walk, &chunk, told)?.present;
            }
            _ => {}
        }
        walk.skip(&chunk, bytes)?;
        chunks.push(WavChunk {
            id: chunk.id,
            at: chunk.at,
            bytes,
        });
    }
    Ok(chunks)
}

/// Finds the samples in the WAV `file` of `file_bytes`; `is_w64` by its first bytes.
pub(in crate::audio) fn read_layout(
    file: &mut File,
    file_bytes: u64,
    is_w64: bool,
) -> io::Result<Found> {
    let head_bytes = if is_w64 { 40 } else { RIFF_HEAD_BYTES };
    if file_bytes < head_bytes {
        return Ok(Found::Cut);
    }
    let mut walk = Walk::new(file, file_bytes, head_bytes, is_w64);
    let head = walk.bytes::<8>(0)?;
    let is_wide = matches!(head.first_chunk(), Some(b"RF64" | b"BW64"));
    let [_, _, _, _, riff_bytes @ ..] = head;
    let riff_end = u64::from(u32::from_le_bytes(riff_bytes)) + 8;
    let mut header = Header::default();
    while let Some(chunk) = walk.next()? {
        let bytes = header.bytes_of(&chunk, file_bytes);
        match &chunk.id {
            b"ds64" => header.read_wide_sizes(&walk.content(&chunk, 4_096)?),
            b"fmt " => {
                let content = walk.content(&chunk, FORMAT_LIMIT_BYTES)?;
                header.format = Some(format::parse(&content));
            }
            b"bext" => header.read_bext(&walk.content(&chunk, 602)?),
            b"fact" => {
                let content = walk.content(&chunk, 4)?;
                let frames = content.first_chunk().copied().map(u32::from_le_bytes);
                header.coded_frames = frames.map(u64::from);
            }
            b"data" => header.data = Some(Data::find(&mut walk, &chunk, bytes)?),
            _ => {}
        }
        if header.data.is_some() && header.format.is_some() {
            break;
        }
        let behind = header.data.filter(|_| chunk.id == *b"data");
        walk.skip(&chunk, behind.map_or(bytes, |data| data.present))?;
    }
    let Some(data) = header.data else {
        return Ok(Found::Cut);
    };
    let is_short = !is_w64 && !is_wide && riff_end < data.start.saturating_add(data.present);
    Ok(match header.format {
        Some(Parsed::Plain(format)) => Found::Plain(Layout {
            format,
            data_start: data.start,
            data_bytes: data.present,
            promised_bytes: data.promised,
            is_unfinished: data.is_unfinished || is_short && data.promised <= data.present,
            time_reference: header.time_reference,
        }),
        Some(Parsed::Coded(format)) => Found::Coded(Coded {
            format,
            start: data.start,
            end: data.start.saturating_add(data.present),
            promised_bytes: data.promised,
            promised_frames: header.coded_frames,
        }),
        Some(Parsed::Wrong(reason)) => Found::Wrong(reason),
        None => Found::Wrong("a header without a format".into()),
    })
}

#[derive(Debug, Default)]
struct Header {
    format: Option<Parsed>,
    data: Option<Data>,
    time_reference: Option<SampleIndex>,
    /// From `fact`.
    coded_frames: Option<u64>,
    /// From `ds64`: bytes of the samples, and of other long chunks by name.
    wide_data: Option<u64>,
    wide_others: Vec<([u8; 4], u64)>,
}

impl Header {
    /// Bytes of `chunk`, from wherever its size is kept; to the end of the file where nobody knows.
    fn bytes_of(&self, chunk: &Chunk, file_bytes: u64) -> u64 {
        let rest = file_bytes.saturating_sub(chunk.at);
        match chunk.bytes {
            Some(bytes) => bytes,
            None if chunk.id == *b"data" => self.wide_data.unwrap_or(u64::from(UNKNOWN_SIZE)),
            None => {
                let others = self.wide_others.iter();
                let found = others.rev().find(|(id, _)| *id == chunk.id);
                found.map_or(rest, |(_, bytes)| *bytes)
            }
        }
    }

    fn read_wide_sizes(&mut self, content: &[u8]) {
        let data = content.get(8..).and_then(<[u8]>::first_chunk);
        self.wide_data = data.map(|bytes| u64::from_le_bytes(*bytes));
        let (entries, _) = content.get(28..).unwrap_or_default().as_chunks::<12>();
        self.wide_others
            .extend(entries.iter().map(|&[i0, i1, i2, i3, ref size @ ..]| {
                let size = size
                    .first_chunk()
                    .map_or(0, |size| u64::from_le_bytes(*size));
                ([i0, i1, i2, i3], size)
            }));
    }

    fn read_bext(&mut self, content: &[u8]) {
        let reference = content
            .get(TIME_REFERENCE_AT..)
            .and_then(<[u8]>::first_chunk);
        self.time_reference = reference
            .and_then(|bytes| i64::try_from(u64::from_le_bytes(*bytes)).ok())
            .filter(|&frames| frames != 0)
            .map(SampleIndex);
    }
}

/// The samples.
#[derive(Debug, Clone, Copy)]
struct Data {
    start: u64,
    present: u64,
    promised: u64,
    is_unfinished: bool,
}

impl Data {
    /// How many bytes of samples there are, where the header speaks of `told`.
    fn find(walk: &mut Walk<'_>, chunk: &Chunk, told: u64) -> io::Result<Self> {
        let start = chunk.at;
        let rest = walk.file_bytes.saturating_sub(start);
        let to_the_end = |is_unfinished| Self {
            start,
            present: rest,
            promised: rest,
            is_unfinished,
        };
        if told > rest {
            // Either the file was cut, or whoever wrote it never learned how long it became.
            let is_pretended = (PRETENDED_BYTES..=u64::from(UNKNOWN_SIZE)).contains(&told)
                || told > i64::MAX.unsigned_abs();
            return Ok(match is_pretended {
                true => to_the_end(true),
                false => Self {
                    promised: told,
                    ..to_the_end(false)
                },
            });
        }
        let behind = start + told + told % 2;
        let is_forgotten = told == 0 && rest > 0;
        // A size that began again at zero, because 32 bits were too few.
        let is_wrapped = rest - told >= 1 << 32;
        if (is_forgotten || is_wrapped) && !walk.is_known_at(behind)? {
            return Ok(to_the_end(true));
        }
        Ok(Self {
            start,
            present: told,
            promised: told,
            is_unfinished: false,
        })
    }
}
