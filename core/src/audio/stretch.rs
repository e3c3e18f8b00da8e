//! A stretch of a recording as it is: every channel, its own rate. Worker threads only.

use std::path::Path;

use super::bwf::BwfReader;
use super::{AudioError, open};
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

/// Reads `span` of the recording at `path`, cut to what there is. Takes keep all their channels; whatever has to be decoded comes as
/// the downmix that is analysed.
///
/// # Errors
/// When there is no such file, or it holds nothing that can be decoded.
pub fn read_stretch(path: &Path, span: Span) -> Result<Stretch, AudioError> {
    let frame_at =
        |seconds: f64, rate: SampleRate| (seconds.max(0.0) * f64::from(rate.hz())).round() as u64;
    if let Ok(mut reader) = BwfReader::open(path) {
        let (rate, channels) = (reader.rate(), reader.channels());
        let start = frame_at(span.start_s(), rate);
        let end = frame_at(span.end_s(), rate).min(reader.frames());
        let mut interleaved = Vec::new();
        let count = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
        reader.read_frames(start, count, &mut interleaved)?;
        return Ok(Stretch {
            interleaved,
            channels,
            rate,
        });
    }
    let mut source = open(path)?;
    let rate = source.rate();
    let start = frame_at(span.start_s(), rate);
    let end = frame_at(span.end_s(), rate).min(source.frames());
    let mut interleaved = vec![0.0; usize::try_from(end.saturating_sub(start)).unwrap_or(0)];
    source.read_mono(start as i64, &mut interleaved)?;
    Ok(Stretch {
        interleaved,
        channels: 1,
        rate,
    })
}
