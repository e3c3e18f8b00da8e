//! The end of the line in the engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::found::Found;

/// Sends the player what was found, and frees what it has used. Made by [`channel`](super::channel).
#[derive(Debug)]
pub struct OutputFeed {
    new: rtrb::Producer<Box<Found>>,
    returned: rtrb::Consumer<Box<Found>>,
    wanted: Arc<AtomicBool>,
    /// Waits for room: the player takes nothing while the host does not process.
    waiting: Option<Box<Found>>,
}

impl OutputFeed {
    pub(super) fn new(
        new: rtrb::Producer<Box<Found>>,
        returned: rtrb::Consumer<Box<Found>>,
        wanted: Arc<AtomicBool>,
    ) -> Self {
        Self {
            new,
            returned,
            wanted,
            waiting: None,
        }
    }

    /// Sends a list, which takes the place of all before it. Never waits.
    pub fn send(&mut self, found: Found) {
        self.waiting = Some(Box::new(found));
        self.go_on();
    }

    /// Frees what came back, and sends what still waits. Returns whether anything waits now.
    pub fn go_on(&mut self) -> bool {
        while self.returned.pop().is_ok() {}
        if let Some(found) = self.waiting.take()
            && let Err(rtrb::PushError::Full(found)) = self.new.push(found)
        {
            self.waiting = Some(found);
        }
        self.waiting.is_some()
    }

    /// Whether the user wants to hear a part of the track only, or notes: else no list is needed.
    pub fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }

    /// Whether the player is gone.
    pub fn is_abandoned(&self) -> bool {
        self.new.is_abandoned()
    }
}
