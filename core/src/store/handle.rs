//! The process's one database connection, shared by the coordinator and the worker, opened when first needed.
//!
//! Each clone has its own patience with other writers: the worker's is long, the coordinator has windows to serve.
//!
//! Never used on the audio or GUI threads. The lock is held for one short transaction at a time, never
//! during inference.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};

use super::{BUSY_WAIT, Restored, Store, StoreError};
use crate::platform::{FileIdentity, Places};

/// Clones share the connection.
#[derive(Clone)]
pub struct StoreHandle {
    path: PathBuf,
    store: Arc<Mutex<Connection>>,
    generation: Arc<AtomicU64>,
    damage: Arc<Mutex<Option<Damage>>>,
    /// Of the file that was opened last.
    identity: Arc<Mutex<Option<FileIdentity>>>,
    patience: Duration,
    /// Where this user's own choices are; `None` is the platform's place.
    places_file: Option<PathBuf>,
}

#[derive(Default)]
enum Connection {
    #[default]
    NotYet,
    Open(Box<Store>),
    /// It was open, and must be opened anew.
    Lost,
    /// There is none, and none may be opened.
    Never,
}

/// The file is damaged.
struct Damage {
    error: Arc<StoreError>,
    /// It does not even open; when it does, somebody has put another one there.
    never_opened: bool,
}

impl StoreHandle {
    /// The database at `path`, or where [`Store::default_path`] says. Opens nothing yet.
    ///
    /// # Errors
    /// When nothing says where the database is.
    pub fn new(path: Option<PathBuf>) -> Result<Self, StoreError> {
        Ok(Self {
            path: match path {
                Some(path) => path,
                None => Store::default_path(Places::load().database.as_deref())?,
            },
            store: Arc::default(),
            generation: Arc::default(),
            damage: Arc::default(),
            identity: Arc::default(),
            patience: BUSY_WAIT,
            places_file: None,
        })
    }

    /// No database: every call says so, and settings have their defaults. For work that must not open one.
    pub fn without_database() -> Self {
        Self {
            path: PathBuf::new(),
            store: Arc::new(Mutex::new(Connection::Never)),
            generation: Arc::default(),
            damage: Arc::default(),
            identity: Arc::default(),
            patience: BUSY_WAIT,
            places_file: None,
        }
    }

    /// The same connection, with this user's own choices in the file at `places`.
    #[must_use]
    pub fn with_places(mut self, places: Option<PathBuf>) -> Self {
        self.places_file = places;
        self
    }

    /// What this user chose outside the database. Reads a small file; never waits for the database.
    pub fn places(&self) -> Places {
        match &self.places_file {
            Some(path) => Places::load_from(path),
            None => Places::load(),
        }
    }

    /// Keeps what this user chose outside the database.
    ///
    /// # Errors
    /// When it cannot be written; then the former choice stands.
    pub fn save_places(&self, places: &Places) -> io::Result<()> {
        match &self.places_file {
            Some(path) => places.save_to(path),
            None => places.save(),
        }
    }

    /// The same connection, given up on with [`StoreError::Locked`] after `patience`.
    pub fn with_patience(&self, patience: Duration) -> Self {
        Self {
            patience,
            ..self.clone()
        }
    }

    /// Where the database is or will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Grows whenever the file turns out to be another than the one that was open. What was learned from the database
    /// under another number, row identities above all, means nothing in the next file.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The damage that any call found, until there is another file. Never waits for the database.
    pub fn damage(&self) -> Option<Arc<StoreError>> {
        let damage = self.damage.lock();
        damage.as_ref().map(|damage| Arc::clone(&damage.error))
    }

