//! Retention: which takes and embeddings Earmark deletes because the user chose so in the settings.
//!
//! Earmark deletes a take under the same rules as the user deletes one by hand (see `coordinator::storage`), once nothing was written to it for
//! the chosen number of days. It deletes embeddings above the chosen size, those used longest ago first. Only the rules are here: the
//! coordinator deletes takes, the worker deletes embeddings.

use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::protocol::Deletion;
use crate::settings::{EMBEDDINGS_GB, UNMARKED_TAKES_DAYS, chosen_count};
use crate::store::{Store, StoreError};

/// Where the database says when takes, and embeddings, last went by themselves.
pub(crate) const TAKES_WENT: &str = "takes_went";
pub(crate) const EMBEDDINGS_WENT: &str = "embeddings_went";

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

/// Whether nobody wrote for `kept` to the take at `path`. One that is not there is on a disk that may come back.
pub(crate) fn is_due(path: &Path, kept: Duration) -> bool {
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
pub(crate) fn has_rested(path: &Path) -> bool {
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
