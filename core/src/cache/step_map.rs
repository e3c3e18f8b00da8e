//! The vectors of one recording in half precision, and which of them are there. Pure.
//!
//! Half precision keeps three digits, which is far below what separates two sounds, and halves an hour of sound
//! to 20 MB.

use std::ops::Range;

use half::f16;
use half::slice::HalfFloatSliceExt;

/// Vectors of the steps `0..len()`, some of them missing.
#[derive(Debug, Clone, PartialEq)]
pub struct StepMap {
    dims: usize,
    vectors: Vec<f16>,
    done: Vec<bool>,
}

impl StepMap {
    /// An empty map of vectors of `dims` values, at least 1.
    pub fn with_dims(dims: usize) -> Self {
        Self {
            dims: dims.max(1),
            vectors: Vec::new(),
            done: Vec::new(),
        }
    }

    /// Puts together what [`vectors`](Self::vectors) and [`done`](Self::done) gave; `None` when they do not fit.
    pub(super) fn from_parts(dims: usize, vectors: Vec<f16>, done: Vec<bool>) -> Option<Self> {
        (dims > 0 && done.len().checked_mul(dims) == Some(vectors.len())).then_some(Self {
            dims,
            vectors,
            done,
        })
    }

    pub(super) fn vectors(&self) -> &[f16] {
        &self.vectors
    }

    pub(super) fn done(&self) -> &[bool] {
        &self.done
    }

    /// Values in one vector.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// Steps that the map reaches, missing ones included.
    pub fn len(&self) -> u64 {
        self.done.len() as u64
    }

    /// Whether the map reaches no step at all.
    pub fn is_empty(&self) -> bool {
        self.done.is_empty()
    }

    /// Puts the rows of `vectors` at the steps from `start` on, extending the map as needed. An incomplete last
    /// row is left out, and so is a row that is not all numbers: such steps stay missing.
    pub fn insert(&mut self, start: u64, vectors: &[f32]) {
        let rows = vectors.len() / self.dims;
        let start = index(start);
        self.extend((start + rows) as u64);
        let target = &mut self.vectors[start * self.dims..];
        for ((row, target), done) in vectors
            .chunks_exact(self.dims)
            .zip(target.chunks_exact_mut(self.dims))
            .zip(&mut self.done[start..])
        {
            target.convert_from_f32_slice(row);
            *done = target.iter().all(|value| value.is_finite());
        }
    }

    /// Makes the steps of `range` missing again, because what they were made from has changed.
    pub fn invalidate(&mut self, range: Range<u64>) {
        let range = self.limited(range);
        self.done[range].fill(false);
    }

    /// The missing parts of `range`, in order; what the map does not reach is missing too.
    pub fn missing(&self, range: Range<u64>) -> Vec<Range<u64>> {
        let mut missing: Vec<Range<u64>> = Vec::new();
        for step in range {
            if !self.is_done(step) {
                match missing.last_mut() {
                    Some(last) if last.end == step => last.end += 1,
                    _ => missing.push(step..step + 1),
                }
            }
        }
        missing
    }

    /// The vectors of `range`, row by row. A missing step is a row of `NaN`, which no step that is there can be.
    pub fn steps_f32(&self, range: Range<u64>) -> Vec<f32> {
        let steps = range.end.saturating_sub(range.start);
        let mut values = vec![f32::NAN; index(steps).saturating_mul(self.dims)];
        for (step, row) in range.zip(values.chunks_exact_mut(self.dims)) {
            if self.is_done(step) {
                let start = index(step) * self.dims;
                self.vectors[start..start + self.dims].convert_to_f32_slice(row);
            }
        }
        values
    }

    /// Makes the map reach at least `len` steps.
    pub fn extend(&mut self, len: u64) {
        let len = index(len).max(self.done.len());
        self.done.resize(len, false);
        self.vectors.resize(len * self.dims, f16::ZERO);
    }

    /// Makes the map reach at most `len` steps.
    pub fn truncate(&mut self, len: u64) {
        let len = index(len);
        self.done.truncate(len);
        self.vectors.truncate(len.saturating_mul(self.dims));
    }

    fn is_done(&self, step: u64) -> bool {
        self.done.get(index(step)).copied().unwrap_or(false)
    }

    fn limited(&self, range: Range<u64>) -> Range<usize> {
        let end = index(range.end).min(self.done.len());
        index(range.start).min(end)..end
    }
}

/// A step as an index; what does not fit lies beyond every map.
fn index(step: u64) -> usize {
    usize::try_from(step).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_inserted_comes_back_and_the_rest_is_missing() {
        let mut map = StepMap::with_dims(2);
        map.insert(1, &[0.5, 1.0, -2.0, 4.0]);
        assert_eq!(map.len(), 3);
        assert_eq!(map.missing(0..5), [0..1, 3..5]);
        let steps = map.steps_f32(0..4);
        assert!(
            steps[..2]
                .iter()
                .chain(&steps[6..])
                .all(|value| value.is_nan())
        );
        assert_eq!(steps[2..6], [0.5, 1.0, -2.0, 4.0]);
    }

    #[test]
    fn what_was_replayed_is_missing_until_it_is_inserted_again() {
        let mut map = StepMap::with_dims(1);
        map.insert(0, &[1.0; 10]);
        map.invalidate(2..4);
        map.invalidate(8..100);
        assert_eq!(map.missing(0..10), [2..4, 8..10]);
        map.insert(2, &[5.0, 6.0]);
        assert_eq!(map.missing(0..8), []);
        assert_eq!(map.steps_f32(1..4), [1.0, 5.0, 6.0]);
    }

    #[test]
    fn a_vector_that_is_not_all_numbers_is_not_kept() {
        let mut map = StepMap::with_dims(2);
        map.insert(0, &[1.0, f32::NAN, 1.0, 1e9, 1.0, 2.0, 3.0]);
        assert_eq!(map.len(), 3);
        assert_eq!(map.missing(0..3).as_slice(), std::slice::from_ref(&(0..2)));
    }

    #[test]
    fn a_map_that_was_cut_knows_only_what_is_left() {
        let mut map = StepMap::with_dims(1);
        map.insert(0, &[1.0, 2.0, 3.0]);
        map.truncate(1);
        map.extend(3);
        assert_eq!(map.missing(0..3).as_slice(), std::slice::from_ref(&(1..3)));
    }
}
