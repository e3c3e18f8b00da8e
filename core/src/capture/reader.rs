//! The end of the line in the recorder.

use std::sync::Arc;

use super::{Block, BlockKind, CaptureFormat, CaptureMeter};

/// Takes blocks off the line, in order. Made by [`channel`](super::channel).
#[derive(Debug)]
pub struct CaptureReader {
    format: CaptureFormat,
    samples: rtrb::Consumer<f32>,
    headers: rtrb::Consumer<Block>,
    meter: Arc<CaptureMeter>,
    /// Lost frames that headers have reported.
    told_dropped: u64,
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
            told_dropped: 0,
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
        let block = self.take_header()?;
        self.take_samples(&block, interleaved);
        Some(block)
    }

    /// The first of the two steps in which a block leaves the line; between them the writer may do anything.
    pub(super) fn take_header(&mut self) -> Option<Block> {
        let block = self.headers.pop().ok()?;
        self.told_dropped = self.told_dropped.saturating_add(block.dropped_before);
        Some(block)
    }

    /// The second step. The samples are there: the writer publishes a header after the samples it speaks of.
    pub(super) fn take_samples(&mut self, block: &Block, interleaved: &mut Vec<f32>) {
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
    }

    /// What was lost at the very end of an abandoned line, which no later header could tell: a stop that carries it. Ask
    /// when the line is empty.
    pub fn untold_loss(&mut self) -> Option<Block> {
        let untold = self.meter.dropped_frames().checked_sub(self.told_dropped)?;
        let position = self.meter.playhead().filter(|_| untold > 0)?;
        self.told_dropped = self.told_dropped.saturating_add(untold);
        Some(Block {
            position,
            frames: 0,
            dropped_before: untold,
            kind: BlockKind::Stopped,
        })
    }
}
