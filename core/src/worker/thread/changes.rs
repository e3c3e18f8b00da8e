//! Live changes of takes, merged: one entry per take and instance, however long the worker is busy.
//!
//! The coordinator puts them into [`Arriving`], which both ends share; the worker takes all of them at once. Nothing here waits:
//! the lock is held for a few moves.

use std::collections::VecDeque;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::protocol::InstanceId;
use crate::recording::Recording;
use crate::worker::{LiveChange, PeakChange, SoundsRequest};

/// Changes that wait. Newer ones are merged into older ones.
#[derive(Default)]
pub(super) struct Changes {
    /// Takes that the recorder goes on in, and what their files were like before.
    pub remembered: Vec<(Recording, String)>,
    pub follows: Queue<(LiveChange, SoundsRequest)>,
    pub peaks: Queue<PeakChange>,
}

impl Changes {
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many entries wait.
    pub fn len(&self) -> usize {
        self.remembered.len() + self.follows.0.len() + self.peaks.0.len()
    }

    pub fn add_follow(&mut self, instance: InstanceId, change: LiveChange, request: SoundsRequest) {
        let key = (change.recording.path.clone(), instance);
        match self.follows.get(&key) {
            Some((earlier, asked)) => {
                *earlier = LiveChange {
                    frames: spanning(earlier.frames.clone(), change.frames.clone()),
                    finished: earlier.finished || change.finished,
                    ..change
                };
                *asked = request;
            }
            None => self.follows.0.push_back((key, (change, request))),
        }
    }

    pub fn add_peaks(&mut self, instance: InstanceId, change: PeakChange) {
        let key = (change.recording.path.clone(), instance);
        match self.peaks.get(&key) {
            Some(earlier) => {
                *earlier = PeakChange {
                    seconds: spanning(earlier.seconds.clone(), change.seconds.clone()),
                    ..change
                };
            }
            None => self.peaks.0.push_back((key, change)),
        }
    }

    /// Takes over what `newer` holds.
    pub fn add_all(&mut self, newer: Self) {
        self.remembered.extend(newer.remembered);
        for ((_, instance), (change, request)) in newer.follows.0 {
            self.add_follow(instance, change, request);
        }
        for ((_, instance), change) in newer.peaks.0 {
            self.add_peaks(instance, change);
        }
    }
}

/// What the coordinator has for the worker, shared by both.
#[derive(Clone, Default)]
pub(super) struct Arriving(Arc<Mutex<Changes>>);

impl Arriving {
    /// Adds something. True when nothing was there before: then the worker is to be woken.
    pub fn add(&self, add: impl FnOnce(&mut Changes)) -> bool {
        let mut changes = self.0.lock();
        let was_empty = changes.is_empty();
        add(&mut changes);
        was_empty
    }

    /// Takes everything.
    pub fn take(&self) -> Changes {
        std::mem::take(&mut *self.0.lock())
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.0.lock().len()
    }
}

pub(super) type Key = (PathBuf, InstanceId);

/// A few entries at most: one for every track.
pub(super) struct Queue<V>(pub VecDeque<(Key, V)>);

impl<V> Default for Queue<V> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<V> Queue<V> {
    fn get(&mut self, key: &Key) -> Option<&mut V> {
        let mut entries = self.0.iter_mut();
        entries
            .find(|(waiting, _)| waiting == key)
            .map(|(_, entry)| entry)
    }
}

/// The smallest range that holds both; an empty one holds nothing.
fn spanning<T: PartialOrd>(a: Range<T>, b: Range<T>) -> Range<T> {
    if a.is_empty() {
        return b;
    }
    if b.is_empty() {
        return a;
    }
    let start = if a.start < b.start { a.start } else { b.start };
    let end = if a.end > b.end { a.end } else { b.end };
    start..end
}
