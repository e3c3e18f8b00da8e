//! Retention: which takes and embeddings Earmark deletes because the user chose so in the settings.
//!
//! Earmark deletes a take under the same rules as the user deletes one by hand (see `coordinator::storage`), once nothing was written to it
//! for the number of days that this user chose. The database names the takes, and any program can write to it: only a file that proves
//! itself to be that take, in a folder that this user records into, is ever deleted. Earmark deletes embeddings above the chosen size, those
//! used longest ago first. Blocks on disks; the rules may be asked on any thread that may read the database, files are deleted on the
//! worker's.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::Worker;
use crate::audio::bwf::BwfReader;
use crate::config::Config;
use crate::platform::{self, Places};
use crate::protocol::{Deletion, InUse, InstanceId};
use crate::recorder::{SourceLock, TakeId};
use crate::settings::{EMBEDDINGS_GB, chosen_count, unmarked_takes_days};
use crate::store::{Store, StoreError, TakeRow, local_now};

/// Where the database says when takes, and embeddings, last went by themselves.
pub(crate) const TAKES_WENT: &str = "takes_went";
pub(crate) const EMBEDDINGS_WENT: &str = "embeddings_went";

/// Which takes are to be deleted.
#[derive(Debug, Clone)]
pub(crate) struct DeleteTakes {
    /// Whose window chose them; `None` when they are only old.
    pub instance: Option<InstanceId>,
    pub filenames: Vec<String>,
    pub in_use: InUse,
    /// Only those that nobody wrote to for so long.
    pub kept_for: Option<Duration>,
}

/// What came of deleting takes.
#[derive(Debug, Default)]
pub(crate) struct DeletedTakes {
    pub count: usize,
    pub bytes: u64,
    /// Each of those that stayed, and why.
    pub kept: Vec<String>,
}

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A take that was written to this recently may be another program's to continue.
const RECENT: Duration = DAY;

/// How long unmarked takes are kept; `None`: for ever.
pub(crate) fn takes_kept_for(places: &Places) -> Option<Duration> {
    let days = u32::try_from(unmarked_takes_days(places)).ok();
    days.filter(|days| *days > 0).map(|days| DAY * days)
}

/// Why a take without marks stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stays {
    /// Its disk may come back.
    Missing,
    /// It is in no folder that this user records into.
    Elsewhere,
    /// The file does not say that it is this take, recorded by Earmark and not changed since.
    NotProven,
    /// Another process, or another engine of this one, records its source.
    Open,
    /// Something was written to it within a day.
    Recent,
}

impl Stays {
    /// Completes "take.wav stays: it …".
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Missing => "is not there now: to delete its entry, run `earmark forget`",
            Self::Elsewhere => {
                "lies in none of your takes folders, so only you can delete the file"
            }
            Self::NotProven => {
                "does not name this take in its header, so only you can delete the file"
            }
            Self::Open => "is in use by another program",
            Self::Recent => "was written to within a day",
        }
    }
}

/// Whether the file of `take`, which holds no marks, may be deleted.
pub(crate) fn may_be_deleted(
    take: &TakeRow,
    config: &Config,
    places: &Places,
) -> Result<(), Stays> {
    let metadata = std::fs::symlink_metadata(&take.path).map_err(|_| Stays::Missing)?;
    let real = take.path.canonicalize().map_err(|_| Stays::Missing)?;
    let is_below = |folder: PathBuf| {
        let folder = folder.canonicalize();
        folder.is_ok_and(|folder| real.starts_with(folder))
    };
    if !takes_folders(config, places).any(is_below) {
        return Err(Stays::Elsewhere);
    }
    let id = take.id.parse::<TakeId>().map(TakeId::in_header);
    let is_proven = metadata.is_file()
        && id.is_ok_and(|id| {
            let reader = BwfReader::open(&take.path);
            reader.is_ok_and(|reader| reader.is_own() && reader.id() == id)
        });
    if !is_proven {
        return Err(Stays::NotProven);
    }
    if SourceLock::is_held(&config.locks_folder(), &take.source.to_string()) {
        return Err(Stays::Open);
    }
    if rested_for(&take.path).is_none_or(|rested| rested <= RECENT) {
        return Err(Stays::Recent);
    }
    Ok(())
}

