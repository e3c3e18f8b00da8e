//! Changes that wait: because the database cannot take them at present (another program has locked it, the disk is full, the
//! file is damaged or gone), or because their clips are being written. Kept in order, and tried again until they are saved.
//!
//! The coordinator itself never waits long, so that its windows stay alive; the long patience is this queue's. It belongs to
//! the coordinator and not to a window: a mark outlives the plugin instance it was made in.
//!
//! While the database refuses, everything waits. What waits for its clips only holds up what must come after it: the changes
//! of its own window, those in the same recording, and those of profiles.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::RETRY;
use super::obstacles::{Cause, Trouble};
use super::session::{Pending, Sessions};
use crate::marks::ClipFiles;
use crate::protocol::{Change, InstanceId, Target, TrainRequest};

/// After this time a window says that its mark waits for a disk.
const SLOW_DISK: Duration = Duration::from_secs(2);

/// What is carried out in the order in which it was asked for.
#[derive(Debug)]
pub(super) enum Request {
    Change(Box<Change>),
    /// A step through the history of the database of this generation.
    Step(Step, u64),
    /// A training that was asked for after marks whose clips are being written.
    Train(TrainRequest),
}

/// In which direction a change is stepped over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Done,
    Undone,
}

impl Request {
    /// What is changed; `None` for a step through the history and for a training.
    pub(super) fn change(&self) -> Option<&Change> {
        match self {
            Self::Change(change) => Some(change),
            Self::Step(..) | Self::Train(_) => None,
        }
    }

    /// Whether it matters which of the two is carried out first, when they are of different windows.
    fn touches(&self, other: &Self) -> bool {
        let (Some(one), Some(other)) = (self.change(), other.change()) else {
            return false;
        };
        let is_of_profiles = |change: &Change| matches!(change.target, Target::Profile(_));
        let is_in_one_recording = one.parts().iter().any(|one| {
            let other = other.parts().iter();
            let mut at = other.map(|other| recording_of(other));
            recording_of(one).is_some_and(|filename| at.any(|it| it == Some(filename)))
        });
        is_of_profiles(one) || is_of_profiles(other) || is_in_one_recording
    }
}

fn recording_of(change: &Change) -> Option<&str> {
    let placed = change.place.recording.as_ref()?;
    Some(placed.recording.filename.as_str())
}

fn rename_in(change: &mut Change, (from, to): (&str, &str)) {
    if change.place.profile == from {
        to.clone_into(&mut change.place.profile);
    }
    if let Target::Together { changes } = &mut change.target {
        for part in changes {
            rename_in(part, (from, to));
        }
    }
}

/// The clip files of a change.
pub(super) enum Clips {
    /// The change needs none, or nobody was asked to write them yet.
    NotYet,
    /// The clips thread was asked for them.
    Asked {
        number: u64,
        since: Instant,
    },
    /// They could not be written; tried again at that time.
    Refused(Trouble, Instant),
    Written(ClipFiles),
}

/// A request and the window that made it.
pub(super) struct Waiter {
    pub instance: InstanceId,
    pub request: Request,
    pub clips: Clips,
}

impl Waiter {
    fn comes_before(&self, later: &Self) -> bool {
        self.instance == later.instance || self.request.touches(&later.request)
    }

    fn is_ready(&self, now: Instant) -> bool {
        match &self.clips {
            Clips::NotYet | Clips::Written(_) => true,
            Clips::Asked { .. } => false,
            Clips::Refused(_, again) => now >= *again,
        }
    }

    /// Why its clips are not there.
    fn trouble(&self) -> Option<Trouble> {
        match &self.clips {
            Clips::NotYet | Clips::Written(_) => None,
            Clips::Asked { since, .. } => (since.elapsed() >= SLOW_DISK).then(|| Trouble {
                cause: Cause::slow_disk(),
                since: *since,
            }),
            Clips::Refused(trouble, _) => Some(trouble.clone()),
        }
    }
}

