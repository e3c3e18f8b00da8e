//! How long a coded stream is, by its header where the file agrees, else by its packets. Worker threads only; decodes the end only.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use symphonia::core::errors::Error as SymphoniaError;

use super::{MOST_FAILURES, Stream};
use crate::audio::AudioError;
use crate::audio::loss::{LossList, LossReason};

impl Stream {
    /// Finds out how long the stream is: what its header says if its end is there, else where its packets end.
    pub(super) fn find_length(
        &mut self,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<(), AudioError> {
        let promised = self.parts.promised;
        if let Some(promised) = promised {
            let near_end = promised.saturating_sub(u64::from(self.rate.hz()) / 10);
            if self.parts.is_exact || self.end_seen_from(near_end)? >= promised {
                self.frames = promised;
                self.rewind();
                return Ok(());
            }
        }
        // The header promises what is not there, or nothing: every packet is looked at, but not decoded.
        let mut end = 0;
        let mut failures = 0;
        self.rewind();
        while failures < MOST_FAILURES {
            if go_on().is_break() {
                return Err(AudioError::Cancelled {
                    path: self.path.clone(),
                });
            }
            match catch_unwind(AssertUnwindSafe(|| self.parts.packets.next())) {
                Ok(Ok(Some(coded))) => {
                    // Not every container says how long a packet lasts.
                    let frames = match self.grid.filter(|_| coded.frames == 0) {
                        Some(grid) => grid.length(),
                        None => coded.frames,
                    };
                    let frames = i64::try_from(frames).unwrap_or(i64::MAX);
                    end = end.max(coded.start.saturating_add(frames));
                    failures = 0;
                }
                Ok(Err(SymphoniaError::DecodeError(_))) => failures += 1,
                _ => break,
            }
        }
        let end = end.max(0).unsigned_abs();
        self.frames = promised.map_or(end, |promised| promised.min(end));
        if let Some(promised) =
            promised.filter(|&promised| promised > end.saturating_add(self.parts.tolerance))
        {
            self.losses.add(end, promised, LossReason::Truncated);
        }
        self.rewind();
        Ok(())
    }

    /// Decodes from `frame` to the end and tells where that is.
    fn end_seen_from(&mut self, frame: u64) -> Result<u64, AudioError> {
        self.go_to(frame, false);
        let mut end = 0;
        while !self.has_ended {
            self.decode_next()?;
            let held = self.ahead.as_ref().unwrap_or(&self.held);
            if self.seeking.is_none() {
                end =
                    end.max(held.start + (held.samples.len() / usize::from(self.channels)) as u64);
            }
            if self.ahead.is_some() {
                self.catch_up();
            }
        }
        // Whatever was missed on the way is found again when it is read.
        self.losses = LossList::default();
        Ok(end)
    }
}
