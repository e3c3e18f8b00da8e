//! How one plugin instance goes through its results: what the table is sorted by and which states it lists.
//!
//! Plain values that the project saves, for any thread. They must never know a region: who arranges regions by them is
//! `editor::review_order`.

use earmark_core::protocol::RegionState;
use serde::{Deserialize, Serialize};

/// What the table is sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortBy {
    /// As on the timeline.
    #[default]
    Time,
    End,
    Duration,
    Score,
    State,
    /// Nearest to the threshold first: where a word teaches most about the boundary.
    Uncertainty,
    /// Least like anything that was marked first: where a word teaches most about what else there is.
    Novelty,
    /// Equal numbers from every band of scores: where a word teaches how often a score is right.
    Balanced,
}

impl SortBy {
    /// Completes "by …".
    pub fn word(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::End => "end",
            Self::Duration => "duration",
            Self::Score => "score",
            Self::State => "state",
            Self::Uncertainty => "uncertainty",
            Self::Novelty => "novelty",
            Self::Balanced => "score band",
        }
    }
}

/// The order of one plugin instance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReviewOrder {
    pub by: SortBy,
    /// The other way round than [`SortBy`] begins with: times from the start, everything else from what is most of it.
    pub reversed: bool,
}

impl ReviewOrder {
    /// Sorts by `by`, and by it backwards when it is sorted by that already.
    pub fn toggled(self, by: SortBy) -> Self {
        Self {
            by,
            reversed: self.by == by && !self.reversed,
        }
    }

    /// Whether another threshold makes another order.
    pub fn goes_by_threshold(self) -> bool {
        matches!(self.by, SortBy::Uncertainty | SortBy::Novelty)
    }
}

/// Which states of regions the table lists, as one plugin instance chose: each state on its own, all to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StateFilter {
    found: bool,
    positive: bool,
    negative: bool,
    unsure: bool,
    disabled: bool,
    provisional: bool,
    noted: bool,
}

impl Default for StateFilter {
    fn default() -> Self {
        Self::ALL
    }
}

impl StateFilter {
    /// Nothing is left out.
    pub const ALL: Self = Self {
        found: true,
        positive: true,
        negative: true,
        unsure: true,
        disabled: true,
        provisional: true,
        noted: true,
    };

    /// Whether regions in `state` are listed.
    pub fn lists(mut self, state: RegionState) -> bool {
        *self.choice(state)
    }

    pub fn is_all(self) -> bool {
        self == Self::ALL
    }

    /// The choice with `state` listed if it was not, and left out if it was.
    #[must_use]
    pub fn toggled(mut self, state: RegionState) -> Self {
        let choice = self.choice(state);
        *choice = !*choice;
        self
    }

    fn choice(&mut self, state: RegionState) -> &mut bool {
        match state {
            RegionState::Found => &mut self.found,
            RegionState::Positive => &mut self.positive,
            RegionState::Negative => &mut self.negative,
            RegionState::Unsure => &mut self.unsure,
            RegionState::Disabled => &mut self.disabled,
            RegionState::Provisional => &mut self.provisional,
            RegionState::Noted => &mut self.noted,
        }
    }
}
