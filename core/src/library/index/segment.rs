//! The layout of one file of the index. Pure but for writing.
//!
//! In order: magic, the length of the head and the head (the name of the space, values of a row, and of each recording its identity
//! and which of its windows they are), a CRC-32 of all that, the coarse and the fine parts of all windows as [`super::super::row`] describes
//! them, and a CRC-32 behind each. Lengths are
//! 64-bit little-endian.

use std::io::{self, Write};
use std::ops::Range;

use crate::cache::Mapping;
use crate::library::row::{Rows, coarse_bytes};

const MAGIC: &[u8; 8] = b"EMINDEX1";
const CHECKSUM_BYTES: usize = 4;
/// Bytes that are checked in one go.
const PROVED_AT_ONCE: usize = 1 << 20;

/// A recording in the index, or a part of a long one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedRecording {
    /// What its content was.
    pub identity: String,
    /// Which windows of it these are.
    pub windows: Range<usize>,
    /// How many windows the whole recording has.
    pub total: usize,
}

/// One file of the index, where it lies.
pub struct Segment {
    mapping: Mapping,
    coarse: Range<usize>,
    fine: Range<usize>,
    dims: usize,
    recordings: Vec<IndexedRecording>,
}

/// Writes `recordings` and their `rows` into `file`.
pub(super) fn write(
    space: &str,
    dims: usize,
    recordings: &[IndexedRecording],
    rows: Rows<'_>,
    file: &mut impl Write,
) -> io::Result<()> {
    let mut head = Vec::new();
    put_text(space, &mut head);
    put_number(dims, &mut head);
    put_number(recordings.len(), &mut head);
    for recording in recordings {
        put_text(&recording.identity, &mut head);
        put_number(recording.windows.start, &mut head);
        put_number(recording.windows.end, &mut head);
        put_number(recording.total, &mut head);
    }
    let mut start = MAGIC.to_vec();
    put_number(head.len(), &mut start);
    start.extend(head);
    for part in [start.as_slice(), rows.coarse, rows.fine] {
        file.write_all(part)?;
        file.write_all(&crc32fast::hash(part).to_le_bytes())?;
    }
    Ok(())
}

impl Segment {
    /// The segment in `mapping`; `None` when its head is damaged, it is not whole, or it is of another space.
    pub(super) fn of(mapping: Mapping, space: &str, dims: usize) -> Option<Self> {
        let bytes = mapping.bytes();
        let mut rest = bytes.strip_prefix(MAGIC)?;
        let head_bytes = take_number(&mut rest)?;
        let head_end = bytes
            .len()
            .checked_sub(rest.len())?
            .checked_add(head_bytes)?;
        let (start, after) = bytes.split_at_checked(head_end)?;
        let (checksum, _) = after.split_first_chunk::<CHECKSUM_BYTES>()?;
        if crc32fast::hash(start).to_le_bytes() != *checksum {
            return None;
        }
        let mut head = rest.get(..head_bytes)?;
        if take_text(&mut head)? != space || take_number(&mut head)? != dims {
            return None;
        }
        let count = take_number(&mut head)?;
        let mut recordings = Vec::new();
        let mut windows: usize = 0;
        for _ in 0..count {
            let identity = take_text(&mut head)?.to_owned();
            let (start, end) = (take_number(&mut head)?, take_number(&mut head)?);
            windows = windows.checked_add(end.checked_sub(start)?)?;
            recordings.push(IndexedRecording {
                identity,
                windows: start..end,
                total: take_number(&mut head)?,
            });
        }
        let coarse = head_end + CHECKSUM_BYTES;
        let coarse = coarse..coarse.checked_add(windows.checked_mul(coarse_bytes(dims))?)?;
        let fine = coarse.end.checked_add(CHECKSUM_BYTES)?;
        let fine = fine..fine.checked_add(windows.checked_mul(dims)?)?;
        let is_whole = bytes.len() == fine.end.checked_add(CHECKSUM_BYTES)?;
        is_whole.then(|| Self {
            coarse,
            fine,
            mapping,
            dims,
            recordings,
        })
    }

    /// Whether the windows are as they were written. Reads all of them.
    pub(super) fn is_sound(&self) -> bool {
        let bytes = self.mapping.bytes();
        [&self.coarse, &self.fine].into_iter().all(|part| {
            let mut found = crc32fast::Hasher::new();
            let content = bytes.get(part.clone()).unwrap_or_default();
            content
                .chunks(PROVED_AT_ONCE)
                .for_each(|piece| found.update(piece));
            let checksum = bytes.get(part.end..part.end + CHECKSUM_BYTES);
            checksum == Some(&found.finalize().to_le_bytes())
        })
    }

    /// The recordings in it, in the order of their windows.
    pub fn recordings(&self) -> &[IndexedRecording] {
        &self.recordings
    }

    /// All windows.
    pub fn rows(&self) -> Rows<'_> {
        // They were seen to be there when it was opened.
        let part = |part: &Range<usize>| {
            let bytes = self.mapping.bytes().get(part.clone());
            bytes.unwrap_or_default()
        };
        Rows {
            coarse: part(&self.coarse),
            fine: part(&self.fine),
        }
    }

    /// Each recording with its windows.
    pub fn recordings_with_rows(&self) -> impl Iterator<Item = (&IndexedRecording, Rows<'_>)> {
        let mut rest = self.rows();
        self.recordings.iter().map(move |recording| {
            let (own, after) = rest.split_at(recording.windows.len(), self.dims);
            rest = after;
            (recording, own)
        })
    }

    /// How many windows it has.
    pub fn windows(&self) -> usize {
        self.rows().windows(self.dims)
    }
}

fn put_number(number: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&(number as u64).to_le_bytes());
}

fn put_text(text: &str, out: &mut Vec<u8>) {
    put_number(text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

fn take_number(rest: &mut &[u8]) -> Option<usize> {
    let (number, after) = rest.split_first_chunk()?;
    *rest = after;
    usize::try_from(u64::from_le_bytes(*number)).ok()
}

fn take_text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let length = take_number(rest)?;
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    std::str::from_utf8(text).ok()
}
