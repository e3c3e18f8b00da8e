//! The examples of one training while they are gathered, and which of them belong together.
//!
//! Owned by the worker thread for the length of a training. It must never read audio: what gathers does that.

use std::collections::HashMap;
use std::path::PathBuf;

use super::augment::Snippet;
use super::space::Heard;
use crate::classifier::{Counts, Example, Origin};
use crate::recording::Recording;

/// With fewer recordings than this, stretches of one recording stand in for recordings when folds are made.
const ENOUGH_RECORDINGS: usize = 5;
/// The length of such a stretch.
const STRETCH_S: f64 = 30.0;

/// Examples as they are gathered, with what could not be used.
#[derive(Default)]
pub(super) struct Gathered {
    pub examples: Vec<Example>,
    /// What was learned from as the user counts it: clips and marks, however many windows each gave.
    pub counts: Counts,
    /// Clips and marks whose audio is gone.
    pub unreadable: Vec<String>,
    /// Where the positives from elsewhere are, to be mixed with background.
    pub snippets: Vec<Snippet>,
    /// Recordings whose background can be heard.
    pub beds: Vec<Heard>,
    /// There was background, but all of it nearer to a positive than the margin allows.
    pub margin_left_nothing: bool,
    /// Numbers for recordings, or for stretches of them, that may not be on both sides of a fold.
    groups: HashMap<(PathBuf, u64), u32>,
    by_stretch: bool,
}

impl Gathered {
    /// Nothing yet, of as many recordings.
    pub fn from_recordings(recordings: usize) -> Self {
        Self {
            by_stretch: recordings < ENOUGH_RECORDINGS,
            ..Self::default()
        }
    }

    /// The number of what may not be on both sides of a fold together with `at_s` in `recording`.
    pub fn group_of(&mut self, recording: &Recording, at_s: f64) -> u32 {
        let stretch = match self.by_stretch {
            true => (at_s / STRETCH_S) as u64,
            false => 0,
        };
        let next = self.groups.len() as u32;
        let key = (recording.path.clone(), stretch);
        *self.groups.entry(key).or_insert(next)
    }

    pub fn count(&mut self, origin: Origin, number: usize) {
        let count = match origin {
            Origin::Clip | Origin::Confirmed => &mut self.counts.clips,
            Origin::Mixed => &mut self.counts.mixed,
            Origin::NegativeClip => &mut self.counts.negative_clips,
            Origin::HardNegative => &mut self.counts.hard_negatives,
            Origin::Background => &mut self.counts.background,
        };
        *count = count.saturating_add(u32::try_from(number).unwrap_or(u32::MAX));
    }
}
