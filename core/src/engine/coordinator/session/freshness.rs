//! What of a session is out of date: what the database says, or what the window was shown.
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
}

/// Which parts of one session are out of date. Clones share the answer.
#[derive(Clone)]
pub(in crate::engine::coordinator) struct Freshness(Arc<Invalid>);

struct Invalid {
    database: AtomicBool,
    view: AtomicBool,
}

impl Freshness {
    /// Nothing was read or shown yet.
    pub fn new() -> Self {
        Self(Arc::new(Invalid {
            database: AtomicBool::new(true),
            view: AtomicBool::new(true),
        }))
    }

    pub fn invalidate(&self, part: Part) {
        let invalid = match part {
            Part::Database => &self.0.database,
            Part::View => &self.0.view,
        };
        // One thread uses it; it is atomic only so that a session can be made on another.
        invalid.store(true, Ordering::Relaxed);
    }

    /// Invalidates `part` if `is_changed`.
    pub fn invalidate_if(&self, part: Part, is_changed: bool) {
        if is_changed {
            self.invalidate(part);
        }
    }

    pub fn is_valid(&self, part: Part) -> bool {
        let invalid = match part {
            Part::Database => &self.0.database,
            Part::View => &self.0.view,
        };
        !invalid.load(Ordering::Relaxed)
    }

    /// The database was read: what it says must be shown.
    pub fn note_read(&self) {
        self.0.database.store(false, Ordering::Relaxed);
        self.invalidate(Part::View);
    }

    /// The newest view was published.
    pub fn note_published(&self) {
        self.0.view.store(false, Ordering::Relaxed);
    }
}
