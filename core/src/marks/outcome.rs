//! What came of a change: what it is called, what is said of it, and the rows that it made. Plain values.

use serde::Serialize;

use crate::store::{Clip, HardNegative, ProfileRows, RegionNote, UnsureMark};

/// What a change did, in words and rows.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Completes "Undid …": `marking 2 regions as not this sound`.
    pub label: String,
    /// What the status line says; `None` when there is nothing to say.
    pub message: Option<String>,
    pub added: Added,
    /// The classifier that was the newest before another one took its place.
    pub(super) classifier_before: Option<u32>,
    /// What there is in the profile that was made or deleted.
    pub(super) profile_rows: Option<ProfileRows>,
}

/// The rows of marks and notes that a change made.
#[derive(Debug, Default)]
pub enum Added {
    #[default]
    Nothing,
    Negatives(Vec<HardNegative>),
    Clips(Vec<Clip>),
    Unsure(Vec<UnsureMark>),
    /// The note that was written or changed.
    Note(RegionNote),
    /// How much was new in label files.
    Imported(Imported),
}

impl Added {
    /// How many marks.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Nothing | Self::Note(_) => 0,
            Self::Negatives(rows) => rows.len(),
            Self::Clips(rows) => rows.len(),
            Self::Unsure(rows) => rows.len(),
            Self::Imported(imported) => imported.marks(),
        }
    }
}

/// How much of label files was new.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    pub examples: usize,
    pub negatives: usize,
    pub unsure: usize,
    pub notes: usize,
    /// Marks of other kinds whose place was taken.
    pub replaced: usize,
}

impl Imported {
    /// How many marks are new, of whatever kind.
    pub fn marks(&self) -> usize {
        self.examples + self.negatives + self.unsure
    }
}

impl Outcome {
    pub(super) fn labelled(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            ..Self::default()
        }
    }

    pub(super) fn saying(self, message: impl Into<Option<String>>) -> Self {
        Self {
            message: message.into(),
            ..self
        }
    }
}
