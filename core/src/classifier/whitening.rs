//! A projection that keeps what varies in the searched recordings and evens out how much each direction varies.
//!
//! Directions in which everything in a recording varies together, its rooms and its beds, otherwise outweigh those that tell
//! one sound from another. Whitening the covariance fully would blow up what is only noise; *half* of it, the power -1/4 of the
//! covariance instead of -1/2, did best (`docs/learning.md`). Only the strongest directions are kept.
//!
//! The subspace is found by randomised subspace iteration (Halko, Martinsson and Tropp, *Finding Structure with Randomness*, SIAM
//! Review 53, 2011, algorithm 4.4) and the root by the coupled Newton-Schulz iteration (Higham, *Functions of Matrices*, 2008,
//! section 6.7): both are matrix products, which is what the matrix library does fast, also where nothing else is optimised. The
//! kernel sees distances only, so a rotation of the result does not matter and no eigenvectors are needed. Deterministic. Pure;
//! any thread; up to a second for thousands of windows.

use std::ops::ControlFlow;

use ndarray::{Array2, NdFloat};

use super::cholesky;

/// With fewer windows than this there is no projection: examples from elsewhere would lose what no window in the recordings
/// has (`docs/learning.md`). Twelve minutes of the default model's.
const FEWEST_WINDOWS: usize = 4_000;
/// Dimensions of the points.
const DIRECTIONS: usize = 256;
/// Added to the covariance, in parts of its mean variance: nothing is blown up further.
const FLOOR: f64 = 0.1;
/// Products with the covariance after the first: the spectrum falls fast.
const ITERATIONS: usize = 2;
/// Steps of the Newton-Schulz iteration at most. It needs about 15 where variances differ by a factor of a thousand.
const MOST_STEPS: usize = 40;
/// It is done when nothing differs from the identity by more.
const CLOSE: f64 = 1e-6;
const SEED: u64 = 0x5EED;

