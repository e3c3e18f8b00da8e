//! Frames to steps, outputs to one vector, steps to windows. Pure.

use super::Pooling;

/// One vector over every run of `window_steps` steps: `windows x dims`, row by row, window `i` beginning at step `i`.
/// What is shorter than a window gives one window; nothing gives nothing. A step that is `NaN`, because it was not
/// embedded, makes its windows `NaN`.
///
/// # Panics
/// In debug builds, when `steps` is not a whole number of rows.
pub fn pool_windows(steps: &[f32], dims: usize, window_steps: usize, pooling: Pooling) -> Vec<f32> {
    if dims == 0 || steps.len() < dims {
        return Vec::new();
    }
    debug_assert!(steps.len().is_multiple_of(dims));
    let count = steps.len() / dims;
    let window_steps = window_steps.clamp(1, count);
    let mut windows = Vec::with_capacity((count - window_steps + 1) * dims);
    for window in steps.windows(window_steps * dims).step_by(dims) {
        pool(window, dims, pooling, &mut windows);
    }
    windows
}

/// Appends one vector made of the rows of `rows`, of which there is at least one.
pub(super) fn pool(rows: &[f32], dims: usize, pooling: Pooling, out: &mut Vec<f32>) {
    let (first, rest) = rows.split_at(dims.min(rows.len()));
    let begin = out.len();
    out.extend_from_slice(first);
    let pooled = &mut out[begin..];
    for row in rest.chunks_exact(dims) {
        let values = pooled.iter_mut().zip(row);
        // One loop each, without a branch in it: an hour has fifty million of these.
        match pooling {
            // Unlike `f32::max`, this keeps NaN.
            Pooling::Max => values.for_each(|(value, &next)| {
                *value = if (next > *value) | next.is_nan() {
                    next
                } else {
                    *value
                };
            }),
            Pooling::Mean => values.for_each(|(value, &next)| *value += next),
        }
    }
    if pooling == Pooling::Mean {
        let count = (rows.len() / dims.max(1)).max(1) as f32;
        for value in pooled {
            *value /= count;
        }
    }
}

/// Scales every row to length 1; a row of zeros stays.
pub(super) fn l2_normalise(rows: &mut [f32], dims: usize) {
    for row in rows.chunks_exact_mut(dims.max(1)) {
        let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
        if length > 0.0 {
            for value in row {
                *value /= length;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_window_is_the_maximum_or_the_mean_of_its_steps() {
        let steps = [1.0, 8.0, 5.0, 2.0, 3.0, 4.0, 0.0, 9.0];
        assert_eq!(
            pool_windows(&steps, 2, 3, Pooling::Max),
            [5.0, 8.0, 5.0, 9.0]
        );
        assert_eq!(
            pool_windows(&steps, 2, 2, Pooling::Mean),
            [3.0, 5.0, 4.0, 3.0, 1.5, 6.5]
        );
        assert_eq!(pool_windows(&steps, 2, 1, Pooling::Max), steps);
    }

    #[test]
    fn what_is_shorter_than_a_window_gives_one_window() {
        assert_eq!(
            pool_windows(&[1.0, 8.0, 5.0, 2.0], 2, 5, Pooling::Max),
            [5.0, 8.0]
        );
        assert!(pool_windows(&[], 2, 5, Pooling::Mean).is_empty());
    }

    #[test]
    fn a_step_that_was_not_embedded_leaves_its_windows_unscored() {
        for pooling in [Pooling::Max, Pooling::Mean] {
            let windows = pool_windows(&[1.0, f32::NAN, 3.0, 4.0], 1, 2, pooling);
            assert!(windows[0].is_nan() && windows[1].is_nan());
            assert!(windows[2].is_finite());
        }
    }

    #[test]
    fn a_row_of_zeros_has_no_direction_and_stays() {
        let mut rows = [3.0, 4.0, 0.0, 0.0];
        l2_normalise(&mut rows, 2);
        assert_eq!(rows, [0.6, 0.8, 0.0, 0.0]);
    }
}
