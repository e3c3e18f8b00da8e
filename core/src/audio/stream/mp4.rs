//! The edit list of an MP4 track: how much of its beginning is only there for the decoder, and how long it plays. Reads heads only.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// What an edit list says.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Edit {
    /// Sound in front that is not played.
    pub skipped_s: f64,
    /// Silence before the sound begins.
    pub silent_s: f64,
    /// Length of what is played.
    pub played_s: Option<f64>,
    /// How fine that length is told.
    pub tick_s: f64,
}

/// Boxes that are opened on the way to the edit list.
const OPENED: [&[u8; 4]; 5] = [b"moov", b"trak", b"edts", b"mdia", b"udta"];
/// More of a small box than is ever looked at.
const SMALL_BYTES: u64 = 1 << 16;
const MOST_BOXES: usize = 100_000;

/// Reads the edit list of the track `id`, if there is one.
pub(super) fn read_edit(path: &Path, id: u32) -> io::Result<Edit> {
    let mut file = File::open(path)?;
    let mut found = Found::default();
    let end = file.metadata()?.len();
    let mut left = MOST_BOXES;
    read_boxes(&mut file, 0, end, &mut found, &mut left)?;
    Ok(found.edit_of(id))
}

#[derive(Debug, Default)]
struct Found {
    movie_scale: Option<u32>,
    tracks: Vec<Track>,
}

#[derive(Debug, Default)]
struct Track {
    id: u32,
    scale: Option<u32>,
    /// Duration on the movie's scale, and where in the track it begins (-1: nowhere, silence).
    edits: Vec<(u64, i64)>,
}

impl Found {
    fn edit_of(&self, id: u32) -> Edit {
        let Some(track) = self.tracks.iter().find(|track| track.id == id) else {
            return Edit::default();
        };
        let (Some(movie), Some(media)) = (
            self.movie_scale.filter(|&scale| scale > 0),
            track.scale.filter(|&scale| scale > 0),
        ) else {
            return Edit::default();
        };
        let mut edit = Edit {
            tick_s: 1.0 / f64::from(movie),
            ..Edit::default()
        };
        for &(duration, start) in &track.edits {
            let duration_s = duration as f64 / f64::from(movie);
            if start < 0 {
                edit.silent_s += duration_s;
                continue;
            }
            edit.skipped_s = start as f64 / f64::from(media);
            // Zero is what files say that are written in fragments: to the end.
            edit.played_s = (duration > 0).then_some(duration_s);
            break;
        }
        edit
    }
}

fn read_boxes(
    file: &mut File,
    mut at: u64,
    end: u64,
    found: &mut Found,
    left: &mut usize,
) -> io::Result<()> {
    while at + 8 <= end && *left > 0 {
        *left -= 1;
        file.seek(SeekFrom::Start(at))?;
        let mut head = [0; 16];
        file.read_exact(&mut head[..8])?;
        let [s0, s1, s2, s3, k0, k1, k2, k3, ..] = head;
        let mut bytes = u64::from(u32::from_be_bytes([s0, s1, s2, s3]));
        let mut head_bytes = 8;
        if bytes == 1 {
            file.read_exact(&mut head[8..])?;
            bytes = head
                .last_chunk()
                .map_or(0, |size| u64::from_be_bytes(*size));
            head_bytes = 16;
        } else if bytes == 0 {
            bytes = end - at;
        }
        if bytes < head_bytes {
            break;
        }
        let kind = [k0, k1, k2, k3];
        let box_end = at.saturating_add(bytes).min(end);
        if OPENED.contains(&&kind) {
            if kind == *b"trak" {
                found.tracks.push(Track::default());
            }
            read_boxes(file, at + head_bytes, box_end, found, left)?;
        } else if matches!(&kind, b"mvhd" | b"tkhd" | b"mdhd" | b"elst") {
            let mut content = Vec::new();
            file.take((box_end - at - head_bytes).min(SMALL_BYTES))
                .read_to_end(&mut content)?;
            read_small(&kind, &content, found);
        }
        at = box_end;
    }
    Ok(())
}

fn read_small(kind: &[u8; 4], content: &[u8], found: &mut Found) {
    let is_long = content.first().is_some_and(|&version| version == 1);
    let number = |at: usize| {
        let bytes = content.get(at..).and_then(<[u8]>::first_chunk);
        bytes.map(|bytes| u32::from_be_bytes(*bytes))
    };
    let long = |at: usize| {
        let bytes = content.get(at..).and_then(<[u8]>::first_chunk);
        bytes.map(|bytes| u64::from_be_bytes(*bytes))
    };
    // Two dates stand before the number that is looked for.
    let behind_dates = if is_long { 20 } else { 12 };
    match (kind, found.tracks.last_mut()) {
        (b"mvhd", _) => found.movie_scale = number(behind_dates),
        (b"tkhd", Some(track)) => track.id = number(behind_dates).unwrap_or(0),
        (b"mdhd", Some(track)) => track.scale = number(behind_dates),
        (b"elst", Some(track)) => {
            let entry_bytes = if is_long { 20 } else { 12 };
            let most = content.len() / entry_bytes;
            let count = (number(4).unwrap_or(0) as usize).min(most);
            track.edits = (0..count)
                .filter_map(|index| {
                    let at = 8 + index * entry_bytes;
                    Some(if is_long {
                        (long(at)?, long(at + 8)?.cast_signed())
                    } else {
                        (number(at)?.into(), number(at + 4)?.cast_signed().into())
                    })
                })
                .collect();
        }
        _ => {}
    }
}
