//! The look of the window as the user chose it. Plain values; the window itself owns the colours.

use serde::{Deserialize, Serialize};

use crate::frequency::FrequencyScale;

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

/// How spectrograms look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct SpectrogramLook {
    pub scale: FrequencyScale,
    /// 0 to 100; the levels are shown as they are in the middle.
    pub brightness: u8,
    /// 0 to 100, likewise.
    pub contrast: u8,
}

impl Default for SpectrogramLook {
    fn default() -> Self {
        Self {
            scale: FrequencyScale::default(),
            brightness: 50,
            contrast: 50,
        }
    }
}

impl SpectrogramLook {
    /// How bright `level` (0 for silence to 1 for full scale) is shown, from 0 to 1.
    pub fn shade(self, level: f32) -> f32 {
        let percent = |value: u8| f32::from(value.min(100)) / 50.0 - 1.0;
        // Contrast is a slope about the middle, brightness moves everything.
        let slope = 3.0_f32.powf(percent(self.contrast));
        ((level - 0.5) * slope + 0.5 + 0.5 * percent(self.brightness)).clamp(0.0, 1.0)
    }
}

/// Colours and size of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Appearance {
    pub look: Look,
    pub spectrogram: SpectrogramLook,
    /// 100 to 200, on top of the host's own scaling.
    pub scale_percent: u16,
}

impl Default for Appearance {
    fn default() -> Self {
        Self {
            look: Look::default(),
            spectrogram: SpectrogramLook::default(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_middle_levels_are_shown_as_they_are_and_both_settings_move_them_their_way() {
        let look = SpectrogramLook::default();
        for level in [0.0, 0.3, 1.0] {
            assert!((look.shade(level) - level).abs() < 1e-6);
        }
        let brighter = SpectrogramLook {
            brightness: 80,
            ..look
        };
        assert!(brighter.shade(0.3) > 0.5 && brighter.shade(0.9) == 1.0);
        let clearer = SpectrogramLook {
            contrast: 100,
            ..look
        };
        assert!(clearer.shade(0.4) < 0.3 && clearer.shade(0.6) > 0.7);
    }
}
