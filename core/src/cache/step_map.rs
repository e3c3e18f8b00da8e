//! The vectors of one recording in half precision, and which of them are computed. Pure.
//!
//! Half precision keeps three digits, which is far below what separates two sounds, and halves an hour of sound
//! to 20 MB.

use std::ops::Range;
use std::sync::Arc;

use half::f16;
use half::slice::HalfFloatSliceExt;

use super::mapping::Mapping;

/// Vectors of the steps `0..len()`, some of them missing.
#[derive(Debug, Clone, PartialEq)]
pub struct StepMap {
    dims: usize,
    vectors: Vectors,
    done: Vec<bool>,
}

/// Half-precision values: in memory, or where the cache keeps them until one is changed.
#[derive(Clone, Default)]
pub(super) struct Vectors {
    /// A file of the cache and the bytes of it that hold the values; if there is one, `owned` is empty.
    mapped: Option<(Arc<Mapping>, Range<usize>)>,
    owned: Vec<f16>,
}

impl Vectors {
    /// The values in the bytes `range` of `mapping`; `None` when there are none to be.
    pub(super) fn mapped(mapping: Arc<Mapping>, range: Range<usize>) -> Option<Self> {
        let bytes = mapping.bytes().get(range.clone())?;
        let (values, odd) = bytes.as_chunks();
        if !odd.is_empty() {
            return None;
        }
        // What was read instead of mapped may begin anywhere in memory.
        Some(match bytemuck::try_cast_slice::<u8, f16>(bytes) {
            Ok(_) => Self {
                mapped: Some((mapping, range)),
                owned: Vec::new(),
            },
            Err(_) => Self {
                mapped: None,
                owned: values
                    .iter()
                    .map(|&value| f16::from_ne_bytes(value))
                    .collect(),
            },
        })
    }

    fn values(&self) -> &[f16] {
        match &self.mapped {
            None => &self.owned,
            // Both were seen to hold when it was made.
            Some((mapping, range)) => mapping
                .bytes()
                .get(range.clone())
                .and_then(|bytes| bytemuck::try_cast_slice(bytes).ok())
                .unwrap_or_default(),
        }
    }

    /// The values to be changed, in memory from now on.
    fn owned(&mut self) -> &mut Vec<f16> {
        if self.mapped.is_some() {
            self.owned = self.values().to_vec();
            self.mapped = None;
        }
        &mut self.owned
    }
}

impl PartialEq for Vectors {
    fn eq(&self, other: &Self) -> bool {
        self.values() == other.values()
    }
}

impl std::fmt::Debug for Vectors {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.values().fmt(formatter)
    }
}

impl StepMap {
    /// An empty map of vectors of `dims` values, at least 1.
    pub fn with_dims(dims: usize) -> Self {
        Self {
            dims: dims.max(1),
            vectors: Vectors::default(),
            done: Vec::new(),
        }
    }

    /// Puts together what [`vectors`](Self::vectors) and [`done`](Self::done) gave; `None` when they do not fit.
    pub(super) fn from_parts(dims: usize, vectors: Vectors, done: Vec<bool>) -> Option<Self> {
        (dims > 0 && done.len().checked_mul(dims) == Some(vectors.values().len())).then_some(Self {
            dims,
            vectors,
            done,
        })
    }

    pub(super) fn vectors(&self) -> &[f16] {
        self.vectors.values()
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

    /// What its vectors take, in memory or in a file that is mapped.
    pub fn bytes(&self) -> u64 {
        size_of_val(self.vectors.values()) as u64
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
        let target = &mut self.vectors.owned()[start * self.dims..];
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
        let vectors = self.vectors.values();
        for (step, row) in range.zip(values.chunks_exact_mut(self.dims)) {
            if self.is_done(step) {
                let start = index(step) * self.dims;
                vectors[start..start + self.dims].convert_to_f32_slice(row);
            }
        }
        values
    }

    /// Makes the map reach at least `len` steps.
    pub fn extend(&mut self, len: u64) {
        let len = index(len).max(self.done.len());
        if len > self.done.len() {
            self.done.resize(len, false);
            self.vectors.owned().resize(len * self.dims, f16::ZERO);
        }
    }

    /// Makes the map reach at most `len` steps.
    pub fn truncate(&mut self, len: u64) {
        let len = index(len);
        if len < self.done.len() {
            self.done.truncate(len);
            self.vectors.owned().truncate(len * self.dims);
        }
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
