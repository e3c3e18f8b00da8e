//! Frequencies: bands in hertz, and the scales on which a spectrogram shows them.
//!
//! Pure values; any thread.

use serde::{Deserialize, Serialize};

/// The lowest frequency of a whole logarithmic axis, in hertz: below it hardly anything is heard.
pub const LOWEST_HZ: f64 = 40.0;
/// The lowest frequency that a logarithmic axis can show, in hertz: it never reaches zero.
const LEAST_LOGARITHMIC_HZ: f64 = 5.0;
/// The narrowest band that an axis shows, in hertz.
const NARROWEST_HZ: f64 = 10.0;

/// A band of frequencies: both ends finite, the lower one not below zero and below the upper one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "(f64, f64)", into = "(f64, f64)")]
pub struct Band {
    low_hz: f64,
    high_hz: f64,
}

/// Why two numbers do not make a [`Band`].
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error(
    "a band from {low_hz} Hz to {high_hz} Hz is not possible: give a low frequency of at least 0 Hz and a higher one"
)]
pub struct BandError {
    low_hz: f64,
    high_hz: f64,
}

impl Band {
    /// The band from `low_hz` to `high_hz`.
    ///
    /// # Errors
    /// When either is not finite, the lower one is below zero, or the upper one is not above it.
    pub fn new(low_hz: f64, high_hz: f64) -> Result<Self, BandError> {
        if low_hz.is_finite() && high_hz.is_finite() && 0.0 <= low_hz && low_hz < high_hz {
            Ok(Self { low_hz, high_hz })
        } else {
            Err(BandError { low_hz, high_hz })
        }
    }

    /// The lower end, in hertz.
    pub fn low_hz(self) -> f64 {
        self.low_hz
    }

    /// The upper end, in hertz.
    pub fn high_hz(self) -> f64 {
        self.high_hz
    }
}

impl TryFrom<(f64, f64)> for Band {
    type Error = BandError;

    fn try_from((low_hz, high_hz): (f64, f64)) -> Result<Self, BandError> {
        Self::new(low_hz, high_hz)
    }
}

impl From<Band> for (f64, f64) {
    fn from(band: Band) -> Self {
        (band.low_hz, band.high_hz)
    }
}

/// How an axis lays out frequencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FrequencyScale {
    /// Equal room for every hertz.
    Linear,
    /// Equal room for every octave.
    #[default]
    Logarithmic,
    /// Equal room for steps that sound equal (O'Shaughnessy 1987).
    Mel,
}

impl FrequencyScale {
    /// Every scale, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::Linear, Self::Logarithmic, Self::Mel];
    /// The names in the database, in the same order.
    pub const NAMES: &'static [&'static str] = &["linear", "logarithmic", "mel"];

    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Logarithmic => "logarithmic",
            Self::Mel => "mel",
        }
    }

    /// The scale called `name` in the database.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scale| scale.name() == name)
    }

    /// Where `hz` is on the scale; grows with it.
    fn place(self, hz: f64) -> f64 {
        match self {
            Self::Linear => hz,
            Self::Logarithmic => hz.max(LEAST_LOGARITHMIC_HZ).ln(),
            Self::Mel => 2595.0 * (1.0 + hz.max(0.0) / 700.0).log10(),
        }
    }

    /// The frequency at `place`, in hertz.
    fn hz(self, place: f64) -> f64 {
        match self {
            Self::Linear => place,
            Self::Logarithmic => place.exp(),
            Self::Mel => 700.0 * (10.0_f64.powf(place / 2595.0) - 1.0),
        }
    }

    /// The lowest frequency of the whole axis, in hertz.
    fn lowest_hz(self) -> f64 {
        match self {
            Self::Logarithmic => LOWEST_HZ,
            Self::Linear | Self::Mel => 0.0,
        }
    }

    /// The lowest frequency that the axis can show, in hertz.
    fn least_hz(self) -> f64 {
        match self {
            Self::Logarithmic => LEAST_LOGARITHMIC_HZ,
            Self::Linear | Self::Mel => 0.0,
        }
    }
}

/// The frequency axis of a spectrogram.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrequencyAxis {
    scale: FrequencyScale,
    band: Band,
}

impl FrequencyAxis {
    /// The axis that shows `wanted`, as far as a recording with frequencies up to `highest_hz` has it; all frequencies
    /// without a `wanted` band, or when the recording has nothing of it.
    pub fn new(scale: FrequencyScale, wanted: Option<Band>, highest_hz: f64) -> Self {
        let highest_hz = if highest_hz.is_finite() {
            highest_hz.max(2.0 * LOWEST_HZ)
        } else {
            2.0 * LOWEST_HZ
        };
        let whole = Band {
            low_hz: scale.lowest_hz(),
            high_hz: highest_hz,
        };
        let within = wanted.map(|band| Band {
            low_hz: band.low_hz.max(scale.least_hz()),
            high_hz: band.high_hz.min(highest_hz),
        });
        let band = within.filter(|band| band.high_hz - band.low_hz >= NARROWEST_HZ);
        Self {
            scale,
            band: band.unwrap_or(whole),
        }
    }

