//! Retention: which takes and embeddings Earmark deletes because the user chose so in the settings.
//!
//! Earmark deletes a take under the same rules as the user deletes one by hand (see `coordinator::storage`), once nothing was written to it for
//! the chosen number of days. It deletes embeddings above the chosen size, those used longest ago first. Blocks on disks; the rules
//! may be asked on any thread that may read the database, files are deleted on the worker's.

use std::path::Path;
use std::time::{Duration, SystemTime};

use super::Worker;
use crate::protocol::{Deletion, InUse, InstanceId};
use crate::settings::{EMBEDDINGS_GB, UNMARKED_TAKES_DAYS, chosen_count};
use crate::store::{Store, StoreError};

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
    /// Names of those that stayed.
    pub kept: Vec<String>,
}

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A take that was written to this recently may be another program's to continue.
const RECENT: Duration = DAY;

/// How long unmarked takes are kept; `None`: for ever.
///
/// # Errors
/// When the database cannot be read.
pub(crate) fn takes_kept_for(store: &Store) -> Result<Option<Duration>, StoreError> {
    let days = chosen_count(store, UNMARKED_TAKES_DAYS)?.unwrap_or(0);
    Ok(u32::try_from(days)
        .ok()
        .filter(|days| *days > 0)
        .map(|days| DAY * days))
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
    /// Deletes those takes of `task` that are still unmarked and that neither a session nor another program is at. The files of the others stay as they are.
    ///
    /// # Errors
    /// When the database cannot be read or written; takes before that are deleted.
    pub(crate) fn delete_takes(&self, task: &DeleteTakes) -> Result<DeletedTakes, StoreError> {
        let mut deleted = DeletedTakes::default();
        for filename in &task.filenames {
            // Asked for each: a disk may have taken long over the one before.
            let unmarked = self.store.with(|store| store.unmarked_takes())?;
            let mut unmarked = unmarked.into_iter();
            let take = unmarked.find(|take| take.filename == *filename);
            let is_due = |path: &Path| task.kept_for.is_none_or(|kept| is_due(path, kept));
            let take = take.filter(|take| {
                !task.in_use.has(take) && has_rested(&take.path) && is_due(&take.path)
            });
            let bytes = take.as_ref().map_or(0, |take| bytes_of(&take.path));
            match take.filter(|take| delete_file(&take.path)) {
                Some(take) => {
                    self.store.with(|store| store.remove_take(&take.id))?;
                    deleted.count += 1;
                    deleted.bytes += bytes;
                }
                None => deleted.kept.push(filename.clone()),
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

/// Whether the file at `path` is gone afterwards.
fn delete_file(path: &Path) -> bool {
    match std::fs::remove_file(path) {
        Ok(()) => true,
        Err(error) => {
            let was_gone = error.kind() == std::io::ErrorKind::NotFound;
            if !was_gone {
                tracing::warn!("{} stays: {error}", path.display());
            }
            was_gone
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
    let at = jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S").to_string();
    let deletion = Deletion { at, count, bytes };
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

/// Whether the file at `path` has rested long enough that no program is at it.
pub(super) fn has_rested(path: &Path) -> bool {
    match path.metadata() {
        Ok(_) => rested_for(path).is_some_and(|rested| rested > RECENT),
        // A row without a file keeps nobody from anything.
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

/// For how long nobody wrote to the file at `path`; `None` when it cannot be told.
fn rested_for(path: &Path) -> Option<Duration> {
    let modified = path.metadata().and_then(|metadata| metadata.modified());
    SystemTime::now().duration_since(modified.ok()?).ok()
}
