//! Orders that wait because the database cannot take them at present: another program has locked it, the disk is full, the
//! file is damaged or gone. Kept in order, and tried again until they are saved.
//!
//! The coordinator itself never waits long, so that its windows stay alive; the long patience is this queue's. It belongs to
//! the coordinator and not to a window: a mark outlives the plugin instance it was made in.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::obstacles::{Cause, Trouble};
use super::order::Order;
use super::recovery::export_all;
use super::session::Pending;
use super::{Coordinator, RETRY};
use crate::protocol::{Command, EngineError, InstanceId};

/// What the database has not taken yet, the oldest first.
#[derive(Default)]
pub(super) struct Waiting {
    orders: VecDeque<Order>,
    /// What they wait for, and when to try again.
    refusal: Option<(Trouble, Instant)>,
}

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    pub(super) fn rename_profile(&mut self, from: &str, to: &str) {
        for order in &mut self.orders {
            order.rename_profile(from, to);
        }
    }

    /// The oldest first.
    pub(super) fn orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.iter()
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
        let own = || {
            self.orders
                .iter()
                .filter(|order| order.instance == instance)
        };
        Pending {
            orders: own().count(),
            regions: own().flat_map(Order::regions).collect(),
            trouble: self.refusal.as_ref().map(|(trouble, _)| trouble.clone()),
        }
    }
}

impl Coordinator {
    /// Carries out a command that changes the database, or keeps it until the database can take it. What is given later
    /// waits behind it: marks are meant in the order in which they were made.
    pub(super) fn write(
        &mut self,
        instance: InstanceId,
        command: Command,
    ) -> Result<(), EngineError> {
        let Some(session) = self.sessions.get(&instance) else {
            return Ok(());
        };
        let order = Order::new(session, &self.store, instance, command);
        // A damaged file may still take it, but what a backup replaces tomorrow is no place for it.
        let damage = self.store.damage();
        let refusal = damage.and_then(|error| Cause::of_store(&error));
        if refusal.is_some() || !self.waiting.is_empty() {
            self.keep(order, refusal);
            return Ok(());
        }
        match self.fulfil(&order) {
            Err(error) => match Cause::of(&error) {
                Some(cause) => {
                    self.keep(order, Some(cause));
                    Ok(())
                }
                None => Err(error),
            },
            Ok(()) => Ok(()),
        }
    }

    fn keep(&mut self, order: Order, refusal: Option<Cause>) {
        self.waiting.orders.push_back(order);
        if let Some(cause) = refusal {
            self.waiting.refuse(cause);
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
        while let Some(order) = self.waiting.orders.pop_front() {
            let outcome = self.usable().and_then(|()| self.fulfil(&order));
            let Err(error) = outcome else {
                continue;
            };
            if let Some(cause) = Cause::of(&error) {
                self.waiting.orders.push_front(order);
                self.waiting.refuse(cause);
                break;
            }
            if let Some(session) = self.sessions.get_mut(&order.instance) {
                session.health.fail(&error);
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
        match export_all(
            &self.sessions,
            &self.waiting,
            &self.store,
            &self.config.takes_folder,
        ) {
            Ok((path, words)) => tracing::error!(
                "{words}: the database refused to the end, so they are in {}",
                path.display()
            ),
            Err(error) => tracing::error!("{error}"),
        }
    }

    pub(super) fn show_waiting(&mut self) {
        for (&instance, session) in &mut self.sessions {
            session
                .health
                .await_database(self.waiting.pending(instance));
        }
    }
}
