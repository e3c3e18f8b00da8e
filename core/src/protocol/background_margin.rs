//! How far automatically chosen negatives keep from what is the sound.

use serde::{Deserialize, Serialize};

/// The widest margin, in seconds.
pub const WIDEST_MARGIN_S: f64 = 600.0;

/// The least distance from every positive to a window of background, 0 to [`WIDEST_MARGIN_S`] seconds. At 0 background goes
/// right up to the positives, which is where it was measured (`docs/learning.md`) and what short recordings need.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "f64", into = "f64")]
pub struct BackgroundMargin(f64);

// Never NaN.
impl Eq for BackgroundMargin {}

impl BackgroundMargin {
    /// A margin of so many seconds, brought within bounds; what is no number is 0.
    pub fn new(seconds: f64) -> Self {
        match seconds.is_nan() {
            true => Self::default(),
            false => Self(seconds.clamp(0.0, WIDEST_MARGIN_S)),
        }
    }

    /// The margin in seconds.
    pub fn seconds(self) -> f64 {
        self.0
    }
}

impl From<f64> for BackgroundMargin {
    fn from(seconds: f64) -> Self {
        Self::new(seconds)
    }
}

impl From<BackgroundMargin> for f64 {
    fn from(margin: BackgroundMargin) -> Self {
        margin.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::TrainRequest;

    #[test]
    fn whatever_is_asked_for_the_margin_makes_sense() {
        let seconds =
            [f64::NAN, -3.0, 12.5, f64::INFINITY].map(|s| BackgroundMargin::new(s).seconds());
        assert_eq!(seconds, [0.0, 0.0, 12.5, WIDEST_MARGIN_S]);
    }

    #[test]
    fn choices_that_were_remembered_before_there_was_a_margin_can_be_read() {
        let earlier = r#"{"positive_classes":["door"],"negative_class":null,"use_hard_negatives":false,
            "include_scan_exports":true}"#;
        let request: TrainRequest = serde_json::from_str(earlier).unwrap();
        assert_eq!(request.background_margin, BackgroundMargin::default());
        let wider = TrainRequest {
            background_margin: BackgroundMargin::new(30.0),
            ..request
        };
        let text = serde_json::to_string(&wider).unwrap();
        assert_eq!(serde_json::from_str::<TrainRequest>(&text).unwrap(), wider);
    }
}