/// What the database has not taken yet, the oldest first.
#[derive(Default)]
pub(super) struct Waiting {
    waiters: VecDeque<Waiter>,
    /// What they wait for, and when to try again.
    refusal: Option<(Trouble, Instant)>,
    /// How often clips were asked for.
    asked: u64,
    /// Whether windows were told of a slow disk.
    is_slow: bool,
}

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    /// The profile `from` is called `to` now: what waits for it means that one.
    pub(super) fn rename_profile(&mut self, from: &str, to: &str) {
        for waiter in &mut self.waiters {
            if let Request::Change(change) = &mut waiter.request {
                rename_in(change, (from, to));
            }
        }
    }

    /// Whether the database refused, and everything waits.
    pub(super) fn is_refused(&self) -> bool {
        self.refusal.is_some()
    }

    /// Whether `new` has to wait behind what waits already.
    pub(super) fn must_wait(&self, new: &Waiter) -> bool {
        self.is_refused() || self.waiters.iter().any(|waiter| waiter.comes_before(new))
    }

    /// Waits behind all others.
    pub(super) fn push(&mut self, waiter: Waiter) {
        self.waiters.push_back(waiter);
    }

    /// Takes the first that can be carried out now, with its place in the queue.
    pub(super) fn take_next(&mut self) -> Option<(usize, Waiter)> {
        let now = Instant::now();
        let waiters = || self.waiters.iter();
        let at = waiters().enumerate().position(|(at, waiter)| {
            let mut earlier = waiters().take(at);
            waiter.is_ready(now) && !earlier.any(|earlier| earlier.comes_before(waiter))
        })?;
        Some((at, self.waiters.remove(at)?))
    }

    /// Puts one back at its place.
    pub(super) fn put_back(&mut self, at: usize, waiter: Waiter) {
        self.waiters.insert(at.min(self.waiters.len()), waiter);
    }

    /// The number under which clips that are asked for come back.
    pub(super) fn next_number(&mut self) -> u64 {
        self.asked += 1;
        self.asked
    }

    /// Takes the waiter whose clips were asked for under `number`, with its place in the queue.
    pub(super) fn take_asked(&mut self, number: u64) -> Option<(usize, Waiter)> {
        let mut waiters = self.waiters.iter();
        let at = waiters.position(
            |waiter| matches!(waiter.clips, Clips::Asked { number: asked, .. } if asked == number),
        )?;
        Some((at, self.waiters.remove(at)?))
    }

    /// Whether clips are being written.
    pub(super) fn awaits_clips(&self) -> bool {
        let mut waiters = self.waiters.iter();
        waiters.any(|waiter| matches!(waiter.clips, Clips::Asked { .. }))
    }

    /// Clips that could not be written are asked for at once.
    pub(super) fn forget_clip_refusals(&mut self) {
        for waiter in &mut self.waiters {
            if let Clips::Refused(..) = waiter.clips {
                waiter.clips = Clips::NotYet;
            }
        }
    }

    /// Nothing is refused any more.
    pub(super) fn forget_refusal(&mut self) {
        self.refusal = None;
    }

    /// The oldest first.
    pub(super) fn requests(&self) -> impl Iterator<Item = &Request> {
        self.waiters.iter().map(|waiter| &waiter.request)
    }

    /// The database refused what waits, once more.
    pub(super) fn refuse(&mut self, cause: Cause) {
        let before = self.refusal.take().map(|(trouble, _)| trouble);
        self.refusal = Some((Trouble::continued(before, cause), Instant::now() + RETRY));
    }

    /// Whether it is time to try again what was refused.
    pub(super) fn is_due(&self) -> bool {
        let now = Instant::now();
        match &self.refusal {
            Some((_, again)) => now >= *again,
            None => self
                .waiters
                .iter()
                .any(|waiter| matches!(&waiter.clips, Clips::Refused(_, again) if now >= *again)),
        }
    }

    /// Whether a disk turned out to be slow, or to be slow no more, since this was last asked.
    pub(super) fn is_other_disk_slow(&mut self) -> bool {
        let mut waiters = self.waiters.iter();
        let is_slow = waiters.any(
            |it| matches!(it.clips, Clips::Asked { since, .. } if since.elapsed() >= SLOW_DISK),
        );
        std::mem::replace(&mut self.is_slow, is_slow) != is_slow
    }

    /// What `instance`'s window shows of it.
    fn pending(&self, instance: InstanceId) -> Pending {
        let waiters = self.waiters.iter();
        let own: Vec<&Waiter> = waiters.filter(|it| it.instance == instance).collect();
        let changes = own.iter().filter_map(|waiter| waiter.request.change());
        let refusal = self.refusal.as_ref().map(|(trouble, _)| trouble.clone());
        Pending {
            changes: own.len(),
            spans: changes
                .flat_map(Change::parts)
                .flat_map(|change| {
                    let filename = recording_of(change).map(str::to_owned);
                    let spans = change.target.spans().into_iter();
                    spans.map(move |span| (filename.clone(), span))
                })
                .collect(),
            trouble: refusal.or_else(|| own.iter().find_map(|waiter| waiter.trouble())),
        }
    }
}

/// Shows in every window what of it waits.
pub(super) fn show_waiting(sessions: &mut Sessions, waiting: &Waiting) {
    for (&instance, session) in sessions {
        session.health.await_database(waiting.pending(instance));
    }
}
