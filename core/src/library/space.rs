//! The space of the index: how a window's point becomes a short one whose angles to others are nearly the same. Pure; any thread.
//!
//! A fixed matrix of random signs projects points of many values to 512 (Achlioptas, *Database-friendly random projections*, 2003).
//! It is learned from nothing, so a window has the same row in every library, in whatever order recordings were added.

use ndarray::{Array2, ArrayView2};

/// Values in a projected point.
const DIMS: usize = 512;

/// How points of one size are projected.
pub struct IndexSpace {
    /// One row per value of a point; `None` where points are short enough as they are.
    signs: Option<Array2<f32>>,
    dims: usize,
}

impl IndexSpace {
    /// The space of points of `point_dims` values.
    pub fn new(point_dims: usize) -> Self {
        if point_dims <= DIMS {
            return Self {
                signs: None,
                dims: point_dims.max(1),
            };
        }
        let sign = |row: usize, column: usize| {
            let bits = scrambled((row * DIMS + column) as u64);
            if bits & 1 == 0 { 1.0 } else { -1.0 }
        };
        Self {
            signs: Some(Array2::from_shape_fn(
                (point_dims, DIMS),
                |(row, column)| sign(row, column),
            )),
            dims: DIMS,
        }
    }

    /// Values in a point of this space.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// What rows of this space, made from vectors of the model of that checksum, have in common and no other rows.
    pub fn name(&self, model_sha256: &str) -> String {
        let kind = if self.signs.is_some() {
            "signs"
        } else {
            "plain"
        };
        format!("{model_sha256} {kind} {} 1", self.dims)
    }

    /// The projections of `points`, row by row. A row with a value that is not a number comes out as such.
    pub fn project(&self, points: Vec<f32>) -> Vec<f32> {
        let Some(signs) = &self.signs else {
            return points;
        };
        let rows = points.len() / signs.nrows();
        ArrayView2::from_shape((rows, signs.nrows()), &points).map_or_else(
            |_| Vec::new(),
            |points| points.dot(signs).into_raw_vec_and_offset().0,
        )
    }
}

/// The output of SplitMix64 (Steele, Lea and Flood, 2014) for the state `number`: the same on every machine, for all time.
fn scrambled(number: u64) -> u64 {
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_between_projected_points_are_nearly_those_between_the_points() {
        let space = IndexSpace::new(1_792);
        let mut random = fastrand::Rng::with_seed(5);
        let mut points: Vec<f32> = (0..2 * 1_792).map(|_| random.f32() - 0.3).collect();
        points.copy_within(..1_792, 1_792);
        points[1_792..2_300]
            .iter_mut()
            .for_each(|value| *value = 0.0);
        let cosine = |points: &[f32]| {
            let (a, b) = points.split_at(points.len() / 2);
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
            dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
        };
        let expected = cosine(&points);
        let found = space.project(points);
        assert_eq!(found.len(), 2 * DIMS);
        assert!((cosine(&found) - expected).abs() < 0.05, "{expected}");
    }

    #[test]
    fn short_points_stay_as_they_are_and_the_name_tells_spaces_apart() {
        let space = IndexSpace::new(3);
        assert_eq!(space.project(vec![1.0, 2.0, 3.0]), [1.0, 2.0, 3.0]);
        assert_eq!(space.name("abc"), "abc plain 3 1");
        assert_eq!(IndexSpace::new(1_792).name("abc"), "abc signs 512 1");
        assert_eq!(
            scrambled(0),
            0xE220_A839_7B1D_CDAF,
            "the published first output"
        );
    }
}
