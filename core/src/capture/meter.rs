//! What a window shows about a line while it runs. Atomics only; any thread.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use crate::time::{SampleIndex, SampleRate};

/// Stands for "nothing played yet"; no project reaches back that far.
const NOWHERE: i64 = i64::MIN;

/// Counters of one line. Each value is true on its own; two of them may stem from neighbouring blocks.
#[derive(Debug)]
pub struct CaptureMeter {
    rate: SampleRate,
    captured_frames: AtomicU64,
    dropped_frames: AtomicU64,
    playhead: AtomicI64,
    rolling: AtomicBool,
    waiting: AtomicBool,
}

impl CaptureMeter {
    pub(super) fn new(rate: SampleRate) -> Self {
        Self {
            rate,
            captured_frames: AtomicU64::new(0),
            dropped_frames: AtomicU64::new(0),
            playhead: AtomicI64::new(NOWHERE),
            rolling: AtomicBool::new(false),
            waiting: AtomicBool::new(false),
        }
    }

    /// Samples per second of the line.
    pub fn rate(&self) -> SampleRate {
        self.rate
    }

    /// Frames handed over so far.
    pub fn captured_frames(&self) -> u64 {
        self.captured_frames.load(Ordering::Relaxed)
    }

    /// Frames lost so far because the line was full.
    pub fn dropped_frames(&self) -> u64 {
        self.dropped_frames.load(Ordering::Relaxed)
    }

    /// The end of the latest block on the project's timeline; `None` before the first.
    pub fn playhead(&self) -> Option<SampleIndex> {
        let position = self.playhead.load(Ordering::Relaxed);
        (position != NOWHERE).then_some(SampleIndex(position))
    }

    /// Whether the transport rolled in the latest block.
    pub fn is_rolling(&self) -> bool {
        self.rolling.load(Ordering::Relaxed)
    }

    /// Whether an offline render is being held up until the recorder has caught up.
    pub fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::Relaxed)
    }

    pub(super) fn add_captured(&self, frames: u64) {
        self.captured_frames.fetch_add(frames, Ordering::Relaxed);
    }

    pub(super) fn add_dropped(&self, frames: u64) {
        self.dropped_frames.fetch_add(frames, Ordering::Relaxed);
    }

    pub(super) fn set_playhead(&self, position: SampleIndex) {
        self.playhead.store(position.0, Ordering::Relaxed);
    }

    pub(super) fn set_rolling(&self, rolling: bool) {
        self.rolling.store(rolling, Ordering::Relaxed);
    }

    pub(super) fn set_waiting(&self, waiting: bool) {
        self.waiting.store(waiting, Ordering::Relaxed);
    }
}
