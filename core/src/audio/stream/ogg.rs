//! The recordings that an Ogg file holds one behind the other. Hops from page to page and reads their heads only.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

const HEAD_BYTES: usize = 27;
const FIRST_PAGE: u8 = 2;
const LAST_PAGE: u8 = 4;
/// Pages between two questions whether to go on.
const PAGES_AT_ONCE: usize = 1_024;
const PIECE_BYTES: u64 = 1 << 16;

/// Where the recordings of a file are.
#[derive(Debug, Default)]
pub(in crate::audio) struct Links {
    /// Byte ranges.
    pub ranges: Vec<(u64, u64)>,
    /// The last page is not whole, or not marked as the last.
    pub is_cut: bool,
}

/// The recordings in `start..end`; `None` when `go_on` broke off.
pub(in crate::audio) fn read_links(
    file: &mut File,
    start: u64,
    end: u64,
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> io::Result<Option<Links>> {
    let mut links: Vec<(u64, u64)> = Vec::new();
    let (mut at, mut pages) = (start, 0_usize);
    // Several first pages in a row belong to one recording.
    let mut was_first = false;
    let mut is_cut = false;
    while at + HEAD_BYTES as u64 <= end {
        if pages.is_multiple_of(PAGES_AT_ONCE) && go_on().is_break() {
            return Ok(None);
        }
        pages += 1;
        let mut head = Vec::with_capacity(HEAD_BYTES + 255);
        file.seek(SeekFrom::Start(at))?;
        (&mut *file)
            .take((HEAD_BYTES + 255) as u64)
            .read_to_end(&mut head)?;
        let (Some(b"OggS"), Some(&flags), Some(&segments)) =
            (head.first_chunk(), head.get(5), head.get(26))
        else {
            match next_page(file, at + 1, end)? {
                Some(found) => at = found,
                None => break,
            }
            continue;
        };
        let lengths = head.get(HEAD_BYTES..).unwrap_or_default().iter();
        let content: u64 = lengths
            .take(segments.into())
            .map(|&byte| u64::from(byte))
            .sum();
        let is_first = flags & FIRST_PAGE != 0;
        if is_first && !was_first {
            if let Some((_, link_end)) = links.last_mut() {
                *link_end = at;
            }
            links.push((at, end));
        }
        was_first = is_first;
        at += HEAD_BYTES as u64 + u64::from(segments) + content;
        is_cut = at > end || flags & LAST_PAGE == 0;
    }
    if links.is_empty() {
        links.push((start, end));
    }
    Ok(Some(Links {
        ranges: links,
        is_cut,
    }))
}

/// The next page from `at` on, behind damage.
fn next_page(file: &mut File, mut at: u64, end: u64) -> io::Result<Option<u64>> {
    let mut piece = Vec::new();
    while at + 4 <= end {
        piece.clear();
        file.seek(SeekFrom::Start(at))?;
        (&mut *file).take(PIECE_BYTES).read_to_end(&mut piece)?;
        if let Some(offset) = piece.windows(4).position(|bytes| bytes == b"OggS") {
            return Ok(Some(at + offset as u64));
        }
        at += (piece.len() as u64).saturating_sub(3).max(1);
    }
    Ok(None)
}
