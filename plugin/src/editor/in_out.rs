//! The in and out points: a time selection by keyboard.
//!
//! Pure. The user sets a point at the playhead, during playback or not, and in either order; the second one makes the time
//! selection.

use earmark_core::time::Span;

/// One end of a time selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InOutPoint {
    In,
    Out,
}

/// The point without its counterpart, in seconds from the take's start.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct InOutPoints {
    waiting: Option<(InOutPoint, f64)>,
}

impl InOutPoints {
    /// Sets `point` at `time_s` and returns the time selection, with the other end of `known` if there is one. Forgets an end on
    /// the wrong side of the new one.
    pub fn set(&mut self, point: InOutPoint, time_s: f64, known: Option<Span>) -> Option<Span> {
        let other_s = match (known, self.waiting, point) {
            (Some(span), _, InOutPoint::In) => Some(span.end_s()),
            (Some(span), _, InOutPoint::Out) => Some(span.start_s()),
            (None, Some((waiting, at_s)), _) if waiting != point => Some(at_s),
            _ => None,
        };
        let ends_s = match point {
            InOutPoint::In => (Some(time_s), other_s),
            InOutPoint::Out => (other_s, Some(time_s)),
        };
        let span = match ends_s {
            (Some(start_s), Some(end_s)) if start_s < end_s => Span::new(start_s, end_s).ok(),
            _ => None,
        };
        self.waiting = match span {
            Some(_) => None,
            None => Some((point, time_s)),
        };
        span
    }

    /// The point without its counterpart, and its time.
    pub fn waiting(&self) -> Option<(InOutPoint, f64)> {
        self.waiting
    }

    /// Forgets the point. Returns whether there was one.
    pub fn clear(&mut self) -> bool {
        self.waiting.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(span: Option<Span>) -> Option<(f64, f64)> {
        span.map(|span| (span.start_s(), span.end_s()))
    }

    #[test]
    fn two_points_make_a_time_selection_in_either_order() {
        for (first, second) in [
            ((InOutPoint::In, 2.0), (InOutPoint::Out, 5.0)),
            ((InOutPoint::Out, 5.0), (InOutPoint::In, 2.0)),
        ] {
            let mut out = InOutPoints::default();
            assert_eq!(out.set(first.0, first.1, None), None);
            assert_eq!(out.waiting(), Some(first));
            assert_eq!(ends(out.set(second.0, second.1, None)), Some((2.0, 5.0)));
            assert_eq!(out.waiting(), None);
        }
    }

    #[test]
    fn a_point_set_again_moves_that_end_and_one_beyond_the_other_starts_again() {
        let mut out = InOutPoints::default();
        let known = Span::new(2.0, 5.0).ok();
        assert_eq!(ends(out.set(InOutPoint::Out, 4.0, known)), Some((2.0, 4.0)));
        assert_eq!(ends(out.set(InOutPoint::In, 3.0, known)), Some((3.0, 5.0)));
        assert_eq!(out.set(InOutPoint::In, 7.0, known), None);
        assert_eq!(out.waiting(), Some((InOutPoint::In, 7.0)));
        assert_eq!(ends(out.set(InOutPoint::Out, 8.0, None)), Some((7.0, 8.0)));
        assert_eq!(out.set(InOutPoint::In, 1.0, None), None);
        assert_eq!(out.set(InOutPoint::In, 1.5, None), None, "set again");
        assert_eq!(ends(out.set(InOutPoint::Out, 2.0, None)), Some((1.5, 2.0)));
    }
}
