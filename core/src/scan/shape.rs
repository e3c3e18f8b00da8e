//! The shape of regions: the gap that is bridged and the shortest length, within bounds.
//!
//! Pure; any thread.

use serde::{Deserialize, Serialize};

use super::RegionSettings;

/// The longest gap that may be bridged, and the longest minimum length, in seconds.
pub const LONGEST_S: f64 = 10.0;

/// The shortest region that the user may make, in seconds, with any model.
const SHORTEST_S: f64 = 0.05;

/// The shortest region that the user may make, in seconds, where scores are `hop_s` apart. `None` for a version without
/// scores.
pub fn shortest_region_s(hop_s: Option<f64>) -> f64 {
    hop_s.map_or(SHORTEST_S, |hop_s| hop_s.max(SHORTEST_S))
}

/// How runs of raised scores are joined and widened. Both lengths are 0 to [`LONGEST_S`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RegionShape {
    fuse_gap_s: f64,
    min_length_s: f64,
}

impl RegionShape {
    /// A shape of these lengths in seconds, clamped to the bounds; 0 for what is not a number.
    pub fn new(fuse_gap_s: f64, min_length_s: f64) -> Self {
        let bounded = |seconds: f64| match seconds.is_nan() {
            true => 0.0,
            false => seconds.clamp(0.0, LONGEST_S),
        };
        Self {
            fuse_gap_s: bounded(fuse_gap_s),
            min_length_s: bounded(min_length_s),
        }
    }

    /// Regions no further apart than this, in seconds, become one.
    pub fn fuse_gap_s(self) -> f64 {
        self.fuse_gap_s
    }

    /// Shorter regions are widened to this, in seconds.
    pub fn min_length_s(self) -> f64 {
        self.min_length_s
    }

    /// What it takes to cut regions of this shape at `threshold`.
    pub fn at(self, threshold: f32) -> RegionSettings {
        RegionSettings {
            threshold,
            fuse_gap_s: self.fuse_gap_s,
            min_length_s: self.min_length_s,
        }
    }
}

impl Default for RegionShape {
    fn default() -> Self {
        let settings = RegionSettings::default();
        Self::new(settings.fuse_gap_s, settings.min_length_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_asked_for_the_lengths_make_sense() {
        let shape = RegionShape::new(f64::NAN, 1e9);
        assert_eq!((shape.fuse_gap_s(), shape.min_length_s()), (0.0, LONGEST_S));
        assert_eq!(RegionShape::default().at(0.5), RegionSettings::default());
    }
}
