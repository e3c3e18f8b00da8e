//! A place in an ordered list that is read again and again a little further on. Pure; runs on the audio thread.

/// The place that was needed last. A step further on costs nothing; after a jump the list is bisected.
#[derive(Debug, Default)]
pub(super) struct Cursor(usize);

impl Cursor {
    /// The place of the first item that is not past, which is the list's length if all are. `is_past` holds for no item after
    /// one for which it does not hold.
    pub fn seek<T>(&mut self, items: &[T], is_past: impl Fn(&T) -> bool) -> usize {
        let is_here = |place: usize| {
            let before = place.checked_sub(1).map(|it| items.get(it));
            place <= items.len()
                && before.flatten().is_none_or(&is_past)
                && !items.get(place).is_some_and(&is_past)
        };
        self.0 = if is_here(self.0) {
            self.0
        } else if is_here(self.0 + 1) {
            self.0 + 1
        } else {
            items.partition_point(is_past)
        };
        self.0
    }
}