    /// How the frequencies are laid out.
    pub fn scale(&self) -> FrequencyScale {
        self.scale
    }

    /// The frequencies from the lower to the upper end.
    pub fn band(&self) -> Band {
        self.band
    }

    /// Where `hz` is, from 0 at the lower end to 1 at the upper end, or beyond them.
    pub fn fraction_of(&self, hz: f64) -> f64 {
        let (low, high) = self.ends();
        (self.scale.place(hz) - low) / (high - low)
    }

    /// The frequency at `fraction` of the way up, in hertz.
    pub fn hz_at(&self, fraction: f64) -> f64 {
        let (low, high) = self.ends();
        self.scale.hz(low + fraction * (high - low)).max(0.0)
    }

    /// The band between two fractions of the way up, in either order; `None` when they are the same.
    pub fn between(&self, a: f64, b: f64) -> Option<Band> {
        let (low, high) = (a.min(b).clamp(0.0, 1.0), a.max(b).clamp(0.0, 1.0));
        Band::new(self.hz_at(low), self.hz_at(high)).ok()
    }

    /// What the axis shows when it is zoomed by a factor about a fraction of the way up, in a recording with frequencies up to
    /// `highest_hz`; `None` for all frequencies.
    pub fn zoomed(&self, at: f64, zoom: f64, highest_hz: f64) -> Option<Band> {
        let whole = Self::new(self.scale, None, highest_hz).band;
        let (low, high) = (at - at / zoom, at + (1.0 - at) / zoom);
        let low_hz = self.hz_at(low).clamp(whole.low_hz, whole.high_hz);
        let high_hz = self.hz_at(high).clamp(whole.low_hz, whole.high_hz);
        if high_hz - low_hz < NARROWEST_HZ {
            return Some(self.band);
        }
        let is_whole = low_hz <= whole.low_hz && high_hz >= whole.high_hz;
        let band = Band { low_hz, high_hz };
        (!is_whole).then_some(band)
    }

    fn ends(&self) -> (f64, f64) {
        let Band { low_hz, high_hz } = self.band;
        (self.scale.place(low_hz), self.scale.place(high_hz))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scale_finds_its_way_back_and_grows() {
        for scale in FrequencyScale::ALL {
            assert_eq!(FrequencyScale::named(scale.name()), Some(scale));
            let axis = FrequencyAxis::new(scale, Band::new(100.0, 8_000.0).ok(), 24_000.0);
            let mut before = -1.0;
            for hz in [100.0, 440.0, 1_000.0, 7_999.0, 8_000.0] {
                let fraction = axis.fraction_of(hz);
                assert!((axis.hz_at(fraction) - hz).abs() < 1e-6, "{scale:?} {hz}");
                assert!(fraction > before);
                before = fraction;
            }
            assert!((before - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_mel_axis_gives_low_frequencies_more_room_than_a_linear_one_and_less_than_a_logarithmic_one()
     {
        let [linear, logarithmic, mel] = FrequencyScale::ALL
            .map(|scale| FrequencyAxis::new(scale, None, 24_000.0).fraction_of(1_000.0));
        assert!(
            linear < mel && mel < logarithmic,
            "{linear} {mel} {logarithmic}"
        );
        // 1,000 Hz is 1,000 mel.
        let axis = FrequencyAxis::new(FrequencyScale::Mel, Band::new(0.0, 1_000.0).ok(), 24_000.0);
        assert!((FrequencyScale::Mel.place(axis.hz_at(1.0)) - 1_000.0).abs() < 0.1);
    }

    #[test]
    fn an_axis_shows_what_the_recording_has_of_a_band() {
        let of = |low, high, highest| {
            let wanted = Band::new(low, high).ok();
            let axis = FrequencyAxis::new(FrequencyScale::Linear, wanted, highest);
            (axis.band().low_hz(), axis.band().high_hz())
        };
        assert_eq!(of(500.0, 12_000.0, 8_000.0), (500.0, 8_000.0));
        assert_eq!(of(9_000.0, 12_000.0, 8_000.0), (0.0, 8_000.0));
        assert_eq!(of(500.0, 501.0, 8_000.0), (0.0, 8_000.0), "too narrow");
        assert!(Band::new(5.0, 5.0).is_err() && Band::new(-1.0, 5.0).is_err());
        assert!(Band::new(0.0, f64::INFINITY).is_err());
    }

    #[test]
    fn a_zoom_keeps_the_frequency_under_the_pointer_and_ends_at_all_frequencies() {
        for scale in FrequencyScale::ALL {
            let axis = FrequencyAxis::new(scale, None, 24_000.0);
            let at = axis.fraction_of(2_000.0);
            let closer = axis.zoomed(at, 2.0, 24_000.0).unwrap();
            let closer = FrequencyAxis::new(scale, Some(closer), 24_000.0);
            assert!((closer.fraction_of(2_000.0) - at).abs() < 1e-9, "{scale:?}");
            assert_eq!(closer.zoomed(at, 0.1, 24_000.0), None);
            let closest = closer.zoomed(at, 1e9, 24_000.0);
            assert_eq!(closest, Some(closer.band()), "no closer than it can be");
        }
    }
}
