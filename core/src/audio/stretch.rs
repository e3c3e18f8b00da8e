//! A stretch of a recording as it is: every channel, its own rate. Worker threads only.

use std::ops::ControlFlow;
use std::path::Path;

use super::open::open_reader;
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

/// Reads `span` of the recording at `path`, cut to what there is, with all its channels.
///
/// # Errors
/// When there is no such file, or it holds nothing that can be decoded.
pub fn read_stretch(path: &Path, span: Span) -> Result<Stretch, AudioError> {
    read_stretch_while(path, span, &mut || ControlFlow::Continue(()))
}

/// As [`read_stretch`]; `go_on` is asked all the while and may break off.
///
/// # Errors
/// As [`read_stretch`], and [`AudioError::Cancelled`] when it was broken off.
pub fn read_stretch_while(
    path: &Path,
    span: Span,
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<Stretch, AudioError> {
    let frame_at =
        |seconds: f64, rate: SampleRate| (seconds.max(0.0) * f64::from(rate.hz())).round() as u64;
    if let Some(mut take) = take_at(path) {
        let (rate, channels) = (take.rate(), take.channels());
        let start = frame_at(span.start_s(), rate);
        let end = frame_at(span.end_s(), rate).min(take.frames());
        let mut interleaved = Vec::new();
        let count = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
        take.read_frames(start, count, &mut interleaved)?;
        return Ok(Stretch {
            interleaved,
            channels,
            rate,
        });
    }
    let mut reader = open_reader(path, go_on)?;
    let (rate, channels) = (reader.rate(), reader.channels());
    let mut at = frame_at(span.start_s(), rate);
    let end = frame_at(span.end_s(), rate).min(reader.frames());
    let mut interleaved = Vec::new();
    while at < end {
        if go_on().is_break() {
            return Err(AudioError::Cancelled { path: path.into() });
        }
        let count = PIECE_FRAMES.min(usize::try_from(end - at).unwrap_or(usize::MAX));
        reader.read_frames(at, count, &mut interleaved)?;
        at += count as u64;
    }
    for sample in &mut interleaved {
        *sample = sanitised(*sample);
    }
    Ok(Stretch {
        interleaved,
        channels,
        rate,
    })
}
