//! Changes that wait because the database cannot take them at present: another program has locked it, the disk is full, the
//! file is damaged or gone. Kept in order, and tried again until they are saved.
//!
//! The coordinator itself never waits long, so that its windows stay alive; the long patience is this queue's. It belongs to
//! the coordinator and not to a window: a mark outlives the plugin instance it was made in.

use std::collections::VecDeque;
use std::time::Instant;

use super::RETRY;
use super::obstacles::{Cause, Trouble};
use super::session::{Pending, Sessions};
use crate::protocol::{Change, InstanceId};

/// What is carried out in the order in which it was asked for.
#[derive(Debug)]
pub(super) enum Request {
    Change(Box<Change>),
    /// With the database whose history is meant.
    Undo {
        generation: u64,
    },
    Redo {
        generation: u64,
    },
}

/// A request and the window that made it.
pub(super) struct Waiter {
    pub instance: InstanceId,
    pub request: Request,
}

/// What the database has not taken yet, the oldest first.
#[derive(Default)]
pub(super) struct Waiting {
    waiters: VecDeque<Waiter>,
    /// What they wait for, and when to try again.
    refusal: Option<(Trouble, Instant)>,
}

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    /// The profile `from` is called `to` now: what waits for it means that one.
    pub(super) fn rename_profile(&mut self, from: &str, to: &str) {
        for waiter in &mut self.waiters {
            if let Request::Change(change) = &mut waiter.request
                && change.place.profile == from
            {
                to.clone_into(&mut change.place.profile);
            }
        }
    }

    /// Waits behind all others.
    pub(super) fn push(&mut self, waiter: Waiter) {
        self.waiters.push_back(waiter);
    }

    /// Takes the one that has waited longest.
    pub(super) fn pop(&mut self) -> Option<Waiter> {
        self.waiters.pop_front()
    }

    /// Puts one back that was refused: it still comes first.
    pub(super) fn put_back(&mut self, waiter: Waiter) {
        self.waiters.push_front(waiter);
    }

    /// Nothing is refused any more.
    pub(super) fn forget_refusal(&mut self) {
        self.refusal = None;
    }

    /// The oldest first.
    pub(super) fn requests(&self) -> impl Iterator<Item = &Request> {
        self.waiters.iter().map(|waiter| &waiter.request)
    }

    /// What waits was refused once more.
    pub(super) fn refuse(&mut self, cause: Cause) {
        let before = self.refusal.take().map(|(trouble, _)| trouble);
        self.refusal = Some((Trouble::continued(before, cause), Instant::now() + RETRY));
    }

    pub(super) fn is_due(&self) -> bool {
        let refusal = self.refusal.as_ref();
        refusal.is_some_and(|(_, retry)| Instant::now() >= *retry)
    }

    /// What `instance`'s window shows of it.
    fn pending(&self, instance: InstanceId) -> Pending {
        let waiters = self.waiters.iter();
        let own: Vec<&Waiter> = waiters.filter(|it| it.instance == instance).collect();
        let changes = own.iter().filter_map(|waiter| match &waiter.request {
            Request::Change(change) => Some(change),
            Request::Undo { .. } | Request::Redo { .. } => None,
        });
        Pending {
            changes: own.len(),
            spans: changes
                .flat_map(|change| {
                    let filename = change.place.recording.as_ref();
                    let filename = filename.map(|it| it.recording.filename.clone());
                    let spans = change.target.spans().into_iter();
                    spans.map(move |span| (filename.clone(), span))
                })
                .collect(),
            trouble: self.refusal.as_ref().map(|(trouble, _)| trouble.clone()),
        }
    }
}

/// Shows in every window what of it waits.
pub(super) fn show_waiting(sessions: &mut Sessions, waiting: &Waiting) {
    for (&instance, session) in sessions {
        session.health.await_database(waiting.pending(instance));
    }
}
