//! Steps to windows. Pure.

/// The maximum of each dimension over every run of `window_steps` steps: `windows x dims`, row by row, window `i`
/// beginning at step `i`. What is shorter than a window gives one window; nothing gives nothing. A step that is
/// `NaN`, because it was not embedded, makes its windows `NaN`.
///
/// # Panics
/// In debug builds, when `steps` is not a whole number of rows.
pub fn pool_windows(steps: &[f32], dims: usize, window_steps: usize) -> Vec<f32> {
    if dims == 0 || steps.len() < dims {
        return Vec::new();
    }
    debug_assert!(steps.len().is_multiple_of(dims));
    let count = steps.len() / dims;
    let window_steps = window_steps.clamp(1, count);
    let mut windows = Vec::with_capacity((count - window_steps + 1) * dims);
    for window in steps.windows(window_steps * dims).step_by(dims) {
        let (first, rest) = window.split_at(dims);
        let begin = windows.len();
        windows.extend_from_slice(first);
        let pooled = &mut windows[begin..];
        for step in rest.chunks_exact(dims) {
            for (highest, &value) in pooled.iter_mut().zip(step) {
                // Unlike `f32::max`, this keeps NaN.
                if value > *highest || value.is_nan() {
                    *highest = value;
                }
            }
        }
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_window_is_the_maximum_of_its_steps() {
        let steps = [1.0, 8.0, 5.0, 2.0, 3.0, 4.0, 0.0, 9.0];
        assert_eq!(pool_windows(&steps, 2, 3), [5.0, 8.0, 5.0, 9.0]);
        assert_eq!(pool_windows(&steps, 2, 1), steps);
    }

    #[test]
    fn what_is_shorter_than_a_window_gives_one_window() {
        assert_eq!(pool_windows(&[1.0, 8.0, 5.0, 2.0], 2, 5), [5.0, 8.0]);
        assert!(pool_windows(&[], 2, 5).is_empty());
    }

    #[test]
    fn a_step_that_was_not_embedded_leaves_its_windows_unscored() {
        let windows = pool_windows(&[1.0, f32::NAN, 3.0, 4.0], 1, 2);
        assert!(windows[0].is_nan() && windows[1].is_nan());
        assert_eq!(windows[2], 4.0);
    }
}
