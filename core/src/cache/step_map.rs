//! The vectors of one recording, a byte for each value, and which of them are computed. Pure.
//!
//! An hour of sound takes 36 MB with the default model. The steps lie in segments of some megabytes, each a file of the cache: only those that hold something take memory,
//! and one that was saved stays in its file until it is changed.

use std::collections::BTreeMap;
use std::ops::Range;

use super::row::RowLayout;
use super::vectors::Vectors;

/// What the vectors of a segment take, at most.
const SEGMENT_BYTES: usize = 4 << 20;

/// Vectors of the steps `0..len()`, some of them missing.
#[derive(Debug, Clone)]
pub struct StepMap {
    rows: RowLayout,
    len: u64,
    /// By number; those in which no step is there may be left out.
    segments: BTreeMap<u64, Segment>,
}

/// Consecutive steps, as many as [`steps_in_segment`] or fewer.
#[derive(Debug, Clone, Default)]
pub(super) struct Segment {
    pub vectors: Vectors,
    /// Which steps are there; those behind its end are not.
    pub done: Vec<bool>,
    /// The state of the recording under which a file of the cache holds exactly this.
    pub saved_as: Option<String>,
}

impl Segment {
    fn row(&self, at: usize, rows: &RowLayout) -> Option<&[u8]> {
        let is_done = self.done.get(at).copied().unwrap_or(false);
        let bytes = is_done.then(|| self.vectors.bytes());
        bytes.and_then(|bytes| bytes.get(at * rows.bytes()..(at + 1) * rows.bytes()))
    }

    fn put(&mut self, at: usize, row: &[f32], spectrum: &[u8], rows: &RowLayout) {
        let bytes = self.vectors.owned();
        let (start, end) = (at * rows.bytes(), (at + 1) * rows.bytes());
        if self.done.len() <= at {
            self.done.resize(at + 1, false);
            bytes.resize(end, 0);
        }
        if let (Some(target), Some(done)) = (bytes.get_mut(start..end), self.done.get_mut(at)) {
            *done = rows.encode(row, target);
            rows.put_spectrum(spectrum, target);
        }
        self.saved_as = None;
    }
}

/// Steps in one segment of such rows.
pub(super) fn steps_in_segment(rows: &RowLayout) -> u64 {
    (SEGMENT_BYTES / rows.bytes().max(1)).max(1) as u64
}

impl StepMap {
    /// An empty map of vectors that consist of `rows`.
    pub fn new(rows: RowLayout) -> Self {
        Self {
            rows,
            len: 0,
            segments: BTreeMap::new(),
        }
    }

    /// What its vectors consist of.
    pub fn rows(&self) -> &RowLayout {
        &self.rows
    }

    pub(super) fn segments(&self) -> &BTreeMap<u64, Segment> {
        &self.segments
    }

    /// The segment `number`, which is there from now on.
    pub(super) fn segment_mut(&mut self, number: u64) -> &mut Segment {
        self.segments.entry(number).or_default()
    }

    /// Whether all of it was saved, in whatever state of the recording, and nothing changed since.
    pub fn is_saved(&self) -> bool {
        let mut segments = self.segments.values();
        segments.all(|segment| segment.saved_as.is_some())
    }

    /// Values in one vector.
    pub fn dims(&self) -> usize {
        self.rows.dims()
    }

    /// Steps that the map reaches, missing ones included.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// What its vectors take, in memory or in a file that is mapped.
    pub fn bytes(&self) -> u64 {
        let segments = self.segments.values();
        segments
            .map(|segment| segment.vectors.bytes().len() as u64)
            .sum()
    }

    /// Whether the map reaches no step at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Puts the rows of `vectors` at the steps from `start` on, extending the map as needed. An incomplete last
    /// row is left out, and so is a row that is not all numbers: such steps stay missing.
    pub fn insert(&mut self, start: u64, vectors: &[f32]) {
        self.insert_heard(start, vectors, &[]);
    }

