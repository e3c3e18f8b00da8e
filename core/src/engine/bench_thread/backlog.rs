//! What waits until no job does: live changes, pictures of takes, the day's backup. Bench thread.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::engine::bench::{Bench, LiveChange, PeakChange, ScanRequest};
use crate::engine::instance::InstanceId;

/// How long the live scan rests after a failure.
const REST: Duration = Duration::from_secs(5);
/// How soon a resting live scan is thought of again when nothing else happens.
const NAP: Duration = Duration::from_millis(500);

/// One entry per take and instance: newer changes are merged into older ones.
#[derive(Default)]
pub(super) struct Backlog {
    follows: HashMap<(PathBuf, InstanceId), (LiveChange, ScanRequest)>,
    peaks: HashMap<(PathBuf, InstanceId), PeakChange>,
    /// The live scan failed and rests until then: it would fail again, many times a second.
    follow_again: Option<Instant>,
    /// Somebody asked for a backup copy; it comes after everything that is waited for.
    back_up: bool,
    /// Takes whose instance is gone, to be forgotten when their end was scanned.
    forget_after: HashSet<PathBuf>,
}

/// The next piece of it.
pub(super) enum Piece {
    Peaks(InstanceId, PeakChange),
    Follow(InstanceId, LiveChange, ScanRequest),
    BackUp,
}

impl Backlog {
    /// How long to wait for a job before turning to what waits; `None` when nothing does.
    pub(super) fn patience(&self) -> Option<Duration> {
        if !self.peaks.is_empty() || self.back_up {
            return Some(Duration::ZERO);
        }
        let patience = if self.is_resting() {
            NAP
        } else {
            Duration::ZERO
        };
        (!self.follows.is_empty()).then_some(patience)
    }

    /// Peaks first, they are quick and seen at once; the backup last, nobody waits for it.
    pub(super) fn take(&mut self) -> Option<Piece> {
        if let Some(((_, instance), change)) = take_any(&mut self.peaks) {
            return Some(Piece::Peaks(instance, change));
        }
        if !self.is_resting()
            && let Some(((_, instance), (change, request))) = take_any(&mut self.follows)
        {
            return Some(Piece::Follow(instance, change, request));
        }
        std::mem::take(&mut self.back_up).then_some(Piece::BackUp)
    }

    /// The live scan failed: it is left alone for a while.
    pub(super) fn rest(&mut self) {
        self.follow_again = Some(Instant::now() + REST);
    }

    pub(super) fn add_back_up(&mut self) {
        self.back_up = true;
    }

    /// Whether a take was to be forgotten as soon as its end was scanned, which it was.
    pub(super) fn forgets_after(&mut self, path: &Path) -> bool {
        self.forget_after.remove(path)
    }

    fn is_resting(&self) -> bool {
        self.follow_again.is_some_and(|at| Instant::now() < at)
    }

    pub(super) fn add_follow(
        &mut self,
        instance: InstanceId,
        change: LiveChange,
        request: ScanRequest,
    ) {
        let key = (change.recording.path.clone(), instance);
        let merged = match self.follows.remove(&key) {
            Some((earlier, _)) => LiveChange {
                frames: spanning(earlier.frames, change.frames.clone()),
                finished: earlier.finished || change.finished,
                ..change
            },
            None => change,
        };
        self.follows.insert(key, (merged, request));
    }

    /// Lets the bench know of every change at once, because a job is about to read the takes.
    pub(super) fn note_all(&mut self, bench: &mut Bench) {
        for (change, _) in self.follows.values_mut() {
            bench.note(change);
            change.frames = 0..0;
        }
    }

    pub(super) fn add_peaks(&mut self, instance: InstanceId, change: PeakChange) {
        let key = (change.recording.path.clone(), instance);
        let merged = match self.peaks.remove(&key) {
            Some(earlier) => PeakChange {
                seconds: spanning(earlier.seconds, change.seconds.clone()),
                ..change
            },
            None => change,
        };
        self.peaks.insert(key, merged);
    }

    /// Drops what waits for a take, but for its end: that still becomes a version, and the take is forgotten after it.
    /// Returns whether such an end waits.
    pub(super) fn forget(&mut self, path: &Path) -> bool {
        self.follows
            .retain(|(waiting, _), (change, _)| waiting != path || change.finished);
        self.peaks.retain(|(waiting, _), _| waiting != path);
        let ends = self.follows.keys().any(|(waiting, _)| waiting == path);
        if ends {
            self.forget_after.insert(path.to_owned());
        }
        ends
    }
}

fn take_any<K: Clone + Eq + Hash, V>(map: &mut HashMap<K, V>) -> Option<(K, V)> {
    let key = map.keys().next()?.clone();
    map.remove_entry(&key)
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
