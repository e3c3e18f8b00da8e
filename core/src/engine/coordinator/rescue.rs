//! What the program itself can do while the database cannot be used: bring to safety what is in memory, put the backup
//! in place, begin a new file.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Coordinator;
use super::loaded::readable_timestamp;
use super::session::Session;
use crate::export::{ListedNegative, ListedRegion, Memory, RegionList, write_memory};
use crate::platform;
use crate::protocol::{EngineError, InstanceId, Severity, View};
use crate::store::StoreError;
use crate::words::counted;
use crate::worker::thread::CoordinatorToWorker;

/// How often the worker is asked whether today's backup is still to be made.
const BACKUP_LOOK: Duration = Duration::from_secs(600);

impl Coordinator {
    /// Writes everything that windows show and that waits to a file, and says where it is.
    pub(super) fn export_memory(&mut self, instance: InstanceId) -> Result<(), EngineError> {
        let (path, words) = self.write_memory()?;
        self.tell(instance, format!("Exported {words} to {}", path.display()));
        Ok(())
    }

    /// The file and what is in it.
    pub(super) fn write_memory(&self) -> Result<(PathBuf, String), EngineError> {
        let views: Vec<View> = self.sessions.values().map(Session::picture).collect();
        let listed: Vec<Vec<ListedRegion<'_>>> = views
            .iter()
            .map(|view| {
                let regions = view.regions.iter();
                regions
                    .map(|region| ListedRegion {
                        span: region.span,
                        score: region.score,
                        state: region.state.word(),
                        class: region.class.as_deref().unwrap_or_default(),
                    })
                    .collect()
            })
            .collect();
        let memory = Memory {
            database: self.store.path(),
            shown: views
                .iter()
                .zip(&listed)
                .map(|(view, regions)| (view.profile.as_str(), region_list(view, regions)))
                .collect(),
            hard_negatives: hard_negatives(&views),
            waiting: self.waiting.listed(),
        };
        let folders = [
            Some(self.config.takes_folder.clone()),
            platform::documents_folder(),
            Some(std::env::temp_dir()),
        ];
        let folders: Vec<PathBuf> = folders.into_iter().flatten().collect();
        let stamp = jiff::Zoned::now().strftime("%Y%m%d_%H%M%S").to_string();
        let path = write_memory(&memory, &folders, &stamp)?;
        let regions: usize = listed.iter().map(Vec::len).sum();
        let words = format!(
            "{}, {} and {} that the database has not taken",
            counted(regions, "region"),
            counted(memory.hard_negatives.len(), "hard negative"),
            counted(memory.waiting.len(), "change"),
        );
        Ok((path, words))
    }

    /// Puts the newest sound backup in place; what waits is saved into it at once.
    pub(super) fn restore_backup(&mut self, instance: InstanceId) -> Result<(), EngineError> {
        self.only_while_unusable()?;
        let restored = self.store.restore_backup()?;
        let made_at = readable_timestamp(&restored.backup.stamp);
        self.tell(
            instance,
            format!(
                "The backup of {made_at} is in place.{}",
                kept(restored.aside.as_deref())
            ),
        );
        self.go_on();
        Ok(())
    }

    /// Begins a new database; what waits is saved into it at once.
    pub(super) fn start_new_database(&mut self, instance: InstanceId) -> Result<(), EngineError> {
        self.only_while_unusable()?;
        let aside = self.store.start_new()?;
        self.tell(
            instance,
            format!("A new database was begun.{}", kept(aside.as_deref())),
        );
        self.go_on();
        Ok(())
    }

    /// A click on what was offered may come when somebody else has mended it: then nothing must be replaced any more.
    fn only_while_unusable(&self) -> Result<(), EngineError> {
        if self.store.damage().is_some() {
            // Also notices that another file is there by now.
            let _ = self.store.with(|store| store.data_version());
        }
        let refusal = self.store.with(|store| store.data_version()).err();
        let is_gone = matches!(refusal, Some(StoreError::Gone { .. }));
        if is_gone || self.store.damage().is_some() {
            return Ok(());
        }
        Err(EngineError::NothingToReplace)
    }

    pub(super) fn tell(&mut self, instance: InstanceId, words: String) {
        if let Some(session) = self.sessions.get_mut(&instance) {
            session.say(Severity::Info, words);
        }
    }

    fn go_on(&mut self) {
        self.ask_again = None;
        self.notice_the_file();
        self.try_waiting();
    }

    /// Brings every session along when there is another file by now, or this one turns out to be damaged.
    pub(super) fn notice_the_file(&mut self) {
        let generation = self.store.generation();
        if generation != self.generation {
            self.generation = generation;
            let instances: Vec<InstanceId> = self.sessions.keys().copied().collect();
            for session in self.sessions.values_mut() {
                session.begin_with_another_file(generation);
            }
            for instance in instances {
                self.read_takes(instance);
            }
            self.save_all_takes();
        }
        let damage = self.store.damage();
        if damage.as_ref().map(Arc::as_ptr) != self.damage.as_ref().map(Arc::as_ptr) {
            self.damage = damage;
        }
        for session in self.sessions.values_mut() {
            session.show_damage(self.damage.as_deref());
        }
    }

    /// Asks the worker for today's backup, now and then. The database has just done what it was asked.
    pub(super) fn think_of_backup(&mut self) {
        if self.backup_look.is_none_or(|at| Instant::now() >= at) {
            self.backup_look = Some(Instant::now() + BACKUP_LOOK);
            self.order(CoordinatorToWorker::BackUp);
        }
    }
}

fn kept(aside: Option<&Path>) -> String {
    aside.map_or_else(String::new, |aside| {
        format!(" The damaged file is kept as {}", aside.display())
    })
}

fn region_list<'a>(view: &'a View, regions: &'a [ListedRegion<'a>]) -> RegionList<'a> {
    let filename = view.shown_take.as_deref().unwrap_or_default();
    let take = view.takes.iter().find(|take| take.filename == filename);
    RegionList {
        filename,
        timeline_start_s: take.map_or(0.0, |take| take.start_s),
        rate: None,
        model: &view.shown_model,
        version: view.shown_version.as_deref().unwrap_or_default(),
        regions,
    }
}

/// Each once, however many windows list it.
fn hard_negatives(views: &[View]) -> Vec<ListedNegative<'_>> {
    let mut listed = HashSet::new();
    views
        .iter()
        .flat_map(|view| view.negatives.iter().map(move |row| (view, row)))
        .filter(|(_, row)| listed.insert(row.id))
        .map(|(view, row)| ListedNegative {
            profile: &view.profile,
            filename: &row.filename,
            start_s: row.start_s,
            end_s: row.end_s,
            model: &row.source_model,
            created_at: &row.created_at,
        })
        .collect()
}
