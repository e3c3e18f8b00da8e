//! Puts regions into a WAV file as markers: a copy of it with the chunks `cue ` and `LIST`/`adtl` behind its samples.
//!
//! Samples, `bext` and every other chunk are copied as they are, and markers of other programs stay; those of an earlier
//! export are replaced. The copy appears whole or not at all. Worker threads only.

mod chunks;
mod cues;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::ListedRegion;
use super::file::{Existing, WriteError, write_file};
use crate::audio::WavChunk;
use crate::audio::bwf::BwfReader;
use crate::platform::FileIdentity;
use chunks::{ChunkError, Chunks, FORM_BYTES, HEAD_BYTES, IN_DS64};
use cues::{Cue, Cues};

/// Copied at once; between two pieces the copy can be cancelled.
const PIECE_BYTES: usize = 1 << 20;
/// Markers of other programs longer than this are damage.
const MARKERS_LIMIT_BYTES: u64 = 64 << 20;
/// Two 64-bit sizes, a 64-bit sample count and an empty table.
const SIZES_BYTES: u64 = 28;

/// Why a file with markers could not be written.
#[derive(Debug, thiserror::Error)]
pub enum MarkerError {
    #[error("{} cannot carry markers ({reason}): export a list instead", path.display())]
    NoWav { path: PathBuf, reason: &'static str },
    #[error("{} is too long to carry markers: export a list instead", path.display())]
    TooLong { path: PathBuf },
    #[error("{} is a take that Earmark may still record into: choose another name for the copy with markers", path.display())]
    Take { path: PathBuf },
    #[error("{} cannot be read ({source}): check that the disk is connected", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("the export was cancelled, and nothing was written: start it again")]
    Cancelled,
}

/// A copy with markers as it is asked for.
#[derive(Debug, Clone, Copy)]
pub struct MarkedCopy<'a> {
    /// The WAV file.
    pub source: &'a Path,
    pub target: &'a Path,
    pub existing: Existing,
    /// One marker for each.
    pub regions: &'a [ListedRegion<'a>],
    /// Noted with each marker, before what the user wrote: what found its region.
    pub note: &'a str,
}

/// Writes a copy of a WAV file with markers. A file may be replaced by its own copy with markers, but a take may not: the
/// recorder has it open and continues it. `progress` is told how far the copy is, 0 to 1, and says whether to go on.
///
/// # Errors
/// See [`MarkerError`]; then nothing is left behind and nothing was changed.
pub fn write_markers(
    copy: &MarkedCopy<'_>,
    progress: &mut dyn FnMut(f32) -> ControlFlow<()>,
) -> Result<(), MarkerError> {
    let MarkedCopy {
        source,
        target,
        existing,
        regions,
        note,
    } = *copy;
    let unread = |error| MarkerError::Read {
        path: source.to_owned(),
        source: error,
    };
    let is_take = BwfReader::open(source).is_ok_and(|reader| reader.is_own());
    if is_take && FileIdentity::is_shared(source, target) {
        return Err(MarkerError::Take {
            path: target.to_owned(),
        });
    }
    let mut file = File::open(source).map_err(unread)?;
    let length = file.metadata().map_err(unread)?.len();
    let found = Chunks::read(&mut file, length, is_take).map_err(|error| match error {
        ChunkError::Io(error) => unread(error),
        ChunkError::NoWav(reason) => MarkerError::NoWav {
            path: source.to_owned(),
            reason,
        },
    })?;
    let mut plan = Plan::new(
        &mut file,
        &found,
        |cues, found| {
            for region in regions {
                let note = match region.note {
                    "" => Cow::Borrowed(note),
                    written => Cow::Owned(format!("{note}: {written}")),
                };
                cues.add(&cue(region, found, source)?, &note);
            }
            Ok(())
        },
        source,
    )?;
    let mut cancelled = false;
    let mut unreadable = None;
    let mut copied = |out: &mut BufWriter<File>, mut file: File| {
        let copied = plan.write(&mut file, out, &mut |fraction| {
            let flow = progress(fraction);
            cancelled = flow.is_break();
            flow
        });
        copied.map_err(|failure| match failure {
            Failure::Write(error) => error,
            Failure::Read(error) => {
                let told = io::Error::from(error.kind());
                unreadable = Some(error);
                told
            }
            Failure::Cancelled => ErrorKind::Interrupted.into(),
        })
    };
    // The source is closed by the time the copy gets its name, which may be the source's own: Windows replaces no open file.
    let written = write_file(target, existing, |out| copied(out, file));
    match (written, unreadable) {
        (Err(_), _) if cancelled => Err(MarkerError::Cancelled),
        (Err(_), Some(error)) => Err(unread(error)),
        (written, _) => Ok(written?),
    }
}

fn cue(region: &ListedRegion<'_>, found: &Chunks, path: &Path) -> Result<Cue, MarkerError> {
    let frame_at = |seconds: f64| {
        let frame = (seconds.max(0.0) * f64::from(found.rate_hz)).round() as u64;
        u32::try_from(frame.min(found.frames)).map_err(|_| MarkerError::TooLong {
            path: path.to_owned(),
        })
    };
    let start = frame_at(region.span.start_s())?;
    Ok(Cue {
        start,
        frames: frame_at(region.span.end_s())?.saturating_sub(start),
        name: region.label(),
    })
}

