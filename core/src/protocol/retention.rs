//! What retention deletes, and what it deleted last, as plain values.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::survey::bytes_in_words;
use crate::store::{SourceId, TakeRow};

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

/// What went by itself, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// `2026-04-19 15:36:31`, local time.
    pub at: String,
    pub count: usize,
    pub bytes: u64,
}

impl Deletion {
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
    /// Names of the unmarked takes that go next.
    pub due_takes: Vec<String>,
    pub takes_went: Option<Deletion>,
    /// Bytes of embeddings that go next.
    pub due_embeddings: u64,
    pub embeddings_went: Option<Deletion>,
}