    /// Runs `work` on the database, opening it first when it is not open. After a failure to open, the next call
    /// tries again: the user may have mended the cause. When the file was replaced in the meantime, the call says so, and
    /// the next one opens what is there by then. When it was deleted or moved away, every call says so until a file is
    /// there again or [`Self::start_new`] is called: an empty one made in silence would hide the loss, and be in the way
    /// when the old one is put back.
    ///
    /// # Errors
    /// When the database does not open, or whatever `work` says.
    pub fn with<T>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut guard = self.lock()?;
        let store = self.open(&mut guard)?;
        store.set_busy_wait(self.patience);
        let outcome = work(store);
        if let Err(error) = &outcome {
            self.note_damage(error, false);
            if error.is_of_another_file()
                && let Connection::Open(store) = std::mem::replace(&mut *guard, Connection::Lost)
            {
                store.let_go();
                self.begin_anew();
            } else if matches!(error, StoreError::ReadOnly { .. }) {
                // SQLite never tries again to write through a connection that once could not.
                *guard = Connection::Lost;
            }
        }
        outcome
    }

    /// Puts the newest sound backup in the place of the database, which is moved aside. From then on all takes are kept.
    ///
    /// # Errors
    /// When there is no sound backup, or the file cannot be moved; then nothing has changed.
    pub fn restore_backup(&self) -> Result<Restored, StoreError> {
        let mut guard = self.lock()?;
        // Before the connection is given up: without a backup there is nothing to give it up for.
        let backup = Store::newest_sound_backup(&self.path)?;
        let restored = self.replace(&mut guard, |path| Store::restore_backup(path, backup))?;
        drop(guard);
        // What was marked since the backup looks unmarked now: Earmark deletes no take for its age before the user chooses so again.
        let mut places = self.places();
        if places.unmarked_takes_days.take().is_some()
            && let Err(error) = self.save_places(&places)
        {
            tracing::warn!("Earmark could not switch off the deletion of old takes: {error}");
        }
        Ok(restored)
    }

    /// Moves the database aside, if there is one, and makes a new one. Returns where the old one is now.
    ///
    /// # Errors
    /// When the file cannot be moved; then nothing has changed. When the new one cannot be made.
    pub fn start_new(&self) -> Result<Option<PathBuf>, StoreError> {
        let mut guard = self.lock()?;
        let aside = self.replace(&mut guard, Store::move_aside)?;
        self.open(&mut guard)?;
        Ok(aside)
    }

    /// Makes today's backup copy, unless there is one. Takes as long as reading the file does, but keeps nobody waiting:
    /// the connection is used only to ask. `None` when there was nothing to do, or `stop` said to stop.
    ///
    /// # Errors
    /// When the copy cannot be made, or shows that the database is damaged.
    pub fn back_up_if_due(
        &self,
        stop: impl Fn() -> bool + Clone + Send + 'static,
    ) -> Result<Option<PathBuf>, StoreError> {
        if self.damage().is_some() || !self.with(Store::take_todays_backup)? {
            return Ok(None);
        }
        let made = Store::back_up(&self.path, stop);
        if let Err(error) = &made {
            self.note_damage(error, false);
        }
        if !matches!(made, Ok(Some(_))) {
            self.with(Store::leave_backup_to_others)?;
        }
        made
    }

    fn lock(&self) -> Result<MutexGuard<'_, Connection>, StoreError> {
        let begun = Instant::now();
        let locked = self.store.try_lock_for(self.patience);
        let guard = locked.ok_or_else(|| StoreError::Locked {
            path: self.path.clone(),
            waited: begun.elapsed(),
        })?;
        match *guard {
            Connection::Never => Err(StoreError::NoDatabase),
            _ => Ok(guard),
        }
    }

    fn open<'a>(&self, connection: &'a mut Connection) -> Result<&'a mut Store, StoreError> {
        if matches!(connection, Connection::Lost) && !self.path.exists() {
            return Err(self.gone());
        }
        if !matches!(connection, Connection::Open(_)) {
            let opened = Store::open_waiting(&self.path, self.patience)
                .inspect_err(|error| self.note_damage(error, true))?;
            *connection = Connection::Open(Box::new(opened));
            let identity = FileIdentity::of(&self.path).ok();
            let before = std::mem::replace(&mut *self.identity.lock(), identity);
            if before.is_some() && before != identity {
                self.begin_anew();
            }
            self.damage.lock().take_if(|damage| damage.never_opened);
        }
        match connection {
            Connection::Open(store) => Ok(store),
            Connection::NotYet | Connection::Lost | Connection::Never => Err(self.gone()),
        }
    }

    /// Closes the connection and has `put` do something else with the file.
    fn replace<T>(
        &self,
        connection: &mut Connection,
        put: impl FnOnce(&Path) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if let Connection::Open(store) = std::mem::take(connection) {
            drop(store);
        } else {
            // One that is missed stays so when nothing takes its place.
            *connection = Connection::Lost;
        }
        let made = put(&self.path)?;
        *connection = Connection::NotYet;
        self.begin_anew();
        Ok(made)
    }

    fn begin_anew(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        *self.damage.lock() = None;
    }

    fn note_damage(&self, error: &StoreError, never_opened: bool) {
        if let Some(error) = error.damage() {
            self.damage.lock().get_or_insert_with(|| Damage {
                error: Arc::new(error),
                never_opened,
            });
        }
    }

    fn gone(&self) -> StoreError {
        StoreError::Gone {
            path: self.path.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profiles(handle: &StoreHandle) -> Result<Vec<String>, StoreError> {
        handle.with(|store| store.profiles())
    }

    #[cfg(unix)] // Elsewhere an open database can be neither deleted nor replaced.
    #[test]
    fn a_database_that_was_deleted_is_missed_until_it_is_put_back_or_a_new_one_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/earmark.db");
        let handle = StoreHandle::new(Some(path.clone())).unwrap();
        handle.with(|store| store.create_profile("old")).unwrap();
        assert_eq!(handle.generation(), 0);

        // The file, then the whole disk.
        for lost in [&path, path.parent().unwrap()] {
            let away = folder.path().join("away");
            std::fs::rename(lost, &away).unwrap();
            for _ in 0..2 {
                let told = profiles(&handle).unwrap_err();
                assert!(matches!(told, StoreError::Gone { .. }), "{told:?}");
            }
            std::fs::rename(&away, lost).unwrap();
            assert_eq!(profiles(&handle).unwrap(), ["default", "old"]);
        }
        assert_eq!(handle.generation(), 2);

        std::fs::remove_file(&path).unwrap();
        profiles(&handle).unwrap_err();
        assert_eq!(handle.start_new().unwrap(), None);
        assert_eq!(profiles(&handle).unwrap(), ["default"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_database_that_was_replaced_is_told_once_and_the_other_one_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("earmark.db");
        let handle = StoreHandle::new(Some(path.clone())).unwrap();
        handle.with(|store| store.create_profile("old")).unwrap();
        let other = folder.path().join("other.db");
        Store::open(&other)
            .unwrap()
            .create_profile("other")
            .unwrap();
        std::fs::rename(&other, &path).unwrap();
        let told = profiles(&handle).unwrap_err();
        assert!(matches!(told, StoreError::Replaced { .. }), "{told:?}");
        assert_eq!(profiles(&handle).unwrap(), ["default", "other"]);
    }

    #[test]
    fn work_without_a_database_opens_and_makes_none() {
        let handle = StoreHandle::without_database();
        let refused = profiles(&handle).unwrap_err();
        assert!(matches!(refused, StoreError::NoDatabase), "{refused:?}");
        for refused in [
            handle.start_new().map(drop),
            handle.restore_backup().map(drop),
        ] {
            assert!(matches!(refused, Err(StoreError::NoDatabase)));
        }
    }

    #[test]
    fn damage_is_remembered_until_the_backup_is_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("earmark.db");
        let handle = StoreHandle::new(Some(path.clone())).unwrap();
        std::fs::write(&path, "a letter").unwrap();
        profiles(&handle).unwrap_err();
        assert!(handle.damage().is_some());
        std::fs::remove_file(&path).unwrap();
        profiles(&handle).unwrap();
        assert!(handle.damage().is_none(), "another file is there by now");

        handle.with(|store| store.create_profile("kept")).unwrap();
        Store::back_up(&path, || false).unwrap().unwrap();
        let broken = handle.with(|_| -> Result<(), _> {
            Err(StoreError::Corrupt {
                path: path.clone(),
                detail: String::from("a page"),
            })
        });
        broken.unwrap_err();
        profiles(&handle).unwrap();
        assert!(
            handle.damage().is_some(),
            "what can still be read mends nothing"
        );
        let restored = handle.restore_backup().unwrap();
        assert!(handle.damage().is_none());
        assert!(restored.aside.unwrap().is_file() && restored.backup.path.is_file());
        assert_eq!(profiles(&handle).unwrap(), ["default", "kept"]);
    }
}
