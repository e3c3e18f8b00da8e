//! Systems of equations with a symmetric positive definite matrix, by its Cholesky factor. Pure; any thread.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayViewMut1, s};

/// Columns factored at a time: what is right of them is one matrix product, which is where the time goes.
const COLUMNS_PER_BLOCK: usize = 64;

/// The system has no usable solution; the text says why.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{0}")]
pub(super) struct SolverError(pub &'static str);

/// Replaces the lower triangle of a symmetric matrix by its Cholesky factor, block by block (Golub and Van Loan,
/// *Matrix Computations*, 4.2). The upper triangle is left as rubbish.
pub(super) fn factor(matrix: &mut Array2<f64>) -> Result<(), SolverError> {
    let size = matrix.nrows();
    let mut from = 0;
    while from < size {
        let to = (from + COLUMNS_PER_BLOCK).min(size);
        let mut block = matrix.slice(s![from..to, from..to]).to_owned();
        factor_block(&mut block)?;
        let mut below = matrix.slice(s![to.., from..to]).to_owned();
        for mut row in below.rows_mut() {
            forward(&block, &mut row);
        }
        let mut rest = matrix.slice_mut(s![to.., to..]);
        general_mat_mul(-1.0, &below, &below.t(), 1.0, &mut rest);
        matrix.slice_mut(s![from..to, from..to]).assign(&block);
        matrix.slice_mut(s![to.., from..to]).assign(&below);
        from = to;
    }
    Ok(())
}

fn factor_block(block: &mut Array2<f64>) -> Result<(), SolverError> {
    for i in 0..block.nrows() {
        for j in 0..=i {
            let known = block.slice(s![i, ..j]).dot(&block.slice(s![j, ..j]));
            let rest = block[[i, j]] - known;
            block[[i, j]] = if i > j {
                rest / block[[j, j]]
            } else if rest > 0.0 && rest.is_finite() {
                rest.sqrt()
            } else {
                return Err(SolverError("the examples' kernel matrix is not definite"));
            };
        }
    }
    Ok(())
}

/// Solves `L y = x` in place.
pub(super) fn forward(lower: &Array2<f64>, x: &mut ArrayViewMut1<'_, f64>) {
    for i in 0..x.len() {
        let known = lower.slice(s![i, ..i]).dot(&x.slice(s![..i]));
        x[i] = (x[i] - known) / lower[[i, i]];
    }
}

/// Solves `L Lt y = x`, `factored` holding L below its diagonal.
pub(super) fn solve(factored: &Array2<f64>, mut x: Array1<f64>) -> Array1<f64> {
    forward(factored, &mut x.view_mut());
    for i in (0..x.len()).rev() {
        let value = x[i] / factored[[i, i]];
        x[i] = value;
        let mut above = x.slice_mut(s![..i]);
        above.scaled_add(-value, &factored.slice(s![i, ..i]));
    }
    x
}
