//! Marking out a stretch of bare time by keyboard: where it begins and where it ends, in whichever order they are said.
//!
//! Pure. A bound is said at the playhead, while the host plays or stands; the second one makes the stretch.

use earmark_core::time::Span;

/// One end of a stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InOutPoint {
    In,
    Out,
}

/// The bound that waits for its counterpart, in seconds from the take's start.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct InOutPoints {
    waiting: Option<(InOutPoint, f64)>,
}

impl InOutPoints {
    /// Says `bound` at `time_s` and gives back the stretch that this makes, with the other end of `known` where there is one.
    /// An end that lies on the wrong side of the new one is forgotten.
    pub fn set(&mut self, bound: InOutPoint, time_s: f64, known: Option<Span>) -> Option<Span> {
        let other_s = match (known, self.waiting, bound) {
            (Some(span), _, InOutPoint::In) => Some(span.end_s()),
            (Some(span), _, InOutPoint::Out) => Some(span.start_s()),
            (None, Some((waiting, at_s)), _) if waiting != bound => Some(at_s),
            _ => None,
        };
        let ends_s = match bound {
            InOutPoint::In => (Some(time_s), other_s),
            InOutPoint::Out => (other_s, Some(time_s)),
        };
        let span = match ends_s {
            (Some(start_s), Some(end_s)) if start_s < end_s => Span::new(start_s, end_s).ok(),
            _ => None,
        };
        self.waiting = match span {
            Some(_) => None,
            None => Some((bound, time_s)),
        };
        span
    }

    /// The bound that waits for its counterpart, and where.
    pub fn waiting(&self) -> Option<(InOutPoint, f64)> {
        self.waiting
    }

    /// Forgets it; `true` when there was one.
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
    fn two_bounds_make_a_stretch_in_whichever_order() {
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
    fn a_bound_said_again_moves_that_end_and_one_beyond_the_other_begins_anew() {
        let mut out = InOutPoints::default();
        let known = Span::new(2.0, 5.0).ok();
        assert_eq!(ends(out.set(InOutPoint::Out, 4.0, known)), Some((2.0, 4.0)));
        assert_eq!(ends(out.set(InOutPoint::In, 3.0, known)), Some((3.0, 5.0)));
        assert_eq!(out.set(InOutPoint::In, 7.0, known), None);
        assert_eq!(out.waiting(), Some((InOutPoint::In, 7.0)));
        assert_eq!(ends(out.set(InOutPoint::Out, 8.0, None)), Some((7.0, 8.0)));
        assert_eq!(out.set(InOutPoint::In, 1.0, None), None);
        assert_eq!(out.set(InOutPoint::In, 1.5, None), None, "said again");
        assert_eq!(ends(out.set(InOutPoint::Out, 2.0, None)), Some((1.5, 2.0)));
    }
}
