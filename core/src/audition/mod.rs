//! The wait-free line into the audio thread: regions of a take, played through the plugin's output.
//!
//! [`channel`] makes the two ends at once. The [`AuditionPlayer`] belongs to the host's audio thread and never
//! allocates, frees, locks, logs, waits or makes a system call there. The [`AuditionFeed`] belongs to the thread that
//! reads the disk, which fills the ring ahead with what [`RegionReader`] gives. The [`AuditionMeter`] may be read anywhere.
//!
//! Each play has a ticket. Every chunk in the ring carries the ticket of its play, and one atomic holds the current ticket:
//! one store starts, stops or switches a play, and the player skips chunks of other tickets. The sound always fades in and
//! out within [`FADE_S`]. While nothing is auditioned the player changes no sample.

mod feed;
mod meter;
mod player;
mod region;

pub use feed::{AuditionFeed, PlayState};
pub use meter::AuditionMeter;
pub use player::AuditionPlayer;
pub use region::RegionReader;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::capture::{CaptureFormat, MAX_CHANNELS, prepared_ring};

/// Length of every fade, in seconds.
pub const FADE_S: f64 = 0.005;
/// So much of a region must be buffered before it starts, in seconds, and again after it ran dry.
const PRE_ROLL_S: f64 = 0.03;
/// Seconds that the ring holds besides what large blocks need.
const RING_S: f64 = 0.5;
/// Frames that the feed writes at a time, at most.
const CHUNK_FRAMES: usize = 1024;

/// What becomes of the track's own sound while a region is auditioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditionMode {
    /// It is faded out.
    #[default]
    Replace,
    /// The region is added to it.
    Mix,
}

/// A number of samples that belong together, as the player finds it in the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Chunk {
    /// The play it belongs to; never 0.
    ticket: u32,
    frames: usize,
    /// Length of the whole play, in frames.
    total: u64,
    mode: AuditionMode,
}

/// Lengths in frames, worked out once.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    fade: usize,
    pre_roll: usize,
    ring: usize,
}

impl Sizes {
    fn of(format: CaptureFormat) -> Self {
        let frames = |seconds: f64| (seconds * f64::from(format.rate.hz())).round() as usize;
        let fade = frames(FADE_S).max(1);
        let pre_roll = frames(PRE_ROLL_S).max(2 * format.max_block_frames) + fade;
        Self {
            fade,
            pre_roll,
            ring: frames(RING_S).max(2 * pre_roll) + CHUNK_FRAMES,
        }
    }

    /// How many chunks the ring may hold. One may be as short as the region's last frame, but only the last of a play is
    /// short.
    fn chunks(self) -> usize {
        4 * (self.ring / CHUNK_FRAMES + 2)
    }
}

/// Makes a line into an output of `format`. Allocates everything it will ever need, and touches it, so that the audio
/// thread meets no page fault. Its memory is freed by whichever end is dropped last: do not drop the player inside
/// `process()`.
pub fn channel(format: CaptureFormat) -> (AuditionPlayer, AuditionFeed) {
    let format = CaptureFormat {
        channels: format.channels.clamp(1, MAX_CHANNELS),
        max_block_frames: format.max_block_frames.max(1),
        ..format
    };
    let sizes = Sizes::of(format);
    let nothing = Chunk {
        ticket: 0,
        frames: 0,
        total: 0,
        mode: AuditionMode::Replace,
    };
    let samples = prepared_ring(sizes.ring * usize::from(format.channels), 0.0);
    let chunks = prepared_ring(sizes.chunks(), nothing);
    let meter = Arc::new(AuditionMeter::new(format.rate));
    (
        AuditionPlayer::new(format, sizes, samples.1, chunks.1, Arc::clone(&meter)),
        AuditionFeed::new(format, samples.0, chunks.0, meter),
    )
}

/// The memory that [`channel`] takes for its rings, in bytes.
pub fn ring_bytes(format: CaptureFormat) -> usize {
    let sizes = Sizes::of(format);
    sizes.ring * usize::from(format.channels) * size_of::<f32>()
        + sizes.chunks() * size_of::<Chunk>()
}

#[cfg(test)]
mod tests;
