//! The space in which windows are compared: what is done to a vector before the kernel sees it.
//!
//! Each view of a vector is compressed, brought to unit length, centred and divided by its deviations, so that no view and no
//! dimension drowns the others. The compression, a square root that keeps the sign, keeps a few strong features from deciding alone
//! (the power normalisation of Perronnin, Sanchez and Mensink, *Improving the Fisher Kernel for Large-Scale Image
//! Classification*, ECCV 2010); the unit length takes differences of loudness out. Where there is enough sound to learn from, a
//! projection follows ([`super::whitening`]). All of it is learned from the windows of the searched recordings, whatever they are
//! labelled, so it may be shared by all folds. Pure; any thread.

use std::ops::ControlFlow;

use half::f16;
use ndarray::{Array2, ArrayView2, ArrayViewMut1};
use sha2::{Digest, Sha256};

use super::whitening;

/// A standard deviation below this (views have unit length: values are at most 1) is a constant dimension.
const SMALLEST_DEVIATION: f64 = 1e-7;
/// Deviations below this share of all are raised to it: what hardly ever varies must not decide.
const FLOOR_SHARE: f64 = 0.01;
/// Deviations of a few windows are uncertain: they count as if so many windows more had the mean deviation.
const USUAL_WINDOWS: f64 = 20.0;

/// What is done to each value of a view before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Nothing.
    None,
    /// The square root, with the sign of the value.
    SquareRoot,
}

impl Compression {
    fn apply(self, values: &mut [f32]) {
        match self {
            Self::None => {}
            Self::SquareRoot => {
                for value in values {
                    *value = value.abs().sqrt().copysign(*value);
                }
            }
        }
    }
}

/// A part of a vector that is scaled by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// Values in it, at least 1.
    pub dims: usize,
    pub compression: Compression,
}

/// What turns raw vectors into points whose distances mean something. Immutable.
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    views: Vec<View>,
    /// One value per dimension, as is `scale`.
    mean: Vec<f32>,
    /// Positive.
    scale: Vec<f32>,
    /// One row per dimension of the points; without it the points have the dimensions of the vectors.
    projection: Option<Array2<f32>>,
    identity: String,
}

impl Space {
    /// Learns from `pool`, row by row the raw vectors of windows of the searched recordings, which consist of `views`. Rows that
    /// are not finite are left out; of no rows at all it learns to change nothing but the lengths.
    pub fn learn(pool: &[f32], views: &[View]) -> Self {
        let learned = Self::learn_while(pool, views, &mut || ControlFlow::Continue(()));
        learned.unwrap_or_else(|| Self::untaught(views))
    }

