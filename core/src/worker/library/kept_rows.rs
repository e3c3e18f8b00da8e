//! The rows of recordings outside the index that were searched lately, so that a refined search need not make them again. Worker
//! thread; in memory only.

use std::collections::HashMap;
use std::sync::Arc;

use crate::cache::CacheKey;
use crate::library::row::RowsMade;

/// Bytes of rows that are kept: some twelve hours of sound by the default model.
const MOST_BYTES: usize = 256 << 20;

/// Rows by the recording, the state of its file, and the model.
#[derive(Default)]
pub(in crate::worker) struct KeptRows {
    rows: HashMap<CacheKey, Arc<RowsMade>>,
    bytes: usize,
}

impl KeptRows {
    /// The rows of the recording in that state, if they are kept.
    pub fn get(&self, key: &CacheKey) -> Option<Arc<RowsMade>> {
        self.rows.get(key).cloned()
    }

    /// Keeps `rows` instead of those of earlier states of the recording. Where that is too much, all others go: they are made again
    /// when they are searched.
    pub fn keep(&mut self, key: CacheKey, rows: &Arc<RowsMade>) {
        let is_other = |known: &CacheKey| {
            known.recording != key.recording || known.model_sha256 != key.model_sha256
        };
        self.rows.retain(|known, _| is_other(known));
        self.bytes = self.rows.values().map(|rows| rows.bytes()).sum();
        if self.bytes + rows.bytes() > MOST_BYTES {
            self.rows.clear();
            self.bytes = 0;
        }
        self.bytes += rows.bytes();
        self.rows.insert(key, Arc::clone(rows));
    }
}