/// The projection for the rows of `points`, whose means are zero: `DIRECTIONS x dims`. `None` when there are too few rows or
/// dimensions to gain from one, or when `go_on`, which is asked every tenth of a second or so, breaks off.
pub(super) fn projection(
    points: &Array2<f32>,
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> Option<Array2<f32>> {
    let (count, dims) = points.dim();
    if count < FEWEST_WINDOWS || dims <= DIRECTIONS {
        return None;
    }
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut basis = Array2::from_shape_fn((dims, DIRECTIONS), |_| random.f32() - 0.5);
    for _ in 0..=ITERATIONS {
        let inside = points.dot(&basis);
        if go_on().is_break() {
            return None;
        }
        basis = orthonormal(&points.t().dot(&inside))?;
        if go_on().is_break() {
            return None;
        }
    }
    let inside = points.dot(&basis);
    let covariance = inside.t().dot(&inside).mapv(f64::from) / count as f64;
    let squares = points.iter().map(|value| f64::from(*value).powi(2));
    let total = squares.sum::<f64>() / count as f64;
    let mean = total / dims as f64;
    if !(mean.is_finite() && mean > 0.0) {
        return None;
    }
    let mut floored = covariance.clone() / mean;
    floored.diag_mut().mapv_inplace(|value| value + FLOOR);
    let (root, _) = roots(&floored)?;
    if go_on().is_break() {
        return None;
    }
    let (_, fourth) = roots(&root)?;
    let evened = fourth.dot(&covariance).dot(&fourth);
    // As much variance as before: the kernel's width stays what it was.
    let scale = (total / evened.diag().sum()).sqrt();
    let projection = (fourth * scale).mapv(|value| value as f32).dot(&basis.t());
    projection
        .iter()
        .all(|value| value.is_finite())
        .then_some(projection)
}

/// Orthonormal columns that span what the columns of `vectors` span: twice by the Cholesky factor of their products, which once
/// would do badly for columns that are nearly parallel.
fn orthonormal(vectors: &Array2<f32>) -> Option<Array2<f32>> {
    let once = by_cholesky(&vectors.mapv(f64::from))?;
    by_cholesky(&once).map(|basis| basis.mapv(|value| value as f32))
}

fn by_cholesky(vectors: &Array2<f64>) -> Option<Array2<f64>> {
    let mut scaled = vectors.clone();
    for mut column in scaled.columns_mut() {
        let length = column.dot(&column).sqrt().max(f64::MIN_POSITIVE);
        column.mapv_inplace(|value| value / length);
    }
    let mut products = scaled.t().dot(&scaled);
    // What is nearly parallel is told apart by chance then, instead of not at all.
    products.diag_mut().mapv_inplace(|value| value + 1e-9);
    cholesky::factor(&mut products).ok()?;
    let mut inverse = Array2::eye(products.nrows());
    for mut column in inverse.columns_mut() {
        cholesky::forward(&products, &mut column);
    }
    Some(scaled.dot(&inverse.t()))
}

/// The square root of a symmetric positive definite `matrix`, and the inverse of that.
fn roots<F: NdFloat>(matrix: &Array2<F>) -> Option<(Array2<F>, Array2<F>)> {
    let size = matrix.nrows();
    let norm = matrix
        .iter()
        .fold(F::zero(), |sum, value| sum + *value * *value)
        .sqrt();
    let (one, half) = (F::one(), F::from(0.5)?);
    let three = one + one + one;
    let identity = Array2::<F>::eye(size);
    let mut root = matrix.mapv(|value| value / norm);
    let mut inverse = identity.clone();
    for _ in 0..MOST_STEPS {
        let product = inverse.dot(&root);
        let off = product.iter().zip(&identity);
        let off = off.fold(F::zero(), |most, (a, b)| most.max((*a - *b).abs()));
        let correction = (&identity * three - &product).mapv(|value| value * half);
        root = root.dot(&correction);
        inverse = correction.dot(&inverse);
        if off < F::from(CLOSE)? {
            let length = norm.sqrt();
            return Some((
                root.mapv(|value| value * length),
                inverse.mapv(|value| value / length),
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::testing::Noise;

    fn projection(points: &Array2<f32>) -> Option<Array2<f32>> {
        super::projection(points, &mut || ControlFlow::Continue(()))
    }

    /// `count` points whose dimension `d` varies by `1 / (1 + d)`.
    fn points(count: usize, dims: usize) -> Array2<f32> {
        let mut noise = Noise::new(3);
        let mut points = noise.matrix(count, dims);
        for (dim, mut column) in points.columns_mut().into_iter().enumerate() {
            column.mapv_inplace(|value| value / (1.0 + dim as f32));
        }
        points
    }

    #[test]
    fn the_strongest_directions_are_kept_and_vary_more_evenly_than_before() {
        let points = points(FEWEST_WINDOWS, 320);
        let projection = projection(&points).unwrap();
        assert_eq!(projection.dim(), (DIRECTIONS, 320));
        let projected = points.dot(&projection.t());
        let total =
            |points: &Array2<f32>| points.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>();
        let share = total(&projected) / total(&points);
        assert!(
            (share - 1.0).abs() < 1e-3,
            "as much variance as before: {share}"
        );
        // A unit step along a strong direction is shortened, one along a weak direction is lengthened.
        let length = |dim: usize| {
            let column = projection.column(dim);
            column.dot(&column).sqrt()
        };
        assert!(length(0) < 0.5 * length(20), "{} {}", length(0), length(20));
        // By the power -1/4 of the variance, as long as that is well above the floor.
        let found = length(3) / length(0);
        assert!((found / 16.0f32.powf(0.25) - 1.0).abs() < 0.1, "{found}");
    }

    #[test]
    fn too_few_windows_give_no_projection() {
        assert!(projection(&points(FEWEST_WINDOWS - 1, 320)).is_none());
        assert!(projection(&points(FEWEST_WINDOWS, DIRECTIONS)).is_none());
        assert!(projection(&Array2::zeros((FEWEST_WINDOWS, 320))).is_none());
    }

    #[test]
    fn it_is_broken_off_between_its_steps() {
        let mut asked = 0;
        let stopped = super::projection(&points(FEWEST_WINDOWS, 300), &mut || {
            asked += 1;
            match asked {
                3 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        });
        assert_eq!((stopped, asked), (None, 3));
    }

    #[test]
    fn the_same_windows_give_the_same_projection() {
        let points = points(FEWEST_WINDOWS, 300);
        assert_eq!(projection(&points), projection(&points));
    }

    #[test]
    fn a_root_times_itself_is_the_matrix_and_times_its_inverse_the_identity() {
        let noise = Noise::new(5).matrix(60, 20).mapv(f64::from);
        let matrix = noise.t().dot(&noise);
        let (root, inverse) = roots(&matrix).unwrap();
        let near = |a: &Array2<f64>, b: &Array2<f64>| {
            a.iter()
                .zip(b)
                .all(|(a, b)| (a - b).abs() < 1e-4 * (1.0 + b.abs()))
        };
        assert!(near(&root.dot(&root), &matrix));
        assert!(near(&root.dot(&inverse), &Array2::eye(20)));
    }
}
