//! Turns decision values into scores of 0 to 1: Platt scaling.
//!
//! [`platt`] fits the sigmoid; this file moves it to even odds. Pure; any thread.
//!
//! Nobody knows how rare the sound is in a recording, and the number of background windows says nothing about it. A score is
//! therefore the probability that a window is the sound, if the sound were as common as everything else. Otherwise ten
//! examples among three hundred background windows would put most true hits below 0.1, and the scores of two trainings with
//! different numbers of marks could not be compared.

use super::platt;

/// The slope of the sigmoid used when there is nothing held out to fit one to: even odds on the machine's decision
/// boundary, 0.88 on its margin.
const DEFAULT_SLOPE: f64 = -2.0;

/// Where the meaning of a classifier's scores comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calibration {
    /// Fitted to decision values of examples whose group the machine had not seen.
    HeldOut,
    /// A fixed sigmoid: too few groups to hold any out, or what was held out came out in the wrong order.
    Default,
}

/// `score(d) = 1 / (1 + exp(slope * d + offset))`, with a negative slope: it rises with `d`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sigmoid {
    slope: f64,
    offset: f64,
    source: Calibration,
}

impl Default for Sigmoid {
    fn default() -> Self {
        Self {
            slope: DEFAULT_SLOPE,
            offset: 0.0,
            source: Calibration::Default,
        }
    }
}

impl Sigmoid {
    /// Fits to held-out decision values and moves to even odds. Falls back to the default when a class is missing, when the solver fails, or
    /// when the fit falls with the decision value: that happens when a few atypical positives are held out by turns,
    /// and a falling sigmoid would list the least likely places first.
    pub fn fit(decisions: &[f32], labels: &[bool]) -> Self {
        let mixed = labels.contains(&true) && labels.contains(&false);
        if !mixed || decisions.len() != labels.len() {
            return Self::default();
        }
        let positives = labels.iter().filter(|label| **label).count() as f64;
        let prior_log_odds = ((labels.len() as f64 - positives) / positives).ln();
        platt::fit(decisions, labels)
            .and_then(|(slope, offset)| {
                Self::from_parts(slope, offset - prior_log_odds, Calibration::HeldOut)
            })
            .unwrap_or_default()
    }

    /// `None` unless both are finite and the sigmoid rises.
    pub fn from_parts(slope: f64, offset: f64, source: Calibration) -> Option<Self> {
        let usable = slope.is_finite() && offset.is_finite() && slope < 0.0;
        usable.then_some(Self {
            slope,
            offset,
            source,
        })
    }

    pub fn slope(&self) -> f64 {
        self.slope
    }

    pub fn offset(&self) -> f64 {
        self.offset
    }

    pub fn source(&self) -> Calibration {
        self.source
    }

    /// 0 to 1; `NaN` for `NaN`.
    pub fn probability(&self, decision: f32) -> f32 {
        let exponent = self.slope * f64::from(decision) + self.offset;
        // An overflowing exponential is infinite and its reciprocal 0, which is the right limit.
        (1.0 / (1.0 + exponent.exp())) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_decision_never_gets_a_lower_score() {
        let decisions: Vec<f32> = (0..100).map(|i| i as f32 / 50.0 - 1.0).collect();
        let labels: Vec<bool> = (0..100).map(|i| i > 60 || i % 9 == 0).collect();
        let sigmoid = Sigmoid::fit(&decisions, &labels);
        assert_eq!(sigmoid.source(), Calibration::HeldOut);
        let scores: Vec<f32> = (-1000..1000)
            .map(|i| sigmoid.probability(i as f32 / 10.0))
            .collect();
        assert!(scores.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(scores.iter().all(|s| (0.0..=1.0).contains(s)));
    }

    #[test]
    fn the_scores_mean_how_often_it_would_be_the_sound_at_even_odds() {
        // Decision 1 is the sound three times of four, decision -1 once of four.
        let decisions: Vec<f32> = (0..400).map(|i| if i < 200 { 1.0 } else { -1.0 }).collect();
        let labels: Vec<bool> = (0..400).map(|i| (i % 4 == 0) != (i < 200)).collect();
        let sigmoid = Sigmoid::fit(&decisions, &labels);
        assert!((sigmoid.probability(1.0) - 0.75).abs() < 0.01);
        assert!((sigmoid.probability(-1.0) - 0.25).abs() < 0.01);
        // With nine times as many of everything that is not the sound, the same evidence means the same.
        let rare = |copies: usize| {
            let repeated = |negative: bool| if negative { copies } else { 1 };
            decisions
                .iter()
                .zip(&labels)
                .flat_map(|(&decision, &label)| vec![(decision, label); repeated(!label)])
                .unzip()
        };
        let (decisions, labels): (Vec<f32>, Vec<bool>) = rare(9);
        let sigmoid = Sigmoid::fit(&decisions, &labels);
        assert!((sigmoid.probability(1.0) - 0.75).abs() < 0.01);
        assert!((sigmoid.probability(-1.0) - 0.25).abs() < 0.01);
    }

    #[test]
    fn perfectly_separated_classes_do_not_make_a_step_function() {
        let decisions: Vec<f32> = (0..60).map(|i| if i < 5 { 0.8 } else { -0.9 }).collect();
        let labels: Vec<bool> = (0..60).map(|i| i < 5).collect();
        let sigmoid = Sigmoid::fit(&decisions, &labels);
        // Platt's targets, (5 + 1) / (5 + 2) and 1 / (55 + 2), as odds, times 55 / 5.
        let at_even_odds = |odds: f64| (odds * 11.0 / (1.0 + odds * 11.0)) as f32;
        assert!((sigmoid.probability(0.8) - at_even_odds(6.0)).abs() < 0.01);
        assert!((sigmoid.probability(-0.9) - at_even_odds(1.0 / 56.0)).abs() < 0.01);
    }

    #[test]
    fn what_cannot_be_fitted_or_would_fall_gives_the_default() {
        assert_eq!(Sigmoid::fit(&[], &[]), Sigmoid::default());
        assert_eq!(Sigmoid::fit(&[1.0, 2.0], &[true, true]), Sigmoid::default());
        let upside_down = Sigmoid::fit(&[-1.0, -0.9, 1.0, 0.9], &[true, true, false, false]);
        assert_eq!(upside_down, Sigmoid::default());
        assert_eq!(Sigmoid::default().probability(0.0), 0.5);
    }
}
