//! The support vector machine: fitting it with `linfa-svm`, and evaluating its decision function fast.
//!
//! `linfa-svm` trains; its own prediction walks one support vector after another and keeps the kernel matrix's
//! parameters private, so that the decision function is written here as a matrix product. Pure; any thread.

use linfa::dataset::DatasetBase;
use linfa::traits::Fit;
use linfa_svm::Svm;
use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::scaler::Scaler;

/// Rows scored at a time: large enough for the matrix product, small enough to stay in the processor's cache.
const ROWS_PER_BLOCK: usize = 256;

/// SMO's stopping criterion; with it `linfa-svm` agrees with scikit-learn to five digits.
const SOLVER_EPSILON: f64 = 1e-5;

/// A fitted machine: `decision(x) = sum_i alpha_i exp(-|x - s_i|^2 / width) - rho`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Machine {
    /// Support vectors, scaled; one row each.
    support: Array2<f32>,
    /// Signed weights, one per support vector.
    alphas: Array1<f32>,
    rho: f64,
    /// The kernel's width: the reciprocal of gamma.
    width: f64,
    /// Squared lengths of the support vectors.
    support_squares: Array1<f32>,
}

/// The solver refused or did not come to a usable result; the text is its own.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{0}")]
pub(super) struct SolverError(pub String);

impl Machine {
    /// Fits to the scaled rows of `points`, of which `labels` says which are the sound. Both classes weigh the
    /// same in total, however many of each there are: `c` is spread over a class's examples.
    pub fn fit(
        points: ArrayView2<'_, f32>,
        labels: &[bool],
        c: f64,
        gamma: f64,
    ) -> Result<Self, SolverError> {
        let all = labels.len() as f64;
        let positives = labels.iter().filter(|l| **l).count() as f64;
        let (c_positive, c_negative) = (
            c * all / (2.0 * positives),
            c * all / (2.0 * (all - positives)),
        );
        let width = gamma.recip();
        let data = DatasetBase::new(points.mapv(f64::from), Array1::from(labels.to_vec()));
        let fitted = Svm::<f64, bool>::params()
            .pos_neg_weights(c_positive, c_negative)
            .gaussian_kernel(width)
            .eps(SOLVER_EPSILON)
            .fit(&data)
            .map_err(|error| SolverError(error.to_string()))?;

        let (chosen, alphas): (Vec<usize>, Vec<f32>) = fitted
            .alpha
            .iter()
            .map(|alpha| *alpha as f32)
            .enumerate()
            .filter(|(_, alpha)| *alpha != 0.0)
            .unzip();
        let support = points.select(Axis(0), &chosen);
        Self::from_parts(support, alphas.into(), fitted.rho, width)
            .ok_or_else(|| SolverError(format!("no usable solution: {fitted}")))
    }

    /// From stored values; `None` unless there is one weight for each of at least one support vector, all is
    /// finite, and the width is positive.
    pub fn from_parts(
        support: Array2<f32>,
        alphas: Array1<f32>,
        rho: f64,
        width: f64,
    ) -> Option<Self> {
        let shapes = support.nrows() == alphas.len() && !support.is_empty();
        let finite = support.iter().chain(&alphas).all(|v| v.is_finite()) && rho.is_finite();
        if !(shapes && finite && width.is_finite() && width > 0.0) {
            return None;
        }
        let support_squares: Array1<f32> = support.rows().into_iter().map(|r| r.dot(&r)).collect();
        let usable = support_squares.iter().all(|s| s.is_finite());
        usable.then_some(Self {
            support,
            alphas,
            rho,
            width,
            support_squares,
        })
    }

    pub fn support(&self) -> &Array2<f32> {
        &self.support
    }

    pub fn alphas(&self) -> &Array1<f32> {
        &self.alphas
    }

    pub fn rho(&self) -> f64 {
        self.rho
    }

    pub fn width(&self) -> f64 {
        self.width
    }

