//! Changes that wait because the database cannot take them at present: another program has locked it, the disk is full, the
//! file is damaged or gone. Kept in order, and tried again until they are saved.
//!
//! The coordinator itself never waits long, so that its windows stay alive; the long patience is this queue's. It belongs to
//! the coordinator and not to a window: a mark outlives the plugin instance it was made in.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::session::Pending;
use super::trouble::{Ailment, Trouble};
use super::{Coordinator, RETRY};
use crate::protocol::{Change, EngineError, InstanceId};

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
struct Waiter {
    instance: InstanceId,
    request: Request,
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

    /// The oldest first.
    pub(super) fn requests(&self) -> impl Iterator<Item = &Request> {
        self.waiters.iter().map(|waiter| &waiter.request)
    }

    /// What waits was refused once more.
    fn refuse(&mut self, ailment: Ailment) {
        let before = self.refusal.take().map(|(trouble, _)| trouble);
        self.refusal = Some((Trouble::continued(before, ailment), Instant::now() + RETRY));
    }

    fn is_due(&self) -> bool {
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
            orders: own.len(),
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

impl Coordinator {
    /// Carries out what changes the database, or keeps it until the database can take it. What is asked for later waits
    /// behind it: marks are meant in the order in which they were made.
    pub(super) fn write(
        &mut self,
        instance: InstanceId,
        request: Request,
    ) -> Result<(), EngineError> {
        if !self.sessions.contains_key(&instance) {
            return Ok(());
        }
        // A damaged file may still take it, but what a backup replaces tomorrow is no place for it.
        let damage = self.store.damage();
        let refusal = damage.and_then(|error| Ailment::of_store(&error));
        if refusal.is_some() || !self.waiting.is_empty() {
            self.keep(instance, request, refusal);
            return Ok(());
        }
        match self.fulfil(instance, &request) {
            Err(error) => match Ailment::of(&error) {
                Some(ailment) => {
                    self.keep(instance, request, Some(ailment));
                    Ok(())
                }
                None => Err(error),
            },
            Ok(()) => Ok(()),
        }
    }

    fn keep(&mut self, instance: InstanceId, request: Request, refusal: Option<Ailment>) {
        self.waiting.waiters.push_back(Waiter { instance, request });
        if let Some(ailment) = refusal {
            self.waiting.refuse(ailment);
        }
        self.show_waiting();
    }

    /// Tries what waits, if it is time to.
    pub(super) fn retry_waiting(&mut self) {
        if self.waiting.is_due() {
            self.try_waiting();
        }
    }

    /// Tries what waits, in order, until the database refuses again.
    pub(super) fn try_waiting(&mut self) {
        while let Some(waiter) = self.waiting.waiters.pop_front() {
            let outcome = self
                .usable()
                .and_then(|()| self.fulfil(waiter.instance, &waiter.request));
            let Err(error) = outcome else {
                continue;
            };
            if let Some(ailment) = Ailment::of(&error) {
                self.waiting.waiters.push_front(waiter);
                self.waiting.refuse(ailment);
                break;
            }
            if let Some(session) = self.sessions.get_mut(&waiter.instance) {
                session.fail(&error);
            } else {
                tracing::error!("a mark could not be saved: {error}");
            }
        }
        if self.waiting.is_empty() {
            self.waiting.refusal = None;
        }
        self.show_waiting();
    }

    /// Looks whether the file is still the one that was found to be damaged.
    fn usable(&self) -> Result<(), EngineError> {
        let Some(damage) = self.store.damage() else {
            return Ok(());
        };
        self.store.with(|store| store.data_version())?;
        // Still there when the look has not found another file.
        let damage = self.store.damage().and(damage.damage());
        damage.map_or(Ok(()), |damage| Err(damage.into()))
    }

    /// The last chance, when all is coming down: what the database does not take even now is left in a file.
    pub(super) fn save_waiting(&mut self, patience: Duration) {
        if self.waiting.is_empty() {
            return;
        }
        self.store = self.store.with_patience(patience);
        self.try_waiting();
        if self.waiting.is_empty() {
            return;
        }
        match self.write_memory() {
            Ok((path, words)) => tracing::error!(
                "{words}: the database refused to the end, so they are in {}",
                path.display()
            ),
            Err(error) => tracing::error!("{error}"),
        }
    }

    fn show_waiting(&mut self) {
        for (&instance, session) in &mut self.sessions {
            session.await_database(self.waiting.pending(instance));
        }
    }
}
