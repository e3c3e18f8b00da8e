//! The end of the line in the audio thread.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::pace::Pace;
use super::{Block, BlockKind, CaptureFormat, CaptureMeter, Transport};
use crate::time::SampleIndex;

/// For so long one call may hold up an offline render.
const WAIT_LIMIT: Duration = Duration::from_secs(10);
/// The recorder empties the whole line within a few of these.
const WAIT_STEP: Duration = Duration::from_millis(1);

/// Puts blocks on the line. Made by [`channel`](super::channel).
#[derive(Debug)]
pub struct CaptureWriter {
    format: CaptureFormat,
    /// Each block channel by channel, so that the audio thread only copies; the reader interleaves.
    samples: rtrb::Producer<f32>,
    headers: rtrb::Producer<Block>,
    meter: Arc<CaptureMeter>,
    pace: Pace,
    /// The end of the latest block, dropped or not.
    next: SampleIndex,
    /// The end of the latest block that was to be captured, dropped or not.
    rolled_until: SampleIndex,
    /// Lost frames that no header has reported yet.
    dropped: u64,
    rolling: bool,
    /// The header of a stop for which the ring had no space. It is written before anything else.
    untold_stop: Option<Block>,
    /// The reader did not come back within a whole wait. Until it does, waiting is pointless.
    reader_stuck: bool,
}

impl CaptureWriter {
    pub(super) fn new(
        format: CaptureFormat,
        samples: rtrb::Producer<f32>,
        headers: rtrb::Producer<Block>,
        meter: Arc<CaptureMeter>,
    ) -> Self {
        Self {
            format,
            samples,
            headers,
            meter,
            pace: Pace::default(),
            next: SampleIndex(0),
            rolled_until: SampleIndex(0),
            dropped: 0,
            rolling: false,
            untold_stop: None,
            reader_stuck: false,
        }
    }

    /// What the line carries.
    pub fn format(&self) -> CaptureFormat {
        self.format
    }

    /// The line's counters.
    pub fn meter(&self) -> &Arc<CaptureMeter> {
        &self.meter
    }

    /// Whether blocks come faster than real time: the host renders, even if its flag says otherwise.
    pub fn is_rendering(&self) -> bool {
        self.pace.is_ahead()
    }

    /// Where the next block lies if the host gives no position.
    pub fn next_position(&self) -> SampleIndex {
        self.next
    }

    /// Makes free-running positions go on from `position` instead of zero: from where the line before this one ended.
    pub fn continue_from(&mut self, position: SampleIndex) {
        self.next = position;
    }

    /// Takes one `process()` block: one slice per channel, of equal lengths (the shortest counts). Missing channels
    /// are silent, surplus ones are left out. Blocks while the transport is stopped are not captured; the change to
    /// stopped is.
    ///
    /// A full line drops the block, except in a render (`offline`, or audio more than a second ahead of the clock):
    /// that may wait for room, 10 s at most.
    pub fn push<S: AsRef<[f32]>>(&mut self, transport: Transport, offline: bool, channels: &[S]) {
        let kept = channels.iter().take(usize::from(self.format.channels));
        let frames = kept
            .map(|channel| channel.as_ref().len())
            .min()
            .unwrap_or(0);
        self.pace.delivered(
            Instant::now(),
            frames as f64 / f64::from(self.format.rate.hz()),
        );
        let position = match transport {
            Transport::Stopped => {
                self.interrupt(false);
                return;
            }
            Transport::Ignored { position } => {
                self.interrupt(true);
                self.next = position.unwrap_or(self.next);
                self.advance(frames);
                self.meter.set_playhead(self.next);
                return;
            }
            Transport::Rolling { position } => position.unwrap_or(self.next),
        };
        self.rolling = true;
        self.meter.set_rolling(true);

        let may_wait = offline || self.pace.is_ahead();
        let mut patience = if may_wait { WAIT_LIMIT } else { Duration::ZERO };

        self.next = position;
        let mut start = 0;
        while start < frames {
            let piece = start..frames.min(start + self.format.max_block_frames);
            start = piece.end;
            self.push_piece(piece, channels, &mut patience);
        }
        self.rolled_until = self.next;
        self.meter.set_playhead(self.next);
    }

    fn push_piece<S: AsRef<[f32]>>(
        &mut self,
        piece: Range<usize>,
        channels: &[S],
        patience: &mut Duration,
    ) {
        let frames = piece.len();
        let has_room = self.has_room(frames) || self.wait_for_room(frames, patience);
        if has_room {
            self.reader_stuck = false;
            for index in 0..usize::from(self.format.channels) {
                // Neither way of writing can fail after `has_room`: nobody else writes.
                match channels
                    .get(index)
                    .and_then(|channel| channel.as_ref().get(piece.clone()))
                {
                    Some(samples) => {
                        let _ = self.samples.push_entire_slice(samples);
                    }
                    None => {
                        if let Ok(chunk) = self.samples.write_chunk_uninit(frames) {
                            chunk.fill_from_iter(std::iter::repeat_n(0.0, frames));
                        }
                    }
                }
            }
            // After the samples: a header that can be seen has its samples behind it. There is room for it.
            let header = self.header(BlockKind::Audio, self.next, frames);
            let _ = self.headers.push(header);
            self.meter.add_captured(frames as u64);
        } else {
            self.dropped = self.dropped.saturating_add(frames as u64);
            self.meter.add_dropped(frames as u64);
        }
        self.advance(frames);
    }

    fn advance(&mut self, frames: usize) {
        self.next = SampleIndex(self.next.0.saturating_add_unsigned(frames as u64));
    }

    fn has_room(&mut self, frames: usize) -> bool {
        let samples = frames.saturating_mul(usize::from(self.format.channels));
        self.tell_stop() && !self.headers.is_full() && self.samples.slots() >= samples
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "reached only in an offline render, where the host allows waiting; the reader cannot wake us without a lock"
    )]
    fn wait_for_room(&mut self, frames: usize, patience: &mut Duration) -> bool {
        if patience.is_zero() || self.reader_stuck {
            return false;
        }
        let started = Instant::now();
        self.meter.set_waiting(true);
        let has_room = loop {
            if self.has_room(frames) {
                break true;
            }
            if started.elapsed() >= *patience || self.headers.is_abandoned() {
                self.reader_stuck = true;
                break false;
            }
            std::thread::sleep(WAIT_STEP);
        };
        self.meter.set_waiting(false);
        let waited = started.elapsed();
        *patience = patience.saturating_sub(waited);
        self.pace.discount(waited);
        has_room
    }

    /// The header of the next block, with the number of frames lost so far.
    fn header(&mut self, kind: BlockKind, position: SampleIndex, frames: usize) -> Block {
        Block {
            position,
            frames,
            dropped_before: std::mem::take(&mut self.dropped),
            kind,
        }
    }

    /// What was captured ends here, though the host may go on `playing`.
    fn interrupt(&mut self, playing: bool) {
        // What was lost after a stop that is still untold gets a stop of its own.
        if self.tell_stop() && (self.rolling || self.dropped > 0) {
            self.untold_stop = Some(self.header(BlockKind::Stopped, self.rolled_until, 0));
            self.tell_stop();
        }
        self.rolling = false;
        self.meter.set_rolling(playing);
    }

    /// Returns whether no stop is left to be told.
    fn tell_stop(&mut self) -> bool {
        if let Some(stop) = self.untold_stop
            && self.headers.push(stop).is_ok()
        {
            self.untold_stop = None;
        }
        self.untold_stop.is_none()
    }
}
