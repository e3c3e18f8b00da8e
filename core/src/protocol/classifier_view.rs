//! What a window needs to know of a classifier, and whether another one is worth its while; plain values.

use std::sync::Arc;

use crate::classifier::{Counts, Metrics};
use crate::scan::MarkCheck;

/// Where every classifier is cut, so that one can be compared with another: scores are calibrated, so this is where a
/// classifier thinks the sound as likely as not. The slider cuts versions, each where it stood.
pub const PROOF_THRESHOLD: f32 = 0.5;

#[derive(Debug, Clone, PartialEq)]
pub struct ClassifierView {
    pub version: u32,
    /// What the user calls it; empty without a name.
    pub name: String,
    pub created_at: String,
    /// Classes it was trained on.
    pub classes: Vec<String>,
    pub negative_class: Option<String>,
    pub used_hard_negatives: bool,
    /// Background windows lay at least so many seconds from every positive; `None` before there was a choice.
    pub background_margin_s: Option<f64>,
    /// What it learned from; zeros where an older version did not say.
    pub counts: Counts,
    /// `None` when there were too few recordings to hold any out.
    pub metrics: Option<Metrics>,
    pub seconds: f32,
    /// The version that was trained, if this one is a copy of it that somebody went back to.
    pub copy_of: Option<u32>,
    /// What it says of all that is marked in the profile, cut where all classifiers are
    /// ([`PROOF_THRESHOLD`]), while a training is considered; `None` until it was asked, when nothing is
    /// marked, and when it knows the model in another form than it has now.
    pub check: Option<Arc<MarkCheck>>,
    /// What its training could not use, and what would make the next one better; of the latest training only.
    pub notes: Vec<String>,
}

impl ClassifierView {
    /// Marks that it learned from.
    pub fn marks(&self) -> usize {
        (self.counts.clips + self.counts.negative_clips + self.counts.hard_negatives) as usize
    }

    /// So many new marks make another training worth its while: five, or a tenth of what it learned from if that is less.
    pub fn marks_worth_training(&self) -> usize {
        self.marks().div_ceil(10).clamp(1, 5)
    }
}

/// Why a training would be worth its while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasonToTrain {
    /// There are examples, and nothing has been learned from them yet.
    First,
    /// Enough was marked since the last one.
    NewMarks {
        marks: usize,
        /// How many marks the last one learned from.
        learned_from: usize,
    },
}
