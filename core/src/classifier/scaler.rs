//! Compresses vectors, brings them to unit length, and then to zero mean and unit variance per dimension.
//!
//! The compression, a square root that keeps the sign, keeps a few strong features from deciding alone (the power
//! normalisation of Perronnin, Sanchez and Mensink, *Improving the Fisher Kernel for Large-Scale Image Classification*, ECCV
//! 2010). The unit length takes loudness-like differences out; the standardising keeps a few strong dimensions from
//! drowning the rest in the kernel's distance. Pure; any thread.

use ndarray::{Array2, ArrayView1, ArrayView2, Axis, Zip};

/// A standard deviation below this (unit-length vectors: dimensions are at most 1) is a constant dimension.
const SMALLEST_DEVIATION: f32 = 1e-7;

/// What is done to each value before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    /// Nothing: classifiers of the first format.
    None,
    /// The square root, with the sign of the value.
    SquareRoot,
}

impl Compression {
    fn apply(self, value: f32) -> f32 {
        match self {
            Self::None => value,
            Self::SquareRoot => value.abs().sqrt().copysign(value),
        }
    }
}

/// Fitted means and scales; `mean` and `scale` have one value per dimension, `scale` positive.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scaler {
    compression: Compression,
    mean: Vec<f32>,
    scale: Vec<f32>,
}

impl Scaler {
    /// Fits to the rows of `raw`, which are finite.
    pub fn fit(raw: ArrayView2<'_, f32>) -> Self {
        let compression = Compression::SquareRoot;
        let mut unit = raw.mapv(|value| f64::from(compression.apply(value)));
        for mut row in unit.rows_mut() {
            let length = row.dot(&row).sqrt();
            if length > 0.0 {
                row.mapv_inplace(|value| value / length);
            }
        }
        let zeros = || ndarray::Array1::zeros(unit.ncols());
        let mean = unit.mean_axis(Axis(0)).unwrap_or_else(zeros);
        let deviation = if unit.nrows() > 0 {
            unit.std_axis(Axis(0), 0.0)
        } else {
            zeros()
        };
        let scale = deviation.iter().map(|&d| {
            let d = d as f32;
            if d > SMALLEST_DEVIATION { 1.0 / d } else { 1.0 }
        });
        Self {
            compression,
            mean: mean.iter().map(|&m| m as f32).collect(),
            scale: scale.collect(),
        }
    }

    /// From stored values; `None` unless both have the same, non-zero length, all is finite and scales are positive.
    pub fn from_parts(compression: Compression, mean: Vec<f32>, scale: Vec<f32>) -> Option<Self> {
        let lengths = mean.len() == scale.len() && !mean.is_empty();
        let usable =
            mean.iter().all(|m| m.is_finite()) && scale.iter().all(|s| s.is_finite() && *s > 0.0);
        (lengths && usable).then_some(Self {
            compression,
            mean,
            scale,
        })
    }

    pub fn dims(&self) -> usize {
        self.mean.len()
    }

    pub fn compression(&self) -> Compression {
        self.compression
    }

    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// Reciprocal standard deviations.
    pub fn scale(&self) -> &[f32] {
        &self.scale
    }

    /// The rows of `raw` scaled. A row with a value that is not finite comes out as `NaN`s.
    pub fn transform(&self, raw: ArrayView2<'_, f32>) -> Array2<f32> {
        let mut scaled = raw.mapv(|value| self.compression.apply(value));
        let (mean, scale) = (ArrayView1::from(&self.mean), ArrayView1::from(&self.scale));
        for mut row in scaled.rows_mut() {
            let reciprocal = reciprocal_length(row.view());
            Zip::from(&mut row)
                .and(&mean)
                .and(&scale)
                .for_each(|value, &mean, &scale| *value = (*value * reciprocal - mean) * scale);
        }
        scaled
    }
}

/// One over the row's length; 1 for a row of zeros, which stays one; `NaN` for a row that is not finite.
fn reciprocal_length(row: ArrayView1<'_, f32>) -> f32 {
    let square = row.dot(&row);
    if square.is_normal() {
        return square.sqrt().recip();
    }
    // Too small or too large to square in single precision, or not finite at all.
    let square: f64 = row
        .iter()
        .map(|&value| f64::from(value) * f64::from(value))
        .sum();
    if square == 0.0 {
        1.0
    } else if square.is_finite() {
        square.sqrt().recip() as f32
    } else {
        f32::NAN
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn fitted_rows_come_out_with_zero_mean_and_unit_variance_whatever_their_loudness() {
        let raw = array![
            [3.0f32, 4.0, 1.0],
            [300.0, 100.0, 100.0],
            [0.01, 0.02, 0.05]
        ];
        let scaled = Scaler::fit(raw.view()).transform(raw.view());
        for column in scaled.columns() {
            assert!(column.sum().abs() < 1e-4);
            assert!((column.dot(&column) / 3.0 - 1.0).abs() < 1e-4);
        }
        let louder = raw.mapv(|v| v * 1000.0);
        let again = Scaler::fit(raw.view()).transform(louder.view());
        assert!((again - scaled).iter().all(|d| d.abs() < 1e-3));
    }

    #[test]
    fn constant_dimensions_zero_rows_and_extreme_values_stay_finite() {
        let raw = array![[0.0f32, 0.0], [1.0, 0.0], [1e30, 0.0], [1e-30, 0.0]];
        let scaled = Scaler::fit(raw.view()).transform(raw.view());
        assert!(scaled.iter().all(|v| v.is_finite()), "{scaled}");
    }

    #[test]
    fn a_row_that_is_not_finite_is_marked_as_such() {
        let scaler = Scaler::fit(array![[1.0f32, 2.0], [2.0, 1.0]].view());
        let scaled =
            scaler.transform(array![[1.0f32, f32::NAN], [f32::INFINITY, 1.0], [1.0, 1.0]].view());
        assert!(scaled.row(0).iter().all(|v| v.is_nan()));
        assert!(scaled.row(1).iter().all(|v| v.is_nan()));
        assert!(scaled.row(2).iter().all(|v| v.is_finite()));
    }
}
