//! How a classifier is trained: the kernel, the weights and the folds.
//!
//! Plain values for any thread. It must never look at an example.

use super::Origin;

/// A reviewed hit was the classifier's best guess: whether it was right or wrong teaches more than another clip does.
const MARK_WEIGHT: f64 = 5.0;

/// Copies outnumber what they are made of; of full weight they would drown what was confirmed in the recording itself.
const MIX_WEIGHT: f64 = 0.6;

/// How to train. The default is what did best on real recordings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitSettings {
    /// How much an error matters beside a smooth decision, positive; divided so that both classes weigh the same.
    pub c: f64,
    /// The Gaussian kernel `exp(-gamma |a - b|^2)` of two points, positive; the squared distance of two points is 1 on average.
    pub gamma: f64,
    /// How much a mark made while reviewing counts beside a clip or a background window, positive.
    pub mark_weight: f64,
    /// How much a copy mixed with background counts beside the clip it is made of, positive.
    pub mix_weight: f64,
    /// Folds of the cross-validation at most; below 2 nothing is held out.
    pub folds: usize,
    /// Decides which groups fall into which fold.
    pub seed: u64,
}

impl Default for FitSettings {
    fn default() -> Self {
        Self {
            c: 0.5,
            gamma: 1.0,
            mark_weight: MARK_WEIGHT,
            mix_weight: MIX_WEIGHT,
            folds: 5,
            seed: 0,
        }
    }
}

impl FitSettings {
    /// How much an example of this origin counts.
    pub(super) fn weight_of(&self, origin: Origin) -> f64 {
        match origin {
            Origin::Confirmed | Origin::HardNegative => self.mark_weight,
            Origin::Mixed => self.mix_weight,
            Origin::Clip | Origin::NegativeClip | Origin::Background => 1.0,
        }
    }
}
