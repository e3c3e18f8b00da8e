//! What the window looks like, as a choice: the colours themselves are the window's.

use serde::{Deserialize, Serialize};

/// What the window is drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    #[default]
    Dark,
    Light,
    /// The middle grey that most hosts draw their mixers in.
    Neutral,
}

/// How the states of regions are coloured. Glyph, word and pattern tell them apart as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateColours {
    /// Told apart by every kind of colour vision.
    #[default]
    Safe,
    /// Green for yes, red for no.
    Traffic,
}

/// The colours of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    pub ground: Ground,
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
    /// What everything is larger by, 1 to 2.
    pub fn scale(self) -> f32 {
        f32::from(self.scale_percent.clamp(100, 200)) / 100.0
    }
}

impl Ground {
    pub const ALL: [Self; 3] = [Self::Dark, Self::Light, Self::Neutral];
    pub(super) const NAMES: &'static [&'static str] = &["dark", "light", "neutral"];

    /// As it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Neutral => "neutral",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ground| ground.name() == name)
    }
}

impl StateColours {
    pub const ALL: [Self; 2] = [Self::Safe, Self::Traffic];
    pub(super) const NAMES: &'static [&'static str] = &["safe", "traffic"];

    /// As it is kept.
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
