//! Changes that wait because the database cannot take them at present: another program has locked it, the disk is full, the
//! file is damaged or gone. Kept in order, and tried again until they are saved.
//!
//! The coordinator itself never waits long, so that its windows stay alive; the long patience is this queue's. It belongs to
//! the coordinator and not to a window: a mark outlives the plugin instance it was made in.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::changes::carry_out;
use super::obstacles::{Cause, Trouble};
use super::recovery::export_all;
use super::session::{Pending, Sessions};
use super::{Coordinator, RETRY};
use crate::protocol::{Change, EngineError, InstanceId};
use crate::store::StoreHandle;

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
    fn refuse(&mut self, cause: Cause) {
        let before = self.refusal.take().map(|(trouble, _)| trouble);
        self.refusal = Some((Trouble::continued(before, cause), Instant::now() + RETRY));
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

/// Carries out what changes the database, or keeps it until the database can take it. What is asked for later waits
/// behind it: marks are meant in the order in which they were made.
pub(super) fn write(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    request: Request,
) -> Result<(), EngineError> {
    if !coordinator.sessions.contains_key(&instance) {
        return Ok(());
    }
    // A damaged file may still take it, but what a backup replaces tomorrow is no place for it.
    let damage = coordinator.store.damage();
    let refusal = damage.and_then(|error| Cause::of_store(&error));
    if refusal.is_some() || !coordinator.waiting.is_empty() {
        keep(coordinator, instance, request, refusal);
        return Ok(());
    }
    match carry_out(coordinator, instance, &request) {
        Err(error) => match Cause::of(&error) {
            Some(cause) => {
                keep(coordinator, instance, request, Some(cause));
                Ok(())
            }
            None => Err(error),
        },
        Ok(()) => Ok(()),
    }
}

fn keep(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    request: Request,
    refusal: Option<Cause>,
) {
    let waiting = &mut coordinator.waiting;
    waiting.waiters.push_back(Waiter { instance, request });
    if let Some(cause) = refusal {
        waiting.refuse(cause);
    }
    show_waiting(&mut coordinator.sessions, waiting);
}

/// Tries what waits, if it is time to.
pub(super) fn retry(coordinator: &mut Coordinator) {
    if coordinator.waiting.is_due() {
        try_now(coordinator);
    }
}

/// Tries what waits, in order, until the database refuses again.
pub(super) fn try_now(coordinator: &mut Coordinator) {
    while let Some(waiter) = coordinator.waiting.waiters.pop_front() {
        let (instance, request) = (waiter.instance, &waiter.request);
        let outcome =
            usable(&coordinator.store).and_then(|()| carry_out(coordinator, instance, request));
        let Err(error) = outcome else {
            continue;
        };
        if let Some(cause) = Cause::of(&error) {
            coordinator.waiting.waiters.push_front(waiter);
            coordinator.waiting.refuse(cause);
            break;
        }
        if let Some(session) = coordinator.sessions.get_mut(&instance) {
            session.health.fail(&error);
        } else {
            tracing::error!("a mark could not be saved: {error}");
        }
    }
    let waiting = &mut coordinator.waiting;
    if waiting.is_empty() {
        waiting.refusal = None;
    }
    show_waiting(&mut coordinator.sessions, waiting);
}

/// Looks whether the file is still the one that was found to be damaged.
fn usable(store: &StoreHandle) -> Result<(), EngineError> {
    let Some(damage) = store.damage() else {
        return Ok(());
    };
    store.with(|store| store.data_version())?;
    // Still there when the look has not found another file.
    let damage = store.damage().and(damage.damage());
    damage.map_or(Ok(()), |damage| Err(damage.into()))
}

/// The last chance, when everything shuts down: what the database does not take even now is left in a file.
pub(super) fn save_for_the_last_time(coordinator: &mut Coordinator, patience: Duration) {
    if coordinator.waiting.is_empty() {
        return;
    }
    coordinator.store = coordinator.store.with_patience(patience);
    try_now(coordinator);
    if coordinator.waiting.is_empty() {
        return;
    }
    match export_all(
        &coordinator.sessions,
        &coordinator.waiting,
        &coordinator.store,
        &coordinator.config.takes_folder,
    ) {
        Ok((path, words)) => tracing::error!(
            "{words}: the database refused to the end, so they are in {}",
            path.display()
        ),
        Err(error) => tracing::error!("{error}"),
    }
}

/// Shows in every window what of it waits.
pub(super) fn show_waiting(sessions: &mut Sessions, waiting: &Waiting) {
    for (&instance, session) in sessions {
        session.health.await_database(waiting.pending(instance));
    }
}
