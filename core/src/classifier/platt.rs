//! Platt scaling: the slope and offset of a sigmoid that fits decision values to labels. Pure; any thread.
//!
//! The method is Platt's (*Probabilistic Outputs for Support Vector Machines*, 1999) with his smoothed targets. The
//! minimiser is that of Lin, Lin and Weng (*A Note on Platt's Probabilistic Outputs for Support Vector Machines*, Machine
//! Learning 68, 2007, pages 267 to 276): Newton's method with backtracking, with every sum in a form that neither overflows
//! nor cancels. The constants below are the paper's, except that the gradient is a mean: its bound then means the same
//! for ten examples as for ten thousand.

/// Steps of Newton's method at most. It needs fewer than 20.
const MAX_STEPS: usize = 100;
/// The fit is done when the mean of the gradient is below this.
const FLAT_GRADIENT: f64 = 1e-5;
/// Added to the diagonal of the Hessian, so that it can always be inverted.
const RIDGE: f64 = 1e-12;
/// A step is halved until the loss falls by at least this part of what its slope promises.
const SUFFICIENT_DECREASE: f64 = 1e-4;
/// A step that was halved to less than this goes nowhere.
const SHORTEST_STEP: f64 = 1e-10;

/// One decision value with the probability it stands for.
struct Point {
    decision: f64,
    target: f64,
}

/// A sigmoid `1 / (1 + exp(slope * decision + offset))`, or a step from one to another.
#[derive(Debug, Clone, Copy)]
struct Line {
    slope: f64,
    offset: f64,
}

/// The gradient of the loss and its Hessian at one line.
#[derive(Debug, Clone, Copy, Default)]
struct Derivatives {
    by_slope: f64,
    by_offset: f64,
    by_slope_twice: f64,
    by_both: f64,
    by_offset_twice: f64,
}

/// The slope and the offset of the sigmoid that fits best. `None` when a class is missing or when the search gets stuck,
/// as it does with decisions that are not finite.
pub(super) fn fit(decisions: &[f32], labels: &[bool]) -> Option<(f64, f64)> {
    let positives = labels.iter().filter(|&&label| label).count() as f64;
    let negatives = labels.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    // Platt's targets: what the labels would be after one more example of each class.
    let targets = [
        1.0 / (negatives + 2.0),
        (positives + 1.0) / (positives + 2.0),
    ];
    let points: Vec<Point> = decisions
        .iter()
        .zip(labels)
        .map(|(&decision, &label)| Point {
            decision: f64::from(decision),
            target: if label { targets[1] } else { targets[0] },
        })
        .collect();
    let mut line = Line {
        slope: 0.0,
        offset: ((negatives + 1.0) / (positives + 1.0)).ln(),
    };
    let flat = FLAT_GRADIENT * points.len() as f64;
    for _ in 0..MAX_STEPS {
        let found = derivatives(&points, line);
        if found.by_slope.abs() < flat && found.by_offset.abs() < flat {
            return Some((line.slope, line.offset));
        }
        line = descend(&points, line, found)?;
    }
    None
}

/// The line after one step of Newton's method; `None` when no step goes down.
fn descend(points: &[Point], from: Line, found: Derivatives) -> Option<Line> {
    let step = found.newton_step();
    let promised = found.by_slope * step.slope + found.by_offset * step.offset;
    let before = loss(points, from);
    std::iter::successors(Some(1.0_f64), |length| Some(length / 2.0))
        .take_while(|&length| length >= SHORTEST_STEP)
        .map(|length| (length, from.moved(step, length)))
        .find(|&(length, to)| loss(points, to) < before + SUFFICIENT_DECREASE * length * promised)
        .map(|(_, to)| to)
}

impl Line {
    fn at(self, decision: f64) -> f64 {
        self.slope * decision + self.offset
    }

    fn moved(self, step: Self, length: f64) -> Self {
        Self {
            slope: self.slope + length * step.slope,
            offset: self.offset + length * step.offset,
        }
    }
}

impl Derivatives {
    /// The step to where the gradient would vanish, if the loss were a parabola.
    fn newton_step(self) -> Line {
        let determinant = self.by_slope_twice * self.by_offset_twice - self.by_both * self.by_both;
        Line {
            slope: (self.by_both * self.by_offset - self.by_offset_twice * self.by_slope)
                / determinant,
            offset: (self.by_both * self.by_slope - self.by_slope_twice * self.by_offset)
                / determinant,
        }
    }
}

/// The negative log-likelihood of the targets.
fn loss(points: &[Point], line: Line) -> f64 {
    let of = |point: &Point| {
        let x = line.at(point.decision);
        let excess = if x < 0.0 { 1.0 } else { 0.0 };
        (point.target - excess) * x + (-x.abs()).exp().ln_1p()
    };
    points.iter().map(of).sum()
}

fn derivatives(points: &[Point], line: Line) -> Derivatives {
    let mut sums = Derivatives {
        by_slope_twice: RIDGE,
        by_offset_twice: RIDGE,
        ..Derivatives::default()
    };
    for Point { decision, target } in points {
        let x = line.at(*decision);
        // Never more than 1, so that nothing overflows; the larger of the two probabilities is its complement.
        let tail = (-x.abs()).exp();
        let smaller = tail / (1.0 + tail);
        let probability = if x < 0.0 { 1.0 / (1.0 + tail) } else { smaller };
        let error = target - probability;
        let variance = smaller / (1.0 + tail);
        sums.by_slope += decision * error;
        sums.by_offset += error;
        sums.by_slope_twice += decision * decision * variance;
        sums.by_both += decision * variance;
        sums.by_offset_twice += variance;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where two nested ternary searches over the plain likelihood, written in Python, find the minimum.
    const BY_TERNARY_SEARCH: (f64, f64) = (-1.162_004, 0.049_205);

    #[test]
    fn the_fit_is_where_an_independent_minimiser_finds_it() {
        let decisions = [-1.2, -0.7, -0.1, 0.3, -0.4, 0.9, 1.4, 0.2];
        let labels = [false, false, false, false, true, true, true, true];
        let (slope, offset) = fit(&decisions, &labels).unwrap();
        assert!((slope - BY_TERNARY_SEARCH.0).abs() < 1e-3, "{slope}");
        assert!((offset - BY_TERNARY_SEARCH.1).abs() < 1e-3, "{offset}");
    }

    #[test]
    fn decisions_far_from_zero_neither_overflow_nor_stop_the_search() {
        let decisions: Vec<f32> = (0..40)
            .map(|i| if i < 20 { 900.0 } else { -900.0 })
            .collect();
        let labels: Vec<bool> = (0..40).map(|i| i < 20).collect();
        let (slope, offset) = fit(&decisions, &labels).unwrap();
        assert!(slope < 0.0 && slope.is_finite() && offset.is_finite());
    }

    #[test]
    fn what_has_no_fit_has_none() {
        assert_eq!(fit(&[1.0, 2.0], &[true, true]), None);
        assert_eq!(fit(&[], &[]), None);
        assert_eq!(fit(&[f32::NAN, 0.0], &[true, false]), None);
        assert_eq!(fit(&[f32::INFINITY, 0.0], &[true, false]), None);
    }
}