/// What ended a copy.
enum Failure {
    Read(io::Error),
    Write(io::Error),
    Cancelled,
}

/// What the new file is made of.
struct Plan {
    form: [u8; 4],
    /// All that is copied, in order.
    copied: Vec<WavChunk>,
    /// The chunks that come behind, whole.
    markers: Vec<u8>,
    riff_bytes: u64,
    frames: u64,
}

impl Plan {
    fn new(
        file: &mut File,
        found: &Chunks,
        add: impl FnOnce(&mut Cues, &Chunks) -> Result<(), MarkerError>,
        path: &Path,
    ) -> Result<Self, MarkerError> {
        let too_long = || MarkerError::TooLong {
            path: path.to_owned(),
        };
        let mut cues = Cues::default();
        let mut copied = Vec::with_capacity(found.all.len());
        for chunk in &found.all {
            let is_ours_to_write = match &chunk.id {
                b"cue " | b"LIST" if chunk.bytes > MARKERS_LIMIT_BYTES => return Err(too_long()),
                b"cue " => {
                    cues.read_points(&content(file, chunk, path)?);
                    true
                }
                b"LIST" => cues.read_list(&content(file, chunk, path)?),
                _ => false,
            };
            if !is_ours_to_write {
                copied.push(*chunk);
            }
        }
        cues.forget_ours();
        add(&mut cues, found)?;
        let markers = cues.chunks();
        let copied_bytes: u64 = copied
            .iter()
            .map(|chunk| HEAD_BYTES + chunk.bytes + chunk.bytes % 2)
            .sum();
        let riff_bytes = FORM_BYTES - 8 + copied_bytes + markers.len() as u64;
        let has_room_for_sizes = copied.first().is_some_and(|first| {
            matches!(&first.id, b"JUNK" | b"ds64") && first.bytes >= SIZES_BYTES
        });
        let is_long = riff_bytes >= u64::from(IN_DS64);
        let form = match &found.form {
            _ if is_long && !has_room_for_sizes => return Err(too_long()),
            b"RIFF" if is_long => *b"RF64",
            // A wide form needs its sizes in the first chunk; some files have none, or have them elsewhere.
            _ if !has_room_for_sizes => *b"RIFF",
            _ => found.form,
        };
        Ok(Self {
            form,
            copied,
            markers,
            riff_bytes,
            frames: found.frames,
        })
    }

    fn write(
        &mut self,
        file: &mut File,
        out: &mut impl Write,
        progress: &mut dyn FnMut(f32) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        let is_wide = self.form != *b"RIFF";
        let narrow = |bytes: u64| match u32::try_from(bytes) {
            Ok(bytes) if !is_wide => bytes,
            _ => IN_DS64,
        };
        let mut say = |bytes: &[u8]| out.write_all(bytes).map_err(Failure::Write);
        say(&self.form)?;
        say(&narrow(self.riff_bytes).to_le_bytes())?;
        say(b"WAVE")?;
        let data = self.copied.iter().find(|chunk| chunk.id == *b"data");
        let data_bytes = data.map_or(0, |data| data.bytes);
        let mut piece = vec![0; PIECE_BYTES];
        let mut done = 0_u64;
        for (index, chunk) in self.copied.iter().enumerate() {
            let holds_sizes = is_wide && index == 0;
            say(if holds_sizes { b"ds64" } else { &chunk.id })?;
            let size = if chunk.id == *b"data" {
                narrow(chunk.bytes)
            } else {
                u32::try_from(chunk.bytes).unwrap_or(IN_DS64)
            };
            say(&size.to_le_bytes())?;
            let mut from = 0;
            if holds_sizes {
                for size in [self.riff_bytes, data_bytes, self.frames] {
                    say(&size.to_le_bytes())?;
                    from += 8;
                }
                if chunk.id == *b"JUNK" {
                    // The table of other long chunks, which has no entries.
                    say(&[0; 4])?;
                    from += 4;
                }
            }
            file.seek(SeekFrom::Start(chunk.at + from))
                .map_err(Failure::Read)?;
            let mut left = chunk.bytes.saturating_sub(from);
            while left > 0 {
                let wanted = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                let part = piece.get_mut(..wanted).unwrap_or_default();
                file.read_exact(part).map_err(Failure::Read)?;
                say(part)?;
                left -= wanted as u64;
                done += wanted as u64;
                if progress((done as f64 / self.riff_bytes as f64) as f32).is_break() {
                    return Err(Failure::Cancelled);
                }
            }
            if !chunk.bytes.is_multiple_of(2) {
                say(&[0])?;
            }
        }
        say(&self.markers)
    }
}

fn content(file: &mut File, chunk: &WavChunk, path: &Path) -> Result<Vec<u8>, MarkerError> {
    let mut content = vec![0; usize::try_from(chunk.bytes).unwrap_or(0)];
    file.seek(SeekFrom::Start(chunk.at))
        .and_then(|_| file.read_exact(&mut content))
        .map_err(|source| MarkerError::Read {
            path: path.to_owned(),
            source,
        })?;
    Ok(content)
}