    /// As [`insert`](Self::insert), with the fine spectra of the steps, one behind the other, where rows have them.
    pub fn insert_heard(&mut self, start: u64, vectors: &[f32], spectra: &[u8]) {
        let found = vectors.chunks_exact(self.rows.dims());
        self.extend(start + found.len() as u64);
        let mut spectra = spectra.chunks_exact(self.rows.spectrum_bytes().max(1));
        for (step, row) in (start..).zip(found) {
            let (number, at) = self.place_of(step);
            let segment = self.segments.entry(number).or_default();
            let spectrum = spectra.next().unwrap_or_default();
            segment.put(at, row, spectrum, &self.rows);
        }
    }

    /// The fine spectrum of `step`; `None` when the step is missing or rows have none.
    pub fn spectrum(&self, step: u64) -> Option<&[u8]> {
        let (number, at) = self.place_of(step);
        let row = self.segments.get(&number)?.row(at, &self.rows)?;
        let spectrum = self.rows.spectrum_of(row);
        (!spectrum.is_empty()).then_some(spectrum)
    }

    /// Makes the steps of `range` missing again, because what they were made from has changed.
    pub fn invalidate(&mut self, range: Range<u64>) {
        for (number, within) in self.pieces(range) {
            if let Some(segment) = self.segments.get_mut(&number) {
                let end = within.end.min(segment.done.len());
                let done = segment.done.get_mut(within.start.min(end)..end);
                done.unwrap_or_default().fill(false);
                segment.saved_as = None;
            }
        }
    }

    /// The missing parts of `range`, in order; what the map does not reach is missing too.
    pub fn missing(&self, range: Range<u64>) -> Vec<Range<u64>> {
        let mut missing: Vec<Range<u64>> = Vec::new();
        let mut add = |steps: Range<u64>| match missing.last_mut() {
            Some(last) if last.end == steps.start => last.end = steps.end,
            _ => missing.push(steps),
        };
        for (number, within) in self.pieces(range) {
            let first = number * steps_in_segment(&self.rows);
            let Some(segment) = self.segments.get(&number) else {
                add(first + within.start as u64..first + within.end as u64);
                continue;
            };
            for at in within {
                if !segment.done.get(at).copied().unwrap_or(false) {
                    add(first + at as u64..first + at as u64 + 1);
                }
            }
        }
        missing
    }

    /// The vectors of `range`, row by row. A missing step is a row of `NaN`, which no step that is there can be.
    pub fn steps_f32(&self, range: Range<u64>) -> Vec<f32> {
        let steps = range.end.saturating_sub(range.start);
        let steps = usize::try_from(steps).unwrap_or(usize::MAX);
        let mut values = vec![f32::NAN; steps.saturating_mul(self.rows.dims())];
        let mut rows = values.chunks_exact_mut(self.rows.dims());
        for (number, within) in self.pieces(range) {
            let segment = self.segments.get(&number);
            for (at, row) in within.zip(&mut rows) {
                if let Some(found) = segment.and_then(|segment| segment.row(at, &self.rows)) {
                    self.rows.decode(found, row);
                }
            }
        }
        values
    }

    /// Makes the map reach at least `len` steps.
    pub fn extend(&mut self, len: u64) {
        self.len = self.len.max(len);
    }

    /// Makes the map reach at most `len` steps.
    pub fn truncate(&mut self, len: u64) {
        self.invalidate(len..self.len);
        self.len = self.len.min(len);
    }

    /// The segment that holds `step`, and where in it.
    fn place_of(&self, step: u64) -> (u64, usize) {
        let steps = steps_in_segment(&self.rows);
        // The second is below the size of a segment, so it fits.
        (step / steps, (step % steps) as usize)
    }

