//! How one instance fares: the status line, what keeps the database from its work, what waits for it, and which threads stopped.

use super::freshness::{Freshness, Part};
use crate::engine::coordinator::obstacles::{Cause, Trouble};
use crate::protocol::{EngineError, Obstacle, Severity, Status};
use crate::store::StoreError;
use crate::time::Span;

/// What waits for the database.
#[derive(Default)]
pub(in crate::engine::coordinator) struct Pending {
    /// How many changes.
    pub changes: usize,
    /// Where they change something, by recording.
    pub spans: Vec<(Option<String>, Span)>,
    /// What it waits for.
    pub trouble: Option<Trouble>,
}

#[derive(Default)]
pub(in crate::engine::coordinator) struct Health {
    status: Option<Status>,
    /// What of this instance the database has not taken yet.
    pending: Pending,
    /// The database is damaged.
    damage: Option<Trouble>,
    /// The database could not be read.
    unread: Option<Trouble>,
    /// Takes or a threshold could not be saved; tried again.
    unwritten: Option<Trouble>,
    /// Threads that hit errors too often and stay down.
    stopped: Vec<Obstacle>,
    freshness: Freshness,
}

impl Health {
    pub fn new(freshness: Freshness) -> Self {
        Self {
            freshness,
            ..Self::default()
        }
    }

    /// With the threads that stay down, and nothing else: the rest is found out again.
    pub fn rebuilt(&mut self, freshness: Freshness) -> Self {
        Self {
            stopped: std::mem::take(&mut self.stopped),
            ..Self::new(freshness)
        }
    }

    pub fn status(&self) -> Option<&Status> {
        self.status.as_ref()
    }

    pub fn say(&mut self, severity: Severity, text: impl Into<String>) {
        let status = Status {
            severity,
            text: text.into(),
            remedy: String::new(),
        };
        if self.status.as_ref() != Some(&status) {
            self.status = Some(status);
            self.freshness.invalidate(Part::View);
        }
    }

    pub fn fail(&mut self, error: &EngineError) {
        let severity = match error {
            EngineError::Cancelled => Severity::Info,
            EngineError::NoClassifier { .. } => Severity::Warning,
            _ => Severity::Error,
        };
        self.say(severity, error.to_string());
    }

    /// Empties the status line and returns what it said.
    pub fn take_status(&mut self) -> Option<Status> {
        let status = self.status.take();
        self.freshness.invalidate_if(Part::View, status.is_some());
        status
    }

    pub fn note_readable(&mut self) {
        self.unread = None;
    }

    /// The database cannot be read: the window says so with a remedy, and the next look tries again.
    pub fn refuse(&mut self, error: &StoreError) {
        match Cause::of_store(error) {
            Some(cause) => self.unread = Some(Trouble::continued(self.unread.take(), cause)),
            None => self.say(Severity::Error, error.to_string()),
        }
        self.freshness.invalidate(Part::Database);
        self.freshness.invalidate(Part::View);
    }

    /// The engine saved something that nobody gave as a command, or the database refused it.
    pub fn note_written(&mut self, outcome: &Result<(), StoreError>) {
        let Err(error) = outcome else {
            let was_refused = self.unwritten.take().is_some();
            self.freshness.invalidate_if(Part::View, was_refused);
            return;
        };
        match Cause::of_store(error) {
            Some(cause) => {
                self.unwritten = Some(Trouble::continued(self.unwritten.take(), cause));
            }
            None => self.say(Severity::Error, error.to_string()),
        }
        self.freshness.invalidate(Part::View);
    }

    /// Another database: what the former one refused is saved in this one.
    pub fn begin_with_another_database(&mut self) {
        self.unwritten = None;
    }

    pub fn show_damage(&mut self, damage: Option<&StoreError>) {
        if damage.is_some() != self.damage.is_some() {
            let cause = damage.and_then(Cause::of_store);
            self.damage = cause.map(|cause| Trouble::continued(None, cause));
            self.freshness.invalidate(Part::View);
        }
    }

    /// A thread stays down; the window says so until the plugin is loaded again.
    pub fn show_stopped(&mut self, obstacle: Obstacle) {
        if !self.stopped.contains(&obstacle) {
            self.stopped.push(obstacle);
            self.freshness.invalidate(Part::View);
        }
    }

    pub fn stopped(&self) -> &[Obstacle] {
        &self.stopped
    }

    pub fn pending(&self) -> &Pending {
        &self.pending
    }

    /// What waits for the database changed, or the database refused it again.
    pub fn await_database(&mut self, pending: Pending) {
        let is_seen = self.pending.changes > 0 || pending.changes > 0;
        self.freshness.invalidate_if(Part::View, is_seen);
        self.pending = pending;
    }

    /// What keeps the database from its work as far as this session knows, the gravest first.
    pub fn troubles(&self) -> Vec<&Trouble> {
        let waiting = self.pending.trouble.as_ref();
        let waiting = waiting.filter(|_| self.pending.changes > 0);
        [
            self.damage.as_ref(),
            self.unread.as_ref(),
            waiting,
            self.unwritten.as_ref(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
