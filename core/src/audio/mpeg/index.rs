//! Which frames a file of MPEG audio holds. Walks from head to head and reads nothing into memory but a few kilobytes.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use super::Header;

/// One mark in so many frames.
const MARK_EVERY: u64 = 64;
/// Read from the disk at once.
const PIECE_BYTES: usize = 1 << 18;
/// After damage so many frames in a row are sound again.
const FRAMES_IN_A_ROW: usize = 4;
/// Silence that decoders of layer 3 put in front.
const DECODER_DELAY: u32 = 529;

/// Frames of one kind that follow each other.
#[derive(Debug, Clone)]
pub(in crate::audio) struct Part {
    pub header: Header,
    /// Samples in front that the encoder put there.
    pub delay: u32,
    /// Samples at the end that the encoder put there.
    padding: u32,
    /// Frames, with those that damage took.
    pub frames: u64,
    /// Frame and byte offset: now and then, and behind each stretch of damage.
    pub marks: Vec<(u64, u64)>,
    /// Damage: the byte where it begins, and the index of the mark behind it.
    gaps: Vec<(u64, usize)>,
    /// Frames that the file promises, where it does.
    promised: Option<u64>,
    sound_bytes: u64,
    sound_frames: u64,
}

impl Part {
    fn new(header: Header) -> Self {
        Self {
            header,
            delay: 0,
            padding: 0,
            frames: 0,
            marks: Vec::new(),
            gaps: Vec::new(),
            promised: None,
            sound_bytes: 0,
            sound_frames: 0,
        }
    }

    fn samples_of(&self, frames: u64) -> u64 {
        (frames * u64::from(self.header.samples)).saturating_sub(self.delay.into())
    }

    /// Length in samples, without what the encoder added.
    pub fn samples(&self) -> u64 {
        let all = self.samples_of(self.frames);
        match self.promised {
            Some(promised) if self.frames < promised => all,
            _ => all.saturating_sub(self.padding.into()),
        }
    }

    /// The length that the file promises, in samples.
    pub fn promised_samples(&self) -> u64 {
        let all = self.promised.map_or(0, |frames| self.samples_of(frames));
        all.saturating_sub(self.padding.into())
    }

    /// Where a frame begins, in samples.
    pub fn start_of(&self, frame: u64) -> i64 {
        let start = i64::try_from(frame * u64::from(self.header.samples)).unwrap_or(i64::MAX);
        start - i64::from(self.delay)
    }

    /// The mark behind the damage that begins at byte `at`.
    pub fn gap_ending_behind(&self, at: u64) -> Option<&(u64, u64)> {
        let found = self
            .gaps
            .binary_search_by_key(&at, |&(start, _)| start)
            .ok()?;
        self.gaps
            .get(found)
            .and_then(|&(_, mark)| self.marks.get(mark))
    }

    fn push(&mut self, at: u64, header: &Header) {
        if self.frames.is_multiple_of(MARK_EVERY) || self.marks.is_empty() {
            self.marks.push((self.frames, at));
        }
        self.frames += 1;
        self.sound_frames += 1;
        self.sound_bytes += header.frame_bytes as u64;
    }

    /// Frames that `bytes` of damage took, by the size of the others.
    fn lose(&mut self, start: u64, end: u64) {
        let mean = self.sound_bytes as f64 / self.sound_frames.max(1) as f64;
        let lost = ((end - start) as f64 / mean.max(1.0)).round() as u64;
        self.frames += lost;
        self.marks.push((self.frames, end));
        self.gaps.push((start, self.marks.len() - 1));
    }

    /// Understands the frame in front that tells about the others; false when it is a frame like those.
    fn read_info(&mut self, frame: &[u8]) -> bool {
        let Some(info) = frame.get(self.header.side_end()..) else {
            return false;
        };
        let number = |at: usize, bytes: &[u8]| {
            let bytes = bytes.get(at..).and_then(<[u8]>::first_chunk);
            bytes.map(|bytes| u32::from_be_bytes(*bytes))
        };
        if frame.get(36..40) == Some(b"VBRI") {
            self.promised = number(50, frame).map(u64::from);
            return true;
        }
        if !info.starts_with(b"Xing") && !info.starts_with(b"Info") {
            return false;
        }
        let flags = number(4, info).unwrap_or(0);
        self.promised = (flags & 1 != 0)
            .then(|| number(8, info).map(u64::from))
            .flatten();
        let fields = [4, 4, 100, 4];
        let lengths = fields
            .iter()
            .enumerate()
            .filter(|(bit, _)| flags >> bit & 1 != 0);
        let tag = 8 + lengths.map(|(_, length)| length).sum::<usize>();
        let Some(tag) = info.get(tag..tag + 24) else {
            return true;
        };
        if [b"LAME", b"Lavf", b"Lavc"]
            .iter()
            .any(|name| tag.starts_with(*name))
            && let Some(&[a, b, c]) = tag.get(21..24)
        {
            self.delay = DECODER_DELAY + (u32::from(a) << 4 | u32::from(b >> 4));
            let padding = u32::from(b & 15) << 8 | u32::from(c);
            self.padding = padding.saturating_sub(DECODER_DELAY);
        }
        true
    }
}

