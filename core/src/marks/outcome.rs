//! What came of a change: what it is called, what is said of it, and the rows that it made. Plain values.

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
