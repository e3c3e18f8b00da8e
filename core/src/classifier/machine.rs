//! The machine: regularised least squares with a Gaussian kernel, fitted and evaluated.
//!
//! Rifkin, Yeo and Poggio, *Regularized Least-Squares Classification*, Advances in Learning Theory, 2003: kernel ridge
//! regression onto +1 for the sound and -1 for the rest, one linear system. Weights per example are those of weighted
//! least-squares machines (Suykens, De Brabanter, Lukas and Vandewalle, Neurocomputing 48, 2002). The decision falls to -1 far from
//! every example, as a Gaussian process of that mean does: what resembles no example, such as silence, is not the
//! sound. A bias fitted to the examples would leave it undecided. Pure; any thread.

use ndarray::{Array1, Array2, ArrayView2};

use super::FitSettings;
use super::cholesky::{SolverError, factor, solve};
use super::space::Space;

/// Rows scored at a time: large enough for the matrix product, small enough to stay in the processor's cache.
const ROWS_PER_BLOCK: usize = 256;

/// The decision where no example is near: that of what is not the sound.
const FAR_FROM_ALL: f64 = -1.0;

/// What is taken off every decision: the solution is that for targets above [`FAR_FROM_ALL`].
const RHO: f64 = -FAR_FROM_ALL;

/// How an example counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Label {
    /// Whether it is the sound.
    pub positive: bool,
    /// Positive; how much its error matters beside others of its class.
    pub weight: f64,
}

/// A fitted machine: `decision(x) = sum_i alpha_i exp(-|x - s_i|^2 / width) - rho`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Machine {
    /// Support vectors as points of the space; one row each.
    support: Array2<f32>,
    /// Signed weights, one per support vector.
    alphas: Array1<f32>,
    rho: f64,
    /// The kernel's width: the reciprocal of gamma.
    width: f64,
    /// Squared lengths of the support vectors.
    support_squares: Array1<f32>,
}