/// The parts of the MPEG audio in the bytes `start..end` of `file`; `None` when `go_on` broke off.
pub(in crate::audio) fn read_parts(
    file: &mut File,
    start: u64,
    end: u64,
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> io::Result<Option<Vec<Part>>> {
    let mut bytes = Bytes {
        file,
        end,
        piece: Vec::new(),
        piece_at: 0,
        pieces: 0,
    };
    let mut parts: Vec<Part> = Vec::new();
    let mut at = start;
    let mut asked = 0;
    while at < end {
        if bytes.pieces > asked {
            asked = bytes.pieces;
            if go_on().is_break() {
                return Ok(None);
            }
        }
        let header = Header::parse(bytes.at(at, 4)?);
        let last = parts.last().map(|part| part.header);
        match (header, last) {
            (Some(header), Some(last)) if header.is_like(&last) => {
                if at + header.frame_bytes as u64 > end {
                    break;
                }
                if let Some(part) = parts.last_mut() {
                    part.push(at, &header);
                }
                at += header.frame_bytes as u64;
            }
            _ => {
                let Some((found, header)) = bytes.find(at, last)? else {
                    break;
                };
                match parts.last_mut() {
                    Some(part) if header.is_like(&part.header) => {
                        // Tags between two files that were put behind each other are no damage.
                        if !bytes.at(at, 3)?.starts_with(b"ID3")
                            && !bytes.at(at, 3)?.starts_with(b"TAG")
                        {
                            part.lose(at, found);
                        } else {
                            part.marks.push((part.frames, found));
                            part.gaps.push((at, part.marks.len() - 1));
                        }
                        at = found;
                    }
                    _ => {
                        let mut part = Part::new(header);
                        let is_info = part.read_info(bytes.at(found, header.frame_bytes)?);
                        at = found;
                        if is_info {
                            at += header.frame_bytes as u64;
                        }
                        parts.push(part);
                    }
                }
            }
        }
    }
    for part in &mut parts {
        // A frame that was begun is missing too.
        if part.promised.is_none_or(|promised| promised < part.frames) {
            part.promised = None;
        }
    }
    parts.retain(|part| part.frames > 0);
    Ok(Some(parts))
}

/// A file, a piece at a time.
struct Bytes<'a> {
    file: &'a mut File,
    end: u64,
    piece: Vec<u8>,
    piece_at: u64,
    /// Pieces read so far.
    pieces: u64,
}

impl Bytes<'_> {
    /// `count` bytes from `at` on, fewer at the end.
    fn at(&mut self, at: u64, count: usize) -> io::Result<&[u8]> {
        let wanted_end = (at + count as u64).min(self.end);
        let has = at >= self.piece_at && wanted_end <= self.piece_at + self.piece.len() as u64;
        if !has {
            let limit = self
                .end
                .saturating_sub(at)
                .min(PIECE_BYTES.max(count) as u64);
            self.piece.clear();
            self.piece_at = at;
            self.pieces += 1;
            self.file.seek(SeekFrom::Start(at))?;
            (&mut *self.file).take(limit).read_to_end(&mut self.piece)?;
        }
        let from = usize::try_from(at - self.piece_at).unwrap_or(usize::MAX);
        let rest = self.piece.get(from..).unwrap_or_default();
        Ok(rest.get(..count).unwrap_or(rest))
    }

    /// The next place from `from` on where frames follow each other, preferably like `last`.
    fn find(&mut self, from: u64, last: Option<Header>) -> io::Result<Option<(u64, Header)>> {
        let mut at = from;
        while at < self.end {
            let piece = self.at(at, PIECE_BYTES / 2)?;
            let Some(offset) = piece.iter().position(|&byte| byte == 0xFF) else {
                at += piece.len().max(1) as u64;
                continue;
            };
            at += offset as u64;
            if let Some(header) = Header::parse(self.at(at, 4)?)
                && self.are_frames(at, &header, last)?
            {
                return Ok(Some((at, header)));
            }
            at += 1;
        }
        Ok(None)
    }

    fn are_frames(
        &mut self,
        mut at: u64,
        first: &Header,
        last: Option<Header>,
    ) -> io::Result<bool> {
        for _ in 0..FRAMES_IN_A_ROW {
            if at >= self.end {
                // The last frames of a file, if they go on as it was.
                return Ok(last.is_none_or(|last| last.is_like(first)));
            }
            match Header::parse(self.at(at, 4)?) {
                Some(header) if header.is_like(first) => at += header.frame_bytes as u64,
                _ => return Ok(false),
            }
        }
        Ok(true)
    }
}
