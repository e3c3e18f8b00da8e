//! What a file is, by its own bytes: names are not believed, and nothing is taken for sound because a few bits fit.
//! Worker threads only.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use super::mpeg::Header;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    /// RIFF, RF64 or BW64.
    Wav,
    W64,
    Aiff,
    Flac,
    Ogg,
    Mp4,
    Matroska,
    /// MPEG audio; the number is the byte offset of its first frame.
    Mpeg(u64),
    /// AAC in frames of its own (ADTS).
    Adts,
    /// Known, and not supported.
    Other(&'static str),
    Unknown,
}

/// A file and where its sound begins: tags may stand in front.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sniffed {
    pub container: Container,
    pub start: u64,
}

/// How far behind the tags a first MPEG frame is looked for: files that were cut out of a stream begin anywhere.
const SEARCHED_BYTES: u64 = 1 << 17;
/// So many frames, each where the one before ends and of the same kind, are no coincidence.
const FRAMES_IN_A_ROW: usize = 5;

/// Looks at the beginning of `file`.
pub(super) fn sniff(file: &mut File) -> io::Result<Sniffed> {
    let mut start = 0;
    let mut has_tags = false;
    // Tags may follow one another.
    while let Some(bytes) = tag_bytes(&head(file, start)?) {
        start += bytes;
        has_tags = true;
    }
    let found = by_magic(&head(file, start)?);
    let container = match found {
        Some(container) => container,
        None => by_frames(file, start)?,
    };
    let container = match container {
        Container::Unknown if has_tags => Container::Other("an unknown format behind ID3 tags"),
        container => container,
    };
    Ok(Sniffed { container, start })
}

fn head(file: &mut File, at: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.seek(SeekFrom::Start(at))?;
    file.take(64).read_to_end(&mut head)?;
    Ok(head)
}

/// Bytes of the ID3v2 tag at the beginning of `head`, pictures and all.
fn tag_bytes(head: &[u8]) -> Option<u64> {
    let &[b'I', b'D', b'3', version, _, flags, ref size @ ..] = head.first_chunk::<10>()? else {
        return None;
    };
    if version == 0xFF || size.iter().any(|byte| byte & 0x80 != 0) {
        return None;
    }
    let content = size
        .iter()
        .fold(0_u64, |sum, &byte| sum << 7 | u64::from(byte));
    let footer = if flags & 0x10 != 0 { 10 } else { 0 };
    Some(10 + content + footer)
}

fn by_magic(head: &[u8]) -> Option<Container> {
    let at =
        |from: usize, magic: &[u8]| head.get(from..).is_some_and(|rest| rest.starts_with(magic));
    let is_form = |form: &[u8]| at(8, form);
    Some(match head.first_chunk::<4>()? {
        b"RIFF" | b"RF64" | b"BW64" if is_form(b"WAVE") => Container::Wav,
        b"RIFF" | b"RF64" if head.len() < 12 => Container::Wav,
        b"RIFF" => Container::Other("RIFF without WAVE (a film or a picture)"),
        b"RIFX" | b"FFIR" => Container::Other("RIFX (a WAV of the other byte order)"),
        b"riff" if at(4, &[0x2E, 0x91, 0xCF, 0x11]) => Container::W64,
        b"FORM" if is_form(b"AIFF") || is_form(b"AIFC") => Container::Aiff,
        b"FORM" => Container::Other("IFF without AIFF"),
        b"fLaC" => Container::Flac,
        b"OggS" => Container::Ogg,
        [0x1A, 0x45, 0xDF, 0xA3] => Container::Matroska,
        _ if at(4, b"ftyp") => Container::Mp4,
        b"caff" => Container::Other("CAF"),
        b"wvpk" => Container::Other("WavPack"),
        b"MAC " => Container::Other("Monkey's Audio"),
        b"TTA1" | b"TTA2" => Container::Other("True Audio"),
        b"OFR " => Container::Other("OptimFROG"),
        b"MPCK" | b"MP+\x07" => Container::Other("Musepack"),
        b"DSD " | b"FRM8" => Container::Other("DSD"),
        b".snd" | b"dns." => Container::Other("AU"),
        b"#!AM" => Container::Other("AMR"),
        b"ajkg" => Container::Other("Shorten"),
        b"MThd" => Container::Other("MIDI"),
        b".RMF" => Container::Other("RealMedia"),
        b"\x30\x26\xB2\x75" => Container::Other("Windows Media"),
        b"2BIT" => Container::Other("AVR"),
        b"Crea" => Container::Other("Creative Voice"),
        b"NIST" => Container::Other("NIST SPHERE"),
        [0x0B, 0x77, ..] => Container::Other("Dolby Digital"),
        [0x7F, 0xFE, 0x80, 0x01] => Container::Other("DTS"),
        _ => return None,
    })
}

/// Looks for frames of MPEG audio or ADTS that follow each other.
fn by_frames(file: &mut File, start: u64) -> io::Result<Container> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.take(SEARCHED_BYTES).read_to_end(&mut bytes)?;
    let whole = (bytes.len() as u64) < SEARCHED_BYTES;
    let first = bytes.iter().position(|&byte| byte != 0).unwrap_or(0);
    let mut at = first;
    while let Some(offset) = bytes
        .get(at..)
        .and_then(|rest| rest.iter().position(|&b| b == 0xFF))
    {
        at += offset;
        if is_mpeg(&bytes, at, whole, at == first) {
            return Ok(Container::Mpeg(start + at as u64));
        }
        if at == first && is_adts(&bytes, at) {
            return Ok(Container::Adts);
        }
        at += 1;
    }
    Ok(Container::Unknown)
}

/// Whether consistent frames follow each other from `at` on. A short file may hold fewer, if they fill it from its beginning.
fn is_mpeg(bytes: &[u8], at: usize, whole: bool, is_first: bool) -> bool {
    let header = |at: usize| bytes.get(at..).and_then(Header::parse);
    let Some(first) = header(at) else {
        return false;
    };
    let mut next = at + first.frame_bytes;
    for _ in 1..FRAMES_IN_A_ROW {
        match header(next) {
            Some(header) if header.is_like(&first) => next += header.frame_bytes,
            _ => {
                let is_tag = bytes
                    .get(next..)
                    .is_some_and(|rest| rest.starts_with(b"TAG"));
                return whole && is_first && (next == bytes.len() || is_tag);
            }
        }
    }
    true
}

fn is_adts(bytes: &[u8], mut at: usize) -> bool {
    let mut kind = None;
    for _ in 0..FRAMES_IN_A_ROW {
        let Some(&[0xFF, b1, b2, b3, b4, b5, _]) = bytes.get(at..).and_then(<[u8]>::first_chunk)
        else {
            return false;
        };
        let length = usize::from(b3 & 3) << 11 | usize::from(b4) << 3 | usize::from(b5 >> 5);
        let this = (b1 & 0xFE, b2 & 0xFC);
        if b1 & 0xF6 != 0xF0 || length < 7 || *kind.get_or_insert(this) != this {
            return false;
        }
        at += length;
    }
    true
}