    /// Decision values of raw row-major `vectors` of the scaler's dimensions; `NaN` for rows that are not finite.
    pub fn decisions(&self, scaler: &Scaler, vectors: &[f32]) -> Vec<f32> {
        let dims = scaler.dims();
        let mut decisions = Vec::with_capacity(vectors.len() / dims.max(1));
        for block in vectors.chunks(ROWS_PER_BLOCK * dims.max(1)) {
            let rows = block.len() / dims.max(1);
            let whole = block.get(..rows * dims).unwrap_or_default();
            if let Ok(raw) = ArrayView2::from_shape((rows, dims), whole) {
                decisions.extend(self.scaled_decisions(scaler.transform(raw).view()));
            }
        }
        decisions
    }

    /// Decision values of rows that are scaled already.
    ///
    /// |x - s|^2 is expanded to |x|^2 + |s|^2 - 2 x.s, which turns all distances into one matrix product; what
    /// cancellation costs (about 1e-7 of |x|^2, which is about the width) is far below what a score shows.
    pub fn scaled_decisions(&self, points: ArrayView2<'_, f32>) -> Vec<f32> {
        let mut kernel = points.dot(&self.support.t());
        let negative_gamma = -self.width.recip() as f32;
        let rho = self.rho as f32;
        let rows = kernel.rows_mut().into_iter().zip(points.rows());
        rows.map(|(mut row, point)| {
            let square = point.dot(&point);
            let terms = row.iter_mut().zip(&self.support_squares);
            for (value, support_square) in terms {
                // A rounding below zero is a distance of zero; NaN must pass, which `max` would swallow.
                let distance = square + support_square - 2.0 * *value;
                *value = if distance < 0.0 {
                    1.0
                } else {
                    (negative_gamma * distance).exp()
                };
            }
            row.dot(&self.alphas) - rho
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::testing::Noise;

    #[test]
    fn the_matrix_product_agrees_with_the_kernel_written_out() {
        let mut noise = Noise::new(1);
        let points = noise.matrix(40, 16);
        let labels: Vec<bool> = (0..40).map(|i| i % 4 == 0).collect();
        let machine = Machine::fit(points.view(), &labels, 1.0, 1.0 / 16.0).unwrap();
        let queries = noise.matrix(10, 16);
        let fast = machine.scaled_decisions(queries.view());
        for (query, fast) in queries.rows().into_iter().zip(fast) {
            let mut slow = -machine.rho;
            for (support, alpha) in machine.support.rows().into_iter().zip(&machine.alphas) {
                let distance: f64 = query
                    .iter()
                    .zip(support)
                    .map(|(a, b)| f64::from(a - b).powi(2))
                    .sum();
                slow += f64::from(*alpha) * (-distance / machine.width).exp();
            }
            assert!((slow - f64::from(fast)).abs() < 1e-4, "{slow} {fast}");
        }
    }

    #[test]
    fn a_lone_positive_weighs_as_much_as_all_negatives() {
        let mut noise = Noise::new(2);
        let mut points = noise.matrix(60, 8);
        points.row_mut(0).fill(2.5);
        let labels: Vec<bool> = (0..60).map(|i| i == 0).collect();
        let machine = Machine::fit(points.view(), &labels, 1.0, 1.0 / 8.0).unwrap();
        let decisions = machine.scaled_decisions(points.view());
        assert!(decisions[0] > 0.5, "{}", decisions[0]);
        assert!(decisions[1..].iter().all(|d| *d < 0.0));
    }

    #[test]
    fn the_same_vector_marked_both_ways_is_undecided_and_does_not_hang() {
        let mut noise = Noise::new(3);
        let mut points = noise.matrix(20, 8);
        let twin = points.row(0).to_owned();
        points.row_mut(1).assign(&twin);
        let labels: Vec<bool> = (0..20).map(|i| i == 0).collect();
        let machine = Machine::fit(points.view(), &labels, 1.0, 1.0 / 8.0).unwrap();
        let decisions = machine.scaled_decisions(points.view());
        assert_eq!(decisions[0], decisions[1]);
    }
}