/// The folders that this user records takes into, or did before.
fn takes_folders(config: &Config, places: &Places) -> impl Iterator<Item = PathBuf> {
    let default = platform::user_folders_unless_chosen().ok();
    let chosen = places.takes.iter().chain(&places.takes_before).cloned();
    chosen
        .chain([config.takes_folder.clone()])
        .chain(default.map(|folders| folders.takes))
}

/// Bytes of embeddings that are kept.
///
/// # Errors
/// When the database cannot be read.
pub(crate) fn embeddings_kept(store: &Store) -> Result<u64, StoreError> {
    let gigabytes = chosen_count(store, EMBEDDINGS_GB)?;
    Ok(gigabytes.map_or(u64::MAX, |count| {
        (count as u64).saturating_mul(1_000_000_000)
    }))
}

impl Worker {
    /// Deletes those takes of `task` that are still unmarked, that no session is at, and that may be deleted. The files of the others
    /// stay as they are.
    ///
    /// # Errors
    /// When the database cannot be read or written; takes before that are deleted.
    pub(crate) fn delete_takes(&self, task: &DeleteTakes) -> Result<DeletedTakes, StoreError> {
        let places = self.store.places();
        let mut deleted = DeletedTakes::default();
        for filename in &task.filenames {
            // Asked for each: a disk may have taken long over the one before.
            let unmarked = self.store.with(|store| store.unmarked_takes())?;
            let mut unmarked = unmarked.iter();
            let take = unmarked.find(|take| take.filename == *filename);
            let is_due = |path: &Path| task.kept_for.is_none_or(|kept| is_due(path, kept));
            let outcome = match take.filter(|take| !task.in_use.has(take)) {
                None => Err("is in use, or was marked meanwhile"),
                Some(take) if !is_due(&take.path) => Err("is not old enough"),
                Some(take) => may_be_deleted(take, &self.config, &places)
                    .map_err(Stays::words)
                    .and_then(|()| delete_file(&take.path).map(|bytes| (take, bytes))),
            };
            match outcome {
                Ok((take, bytes)) => {
                    self.store.with(|store| store.remove_take(&take.id))?;
                    deleted.count += 1;
                    deleted.bytes += bytes;
                }
                Err(why) => deleted.kept.push(format!("{filename} stays: it {why}")),
            }
        }
        // Here, so that the next survey says what went.
        if task.instance.is_none() && deleted.count > 0 {
            let (count, bytes) = (deleted.count, deleted.bytes);
            self.store
                .with(|store| note_deletion(store, TAKES_WENT, count, bytes))?;
        }
        Ok(deleted)
    }
}

/// Deletes the file; returns how many bytes that freed, or completes "it stays, because it …".
fn delete_file(path: &Path) -> Result<u64, &'static str> {
    let bytes = bytes_of(path);
    match std::fs::remove_file(path) {
        Ok(()) => Ok(bytes),
        Err(error) => {
            tracing::warn!("{} stays: {error}", path.display());
            Err("could not be deleted")
        }
    }
}

/// Whether nobody wrote for `kept` to the take at `path`. One that is not there is on a disk that may come back.
pub(super) fn is_due(path: &Path, kept: Duration) -> bool {
    rested_for(path).is_some_and(|rested| rested > kept)
}

/// Remembers under `key` what was deleted just now, and returns it.
///
/// # Errors
/// When the database cannot be written.
pub(crate) fn note_deletion(
    store: &mut Store,
    key: &str,
    count: usize,
    bytes: u64,
) -> Result<Deletion, StoreError> {
    let deletion = Deletion {
        at: local_now(),
        count,
        bytes,
    };
    store.set_setting(key, &super::figures::to_json(&deletion).to_string())?;
    Ok(deletion)
}

/// What was deleted last according to `key`; `None` before the first deletion.
///
/// # Errors
/// When the database cannot be read.
pub(crate) fn last_deletion(store: &Store, key: &str) -> Result<Option<Deletion>, StoreError> {
    let text = store.setting(key)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Bytes of the file at `path`; nothing when it is not there.
pub(crate) fn bytes_of(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}

/// For how long nobody wrote to the file at `path`; `None` when it cannot be told.
fn rested_for(path: &Path) -> Option<Duration> {
    let modified = path.metadata().and_then(|metadata| metadata.modified());
    SystemTime::now().duration_since(modified.ok()?).ok()
}
