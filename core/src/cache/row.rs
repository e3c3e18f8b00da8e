//! How one vector lies in the cache: a byte for each value. Pure.
//!
//! A vector consists of *views*, which differ in size. Of each view the row keeps the lowest square root of its values and the
//! distance between two of 256 levels, as little-endian `f32`, and then a level for each value. A square root has the sign of its
//! value. Levels are even in the square root because that is what a classifier compares; a quarter of a per cent of a view's range is
//! far below what separates two sounds (`docs/learning.md`), and half of what half precision takes.
//!
//! Behind the views lie the bytes of the step's [fine spectrum](crate::embed::FineSpectrum), as they are.

/// A value larger than this is not kept: its square must stay a number.
const LARGEST: f32 = 1e30;
const LEVELS: f32 = 255.0;
/// Bytes of a view besides its levels.
const HEAD_BYTES: usize = 8;

/// How many values each view of a row has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowLayout {
    views: Vec<usize>,
    dims: usize,
    /// Bytes of the fine spectrum; 0 without one.
    spectrum: usize,
}

impl RowLayout {
    /// Rows of the views `views`, by their numbers of values. Views without values are left out; a row has at least one value.
    pub fn new(views: impl IntoIterator<Item = usize>) -> Self {
        let mut views: Vec<usize> = views.into_iter().filter(|dims| *dims > 0).collect();
        if views.is_empty() {
            views.push(1);
        }
        // Such numbers may come from a damaged file.
        let dims = views
            .iter()
            .fold(0, |sum: usize, dims| sum.saturating_add(*dims));
        Self {
            views,
            dims,
            spectrum: 0,
        }
    }

    /// The same rows with `bytes` bytes of a fine spectrum.
    pub fn with_spectrum(self, bytes: usize) -> Self {
        Self {
            spectrum: bytes,
            ..self
        }
    }

    /// Bytes of the fine spectrum in a row.
    pub fn spectrum_bytes(&self) -> usize {
        self.spectrum
    }

    /// Values in a row.
    pub fn dims(&self) -> usize {
        self.dims
    }

    pub(super) fn views(&self) -> &[usize] {
        &self.views
    }

    /// Bytes of a row.
    pub(super) fn bytes(&self) -> usize {
        self.vector_bytes().saturating_add(self.spectrum)
    }

    /// Bytes of a row before its fine spectrum.
    fn vector_bytes(&self) -> usize {
        self.dims.saturating_add(HEAD_BYTES * self.views.len())
    }

    /// The fine spectrum in the bytes of a row; empty without one.
    pub(super) fn spectrum_of<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        bytes.get(self.vector_bytes()..).unwrap_or_default()
    }

    /// Writes `spectrum` into the bytes of a row. One of another length is not written.
    pub(super) fn put_spectrum(&self, spectrum: &[u8], bytes: &mut [u8]) {
        let target = bytes.get_mut(self.vector_bytes()..);
        if let Some(target) = target.filter(|target| target.len() == spectrum.len()) {
            target.copy_from_slice(spectrum);
        }
    }

    /// Writes `row` into `bytes`. Returns whether all of it were numbers that can be kept; what was written else means nothing.
    pub(super) fn encode(&self, row: &[f32], mut bytes: &mut [u8]) -> bool {
        let mut rest = row;
        for dims in &self.views {
            let Some((values, after)) = rest.split_at_checked(*dims) else {
                return false;
            };
            rest = after;
            let Some((head, after)) = std::mem::take(&mut bytes).split_at_mut_checked(HEAD_BYTES)
            else {
                return false;
            };
            let Some((levels, after)) = after.split_at_mut_checked(*dims) else {
                return false;
            };
            bytes = after;
            // Unlike a comparison of each value, this sees NaN too.
            if !values.iter().all(|value| value.abs() <= LARGEST) {
                return false;
            }
            let (low, high) = values
                .iter()
                .map(|value| root(*value))
                .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), root| {
                    (low.min(root), high.max(root))
                });
            let step = (high - low) / LEVELS;
            let per_step = if step > 0.0 { step.recip() } else { 0.0 };
            for (level, value) in levels.iter_mut().zip(values) {
                *level = ((root(*value) - low) * per_step).round() as u8;
            }
            let (low_bytes, step_bytes) = head.split_at_mut(HEAD_BYTES / 2);
            low_bytes.copy_from_slice(&low.to_le_bytes());
            step_bytes.copy_from_slice(&step.to_le_bytes());
        }
        true
    }

    /// The row in `bytes`, into `row`.
    pub(super) fn decode(&self, mut bytes: &[u8], mut row: &mut [f32]) {
        for dims in &self.views {
            let Some((low, after)) = bytes.split_first_chunk() else {
                return;
            };
            let Some((step, after)) = after.split_first_chunk() else {
                return;
            };
            let (low, step) = (f32::from_le_bytes(*low), f32::from_le_bytes(*step));
            let Some((levels, after)) = after.split_at_checked(*dims) else {
                return;
            };
            bytes = after;
            let Some((values, after)) = std::mem::take(&mut row).split_at_mut_checked(*dims) else {
                return;
            };
            row = after;
            for (value, level) in values.iter_mut().zip(levels) {
                let root = low + step * f32::from(*level);
                *value = root * root.abs();
            }
        }
    }
}

fn root(value: f32) -> f32 {
    value.abs().sqrt().copysign(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn there_and_back(layout: &RowLayout, row: &[f32]) -> Option<Vec<f32>> {
        let mut bytes = vec![0; layout.bytes()];
        let is_kept = layout.encode(row, &mut bytes);
        let mut found = vec![f32::NAN; layout.dims()];
        layout.decode(&bytes, &mut found);
        is_kept.then_some(found)
    }

    proptest! {
        #[test]
        fn a_value_comes_back_within_half_a_level_of_its_own_view(
            quiet in proptest::collection::vec(-1e-3f32..1e-3, 5),
            loud in proptest::collection::vec(0f32..1e4, 7),
        ) {
            let layout = RowLayout::new([5, 7]);
            let row = [quiet.clone(), loud.clone()].concat();
            let found = there_and_back(&layout, &row).unwrap();
            for (view, found) in [(quiet, &found[..5]), (loud, &found[5..])] {
                let roots: Vec<f32> = view.iter().map(|value| root(*value)).collect();
                let range = roots.iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b))
                    - roots.iter().fold(f32::INFINITY, |a, &b| a.min(b));
                for (expected, found) in roots.iter().zip(found) {
                    prop_assert!((expected - root(*found)).abs() <= 0.505 * range / LEVELS + 1e-6);
                }
            }
        }
    }

    #[test]
    fn zeros_and_equal_values_come_back_as_they_were() {
        let layout = RowLayout::new([3]);
        assert_eq!(there_and_back(&layout, &[0.0; 3]).unwrap(), [0.0; 3]);
        let found = there_and_back(&layout, &[4.0; 3]).unwrap();
        assert_eq!(found, [4.0; 3]);
        let found = there_and_back(&layout, &[0.0, 9.0, 0.0]).unwrap();
        assert_eq!((found[0], found[2]), (0.0, 0.0));
        assert!((found[1] - 9.0).abs() < 1e-4);
    }

    #[test]
    fn what_is_not_a_number_or_could_not_be_squared_is_not_kept() {
        let layout = RowLayout::new([1, 2]);
        for odd in [f32::NAN, f32::INFINITY, -1e31] {
            assert_eq!(there_and_back(&layout, &[1.0, 2.0, odd]), None);
        }
        assert_eq!(there_and_back(&layout, &[1.0, 2.0]), None, "a short row");
    }
}
