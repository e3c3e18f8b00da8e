//! The end of the line in the recorder.

use std::sync::Arc;

use super::{Block, CaptureFormat, CaptureMeter};

/// Takes blocks off the line, in order. Made by [`channel`](super::channel).
#[derive(Debug)]
pub struct CaptureReader {
    format: CaptureFormat,
    samples: rtrb::Consumer<f32>,
    headers: rtrb::Consumer<Block>,
    meter: Arc<CaptureMeter>,
}

impl CaptureReader {
    pub(super) fn new(
        format: CaptureFormat,
        samples: rtrb::Consumer<f32>,
        headers: rtrb::Consumer<Block>,
        meter: Arc<CaptureMeter>,
    ) -> Self {
        Self {
            format,
            samples,
            headers,
            meter,
        }
    }

    /// What the line carries; channels are within 1 and [`MAX_CHANNELS`](super::MAX_CHANNELS).
    pub fn format(&self) -> CaptureFormat {
        self.format
    }

    /// The line's counters.
    pub fn meter(&self) -> &Arc<CaptureMeter> {
        &self.meter
    }

    /// Whether a block is waiting.
    pub fn has_block(&self) -> bool {
        !self.headers.is_empty()
    }

    /// Whether the writer is gone. Blocks may still be waiting; ask this before finding the line empty, not after.
    pub fn is_abandoned(&self) -> bool {
        self.headers.is_abandoned()
    }

    /// Takes the next block, replacing `interleaved` by its samples; `None` when none is waiting. Never blocks.
    pub fn next_block(&mut self, interleaved: &mut Vec<f32>) -> Option<Block> {
        let block = self.headers.pop().ok()?;
        let channels = usize::from(self.format.channels);
        interleaved.clear();
        interleaved.resize(block.frames * channels, 0.0);
        if let Ok(chunk) = self.samples.read_chunk(interleaved.len()) {
            let (first, second) = chunk.as_slices();
            let mut planar = first.iter().chain(second);
            for channel in 0..channels {
                let places = interleaved.iter_mut().skip(channel).step_by(channels);
                for (place, sample) in places.zip(planar.by_ref()) {
                    *place = *sample;
                }
            }
            chunk.commit_all();
        }
        Some(block)
    }
}
