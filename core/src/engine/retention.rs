//! Retention: what goes by itself, because the user chose so in the settings.
//!
//! Takes go by the very rules by which they can be deleted by hand (see `desk::storage`), once nobody wrote to them for as many days as
//! were chosen; embeddings go when they are more than were allowed, those used longest ago first. Plain rules; the desk deletes takes, the
//! bench embeddings.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::settings::{EMBEDDINGS_GB, UNMARKED_TAKES_DAYS, chosen_count};
use super::survey::{bytes_in_words, rested_for};
use crate::store::{SourceId, Store, StoreError, TakeRow};

/// Where the database says when takes, and embeddings, last went by themselves.
pub(super) const TAKES_WENT: &str = "takes_went";
pub(super) const EMBEDDINGS_WENT: &str = "embeddings_went";

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Takes that live instances show or may yet show.
#[derive(Debug, Clone, Default)]
pub struct InUse {
    pub filenames: HashSet<String>,
    /// Every take of these: an instance reads its own when it needs them.
    pub sources: HashSet<SourceId>,
}

impl InUse {
    pub fn has(&self, take: &TakeRow) -> bool {
        self.filenames.contains(&take.filename) || self.sources.contains(&take.source)
    }
}

/// How long unmarked takes are kept; `None`: for ever.
///
/// # Errors
/// When the database cannot be read.
pub(super) fn takes_kept_for(store: &Store) -> Result<Option<Duration>, StoreError> {
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
pub(super) fn embeddings_kept(store: &Store) -> Result<u64, StoreError> {
    let gigabytes = chosen_count(store, EMBEDDINGS_GB)?;
    Ok(gigabytes.map_or(u64::MAX, |count| {
        (count as u64).saturating_mul(1_000_000_000)
    }))
}

/// Whether nobody wrote for `kept` to the take at `path`. One that is not there is on a disk that may come back.
pub(super) fn is_due(path: &Path, kept: Duration) -> bool {
    rested_for(path).is_some_and(|rested| rested > kept)
}

/// What went by itself, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Went {
    /// `2026-04-19 15:36:31`, local time.
    pub at: String,
    pub count: usize,
    pub bytes: u64,
}

impl Went {
    /// What goes now.
    pub(super) fn now(count: usize, bytes: u64) -> Self {
        let at = jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S").to_string();
        Self { at, count, bytes }
    }

    /// Writes it down under `key`.
    pub(super) fn note(&self, store: &mut Store, key: &str) -> Result<(), StoreError> {
        let text = super::figures::to_json(self).to_string();
        store.set_setting(key, &text)
    }

    /// What was written down under `key`, if anything went yet.
    pub(super) fn last(store: &Store, key: &str) -> Result<Option<Self>, StoreError> {
        let text = store.setting(key)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// `3 (1.2 GB) on 2026-04-19 15:36:31`.
    pub fn words(&self) -> String {
        format!(
            "{} ({}) on {}",
            self.count,
            bytes_in_words(self.bytes),
            self.at
        )
    }
}

/// What the settings make go, and what they made go, for a window.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RetentionSurvey {
    /// Names of the spare takes that go next.
    pub due_takes: Vec<String>,
    pub takes_went: Option<Went>,
    /// Bytes of embeddings that go next.
    pub due_embeddings: u64,
    pub embeddings_went: Option<Went>,
}
