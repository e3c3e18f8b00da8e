//! The marks on one recording, and what they make of a region. Read from the database in one go, then pure.

use super::matching::{clip_on, negative_on, unsure_on};
use crate::engine::proof::Judged;
use crate::engine::view::{RegionState, RegionView};
use crate::store::{Clip, RegionRow, Store, StoreError, UnsureMark};
use crate::time::Span;

/// Everything that was said about a recording.
pub struct Marks {
    pub judged: Judged,
    pub unsure: Vec<UnsureMark>,
    /// Clips that were exported unseen from a scan, which say nothing about what they are of.
    pub exported: Vec<Clip>,
}

impl Marks {
    /// The marks of `profile` on the recording `filename`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn read(store: &Store, profile: &str, filename: &str) -> Result<Self, StoreError> {
        let clips = store.clips_in(profile, filename)?;
        let (exported, clips) = clips.into_iter().partition(|clip| clip.scan_export);
        Ok(Self {
            judged: Judged {
                negatives: store.negatives_in(profile, filename)?,
                clips,
            },
            unsure: store.unsure_marks(profile, Some(filename))?,
            exported,
        })
    }

    /// What a region of `span` is.
    pub fn state(&self, span: Span, disabled: bool) -> RegionState {
        if disabled {
            RegionState::Disabled
        } else if unsure_on(&self.unsure, span).next().is_some() {
            // Before the others, as in training, should 8-cut have marked the same spot.
            RegionState::Unsure
        } else if negative_on(&self.judged.negatives, span).is_some() {
            RegionState::Negative
        } else if clip_on(&self.judged.clips, span).is_some() {
            RegionState::Positive
        } else {
            RegionState::Found
        }
    }

    /// A region as it looks under these marks.
    pub fn dress(&self, row: &RegionRow) -> RegionView {
        let clip = clip_on(&self.judged.clips, row.span);
        RegionView {
            id: Some(row.id),
            state: self.state(row.span, row.disabled),
            class: clip.and_then(Clip::class).map(str::to_owned),
            clip: clip.map(|clip| clip.id),
            original: row.original,
            exported: clip_on(&self.exported, row.span).is_some(),
            ..RegionView::found(row.span, row.score)
        }
    }
}
