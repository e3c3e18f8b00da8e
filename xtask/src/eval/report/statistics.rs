//! Means, and how far they would move with other classes of sounds. Pure.

use fastrand::Rng;

const RESAMPLES: usize = 10_000;
const SEED: u64 = 1;
/// Share of the resamples on either side of the interval.
const TAIL: f64 = 0.025;

/// A mean, and between what it lies in 95 % of the bootstrap's resamples (Efron, *Bootstrap Methods: Another Look at the
/// Jackknife*, 1979).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    pub mean: f64,
    pub low: f64,
    pub high: f64,
}

/// `None` without values.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The mean of `values` with its interval over them: one value for each class. `None` without values. The same values give the
/// same interval.
pub fn interval(values: &[f64]) -> Option<Interval> {
    let found = mean(values)?;
    let mut random = Rng::with_seed(SEED);
    let mut resample = || {
        let drawn = (0..values.len()).filter_map(|_| random.choice(values));
        drawn.sum::<f64>() / values.len() as f64
    };
    let mut means: Vec<f64> = (0..RESAMPLES).map(|_| resample()).collect();
    means.sort_by(f64::total_cmp);
    let at = |share: f64| means.get((share * RESAMPLES as f64) as usize).copied();
    Some(Interval {
        mean: found,
        low: at(TAIL)?,
        high: at(1.0 - TAIL)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_about_two_standard_errors_to_either_side() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        let found = interval(&values).unwrap();
        // The deviation of 0 to 99 is 28.9, a tenth of it the standard error of the mean.
        assert!((found.mean - 49.5).abs() < 1e-9);
        assert!((found.low - (49.5 - 5.66)).abs() < 0.3, "{found:?}");
        assert!((found.high - (49.5 + 5.66)).abs() < 0.3, "{found:?}");
        assert_eq!(interval(&values), Some(found));
    }

    #[test]
    fn equal_values_leave_no_doubt_and_none_have_no_mean() {
        let found = interval(&[0.5, 0.5, 0.5]).unwrap();
        assert_eq!((found.low, found.mean, found.high), (0.5, 0.5, 0.5));
        assert_eq!(interval(&[]), None);
    }
}
