//! Which region a mark belongs to that comes while the host plays. Pure.

use crate::time::Span;

/// A region counts as heard until this long after its end, because hands are slower than ears.
const REACTION_S: f64 = 1.0;

/// The key of the shortest of `spans` that contains `at_s`, so that a region inside a longer one can be meant; if none does,
/// of the one that ended last, less than a second ago.
pub fn heard_at<K>(spans: impl IntoIterator<Item = (K, Span)>, at_s: f64) -> Option<K> {
    let mut inside: Option<(K, f64)> = None;
    let mut just_over: Option<(K, f64)> = None;
    for (key, span) in spans {
        if span.contains_s(at_s) {
            let length_s = span.duration_s();
            if inside
                .as_ref()
                .is_none_or(|(_, shortest_s)| length_s < *shortest_s)
            {
                inside = Some((key, length_s));
            }
        } else if (span.end_s()..span.end_s() + REACTION_S).contains(&at_s)
            && just_over
                .as_ref()
                .is_none_or(|(_, latest_s)| span.end_s() > *latest_s)
        {
            just_over = Some((key, span.end_s()));
        }
    }
    inside.or(just_over).map(|(key, _)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_heard_is_the_innermost_region_or_the_one_that_has_just_ended() {
        let spans = [(0.0, 9.0), (2.0, 3.0), (12.0, 13.0), (12.5, 12.9)]
            .map(|(start_s, end_s)| Span::new(start_s, end_s).unwrap());
        let at = |at_s| heard_at(spans.into_iter().enumerate(), at_s);
        assert_eq!(at(1.0), Some(0));
        assert_eq!(at(2.5), Some(1));
        assert_eq!(at(9.9), Some(0));
        assert_eq!(at(10.1), None);
        assert_eq!(at(12.7), Some(3));
        assert_eq!(at(13.5), Some(2));
        assert_eq!(at(-1.0), None);
    }
}
