//! Several changes as one transaction, with a journal of the rows they change.
//!
//! Inside a [`StoreTransaction`] every call of the [`Store`] belongs to that transaction: all of them are committed
//! together, or none. Runs where the store is used; never on the audio or a window's thread.

use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Instant;

use super::journal::{self, Recorded, Reversed, RowJournal};
use super::{Store, StoreError};

/// An open transaction. It is the [`Store`], whose calls are committed together.
pub struct StoreTransaction<'a> {
    store: &'a mut Store,
}

impl Deref for StoreTransaction<'_> {
    type Target = Store;

    fn deref(&self) -> &Store {
        self.store
    }
}

impl DerefMut for StoreTransaction<'_> {
    fn deref_mut(&mut self) -> &mut Store {
        self.store
    }
}

impl StoreTransaction<'_> {
    /// Takes back the row changes in `journal`, the last one first.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn reverse(&mut self, journal: &RowJournal) -> Result<Reversed, StoreError> {
        self.write(|tx| journal::reverse(tx, journal))
    }
}

impl Store {
    /// Runs `work` as one transaction and returns what it made, with a journal of the rows that it changed in the tables
    /// `recorded`. When `work` fails, nothing has changed.
    ///
    /// # Errors
    /// What `work` says, or when the database cannot be written.
    pub fn record<T, E: From<StoreError>>(
        &mut self,
        recorded: Recorded,
        work: impl FnOnce(&mut StoreTransaction<'_>) -> Result<T, E>,
    ) -> Result<(T, RowJournal), E> {
        self.presence.check(&self.path)?;
        let begun = Instant::now();
        let began = self.in_turn(|| self.connection.execute_batch("BEGIN IMMEDIATE"));
        let (_turn, ()) =
            began.map_err(|error| StoreError::from_sqlite(&self.path, begun.elapsed(), error))?;
        self.in_transaction.set(true);
        // A panic must not leave the transaction open: all that is saved after it would be lost with it.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            self.write(|tx| journal::begin(tx, recorded))?;
            let made = work(&mut StoreTransaction { store: self })?;
            let journal = self.write(|tx| journal::end(tx, recorded))?;
            // Seconds may have gone by while others wrote.
            self.presence.check(&self.path)?;
            Ok((made, journal))
        }));
        self.in_transaction.set(false);
        let committed = match outcome {
            Ok(Ok(made)) => self.batch("COMMIT", begun).map(|()| made).map_err(E::from),
            Ok(Err(error)) => Err(error),
            Err(panic) => {
                self.roll_back();
                resume_unwind(panic)
            }
        };
        match &committed {
            Ok(_) => self.keep_log_short(),
            Err(_) => self.roll_back(),
        }
        committed
    }

    fn batch(&self, sql: &str, begun: Instant) -> Result<(), StoreError> {
        let done = self.connection.execute_batch(sql);
        done.map_err(|error| StoreError::from_sqlite(&self.path, begun.elapsed(), error))
    }

    fn roll_back(&self) {
        // SQLite has rolled back by itself after some errors; then there is nothing left to do.
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!("a transaction could not be rolled back: {error}");
        }
    }
}
