//! Settings and disk space: what is chosen, what is looked at, and what may go.

use std::collections::HashSet;
use std::sync::Arc;

use super::Desk;
use crate::engine::bench_thread::BenchTask;
use crate::engine::command::Command;
use crate::engine::instance::InstanceId;
use crate::engine::settings::{Setting, SettingsView};
use crate::engine::survey::has_rested;
use crate::engine::view::Severity;
use crate::engine::{EngineError, review::counted};
use crate::store::StoreError;

impl Desk {
    /// What is kept in the database waits for it like any mark. What is not must not: where the database is, is chosen
    /// above all when something is wrong with it.
    pub(super) fn change_setting(
        &mut self,
        instance: InstanceId,
        key: &'static str,
        value: Option<String>,
    ) -> Result<(), EngineError> {
        if Setting::find(key)?.is_in_database() {
            return self.write(instance, Command::ChangeSetting { key, value });
        }
        self.choose(key, value.as_deref())?;
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

    pub(super) fn choose(&self, key: &str, value: Option<&str>) -> Result<(), EngineError> {
        Ok(Setting::find(key)?.choose(&self.store, value)?)
    }

    pub(super) fn survey(&self, instance: InstanceId) {
        let in_use = self.takes_in_use();
        self.order(BenchTask::Survey { instance, in_use });
    }

    fn takes_in_use(&self) -> HashSet<String> {
        let takes = self
            .sessions
            .values()
            .flat_map(|session| session.takes.values());
        takes.map(|take| take.row.filename.clone()).collect()
    }

    /// Here rather than on the bench: no instance can begin to use a take meanwhile. Each is looked at again, because
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
            Ok((deleted, kept)) if kept.is_empty() => {
                session.say(
                    Severity::Info,
                    format!("Deleted {}", counted(deleted, "take")),
                );
            }
            Ok((deleted, kept)) => {
                let words = format!(
                    "Deleted {}; kept {}, which somebody uses by now or the disk holds on to",
                    counted(deleted, "take"),
                    kept.join(", ")
                );
                session.say(Severity::Warning, words);
            }
            Err(error) => session.say(Severity::Error, error.to_string()),
        }
        self.survey(instance);
    }

    /// How many went, and which did not.
    fn delete_spare(&self, filenames: &[String]) -> Result<(usize, Vec<String>), StoreError> {
        let in_use = self.takes_in_use();
        let spare = self.store.with(|store| store.spare_takes())?;
        let (mut deleted, mut kept) = (0, Vec::new());
        for filename in filenames {
            let take = spare
                .iter()
                .find(|take| take.filename == *filename)
                .filter(|take| !in_use.contains(filename) && has_rested(&take.path));
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
                    deleted += 1;
                }
                None => kept.push(filename.clone()),
            }
        }
        Ok((deleted, kept))
    }
}