impl Machine {
    /// Fits to the rows of `points`, of which `kernel` is that [among them](kernel_among).
    pub fn fit(
        points: ArrayView2<'_, f32>,
        kernel: ArrayView2<'_, f32>,
        labels: &[Label],
        settings: &FitSettings,
    ) -> Result<Self, SolverError> {
        let alphas = alphas(kernel, labels, settings)?;
        Self::from_parts(points.to_owned(), alphas, RHO, settings.gamma.recip())
            .ok_or(SolverError("the examples give no finite solution"))
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
        let support_squares = squares(support.view());
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

    /// Decision values of raw row-major `vectors` of the space's dimensions; `NaN` for rows that are not finite.
    pub fn decisions(&self, space: &Space, vectors: &[f32]) -> Vec<f32> {
        let dims = space.dims();
        let mut decisions = Vec::with_capacity(vectors.len() / dims.max(1));
        for block in vectors.chunks(ROWS_PER_BLOCK * dims.max(1)) {
            let rows = block.len() / dims.max(1);
            let whole = block.get(..rows * dims).unwrap_or_default();
            if let Ok(raw) = ArrayView2::from_shape((rows, dims), whole) {
                decisions.extend(self.point_decisions(space.transform(raw).view()));
            }
        }
        decisions
    }

    /// Decision values of points of the space.
    pub fn point_decisions(&self, points: ArrayView2<'_, f32>) -> Vec<f32> {
        let kernel = kernel(
            points,
            self.support.view(),
            &self.support_squares,
            self.width,
        );
        let decisions = kernel.dot(&self.alphas) - self.rho as f32;
        decisions.to_vec()
    }
}

/// The kernel of every row of `points` with every other: what all folds and the machine itself are fitted from.
pub(super) fn kernel_among(points: ArrayView2<'_, f32>, settings: &FitSettings) -> Array2<f32> {
    kernel(points, points, &squares(points), settings.gamma.recip())
}

/// The weights of the examples that `kernel` is among. Both classes weigh the same in total, however many examples of each there
/// are: [`FitSettings::c`] is spread over a class's examples by their weights, of which 1 is the usual one.
pub(super) fn alphas(
    kernel: ArrayView2<'_, f32>,
    labels: &[Label],
    settings: &FitSettings,
) -> Result<Array1<f32>, SolverError> {
    let all = labels.len() as f64;
    let positives = labels.iter().filter(|label| label.positive).count() as f64;
    let mut system = kernel.mapv(f64::from);
    for (diagonal, label) in system.diag_mut().iter_mut().zip(labels) {
        let of_class = if label.positive {
            positives
        } else {
            all - positives
        };
        *diagonal += 2.0 * of_class / (all * settings.c * label.weight);
    }
    factor(&mut system)?;
    let residuals = labels.iter().map(|label| {
        let target = if label.positive { 1.0 } else { FAR_FROM_ALL };
        target - FAR_FROM_ALL
    });
    Ok(solve(&system, residuals.collect()).mapv(|alpha| alpha as f32))
}

/// The decisions of examples whose `kernel` with others, a row each, is given, by the weights of those.
pub(super) fn decisions(kernel: ArrayView2<'_, f32>, alphas: &Array1<f32>) -> Vec<f32> {
    (kernel.dot(alphas) - RHO as f32).to_vec()
}

/// The squared length of each row.
pub(super) fn squares(points: ArrayView2<'_, f32>) -> Array1<f32> {
    points.rows().into_iter().map(|row| row.dot(&row)).collect()
}

/// `exp(-|x - s|^2 / width)` of every row of `points` with every row of `support`.
///
/// |x - s|^2 is expanded to |x|^2 + |s|^2 - 2 x.s, which turns all distances into one matrix product; what
/// cancellation costs (about 1e-7 of |x|^2, which is about the width) is far below what a score shows.
pub(super) fn kernel(
    points: ArrayView2<'_, f32>,
    support: ArrayView2<'_, f32>,
    support_squares: &Array1<f32>,
    width: f64,
) -> Array2<f32> {
    let mut kernel = points.dot(&support.t());
    let negative_gamma = -width.recip() as f32;
    for (mut row, point) in kernel.rows_mut().into_iter().zip(points.rows()) {
        let square = point.dot(&point);
        for (value, support_square) in row.iter_mut().zip(support_squares) {
            // A rounding below zero is a distance of zero; NaN must pass, which `max` would swallow.
            let distance = square + support_square - 2.0 * *value;
            *value = if distance < 0.0 {
                1.0
            } else {
                (negative_gamma * distance).exp()
            };
        }
    }
    kernel
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::testing::Noise;

    fn labelled(positive: impl Fn(usize) -> bool, count: usize) -> Vec<Label> {
        let label = |i| Label {
            positive: positive(i),
            weight: 1.0,
        };
        (0..count).map(label).collect()
    }

    fn settings(dims: usize) -> FitSettings {
        FitSettings {
            c: 1.0,
            gamma: 1.0 / dims as f64,
            ..FitSettings::default()
        }
    }

    fn fit(points: &Array2<f32>, labels: &[Label]) -> Machine {
        let settings = settings(points.ncols());
        let kernel = kernel_among(points.view(), &settings);
        Machine::fit(points.view(), kernel.view(), labels, &settings).unwrap()
    }

    #[test]
    fn the_matrix_product_agrees_with_the_kernel_written_out() {
        let mut noise = Noise::new(1);
        let points = noise.matrix(40, 16);
        let machine = fit(&points, &labelled(|i| i % 4 == 0, 40));
        let queries = noise.matrix(10, 16);
        let fast = machine.point_decisions(queries.view());
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
        let machine = fit(&points, &labelled(|i| i == 0, 60));
        let decisions = machine.point_decisions(points.view());
        assert!(decisions[0] > 0.5, "{}", decisions[0]);
        assert!(decisions[1..].iter().all(|d| *d < 0.0));
    }

    #[test]
    fn what_resembles_no_example_is_not_the_sound() {
        let points = Noise::new(7).matrix(40, 8);
        let machine = fit(&points, &labelled(|i| i % 2 == 0, 40));
        let far = Array2::from_elem((1, 8), 100.0);
        assert_eq!(machine.point_decisions(far.view()), [-1.0]);
    }

    #[test]
    fn the_same_vector_marked_both_ways_has_one_decision() {
        let mut noise = Noise::new(3);
        let mut points = noise.matrix(20, 8);
        let twin = points.row(0).to_owned();
        points.row_mut(1).assign(&twin);
        let machine = fit(&points, &labelled(|i| i == 0, 20));
        let decisions = machine.point_decisions(points.view());
        assert_eq!(decisions[0], decisions[1]);
    }

    #[test]
    fn the_solution_satisfies_the_conditions_of_the_optimum() {
        // More rows than a block has columns, so that every part of the factorisation takes part.
        let points = Noise::new(4).matrix(150, 12);
        let labels: Vec<Label> = (0..150)
            .map(|i| Label {
                positive: i % 5 == 0,
                weight: if i % 3 == 0 { 3.0 } else { 1.0 },
            })
            .collect();
        let machine = fit(&points, &labels);
        // decision + alpha / (c of the example) = its label
        let decisions = machine.point_decisions(points.view());
        for ((decision, alpha), label) in decisions.iter().zip(&machine.alphas).zip(&labels) {
            let (of_class, sign) = if label.positive {
                (30.0, 1.0)
            } else {
                (120.0, -1.0)
            };
            let c = 150.0 / (2.0 * of_class) * label.weight as f32;
            assert!((decision + alpha / c - sign).abs() < 1e-3);
        }
    }

    #[test]
    fn an_example_of_more_weight_is_fitted_better() {
        let points = Noise::new(5).matrix(80, 8);
        let mut labels = labelled(|i| i % 8 == 0, 80);
        let before = fit(&points, &labels).point_decisions(points.view())[3];
        labels[3].weight = 5.0;
        let after = fit(&points, &labels).point_decisions(points.view())[3];
        assert!(after < before, "{before} {after}");
    }

    #[test]
    fn what_has_no_solution_is_refused() {
        let mut points = Noise::new(6).matrix(10, 4);
        points[[3, 1]] = f32::NAN;
        let labels = labelled(|i| i == 0, 10);
        let kernel = kernel_among(points.view(), &settings(4));
        assert!(alphas(kernel.view(), &labels, &settings(4)).is_err());
    }
}
