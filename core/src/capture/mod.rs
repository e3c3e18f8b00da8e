//! The wait-free line out of the audio thread.
//!
//! [`channel`] makes the two ends at once. The [`CaptureWriter`] belongs to the host's audio thread and never
//! allocates, frees, locks, logs or makes a system call there; only in an offline render, where nobody listens, may it
//! sleep for a while. The [`CaptureReader`] belongs to the recorder. The [`CaptureMeter`] may be read anywhere.
//!
//! When the ring is full the writer drops the whole block and counts it, and the next block's header says how many frames
//! are missing: a gap is always labelled.

mod meter;
mod pace;
mod reader;
mod writer;

pub use meter::CaptureMeter;
pub use reader::CaptureReader;
pub use writer::CaptureWriter;

use std::sync::Arc;

use crate::time::{SampleIndex, SampleRate};

/// Channels beyond these are not captured.
pub const MAX_CHANNELS: u16 = 8;
/// The shortest line, in seconds: the recorder may be that far behind before anything is lost.
pub const MIN_RING_S: f64 = 10.0;
/// Hosts may cut their blocks small (around automation, loops), and each needs a header. The line holds its full
/// length of audio as long as blocks have at least this many frames on average, and of blocks of a single frame more than
/// the second after which a render is recognised.
const FRAMES_PER_HEADER: usize = 8;

/// What a line carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaptureFormat {
    /// Samples per second of every channel.
    pub rate: SampleRate,
    /// Samples per frame, 1 to [`MAX_CHANNELS`]; [`channel`] brings other numbers into that range.
    pub channels: u16,
    /// The longest block, in frames. Longer ones are passed on in pieces.
    pub max_block_frames: usize,
}

/// What the host's transport does during a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Nothing is played, nothing is captured.
    Stopped,
    /// Playing or rendering, but not listening: nothing is captured, and the meter follows.
    Ignored {
        /// As in [`Rolling`](Self::Rolling).
        position: Option<SampleIndex>,
    },
    /// Playing or rendering.
    Rolling {
        /// Where the block's first frame lies on the project's timeline. `None` when the host does not say: the
        /// block then follows the one before.
        position: Option<SampleIndex>,
    },
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// Samples follow.
    Audio,
    /// The transport stopped; no samples.
    Stopped,
}

/// The header of a block, as the reader gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Where the first frame lies on the project's timeline; where the transport stood when it stopped.
    pub position: SampleIndex,
    /// Frames of audio, 0 for a stop.
    pub frames: usize,
    /// Frames lost since the block before, because the line was full.
    pub dropped_before: u64,
    /// Whether it carries audio.
    pub kind: BlockKind,
}

/// Makes a line for `format` that holds `ring_s` seconds ([`MIN_RING_S`] at least). Allocates everything it will ever
/// need, and touches it, so that the audio thread meets no page fault. Its memory is freed by whichever end is dropped
/// last: do not drop the writer inside `process()`.
pub fn channel(format: CaptureFormat, ring_s: f64) -> (CaptureWriter, CaptureReader) {
    line(format, ring_frames(format, ring_s))
}

/// The memory that [`channel`] takes for its rings, in bytes.
pub fn ring_bytes(format: CaptureFormat, ring_s: f64) -> usize {
    let frames = ring_frames(format, ring_s);
    frames * usize::from(format.channels) * size_of::<f32>() + headers(frames) * size_of::<Block>()
}

fn ring_frames(format: CaptureFormat, ring_s: f64) -> usize {
    (ring_s.max(MIN_RING_S) * f64::from(format.rate.hz())).ceil() as usize
}

fn headers(ring_frames: usize) -> usize {
    ring_frames / FRAMES_PER_HEADER + 64
}

/// [`channel`] for tests too, which need shorter lines than [`MIN_RING_S`].
pub(crate) fn line(format: CaptureFormat, ring_frames: usize) -> (CaptureWriter, CaptureReader) {
    let ring_frames = ring_frames.max(format.max_block_frames.saturating_mul(2));
    rings(format, ring_frames, headers(ring_frames))
}

/// The two ends of a line with room for so many frames and headers.
fn rings(
    format: CaptureFormat,
    ring_frames: usize,
    headers: usize,
) -> (CaptureWriter, CaptureReader) {
    let format = CaptureFormat {
        channels: format.channels.clamp(1, MAX_CHANNELS),
        max_block_frames: format.max_block_frames.max(1),
        ..format
    };
    let samples = prepared_ring(
        ring_frames.saturating_mul(usize::from(format.channels)),
        0.0,
    );
    let nothing = Block {
        position: SampleIndex(0),
        frames: 0,
        dropped_before: 0,
        kind: BlockKind::Stopped,
    };
    let headers = prepared_ring(headers, nothing);
    let meter = Arc::new(CaptureMeter::new(format.rate));
    (
        CaptureWriter::new(format, samples.0, headers.0, Arc::clone(&meter)),
        CaptureReader::new(format, samples.1, headers.1, meter),
    )
}

/// An empty ring whose memory has been written once.
pub(crate) fn prepared_ring<T: Copy>(
    slots: usize,
    filler: T,
) -> (rtrb::Producer<T>, rtrb::Consumer<T>) {
    let (mut producer, mut consumer) = rtrb::RingBuffer::new(slots);
    if let Ok(chunk) = producer.write_chunk_uninit(slots) {
        chunk.fill_from_iter(std::iter::repeat_n(filler, slots));
    }
    if let Ok(chunk) = consumer.read_chunk(slots) {
        chunk.commit_all();
    }
    (producer, consumer)
}

#[cfg(test)]
mod tests;
