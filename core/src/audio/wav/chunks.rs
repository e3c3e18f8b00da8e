//! The chunks of a WAV, one after the other, in its RIFF and its W64 form. Reads heads only.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// In a 32-bit size: the true size is in `ds64`, or unknown.
pub(super) const UNKNOWN_SIZE: u32 = u32::MAX;
/// What follows the four letters in W64's chunk names, and in its own name.
const W64_TAIL: [u8; 12] = [
    0xF3, 0xAC, 0xD3, 0x11, 0x8C, 0xD1, 0, 0xC0, 0x4F, 0x8E, 0xDB, 0x8A,
];
/// A header of more chunks is damage.
const MOST_CHUNKS: usize = 100_000;

/// One chunk by its head.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk {
    pub id: [u8; 4],
    /// Byte offset of its content.
    pub at: u64,
    /// Bytes of its content by the head's word; `None` when the head says that it does not know.
    pub bytes: Option<u64>,
}

/// Walks along the chunks of a file.
pub(super) struct Walk<'a> {
    file: &'a mut File,
    pub file_bytes: u64,
    at: u64,
    is_w64: bool,
    left: usize,
}

impl<'a> Walk<'a> {
    /// From the chunk at `at` on.
    pub fn new(file: &'a mut File, file_bytes: u64, at: u64, is_w64: bool) -> Self {
        Self {
            file,
            file_bytes,
            at,
            is_w64,
            left: MOST_CHUNKS,
        }
    }

    /// The next chunk, or `None` at the end of the file.
    pub fn next(&mut self) -> io::Result<Option<Chunk>> {
        let head_bytes = if self.is_w64 { 24 } else { 8 };
        if self.at.saturating_add(head_bytes) > self.file_bytes || self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let at = self.at + head_bytes;
        if !self.is_w64 {
            let [i0, i1, i2, i3, size @ ..] = self.bytes::<8>(self.at)?;
            let size = u32::from_le_bytes(size);
            return Ok(Some(Chunk {
                id: [i0, i1, i2, i3],
                at,
                bytes: (size != UNKNOWN_SIZE).then_some(size.into()),
            }));
        }
        let head = self.bytes::<24>(self.at)?;
        let (guid, size) = head.split_at(16);
        let size = size
            .first_chunk()
            .map_or(0, |size| u64::from_le_bytes(*size));
        let known = guid.ends_with(&W64_TAIL);
        Ok(Some(Chunk {
            id: guid
                .first_chunk()
                .copied()
                .filter(|_| known)
                .unwrap_or(*b"????"),
            at,
            bytes: Some(size.saturating_sub(24)),
        }))
    }

    /// Goes on behind `chunk`, of `bytes`.
    pub fn skip(&mut self, chunk: &Chunk, bytes: u64) -> io::Result<()> {
        let end = chunk.at.saturating_add(bytes);
        self.at = if self.is_w64 {
            end.checked_next_multiple_of(8).unwrap_or(end)
        } else {
            end.saturating_add(bytes % 2)
        };
        // Some programs forget the byte that makes a length even.
        if !self.is_w64 && bytes % 2 == 1 && !self.is_known_at(self.at)? && self.is_known_at(end)? {
            self.at = end;
        }
        Ok(())
    }

    /// Whether a chunk with a name that WAV files use begins at `at`.
    pub fn is_known_at(&mut self, at: u64) -> io::Result<bool> {
        if at.saturating_add(8) > self.file_bytes {
            return Ok(false);
        }
        Ok(matches!(
            &self.bytes::<4>(at)?,
            b"fmt "
                | b"data"
                | b"fact"
                | b"LIST"
                | b"bext"
                | b"iXML"
                | b"JUNK"
                | b"junk"
                | b"cue "
                | b"smpl"
                | b"inst"
                | b"PEAK"
                | b"chna"
                | b"axml"
                | b"id3 "
                | b"ID3 "
                | b"elm1"
                | b"minf"
                | b"umid"
                | b"regn"
                | b"note"
                | b"labl"
                | b"ltxt"
                | b"plst"
                | b"wavl"
                | b"slnt"
                | b"afsp"
                | b"_PMX"
                | b"FLLR"
                | b"PAD "
                | b"levl"
                | b"link"
                | b"qlty"
                | b"mext"
                | b"cart"
                | b"aXML"
                | b"DGDA"
                | b"guan"
                | b"wamd"
                | b"acid"
                | b"DISP"
                | b"ResU"
                | b"strc"
                | b"SyLp"
        ))
    }

    /// So many bytes from `at` on.
    pub fn bytes<const N: usize>(&mut self, at: u64) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.file.seek(SeekFrom::Start(at))?;
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// The content of `chunk`, at most `limit` bytes of it.
    pub fn content(&mut self, chunk: &Chunk, limit: u64) -> io::Result<Vec<u8>> {
        let wanted = chunk.bytes.unwrap_or(limit).min(limit);
        let mut content = Vec::new();
        self.file.seek(SeekFrom::Start(chunk.at))?;
        (&mut *self.file).take(wanted).read_to_end(&mut content)?;
        Ok(content)
    }
}
