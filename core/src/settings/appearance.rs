//! The look of the window as the user chose it. Plain values; the window itself owns the colours.

use serde::{Deserialize, Serialize};

/// The colour theme of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    #[default]
    Dark,
    Light,
    /// The middle grey of most hosts' mixers.
    Neutral,
}

/// The colours of region states. Glyph, word and pattern tell the states apart as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateColours {
    /// Every kind of colour vision can tell these apart.
    #[default]
    Safe,
    /// Green for yes, red for no.
    Traffic,
}

/// The colours of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// Older versions saved it as `ground`.
    #[serde(alias = "ground")]
    pub theme: Theme,
    pub states: StateColours,
}

/// Colours and size of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Appearance {
    pub look: Look,
    /// 100 to 200, on top of the host's own scaling.
    pub scale_percent: u16,
}

impl Default for Appearance {
    fn default() -> Self {
        Self {
            look: Look::default(),
            scale_percent: 100,
        }
    }
}

impl Appearance {
    /// The factor by which everything is larger, 1 to 2.
    pub fn scale(self) -> f32 {
        f32::from(self.scale_percent.clamp(100, 200)) / 100.0
    }
}

impl Theme {
    /// Every theme, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::Dark, Self::Light, Self::Neutral];
    pub(super) const NAMES: &'static [&'static str] = &["dark", "light", "neutral"];

    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Neutral => "neutral",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }
}

impl StateColours {
    /// Every choice, in the order of the menu.
    pub const ALL: [Self; 2] = [Self::Safe, Self::Traffic];
    pub(super) const NAMES: &'static [&'static str] = &["safe", "traffic"];

    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Traffic => "traffic",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|states| states.name() == name)
    }
}
