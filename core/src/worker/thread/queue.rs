//! What waits until no job does: live changes, pictures of takes, the day's backup. Worker thread.

use std::collections::{HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::changes::Changes;
use super::messages::SimilarTask;
use crate::protocol::InstanceId;
use crate::worker::{LiveChange, PeakChange, SoundsRequest, Worker};

/// How long the live scan rests after a failure.
const REST: Duration = Duration::from_secs(5);
/// How soon a resting live scan is thought of again when nothing else happens.
const NAP: Duration = Duration::from_millis(500);

/// Whoever waits longest has its turn first, so that no track of many is left behind.
#[derive(Default)]
pub(super) struct Backlog {
    changes: Changes,
    /// The last piece was one of peaks.
    drew: bool,
    /// The live scan failed and rests until then: it would fail again, many times a second.
    follow_again: Option<Instant>,
    /// Searches for similar stretches, one for each instance at most.
    searches: VecDeque<(InstanceId, Box<SimilarTask>)>,
    /// Somebody asked for a backup copy; it comes after everything that is waited for.
    back_up: bool,
    /// Takes whose instance is gone, to be forgotten when their end was scanned.
    forget_after: HashSet<PathBuf>,
}

/// The next piece of it.
pub(super) enum Piece {
    Peaks(InstanceId, PeakChange),
    Follow(InstanceId, LiveChange, SoundsRequest),
    Search(InstanceId, Box<SimilarTask>),
    BackUp,
}

impl Backlog {
    /// How long to wait for a job before turning to what waits; `None` when nothing does.
    pub(super) fn patience(&self) -> Option<Duration> {
        if !self.changes.peaks.0.is_empty() || !self.searches.is_empty() || self.back_up {
            return Some(Duration::ZERO);
        }
        let patience = if self.is_resting() {
            NAP
        } else {
            Duration::ZERO
        };
        (!self.changes.follows.0.is_empty()).then_some(patience)
    }

    /// Peaks first, they are quick and seen at once, but of a long take no two pieces in a row; searches once all takes are
    /// followed; the backup last, nobody waits for it.
    pub(super) fn take(&mut self) -> Option<Piece> {
        let follows_wait = !self.is_resting() && !self.changes.follows.0.is_empty();
        let draws = !(self.drew && follows_wait);
        self.drew = false;
        if draws && let Some(((_, instance), change)) = self.changes.peaks.0.pop_front() {
            self.drew = true;
            return Some(Piece::Peaks(instance, change));
        }
        if !self.is_resting()
            && let Some(((_, instance), (change, request))) = self.changes.follows.0.pop_front()
        {
            return Some(Piece::Follow(instance, change, request));
        }
        if let Some((instance, search)) = self.searches.pop_front() {
            return Some(Piece::Search(instance, search));
        }
        std::mem::take(&mut self.back_up).then_some(Piece::BackUp)
    }

    /// A new search takes the place of the one before of its instance.
    pub(super) fn add_search(&mut self, instance: InstanceId, search: Box<SimilarTask>) {
        self.searches.retain(|(of, _)| *of != instance);
        self.searches.push_back((instance, search));
    }

    /// Something came before a search, which goes on behind it.
    pub(super) fn put_back_search(&mut self, instance: InstanceId, search: Box<SimilarTask>) {
        self.searches.push_front((instance, search));
    }

    /// The live scan failed: it is left alone for a while.
    pub(super) fn rest(&mut self) {
        self.follow_again = Some(Instant::now() + REST);
    }

    /// A piece of a take was drawn; the rest waits behind what came meanwhile.
    pub(super) fn put_back_peaks(&mut self, instance: InstanceId, rest: PeakChange) {
        self.changes.add_peaks(instance, rest);
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
        request: SoundsRequest,
    ) {
        self.changes.add_follow(instance, change, request);
    }

    /// Takes over changes that the coordinator has merged meanwhile.
    pub(super) fn take_in(&mut self, mut arrived: Changes, worker: &mut Worker) {
        for (recording, fingerprint) in arrived.remembered.drain(..) {
            worker.remember(&recording, fingerprint);
        }
        self.changes.add_all(arrived);
    }

    /// The live changes that wait.
    pub(super) fn follows(&self) -> impl Iterator<Item = &(LiveChange, SoundsRequest)> {
        self.changes.follows.0.iter().map(|(_, follow)| follow)
    }

    /// Lets the worker know of every change at once, because a job is about to read the takes.
    pub(super) fn note_all(&mut self, worker: &mut Worker) {
        for (_, (change, _)) in &mut self.changes.follows.0 {
            worker.note(change);
            change.frames = 0..0;
        }
    }

    /// Drops what waits for a take, but for its end: that still becomes a version, and the take is forgotten after it.
    /// Returns whether such an end waits.
    pub(super) fn forget(&mut self, path: &Path) -> bool {
        self.changes
            .follows
            .0
            .retain(|((waiting, _), (change, _))| waiting != path || change.finished);
        self.changes
            .peaks
            .0
            .retain(|((waiting, _), _)| waiting != path);
        let mut left = self.changes.follows.0.iter();
        let ends = left.any(|((waiting, _), _)| waiting == path);
        if ends {
            self.forget_after.insert(path.to_owned());
        }
        ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::JobControl;
    use crate::protocol::JobKind;
    use crate::worker::{SimilarRequest, SimilarScope, SimilarWork};

    fn search(number: u64) -> Box<SimilarTask> {
        let request = SimilarRequest {
            examples: Vec::new(),
            rejected: Vec::new(),
            scope: SimilarScope::Library,
            model: String::from("AISFX"),
            top: 1,
        };
        Box::new(SimilarTask {
            number,
            work: SimilarWork::new(request),
            job: JobControl::new(JobKind::Searching),
        })
    }

    #[test]
    fn a_search_comes_after_the_live_scan_and_before_the_backup_and_a_new_one_replaces_it() {
        let mut backlog = Backlog::default();
        let (one, other) = (InstanceId(1), InstanceId(2));
        backlog.add_back_up();
        for (instance, number) in [(one, 1), (other, 2), (one, 3)] {
            backlog.add_search(instance, search(number));
        }
        let change = LiveChange {
            recording: crate::recording::Recording::said("take.wav", Path::new("/take.wav")),
            frames: 0..10,
            finished: false,
            rate: crate::time::SampleRate::new(48_000).unwrap(),
        };
        let request = SoundsRequest {
            recording: change.recording.clone(),
            profiles: vec![String::from("default")],
            model: String::from("AISFX"),
            threshold: 0.5,
        };
        backlog.add_follow(one, change, request);
        assert_eq!(backlog.patience(), Some(Duration::ZERO));
        assert!(matches!(backlog.take(), Some(Piece::Follow(..))));
        let Some(Piece::Search(instance, interrupted)) = backlog.take() else {
            panic!("no search");
        };
        assert_eq!((instance, interrupted.number), (other, 2));
        backlog.put_back_search(instance, interrupted);
        let mut numbers = Vec::new();
        while let Some(Piece::Search(_, search)) = backlog.take() {
            numbers.push(search.number);
        }
        assert_eq!(numbers, [2, 3], "the backup comes behind them");
    }
}
