//! What waits until no job does: live changes, pictures of takes, the day's backup. Worker thread.

use std::collections::{HashSet, VecDeque};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::protocol::InstanceId;
use crate::worker::{LiveChange, PeakChange, ScanRequest, Worker};

/// How long the live scan rests after a failure.
const REST: Duration = Duration::from_secs(5);
/// How soon a resting live scan is thought of again when nothing else happens.
const NAP: Duration = Duration::from_millis(500);

/// One entry per take and instance: newer changes are merged into older ones. Whoever waits longest has its turn first, so
/// that no track of many is left behind.
#[derive(Default)]
pub(super) struct Backlog {
    follows: Queue<(LiveChange, ScanRequest)>,
    peaks: Queue<PeakChange>,
    /// The last piece was one of peaks.
    drew: bool,
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
        if !self.peaks.0.is_empty() || self.back_up {
            return Some(Duration::ZERO);
        }
        let patience = if self.is_resting() {
            NAP
        } else {
            Duration::ZERO
        };
        (!self.follows.0.is_empty()).then_some(patience)
    }

    /// Peaks first, they are quick and seen at once, but of a long take no two pieces in a row; the backup last, nobody waits
    /// for it.
    pub(super) fn take(&mut self) -> Option<Piece> {
        let follows_wait = !self.is_resting() && !self.follows.0.is_empty();
        let draws = !(self.drew && follows_wait);
        self.drew = false;
        if draws && let Some(((_, instance), change)) = self.peaks.0.pop_front() {
            self.drew = true;
            return Some(Piece::Peaks(instance, change));
        }
        if !self.is_resting()
            && let Some(((_, instance), (change, request))) = self.follows.0.pop_front()
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

    /// The live changes that wait.
    pub(super) fn follows(&self) -> impl Iterator<Item = &(LiveChange, ScanRequest)> {
        self.follows.0.iter().map(|(_, follow)| follow)
    }

    /// Lets the worker know of every change at once, because a job is about to read the takes.
    pub(super) fn note_all(&mut self, worker: &mut Worker) {
        for (_, (change, _)) in &mut self.follows.0 {
            worker.note(change);
            change.frames = 0..0;
        }
    }

    pub(super) fn add_peaks(&mut self, instance: InstanceId, change: PeakChange) {
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

    /// Drops what waits for a take, but for its end: that still becomes a version, and the take is forgotten after it.
    /// Returns whether such an end waits.
    pub(super) fn forget(&mut self, path: &Path) -> bool {
        self.follows
            .0
            .retain(|((waiting, _), (change, _))| waiting != path || change.finished);
        self.peaks.0.retain(|((waiting, _), _)| waiting != path);
        let mut left = self.follows.0.iter();
        let ends = left.any(|((waiting, _), _)| waiting == path);
        if ends {
            self.forget_after.insert(path.to_owned());
        }
        ends
    }
}

type Key = (PathBuf, InstanceId);

/// A few entries at most: one for every track.
struct Queue<V>(VecDeque<(Key, V)>);

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
