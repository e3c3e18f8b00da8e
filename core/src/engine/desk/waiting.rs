//! Orders that wait because another program has locked the database: kept in order, tried again until they are saved.
//!
//! The desk itself never waits long, so that its windows stay alive; the long patience is this queue's. It belongs to
//! the desk and not to a window: a mark outlives the plugin instance it was made in.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::orders::Order;
use super::session::Pending;
use super::{Desk, RETRY};
use crate::engine::EngineError;
use crate::engine::command::Command;
use crate::engine::instance::InstanceId;
use crate::store::StoreError;

/// What the database has not taken yet, the oldest first.
#[derive(Default)]
pub(super) struct Waiting {
    orders: VecDeque<Order>,
    /// When the oldest was refused first, and when to try again.
    times: Option<(Instant, Instant)>,
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

    fn push(&mut self, order: Order) {
        self.orders.push_back(order);
        self.times
            .get_or_insert_with(|| (Instant::now(), Instant::now() + RETRY));
    }

    fn is_due(&self) -> bool {
        self.times.is_some_and(|(_, retry)| Instant::now() >= retry)
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
            regions: own().flat_map(Order::regions).copied().collect(),
            since: self.times.map(|(since, _)| since),
        }
    }
}

impl Desk {
    /// Carries out a command that changes the database, or keeps it until another program lets go of the file. What is
    /// given later waits behind it: marks are meant in the order in which they were made.
    pub(super) fn write(
        &mut self,
        instance: InstanceId,
        command: Command,
    ) -> Result<(), EngineError> {
        let Some(session) = self.sessions.get(&instance) else {
            return Ok(());
        };
        let order = Order::new(session, &self.store, instance, command);
        if !self.waiting.is_empty() {
            self.keep(order);
            return Ok(());
        }
        match self.fulfil(&order) {
            Err(EngineError::Store(StoreError::Locked { .. })) => {
                self.keep(order);
                Ok(())
            }
            outcome => outcome,
        }
    }

    fn keep(&mut self, order: Order) {
        self.waiting.push(order);
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
            match self.fulfil(&order) {
                // When the file was replaced, the next try opens the new one.
                Err(EngineError::Store(error))
                    if matches!(error, StoreError::Locked { .. }) || error.is_of_another_file() =>
                {
                    self.waiting.orders.push_front(order);
                    break;
                }
                Ok(()) => {}
                Err(error) => {
                    if let Some(session) = self.sessions.get_mut(&order.instance) {
                        session.fail(&error);
                    } else {
                        tracing::error!("a mark could not be saved: {error}");
                    }
                }
            }
        }
        let since = self.waiting.times.map(|(since, _)| since);
        self.waiting.times = since
            .filter(|_| !self.waiting.is_empty())
            .map(|since| (since, Instant::now() + RETRY));
        self.show_waiting();
    }

    /// The last chance, when all is coming down.
    pub(super) fn save_waiting(&mut self, patience: Duration) {
        if self.waiting.is_empty() {
            return;
        }
        self.store = self.store.with_patience(patience);
        self.try_waiting();
        for order in &self.waiting.orders {
            tracing::error!(
                "not saved, because another program locked the database to the end: {:?}",
                order.command
            );
        }
    }

    fn show_waiting(&mut self) {
        for (&instance, session) in &mut self.sessions {
            session.await_database(self.waiting.pending(instance));
        }
    }
}