    /// `range` as the parts of segments that it consists of.
    fn pieces(&self, range: Range<u64>) -> impl Iterator<Item = (u64, Range<usize>)> + use<> {
        let steps = steps_in_segment(&self.rows);
        let mut next = range.start;
        std::iter::from_fn(move || {
            let (number, from) = (next / steps, next % steps);
            let to = steps.min(range.end.saturating_sub(number * steps));
            (from < to).then(|| {
                next = number * steps + to;
                (number, from as usize..to as usize)
            })
        })
    }
}

/// Two maps are equal when they give the same vectors, wherever those lie.
impl PartialEq for StepMap {
    fn eq(&self, other: &Self) -> bool {
        let row = |map: &Self, step| {
            let (number, at) = map.place_of(step);
            let segment = map.segments.get(&number);
            segment.and_then(|segment| segment.row(at, &map.rows).map(<[u8]>::to_vec))
        };
        let is_like = self.rows == other.rows && self.len == other.len;
        is_like && (0..self.len).all(|step| row(self, step) == row(other, step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map_of(dims: usize) -> StepMap {
        StepMap::new(RowLayout::new([dims]))
    }

    fn is_near(found: &[f32], expected: &[f32]) -> bool {
        let mut pairs = found.iter().zip(expected);
        found.len() == expected.len() && pairs.all(|(a, b)| (a - b).abs() <= 1e-5 * b.abs())
    }

    #[test]
    fn what_was_inserted_comes_back_and_the_rest_is_missing() {
        let mut map = map_of(2);
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
        assert!(is_near(&steps[2..6], &[0.5, 1.0, -2.0, 4.0]), "{steps:?}");
    }

    #[test]
    fn what_was_replayed_is_missing_until_it_is_inserted_again() {
        let mut map = map_of(1);
        map.insert(0, &[1.0; 10]);
        map.invalidate(2..4);
        map.invalidate(8..100);
        assert_eq!(map.missing(0..10), [2..4, 8..10]);
        map.insert(2, &[5.0, 6.0]);
        assert_eq!(map.missing(0..8), []);
        assert!(is_near(&map.steps_f32(1..4), &[1.0, 5.0, 6.0]));
    }

    #[test]
    fn a_vector_that_is_not_all_numbers_is_not_kept() {
        let mut map = map_of(2);
        map.insert(0, &[1.0, f32::NAN, 1.0, 1e35, 1.0, 2.0, 3.0]);
        assert_eq!(map.len(), 3);
        assert_eq!(map.missing(0..3).as_slice(), std::slice::from_ref(&(0..2)));
    }

    #[test]
    fn a_map_that_was_cut_knows_only_what_is_left() {
        let mut map = map_of(1);
        map.insert(0, &[1.0, 2.0, 3.0]);
        map.truncate(1);
        map.extend(3);
        assert_eq!(map.missing(0..3).as_slice(), std::slice::from_ref(&(1..3)));
    }

    #[test]
    fn a_map_of_many_segments_gives_what_was_put_in_and_holds_only_segments_with_something_in_them()
    {
        let dims = SEGMENT_BYTES / 4 - 8; // four steps in a segment
        let mut map = map_of(dims);
        let value = |step: u64| step as f32 / 4.0;
        let rows: Vec<f32> = (6..11).flat_map(|step| vec![value(step); dims]).collect();
        map.insert(6, &rows);
        map.extend(1_000_000);
        assert_eq!(map.segments.keys().copied().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(map.missing(0..20), [0..6, 11..20]);
        assert_eq!(map.missing(999_998..1_000_003), vec![999_998..1_000_003]);
        let read = map.steps_f32(5..12);
        for (step, row) in (5..12).zip(read.chunks(dims)) {
            let expected = (6..11).contains(&step).then(|| value(step));
            assert_eq!(row[dims - 1].is_nan(), expected.is_none(), "step {step}");
            assert!(expected.is_none_or(|expected| is_near(&row[..1], &[expected])));
        }
        map.invalidate(7..9);
        assert_eq!(map.missing(6..11), vec![7..9]);
        map.truncate(10);
        map.extend(11);
        assert_eq!(map.missing(6..11), [7..9, 10..11]);
    }
}
