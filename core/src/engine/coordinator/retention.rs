//! Takes that go by themselves, if the user chose that they should: a while after the database was first used, once a day
//! while the host runs, and when somebody opens the settings.

use std::time::{Duration, Instant};

use super::Coordinator;
use crate::protocol::{Deletion, Severity};
use crate::store::StoreError;
use crate::words::bytes_in_words;
use crate::words::counted;
use crate::worker::retention;
use crate::worker::retention::TAKES_WENT;
use crate::worker::thread::CoordinatorToWorker;

/// How often what is kept is looked at while a host runs for days.
const RETENTION_LOOK: Duration = Duration::from_secs(24 * 3600);

impl Coordinator {
    /// The database has just done what it was asked, for the first time or again.
    ///
    /// Nothing goes at once: the instances of a project come one after the other, and their takes are in use.
    pub(super) fn think_of_retention(&mut self) {
        let after = self.config.retention_after;
        self.retention_look
            .get_or_insert_with(|| Instant::now() + after);
    }

    /// Applies what the settings say, when it is time.
    pub(super) fn look_at_retention(&mut self) {
        if self.retention_look.is_some_and(|at| Instant::now() >= at) {
            self.apply_retention();
        }
    }

    /// Deletes the takes that are kept no longer, and has the worker do so with embeddings.
    pub(super) fn apply_retention(&mut self) {
        self.retention_look = Some(Instant::now() + RETENTION_LOOK);
        // What a damaged file says of marks is not to be believed.
        if self.store.damage().is_some() {
            return;
        }
        match self.delete_due() {
            Ok(None) => {}
            Ok(Some(went)) => {
                let words = format!(
                    "Deleted {} in which nothing is marked ({}), as chosen in Settings",
                    counted(went.count, "old take"),
                    bytes_in_words(went.bytes)
                );
                for session in self.sessions.values_mut() {
                    session.say(Severity::Info, words.clone());
                    session.stale = true;
                }
            }
            Err(error) => tracing::debug!("no take goes by itself: {error}"),
        }
        let in_use = self.takes_in_use();
        self.order(CoordinatorToWorker::TrimCache { in_use });
    }

    fn delete_due(&mut self) -> Result<Option<Deletion>, StoreError> {
        // What can be undone may be the removal of a mark, which undo would bring back without its sound.
        let mut sessions = self.sessions.values();
        if sessions.any(|session| session.history.next_undo().is_some()) {
            return Ok(None);
        }
        let (kept_for, spare) = self.store.with(|store| {
            let kept_for = retention::takes_kept_for(store)?;
            let spare = match kept_for {
                Some(_) => store.spare_takes()?,
                None => Vec::new(),
            };
            Ok((kept_for, spare))
        })?;
        let Some(kept_for) = kept_for else {
            return Ok(None);
        };
        let due = spare
            .into_iter()
            .filter(|take| retention::is_due(&take.path, kept_for));
        let names: Vec<String> = due.map(|take| take.filename).collect();
        if names.is_empty() {
            return Ok(None);
        }
        // Looks at each again.
        let gone = self.delete_spare(&names)?;
        if gone.count == 0 {
            return Ok(None);
        }
        let (count, bytes) = (gone.count, gone.bytes);
        self.store
            .with(|store| retention::note_deletion(store, TAKES_WENT, count, bytes))
            .map(Some)
    }
}
