//! Settings and disk space: what is chosen, what is looked at, and what may go.

use std::sync::Arc;

use super::Coordinator;
use crate::protocol::{EngineError, InUse, InstanceId, Severity};
use crate::settings::{Setting, SettingsView};
use crate::store::StoreError;
use crate::words::counted;
use crate::worker::retention::{bytes_of, has_rested};
use crate::worker::thread::CoordinatorToWorker;

/// What came of deleting takes.
#[derive(Default)]
pub(super) struct Deleted {
    pub count: usize,
    pub bytes: u64,
    /// Names of those that stayed.
    pub kept: Vec<String>,
}

impl Coordinator {
    /// Chooses where something is kept, which no database can say. It does not wait for one: where the database is, is
    /// chosen above all when something is wrong with it.
    pub(super) fn choose_place(
        &mut self,
        instance: InstanceId,
        key: &str,
        value: Option<&str>,
    ) -> Result<(), EngineError> {
        Setting::find(key)?.choose(&self.store, value)?;
        let told = Arc::new(SettingsView::without_database(self.store.path()));
        for session in self.sessions.values_mut() {
            session.stale = true;
            session.changed = true;
            if session.loaded.is_none() {
                session.settings = Some(Arc::clone(&told));
            }
        }
        self.survey(instance);
        Ok(())
    }

    pub(super) fn survey(&self, instance: InstanceId) {
        let in_use = self.takes_in_use();
        self.order(CoordinatorToWorker::Survey { instance, in_use });
    }

    pub(super) fn takes_in_use(&self) -> InUse {
        let sessions = self.sessions.values();
        let takes = sessions.clone().flat_map(|session| session.takes.values());
        InUse {
            filenames: takes.map(|take| take.row.filename.clone()).collect(),
            sources: sessions.map(|session| session.identity.id).collect(),
        }
    }

    /// Here rather than on the worker: no instance can begin to use a take meanwhile. Each is looked at again, because
    /// somebody may have marked something in it since it was listed.
    pub(super) fn delete_takes(&mut self, instance: InstanceId, filenames: &[String]) {
        let outcome = self.delete_spare(filenames);
        for session in self.sessions.values_mut() {
            session.stale = true;
        }
        let Some(session) = self.sessions.get_mut(&instance) else {
            return;
        };
        match outcome {
            Ok(Deleted { count, kept, .. }) if kept.is_empty() => {
                session.say(
                    Severity::Info,
                    format!("Deleted {}", counted(count, "take")),
                );
            }
            Ok(Deleted { count, kept, .. }) => {
                let words = format!(
                    "Deleted {}; kept {}, which somebody uses by now or the disk holds on to",
                    counted(count, "take"),
                    kept.join(", ")
                );
                session.say(Severity::Warning, words);
            }
            Err(error) => session.say(Severity::Error, error.to_string()),
        }
        self.survey(instance);
    }

    /// Deletes those of `filenames` that are spare still. The files of the others stay as they are.
    pub(super) fn delete_spare(&self, filenames: &[String]) -> Result<Deleted, StoreError> {
        let in_use = self.takes_in_use();
        let spare = self.store.with(|store| store.spare_takes())?;
        let mut deleted = Deleted::default();
        for filename in filenames {
            let take = spare
                .iter()
                .find(|take| take.filename == *filename)
                .filter(|take| !in_use.has(take) && has_rested(&take.path));
            let bytes = take.map_or(0, |take| bytes_of(&take.path));
            let is_gone = take.is_some_and(|take| match std::fs::remove_file(&take.path) {
                Ok(()) => true,
                Err(error) => {
                    let was_gone = error.kind() == std::io::ErrorKind::NotFound;
                    if !was_gone {
                        tracing::warn!("{} stays: {error}", take.path.display());
                    }
                    was_gone
                }
            });
            match take.filter(|_| is_gone) {
                Some(take) => {
                    self.store.with(|store| store.remove_take(&take.id))?;
                    deleted.count += 1;
                    deleted.bytes += bytes;
                }
                None => deleted.kept.push(filename.clone()),
            }
        }
        Ok(deleted)
    }
}
