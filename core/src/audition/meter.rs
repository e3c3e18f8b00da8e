//! The state of an audition line, shared by its two ends and by readers of the meter. Atomics only; any thread.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::time::SampleRate;

/// No ticket: nothing is wanted, nothing sounds.
pub(super) const NONE: u32 = 0;

/// The current ticket, the ticket that sounds, and how far its play has come.
#[derive(Debug)]
pub struct AuditionMeter {
    rate: SampleRate,
    wanted: AtomicU32,
    sounding: AtomicU32,
    /// Frames of the sounding play that have been heard.
    heard: AtomicU64,
    /// The latest play that came to its end, or was refused.
    ended: AtomicU32,
    /// The latest play that was refused.
    refused: AtomicU32,
}

impl AuditionMeter {
    pub(super) fn new(rate: SampleRate) -> Self {
        Self {
            rate,
            wanted: AtomicU32::new(NONE),
            sounding: AtomicU32::new(NONE),
            heard: AtomicU64::new(0),
            ended: AtomicU32::new(NONE),
            refused: AtomicU32::new(NONE),
        }
    }

    /// Seconds of the region that have been heard; `None` while none sounds.
    pub fn heard_s(&self) -> Option<f64> {
        (self.sounding.load(Ordering::Relaxed) != NONE)
            .then(|| self.heard.load(Ordering::Relaxed) as f64 / f64::from(self.rate.hz()))
    }

    pub(super) fn wanted(&self) -> u32 {
        self.wanted.load(Ordering::Acquire)
    }

    pub(super) fn want(&self, ticket: u32) {
        self.wanted.store(ticket, Ordering::Release);
    }

    pub(super) fn set_sounding(&self, ticket: u32, heard: u64) {
        self.heard.store(heard, Ordering::Relaxed);
        self.sounding.store(ticket, Ordering::Relaxed);
    }

    pub(super) fn end(&self, ticket: u32) {
        self.ended.store(ticket, Ordering::Release);
    }

    pub(super) fn refuse(&self, ticket: u32) {
        self.refused.store(ticket, Ordering::Relaxed);
        self.end(ticket);
    }

    pub(super) fn has_ended(&self, ticket: u32) -> bool {
        self.ended.load(Ordering::Acquire) == ticket
    }

    pub(super) fn was_refused(&self, ticket: u32) -> bool {
        self.refused.load(Ordering::Relaxed) == ticket
    }

    pub(super) fn progress(&self) -> (u32, u64) {
        (
            self.sounding.load(Ordering::Relaxed),
            self.heard.load(Ordering::Relaxed),
        )
    }
}
