//! Which mark or note lies on which region. Pure.

use crate::store::{Clip, HardNegative, MarkBand, RegionNote, UNSAID_LENGTH_S, UnsureMark};
use crate::time::Span;

/// Spans that are asked again and again which of them lie on another.
#[derive(Debug, Default)]
pub struct SpanIndex {
    /// With their places in the list they are from, by start.
    spans: Vec<(Span, usize)>,
    /// The latest end of each and all before it, which makes it something to bisect.
    latest_end_s: Vec<f64>,
}

impl SpanIndex {
    /// Of spans with their places in the caller's list.
    pub fn new(spans: impl IntoIterator<Item = (usize, Span)>) -> Self {
        let mut spans: Vec<(Span, usize)> =
            spans.into_iter().map(|(at, span)| (span, at)).collect();
        spans.sort_by(|a, b| a.0.start_s().total_cmp(&b.0.start_s()));
        let mut latest_s = f64::NEG_INFINITY;
        let latest = spans.iter().map(|(span, _)| {
            latest_s = latest_s.max(span.end_s());
            latest_s
        });
        Self {
            latest_end_s: latest.collect(),
            spans,
        }
    }

    /// The spans that share anything with `region`, with their places, by start.
    pub fn touching(&self, region: Span) -> impl Iterator<Item = (Span, usize)> {
        let first = self
            .latest_end_s
            .partition_point(|&end_s| end_s <= region.start_s());
        let rest = self.spans.get(first..).unwrap_or_default().iter();
        rest.copied()
            .take_while(move |(span, _)| span.start_s() < region.end_s())
            .filter(move |(span, _)| span.end_s() > region.start_s())
    }

    /// Places of the spans that lie on `region`, by start.
    pub fn on(&self, region: Span) -> impl Iterator<Item = usize> {
        self.touching(region)
            .filter(move |(span, _)| span.covers_most_of(region))
            .map(|(_, at)| at)
    }
}

/// A row that says something about a span.
pub(super) trait Mark {
    /// Where; `None` where the row makes no sense.
    fn place(&self) -> Option<Span>;
}

impl Mark for HardNegative {
    fn place(&self) -> Option<Span> {
        self.span(UNSAID_LENGTH_S)
    }
}

impl Mark for Clip {
    fn place(&self) -> Option<Span> {
        Some(self.span)
    }
}

impl Mark for UnsureMark {
    fn place(&self) -> Option<Span> {
        Some(self.span)
    }
}

impl Mark for RegionNote {
    fn place(&self) -> Option<Span> {
        Some(self.span)
    }
}

impl Mark for MarkBand {
    fn place(&self) -> Option<Span> {
        Some(self.span)
    }
}

/// Where `marks` begin, in seconds of their recording.
pub(super) fn starts_s<T: Mark>(marks: &[T]) -> Vec<f64> {
    let places = marks.iter().filter_map(Mark::place);
    places.map(Span::start_s).collect()
}

/// Marks of one kind with where they lie.
pub(super) struct Placed<T> {
    pub rows: Vec<T>,
    index: SpanIndex,
}

impl<T: Mark> Placed<T> {
    pub fn new(rows: Vec<T>) -> Self {
        let places = rows.iter().enumerate();
        Self {
            index: SpanIndex::new(places.filter_map(|(at, row)| Some((at, row.place()?)))),
            rows,
        }
    }

    /// Those on `region`: several when regions were fused, or when 8-cut marked a spot twice.
    pub fn on(&self, region: Span) -> impl Iterator<Item = &T> {
        self.index.on(region).filter_map(|at| self.rows.get(at))
    }

    /// Whether one says just what another on `span` would: pressing twice is not marking twice.
    pub fn says(&self, span: Span) -> bool {
        let mut places = self.on(span).filter_map(Mark::place);
        places.any(|place| place.iou(span) >= 0.5)
    }
}

/// The clips of `class` on `span` that somebody has listened to: one that was exported unseen is no example yet.
pub(super) fn examples_on<'a>(
    clips: &'a Placed<Clip>,
    span: Span,
    class: &'a str,
) -> impl Iterator<Item = &'a Clip> {
    clips
        .on(span)
        .filter(move |clip| !clip.scan_export && clip.class() == Some(class))
}

/// Whether there is an example of `class` that says just what one on `span` would.
pub(super) fn is_same_example(clips: &Placed<Clip>, span: Span, class: &str) -> bool {
    examples_on(clips, span, class).any(|clip| clip.span.iou(span) >= 0.5)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spans() -> impl Strategy<Value = Vec<Span>> {
        let span = (0.0..60.0_f64, 0.01..9.0_f64)
            .prop_map(|(start_s, length_s)| Span::new(start_s, start_s + length_s).unwrap());
        proptest::collection::vec(span, 0..40)
    }

    proptest! {
        #[test]
        fn an_index_finds_what_looking_at_every_span_finds(marks in spans(), regions in spans()) {
            let index = SpanIndex::new(marks.iter().copied().enumerate());
            for region in regions {
                let mut found: Vec<usize> = index.on(region).collect();
                found.sort_unstable();
                let all = marks.iter().enumerate();
                let wanted: Vec<usize> = all
                    .filter(|(_, mark)| mark.covers_most_of(region))
                    .map(|(at, _)| at)
                    .collect();
                prop_assert_eq!(found, wanted);
            }
        }
    }
}
