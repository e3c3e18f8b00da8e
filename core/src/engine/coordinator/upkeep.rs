//! What the coordinator looks at now and then without being asked: whether somebody else wrote to the database, whether there is
//! another file or damage in it, and when the daily backup and the deletion of old takes are due.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::RETRY;
use super::channels::Channels;
use super::surroundings::Surroundings;
use crate::store::StoreError;
use crate::worker::thread::WorkerTask;

/// How often the worker is asked whether today's backup is still to be made.
const BACKUP_LOOK: Duration = Duration::from_secs(600);

/// After this time a window says that a disk does not answer.
const SLOW_LOOK: Duration = Duration::from_secs(10);

/// What was seen last, and when to look again.
#[derive(Default)]
pub(super) struct Upkeep {
    /// The database's generation and SQLite's counter of other connections' commits, as last seen.
    data_version: Option<(u64, i64)>,
    /// The database refused; it is not asked again before then.
    ask_again: Option<Instant>,
    /// Of the file that the sessions know ([`StoreHandle::generation`](crate::store::StoreHandle::generation)).
    generation: u64,
    /// What is known to be damaged in that file.
    damage: Option<Arc<StoreError>>,
    /// When to look again for what windows miss.
    missing_look: Option<Instant>,
    /// Since when a look is on its way.
    looking_since: Option<Instant>,
    /// Whether windows were told that a look takes long.
    is_look_slow: bool,
    /// What the newest look found.
    surroundings: Option<Arc<Surroundings>>,
    /// When to ask for the daily backup again; `None` until the database was first used.
    backup_look: Option<Instant>,
    /// When to delete again what is no longer kept; `None` until the database was first used.
    retention_look: Option<Instant>,
    /// How long after the database was first used old takes are deleted.
    retention_after: Duration,
    /// Names of takes that the worker is asked to delete: nobody may begin to use them.
    being_deleted: BTreeSet<String>,
}

impl Upkeep {
    pub(super) fn new(retention_after: Duration) -> Self {
        Self {
            retention_after,
            ..Self::default()
        }
    }

    /// Whether the database is left alone at present.
    pub(super) fn is_database_resting(&self) -> bool {
        self.ask_again.is_some_and(|at| Instant::now() < at)
    }

    /// Notes what the database's generation and version are; whether they are others than before.
    pub(super) fn note_version(&mut self, version: (u64, i64)) -> bool {
        self.data_version.replace(version) != Some(version)
    }

    /// Notes which file the sessions are about to know; whether it is another one.
    pub(super) fn note_generation(&mut self, generation: u64) -> bool {
        std::mem::replace(&mut self.generation, generation) != generation
    }

    /// Notes what is damaged in the file, and returns it.
    pub(super) fn note_damage(&mut self, damage: Option<Arc<StoreError>>) -> Option<&StoreError> {
        if damage.as_ref().map(Arc::as_ptr) != self.damage.as_ref().map(Arc::as_ptr) {
            self.damage = damage;
        }
        self.damage.as_deref()
    }

    /// Whether the database may be read now: it did not refuse a moment ago.
    pub(super) fn may_read(&self) -> bool {
        self.ask_again.is_none()
    }

    /// The database refused; it is left alone for a while.
    pub(super) fn rest_database(&mut self) {
        self.ask_again = Some(Instant::now() + RETRY);
    }

    /// Somebody mended the database: it may be asked at once.
    pub(super) fn ask_database_now(&mut self) {
        self.ask_again = None;
    }

    /// Whether it is time to look for what windows miss; the next time is after `delay`. Never while a look is on its way.
    pub(super) fn is_missing_look_due(&mut self, delay: Duration) -> bool {
        let now = Instant::now();
        let is_due = self.looking_since.is_none() && self.missing_look.is_none_or(|at| now >= at);
        if is_due {
            self.missing_look = Some(now + delay);
        }
        is_due
    }

    /// A window needs to know now what is missing.
    pub(super) fn look_soon(&mut self) {
        self.missing_look = None;
    }

    /// A look is on its way.
    pub(super) fn note_look_sent(&mut self) {
        self.looking_since = Some(Instant::now());
    }

    /// The look came back, without a finding if it failed. Whether there is something else now than at the look before.
    pub(super) fn take_look(&mut self, found: Option<Surroundings>) -> bool {
        self.looking_since = None;
        let is_other = found.is_some() && found.as_ref() != self.surroundings.as_deref();
        if is_other {
            self.surroundings = found.map(Arc::new);
        }
        is_other
    }

    /// Whether a look turned out to take long, or came back, since this was last asked.
    pub(super) fn is_other_look_slow(&mut self) -> bool {
        let since = self.looking_since;
        let is_slow = since.is_some_and(|since| since.elapsed() >= SLOW_LOOK);
        std::mem::replace(&mut self.is_look_slow, is_slow) != is_slow
    }

    /// Whether a look takes long: what the newest one found may no longer be so.
    pub(super) fn is_look_slow(&self) -> bool {
        self.is_look_slow
    }

    /// What the newest look found; `None` before the first came back.
    pub(super) fn surroundings(&self) -> Option<&Arc<Surroundings>> {
        self.surroundings.as_ref()
    }

    /// The database just did what it was asked: today's backup may be due.
    pub(super) fn think_of_backup(&mut self, channels: &Channels) {
        if self.backup_look.is_none_or(|at| Instant::now() >= at) {
            self.backup_look = Some(Instant::now() + BACKUP_LOOK);
            channels.ask_worker(None, WorkerTask::BackUp);
        }
    }

    /// The database just did what it was asked, for the first time or again.
    ///
    /// Nothing is deleted at once: the instances of a project come one after the other, and their takes are in use.
    pub(super) fn think_of_retention(&mut self) {
        let after = self.retention_after;
        self.retention_look
            .get_or_insert_with(|| Instant::now() + after);
    }

    pub(super) fn is_retention_due(&self) -> bool {
        self.retention_look.is_some_and(|at| Instant::now() >= at)
    }

    /// The worker is asked to delete these takes.
    pub(super) fn begin_deletion(&mut self, filenames: &[String]) {
        self.being_deleted.extend(filenames.iter().cloned());
    }

    /// The worker is done with these takes.
    pub(super) fn end_deletion(&mut self, filenames: &[String]) {
        for filename in filenames {
            self.being_deleted.remove(filename);
        }
    }

    /// The worker that was asked is gone.
    pub(super) fn forget_deletions(&mut self) {
        self.being_deleted.clear();
    }

    pub(super) fn is_being_deleted(&self, filename: &str) -> bool {
        self.being_deleted.contains(filename)
    }

    pub(super) fn delay_retention(&mut self, delay: Duration) {
        self.retention_look = Some(Instant::now() + delay);
    }
}
