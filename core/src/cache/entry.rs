//! The layout of one file of the cache: a segment of the steps of one recording and model. Pure but for writing.
//!
//! In order: magic, key (three strings), the number of views and the values of each, bytes of the fine spectrum in a row, steps of the recording,
//! steps of the segment, one byte for each of those, the rows as [`super::row`] describes them, and a CRC-32 of everything before. Lengths are 64-bit
//! little-endian.

use std::io::{self, Read, Write};
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use super::key::CacheKey;
use super::mapping::Mapping;
use super::row::RowLayout;
use super::step_map::Segment;
use super::vectors::Vectors;

const MAGIC: &[u8; 8] = b"EMSTEPS5";
/// Bytes of a recording's name: no path is longer.
const LONGEST_NAME: u64 = 1 << 20;
const CHECKSUM_BYTES: usize = 4;
/// More views than any model has.
const MOST_VIEWS: u64 = 1 << 10;
/// Bytes that are read and checked in one go: some milliseconds from a slow disk.
const PROVED_AT_ONCE: usize = 1 << 20;

/// What a file says of the recording besides its segment.
pub(super) struct Extent {
    pub rows: RowLayout,
    /// Steps of the whole recording.
    pub len: u64,
}

/// Writes `segment` as an entry under `key`, and returns where in the file its vectors are.
pub(super) fn write(
    key: &CacheKey,
    extent: &Extent,
    segment: &Segment,
    file: &mut impl Write,
) -> io::Result<Range<usize>> {
    let mut head = head_of(key);
    let views = extent.rows.views();
    let numbers = std::iter::once(views.len()).chain(views.iter().copied());
    let numbers = numbers.chain(std::iter::once(extent.rows.spectrum_bytes()));
    head.extend(numbers.flat_map(|number| (number as u64).to_le_bytes()));
    head.extend_from_slice(&extent.len.to_le_bytes());
    head.extend_from_slice(&(segment.done.len() as u64).to_le_bytes());
    head.extend(segment.done.iter().map(|&done| u8::from(done)));
    let vectors = segment.vectors.bytes();
    let mut checksum = crc32fast::Hasher::new();
    for part in [head.as_slice(), vectors] {
        checksum.update(part);
        file.write_all(part)?;
    }
    file.write_all(&checksum.finalize().to_le_bytes())?;
    Ok(head.len()..head.len() + vectors.len())
}

/// The first bytes of every entry under `key`.
fn head_of(key: &CacheKey) -> Vec<u8> {
    let mut head = MAGIC.to_vec();
    for part in key.parts() {
        head.extend_from_slice(&(part.len() as u64).to_le_bytes());
        head.extend_from_slice(part.as_bytes());
    }
    head
}

/// Whether the entry in `file` is one under `key`, whole or not.
pub(super) fn is_under(key: &CacheKey, file: impl Read) -> bool {
    let head = head_of(key);
    let mut found = Vec::new();
    let read = file.take(head.len() as u64).read_to_end(&mut found);
    read.is_ok() && found == head
}

/// The segment in `mapping`, whose vectors stay there; `None` when it is damaged or belongs to another key.
///
/// Calls `go_on` between pieces while it checks the content; when that breaks off there is no segment.
pub(super) fn read(
    mapping: Mapping,
    key: &CacheKey,
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> Option<(Extent, Segment)> {
    let (extent, done, vectors) = find(mapping.bytes(), key, go_on)?;
    let vectors = Vectors::mapped(Arc::new(mapping), vectors)?;
    let is_whole = done.len().checked_mul(extent.rows.bytes()) == Some(vectors.bytes().len());
    is_whole.then(|| {
        let segment = Segment {
            vectors,
            done,
            saved_as: Some(key.fingerprint.clone()),
        };
        (extent, segment)
    })
}

/// What the file says of the recording, which steps are there, and where the vectors lie in `bytes`.
fn find(
    bytes: &[u8],
    key: &CacheKey,
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> Option<(Extent, Vec<bool>, Range<usize>)> {
    let (content, checksum) = bytes.split_last_chunk::<CHECKSUM_BYTES>()?;
    // First, because it tells a stale entry without reading all of it.
    let mut rest = content.strip_prefix(head_of(key).as_slice())?;
    let mut found = crc32fast::Hasher::new();
    for piece in content.chunks(PROVED_AT_ONCE) {
        if go_on().is_break() {
            return None;
        }
        found.update(piece);
    }
    if found.finalize().to_le_bytes() != *checksum {
        return None;
    }
    let views = take_u64(&mut rest)?;
    if views > MOST_VIEWS {
        return None;
    }
    let views = (0..views).map(|_| usize::try_from(take_u64(&mut rest)?).ok());
    let rows = RowLayout::new(views.collect::<Option<Vec<_>>>()?);
    let rows = rows.with_spectrum(usize::try_from(take_u64(&mut rest)?).ok()?);
    let len = take_u64(&mut rest)?;
    let steps = usize::try_from(take_u64(&mut rest)?).ok()?;
    let (done, rest) = rest.split_at_checked(steps)?;
    let start = content.len() - rest.len();
    let done = done.iter().map(|&done| done != 0).collect();
    Some((Extent { rows, len }, done, start..content.len()))
}

/// Which recording the entry in `file` is of, without looking at the rest; `None` when it is no entry.
pub(super) fn recording_of(mut file: impl Read) -> Option<String> {
    let mut magic = [0; MAGIC.len()];
    file.read_exact(&mut magic).ok()?;
    let mut length = [0; 8];
    file.read_exact(&mut length).ok()?;
    let length = u64::from_le_bytes(length);
    if magic != *MAGIC || length > LONGEST_NAME {
        return None;
    }
    let mut name = Vec::new();
    file.take(length).read_to_end(&mut name).ok()?;
    String::from_utf8(name).ok()
}

fn take_u64(bytes: &mut &[u8]) -> Option<u64> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u64::from_le_bytes(*first))
}
