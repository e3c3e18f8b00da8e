//! The permission to write: what a function takes that changes rows.
//!
//! Lives as long as one transaction, on the thread that began it.

use std::ops::Deref;

use rusqlite::Connection;

/// A connection with an open transaction: whoever takes one may write.
pub(super) struct Tx<'a>(&'a Connection);

impl<'a> Tx<'a> {
    /// For the caller that has just begun a transaction, or stands in one.
    pub fn within(connection: &'a Connection) -> Self {
        Self(connection)
    }
}

impl Deref for Tx<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0
    }
}
