//! What of a session is out of date: what the database says, what the window was shown, or what the audio thread was told.
//!
//! Every part of a session holds the same [`Freshness`] and invalidates it when it changes itself, so that nobody else has to
//! remember to. Coordinator's thread only.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What can be out of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine::coordinator) enum Part {
    /// The database says something else by now: read it again, and show what it says.
    Database,
    /// Something that the window shows changed: publish a view.
    View,
    /// The audio thread does not know what the database says by now of what was found. So it is whenever the database says
    /// something else.
    Output,
}

/// Which parts of one session are out of date: all, before anything was read or shown. Clones share the answer.
#[derive(Clone, Default)]
pub(in crate::engine::coordinator) struct Freshness {
    // One thread uses them; they are atomic only so that a session can be made on another.
    is_read: Arc<AtomicBool>,
    is_published: Arc<AtomicBool>,
    is_sent: Arc<AtomicBool>,
}

impl Freshness {
    fn part(&self, part: Part) -> &AtomicBool {
        match part {
            Part::Database => &self.is_read,
            Part::View => &self.is_published,
            Part::Output => &self.is_sent,
        }
    }

    pub fn invalidate(&self, part: Part) {
        self.part(part).store(false, Ordering::Relaxed);
        if part == Part::Database {
            self.invalidate(Part::Output);
        }
    }

    /// Invalidates `part` if `is_changed`.
    pub fn invalidate_if(&self, part: Part, is_changed: bool) {
        if is_changed {
            self.invalidate(part);
        }
    }

    pub fn is_valid(&self, part: Part) -> bool {
        self.part(part).load(Ordering::Relaxed)
    }

    /// The database was read: what it says must be shown.
    pub fn note_read(&self) {
        self.is_read.store(true, Ordering::Relaxed);
        self.invalidate(Part::View);
    }

    /// The audio thread was told what was found.
    pub fn note_sent(&self) {
        self.is_sent.store(true, Ordering::Relaxed);
    }

    /// The newest view was published.
    pub fn note_published(&self) {
        self.is_published.store(true, Ordering::Relaxed);
    }
}
