//! The states that the table lists. Pure.

use earmark_core::protocol::RegionState;
use serde::{Deserialize, Serialize};

/// The choice of one plugin instance for each state; all at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StateFilter {
    found: bool,
    positive: bool,
    negative: bool,
    unsure: bool,
    disabled: bool,
    provisional: bool,
}

impl Default for StateFilter {
    fn default() -> Self {
        Self::ALL
    }
}

impl StateFilter {
    /// All states.
    pub const ALL: Self = Self {
        found: true,
        positive: true,
        negative: true,
        unsure: true,
        disabled: true,
        provisional: true,
    };

    /// Whether the table lists regions in `state`.
    pub fn lists(mut self, state: RegionState) -> bool {
        *self.choice(state)
    }

    /// Whether the list shows every state.
    pub fn is_all(self) -> bool {
        self == Self::ALL
    }

    /// The choice with `state` switched on or off.
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
        }
    }
}
