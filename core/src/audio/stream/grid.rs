//! Where packets of one length begin, in containers whose time stamps are rounded (Matroska: to milliseconds). Pure but for
//! decoding; worker threads only.
//!
//! Read in order, a packet begins where the one before ended. Only with this grid it begins there after a seek too.

use super::Stream;
use crate::audio::AudioError;

/// A packet's place and the length of all, in frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    begun: u64,
    length: u64,
}

impl Grid {
    /// Of one packet, in frames.
    pub fn length(self) -> u64 {
        self.length
    }

    /// Where the packet begins whose time stamp says `start`, give or take `tolerance` frames; there, where the grid says
    /// something else.
    pub fn nearest(self, start: u64, tolerance: u64) -> u64 {
        let phase = self.begun % self.length.max(1);
        let whole = (start + self.length / 2).saturating_sub(phase) / self.length.max(1);
        let near = whole * self.length + phase;
        if near.abs_diff(start) <= tolerance {
            near
        } else {
            start
        }
    }
}

impl Stream {
    /// Learns the grid from the second packet, if there is one.
    pub(super) fn find_grid(&mut self) -> Result<(), AudioError> {
        if self.parts.tolerance == 0 || !self.parts.has_equal_packets {
            return Ok(());
        }
        let begun = self.held_end();
        self.decode_next()?;
        let length = self.held_end().saturating_sub(begun);
        // Of packets hardly longer than the stamps are wrong any could be meant.
        let tells = self.ahead.is_none() && length > 2 * self.parts.tolerance;
        self.grid = tells.then_some(Grid { begun, length });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rounded_time_stamp_means_the_packet_next_to_it_and_a_far_one_means_itself() {
        let grid = Grid {
            begun: 1_100,
            length: 1_000,
        };
        for (start, expected) in [
            (0, 0),
            (80, 100),
            (121, 100),
            (130, 130),
            (5_077, 5_100),
            (5_500, 5_500),
        ] {
            assert_eq!(grid.nearest(start, 23), expected, "{start}");
        }
    }
}
