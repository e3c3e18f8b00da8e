//! A stretch of a recording as it is: every channel, its own rate. Worker threads only.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::bwf::BwfReader;
use super::open::open_reader;
use super::reader::FrameReader;
use super::source::sanitised;
use super::{AudioError, take_at};
use crate::time::{SampleRate, Span};

/// Audio as it was recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Stretch {
    /// Frame by frame.
    pub interleaved: Vec<f32>,
    /// At least 1.
    pub channels: u16,
    pub rate: SampleRate,
}

/// Frames read at once; between two pieces reading can be broken off.
const PIECE_FRAMES: usize = 1 << 16;

/// A recording of which several stretches are read: a long coded file takes a while to be opened.
pub struct StretchReader {
    path: PathBuf,
    source: Source,
}

enum Source {
    Take(Box<BwfReader>),
    File(Box<dyn FrameReader>),
}

impl StretchReader {
    /// Opens the recording at `path`; `go_on` is asked all the while and may break off.
    ///
    /// # Errors
    /// When there is no such file, it holds nothing that can be decoded, or opening was broken off.
    pub fn open_while(
        path: &Path,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<Self, AudioError> {
        let source = match take_at(path) {
            Some(take) => Source::Take(Box::new(take)),
            None => Source::File(open_reader(path, go_on)?),
        };
        Ok(Self {
            path: path.into(),
            source,
        })
    }

    /// Reads `span`, cut to what there is, with all channels; `go_on` may break off.
    ///
    /// # Errors
    /// When the recording has become unreadable, or reading was broken off.
    pub fn read_while(
        &mut self,
        span: Span,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<Stretch, AudioError> {
        let (rate, channels, frames) = match &self.source {
            Source::Take(take) => (take.rate(), take.channels(), take.frames()),
            Source::File(reader) => (reader.rate(), reader.channels(), reader.frames()),
        };
        let frame_at = |seconds: f64| (seconds.max(0.0) * f64::from(rate.hz())).round() as u64;
        let mut at = frame_at(span.start_s());
        let end = frame_at(span.end_s()).min(frames);
        let (mut interleaved, mut piece) = (Vec::new(), Vec::new());
        while at < end {
            if go_on().is_break() {
                return Err(AudioError::Cancelled {
                    path: self.path.clone(),
                });
            }
            let count = PIECE_FRAMES.min(usize::try_from(end - at).unwrap_or(usize::MAX));
            match &mut self.source {
                Source::Take(take) => {
                    let read = take.read_frames(at, count, &mut piece)?;
                    interleaved.append(&mut piece);
                    if read == 0 {
                        break;
                    }
                    at += read as u64;
                }
                Source::File(reader) => {
                    reader.read_frames(at, count, &mut piece)?;
                    interleaved.extend(piece.drain(..).map(sanitised));
                    at += count as u64;
                }
            }
        }
        Ok(Stretch {
            interleaved,
            channels,
            rate,
        })
    }
}

/// Reads `span` of the recording at `path`, cut to what there is, with all its channels.
///
/// # Errors
/// When there is no such file, or it holds nothing that can be decoded.
pub fn read_stretch(path: &Path, span: Span) -> Result<Stretch, AudioError> {
    let go_on = &mut || ControlFlow::Continue(());
    StretchReader::open_while(path, go_on)?.read_while(span, go_on)
}