    /// As [`learn`](Self::learn), which takes up to a second; asks `go_on` meanwhile, and when it breaks off there is no space.
    pub fn learn_while(
        pool: &[f32],
        views: &[View],
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Option<Self> {
        let dims = views.iter().map(|view| view.dims).sum::<usize>().max(1);
        let finite = |row: &&[f32]| row.iter().all(|value| value.is_finite());
        let rows: Vec<&[f32]> = pool.chunks_exact(dims).filter(finite).collect();
        let mut points = Array2::zeros((rows.len(), dims));
        for (mut point, row) in points.rows_mut().into_iter().zip(&rows) {
            point.assign(&ndarray::aview1(row));
        }
        let mut space = Self::untaught(views);
        space.scale(&mut points);
        (space.mean, space.scale) = standards(points.view(), views);
        for mut point in points.rows_mut() {
            space.standardise(&mut point);
        }
        // Rounded at once: what is read back from a database must score as this does.
        space.projection = whitening::projection(&points, go_on)
            .map(|projection| projection.mapv(|value| f16::from_f32(value).to_f32()));
        go_on().is_continue().then(|| space.with_identity())
    }

    /// Changes nothing but the lengths.
    fn untaught(views: &[View]) -> Self {
        let dims = views.iter().map(|view| view.dims).sum::<usize>().max(1);
        Self {
            views: views.to_vec(),
            mean: vec![0.0; dims],
            scale: vec![1.0; dims],
            projection: None,
            identity: String::new(),
        }
        .with_identity()
    }

    /// From stored values; `None` unless the lengths fit each other, all is finite and scales are positive.
    pub(super) fn from_parts(
        views: Vec<View>,
        mean: Vec<f32>,
        scale: Vec<f32>,
        projection: Option<Array2<f32>>,
    ) -> Option<Self> {
        let dims = views.iter().map(|view| view.dims).sum::<usize>();
        let lengths = mean.len() == dims && scale.len() == dims && dims > 0;
        let usable =
            mean.iter().all(|m| m.is_finite()) && scale.iter().all(|s| s.is_finite() && *s > 0.0);
        let projects = projection.as_ref().is_none_or(|projection| {
            projection.ncols() == dims
                && projection.nrows() > 0
                && projection.iter().all(|value| value.is_finite())
        });
        let space = Self {
            views,
            mean,
            scale,
            projection,
            identity: String::new(),
        };
        (lengths && usable && projects).then(|| space.with_identity())
    }

    fn with_identity(mut self) -> Self {
        let mut hash = Sha256::new();
        for view in &self.views {
            hash.update(format!("{view:?}"));
        }
        let projection = self.projection.iter().flatten();
        for value in self.mean.iter().chain(&self.scale).chain(projection) {
            hash.update(value.to_le_bytes());
        }
        let digest = hash.finalize();
        self.identity = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        self
    }

    /// Two spaces of one identity make the same points.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Values in a raw vector.
    pub fn dims(&self) -> usize {
        self.mean.len()
    }

    /// Values in a point.
    pub fn point_dims(&self) -> usize {
        self.projection.as_ref().map_or(self.dims(), Array2::nrows)
    }

    /// Whether it has a projection, which takes most of the time of scoring.
    pub fn has_projection(&self) -> bool {
        self.projection.is_some()
    }

    pub(super) fn views(&self) -> &[View] {
        &self.views
    }

    pub(super) fn mean(&self) -> &[f32] {
        &self.mean
    }

    pub(super) fn scales(&self) -> &[f32] {
        &self.scale
    }

    pub(super) fn projection(&self) -> Option<&Array2<f32>> {
        self.projection.as_ref()
    }

    /// The points of raw row-major `vectors`, row by row. A row with a value that is not finite comes out as `NaN`s; an
    /// incomplete last row is left out.
    pub fn points(&self, vectors: &[f32]) -> Vec<f32> {
        let rows = vectors.len() / self.dims();
        let whole = vectors.get(..rows * self.dims()).unwrap_or_default();
        let raw = ArrayView2::from_shape((rows, self.dims()), whole);
        raw.map_or_else(
            |_| Vec::new(),
            |raw| self.transform(raw).into_raw_vec_and_offset().0,
        )
    }

    /// The points of the rows of `raw`.
    pub(super) fn transform(&self, raw: ArrayView2<'_, f32>) -> Array2<f32> {
        let mut points = raw.to_owned();
        self.scale(&mut points);
        for mut point in points.rows_mut() {
            self.standardise(&mut point);
        }
        match &self.projection {
            Some(projection) => points.dot(&projection.t()),
            None => points,
        }
    }

    /// Compresses each view of each row and brings it to unit length.
    fn scale(&self, points: &mut Array2<f32>) {
        for mut point in points.rows_mut() {
            let Some(mut rest) = point.as_slice_mut() else {
                continue;
            };
            for view in &self.views {
                let Some((values, after)) = rest.split_at_mut_checked(view.dims) else {
                    break;
                };
                rest = after;
                view.compression.apply(values);
                let reciprocal = reciprocal_length(values);
                values.iter_mut().for_each(|value| *value *= reciprocal);
            }
        }
    }

    fn standardise(&self, point: &mut ArrayViewMut1<'_, f32>) {
        for ((value, mean), scale) in point.iter_mut().zip(&self.mean).zip(&self.scale) {
            *value = (*value - mean) * scale;
        }
    }
}

/// Mean and scale of each dimension of scaled `points`: one over the deviation, times what makes the expected squared distance of
/// two points 1 with as much from each view.
fn standards(points: ArrayView2<'_, f32>, views: &[View]) -> (Vec<f32>, Vec<f32>) {
    let count = points.nrows() as f64;
    let mut means = Vec::with_capacity(points.ncols());
    let mut scales = Vec::with_capacity(points.ncols());
    let mut columns = points.columns().into_iter();
    for view in views {
        let moments: Vec<(f64, f64)> = columns
            .by_ref()
            .take(view.dims)
            .map(|column| {
                let sum: f64 = column.iter().map(|value| f64::from(*value)).sum();
                let mean = sum / count.max(1.0);
                let square: f64 = column
                    .iter()
                    .map(|value| (f64::from(*value) - mean).powi(2))
                    .sum();
                (mean, square / count.max(1.0))
            })
            .collect();
        let usual = moments.iter().map(|(_, variance)| variance).sum::<f64>() / view.dims as f64;
        let deviations = moments.iter().map(|(_, variance)| {
            ((count * variance + USUAL_WINDOWS * usual) / (count + USUAL_WINDOWS)).sqrt()
        });
        let deviations: Vec<f64> = deviations.collect();
        let mut sorted = deviations.clone();
        sorted.sort_by(f64::total_cmp);
        let floor = sorted.get((sorted.len() as f64 * FLOOR_SHARE) as usize);
        let floor = floor.copied().unwrap_or_default();
        let weight = (0.5 / (views.len() * view.dims) as f64).sqrt();
        means.extend(moments.iter().map(|(mean, _)| *mean as f32));
        scales.extend(deviations.iter().map(|deviation| {
            let deviation = deviation.max(floor);
            if deviation > SMALLEST_DEVIATION {
                (weight / deviation) as f32
            } else {
                1.0
            }
        }));
    }
    (means, scales)
}

/// One over the length of `values`; 1 for zeros, which stay zeros; `NaN` for what is not finite.
fn reciprocal_length(values: &[f32]) -> f32 {
    let square: f32 = values.iter().map(|value| value * value).sum();
    if square.is_normal() {
        return square.sqrt().recip();
    }
    // Too small or too large to square in single precision, or not finite at all.
    let square: f64 = values
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
mod tests;
