//! How the windows of a recording lie in the index: two bytes for each value of a window's point. Pure.
//!
//! The *coarse* part of a window is the size of a level, as little-endian `f32`, and a signed level of eight bits for each value. A search
//! reads the coarse parts of all windows, so they lie one behind the other. The *fine* parts hold eight more bits for each value and are
//! read for the best windows only. The point has unit length before, so that the product of two points is the cosine of the angle
//! between them. A window that was not embedded is all zeros, which is like nothing.

/// Bytes of a coarse part besides its levels.
const HEAD_BYTES: usize = 4;
/// A fine level is so many times smaller than a coarse one.
const FINENESS: f32 = 256.0;
/// The largest level, in fine ones: rounded to coarse ones it still fits into eight bits.
const MOST_LEVEL: f32 = 127.0 * FINENESS + 127.0;
/// Queries have finer levels than rows, because they cost nothing: a product with a coarse part fits into 32 bits with thousands of values.
const MOST_QUERY_LEVEL: f32 = 4_095.0;

/// Bytes of the coarse part of a window of `dims` values. The fine part has `dims`.
pub fn coarse_bytes(dims: usize) -> usize {
    HEAD_BYTES + dims
}

/// The windows of a recording, or of several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rows<'a> {
    pub coarse: &'a [u8],
    pub fine: &'a [u8],
}

impl<'a> Rows<'a> {
    /// How many windows of `dims` values they are.
    pub fn windows(&self, dims: usize) -> usize {
        self.coarse.len() / coarse_bytes(dims)
    }

    /// The first `windows` windows, and the rest.
    pub fn split_at(&self, windows: usize, dims: usize) -> (Self, Self) {
        let windows = windows.min(self.windows(dims));
        let (coarse, coarse_after) = self.coarse.split_at(windows * coarse_bytes(dims));
        let (fine, fine_after) = self.fine.split_at((windows * dims).min(self.fine.len()));
        let after = Self {
            coarse: coarse_after,
            fine: fine_after,
        };
        (Self { coarse, fine }, after)
    }

    /// The point of `window`, of unit length but for rounding; `None` for a window that was not embedded.
    pub fn point(&self, window: usize, dims: usize) -> Option<Vec<f32>> {
        let coarse = self.coarse.chunks_exact(coarse_bytes(dims)).nth(window)?;
        let fine = self.fine.chunks_exact(dims.max(1)).nth(window)?;
        let (level, levels) = parts(coarse);
        let values = levels.iter().zip(fine).map(|(&level, &fine)| {
            FINENESS.mul_add(f32::from(level as i8), f32::from(fine as i8)) / FINENESS
        });
        (level > 0.0).then(|| values.map(|value| level * value).collect())
    }
}

/// The size of a level and the levels in a coarse part.
pub(super) fn parts(coarse: &[u8]) -> (f32, &[u8]) {
    coarse
        .split_first_chunk()
        .map_or((0.0, &[]), |(head, levels)| {
            (f32::from_le_bytes(*head), levels)
        })
}

/// Rows that are being made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowsMade {
    coarse: Vec<u8>,
    fine: Vec<u8>,
}

impl RowsMade {
    /// What was made so far.
    pub fn rows(&self) -> Rows<'_> {
        Rows {
            coarse: &self.coarse,
            fine: &self.fine,
        }
    }

    /// How much memory they take.
    pub fn bytes(&self) -> usize {
        self.coarse.len() + self.fine.len()
    }

    /// Appends the window of that point.
    pub fn push(&mut self, point: &[f32]) {
        let Some((level, reciprocal)) = level_of(point, MOST_LEVEL) else {
            let coarse = self.coarse.len() + coarse_bytes(point.len());
            self.coarse.resize(coarse, 0);
            self.fine.resize(self.fine.len() + point.len(), 0);
            return;
        };
        self.coarse
            .extend_from_slice(&(level * FINENESS).to_le_bytes());
        for value in point {
            let level = (value * reciprocal).round();
            let coarse = (level / FINENESS).round();
            self.coarse.push(coarse as i8 as u8);
            self.fine.push((level - coarse * FINENESS) as i8 as u8);
        }
    }

    /// Appends windows that were made before.
    pub fn extend(&mut self, rows: Rows<'_>) {
        self.coarse.extend_from_slice(rows.coarse);
        self.fine.extend_from_slice(rows.fine);
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.coarse.clear();
        self.fine.clear();
    }
}

/// What windows are compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub(super) levels: Vec<i16>,
    pub(super) level: f32,
}

impl Query {
    /// The query for windows that are like `point`; `None` when it has no direction.
    pub fn of(point: &[f32]) -> Option<Self> {
        let (level, reciprocal) = level_of(point, MOST_QUERY_LEVEL)?;
        let levels = point
            .iter()
            .map(|value| (value * reciprocal).round() as i16);
        Some(Self {
            levels: levels.collect(),
            level,
        })
    }
}

/// The size of a level of `point` once it has unit length, and what its values are multiplied by to become levels of at most `most`.
/// `None` for a point without a direction.
fn level_of(point: &[f32], most: f32) -> Option<(f32, f32)> {
    let length = point.iter().map(|value| value * value).sum::<f32>().sqrt();
    let largest = point
        .iter()
        .fold(0.0, |most: f32, value| most.max(value.abs()));
    let has_direction = length.is_finite() && largest > f32::MIN_POSITIVE;
    has_direction.then(|| (largest / length / most, most / largest))
}

#[cfg(test)]
mod tests {
    use super::super::dot::likeness;
    use super::*;

    fn dot(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn the_product_of_a_window_and_a_query_is_the_cosine_of_their_angle() {
        let mut random = fastrand::Rng::with_seed(1);
        for dims in [1, 7, 256, 512] {
            let mut point = || -> Vec<f32> { (0..dims).map(|_| random.f32() - 0.4).collect() };
            let (a, b) = (point(), point());
            let expected = dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt();
            let mut made = RowsMade::default();
            made.push(&a);
            made.push(&vec![f32::NAN; dims]);
            let rows = made.rows();
            assert_eq!(rows.windows(dims), 2);
            let mut found = [1.0; 2];
            likeness(rows.coarse, &Query::of(&b).unwrap(), &mut found);
            assert!((found[0] - expected).abs() < 0.01, "{found:?} {expected}");
            assert!(found[1].is_nan(), "a window that was not embedded");
            let fine = dot(&rows.point(0, dims).unwrap(), &b) / dot(&b, &b).sqrt();
            assert!((fine - expected).abs() < 1e-4, "{fine} {expected}");
            assert_eq!(rows.point(1, dims), None);
        }
        assert_eq!(Query::of(&[0.0, 0.0]), None);
        assert_eq!(Query::of(&[f32::NAN, 1.0]), None);
    }
}
