//! What the user drags on the timeline: a time selection, or the edge of a region.
//!
//! Pure. A drag changes nothing until it ends; [`Drag`] has what the timeline shows meanwhile.

use earmark_core::protocol::{RegionId, RegionView, ShownId};
use earmark_core::time::Span;

use super::scale::Scale;
use crate::editor::region_index::RegionIndex;
use crate::editor::selection::Selection;

/// The largest distance between the mouse and an edge that it can drag, in points.
const GRAB: f64 = 5.0;
/// Narrower regions have no room for handles, in points.
const NARROWEST: f64 = 14.0;

/// One end of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    Start,
    End,
}

impl Edge {
    /// `span` with this end at `time_s`, no shorter than `shortest_s` and within the take.
    pub fn moved(self, span: Span, time_s: f64, shortest_s: f64, duration_s: f64) -> Span {
        let (start_s, end_s) = (span.start_s(), span.end_s());
        let moved = match self {
            Self::Start => Span::new(time_s.min(end_s - shortest_s).max(0.0), end_s),
            Self::End => Span::new(
                start_s,
                time_s.max(start_s + shortest_s).min(duration_s.max(end_s)),
            ),
        };
        moved.unwrap_or(span)
    }

    /// Where this end of `span` is, in seconds.
    pub fn of(self, span: Span) -> f64 {
        match self {
            Self::Start => span.start_s(),
            Self::End => span.end_s(),
        }
    }
}

/// The edge of a region that the user can drag.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Handle {
    pub region: RegionId,
    pub edge: Edge,
    /// The present span of the region.
    pub span: Span,
}

/// The present drag.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Drag {
    /// A time selection that started here, in seconds.
    Time {
        from_s: f64,
        /// The height of the start, where the drag began on the spectrogram.
        from_y: Option<f32>,
    },
    /// An edge, the start of the drag, and the span of the region at its end.
    Edge {
        handle: Handle,
        from_s: f64,
        to: Span,
    },
}

/// The edge under a pointer at `x`, those of selected regions before others.
pub fn handle_at(
    index: &RegionIndex,
    regions: &[RegionView],
    selection: &Selection,
    scale: Scale,
    x: f32,
) -> Option<Handle> {
    let (time_s, reach_s) = (scale.time_at(x), GRAB / scale.density());
    let mut best: Option<((bool, f64), Handle)> = None;
    for place in index.within(time_s - reach_s, time_s + reach_s) {
        if (place.end_s - place.start_s) * scale.density() < NARROWEST {
            continue;
        }
        let Some(region) = regions.get(place.index as usize) else {
            continue;
        };
        // A mark outside the regions has no edges to move, because its clip exists.
        let Some(id) = region.id.and_then(ShownId::region) else {
            continue;
        };
        for edge in [Edge::Start, Edge::End] {
            let away_s = (edge.of(region.span) - time_s).abs();
            let rank = (!selection.contains(id.into()), away_s);
            if away_s <= reach_s && best.is_none_or(|(least, _)| rank < least) {
                let handle = Handle {
                    region: id,
                    edge,
                    span: region.span,
                };
                best = Some((rank, handle));
            }
        }
    }
    best.map(|(_, handle)| handle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_stops_at_the_shortest_length_and_at_the_ends_of_the_take() {
        let span = Span::new(2.0, 3.0).unwrap();
        let ends = |span: Span| (span.start_s(), span.end_s());
        let to = |edge: Edge, time_s| ends(edge.moved(span, time_s, 0.25, 10.0));
        assert_eq!(to(Edge::Start, 1.5), (1.5, 3.0));
        assert_eq!(to(Edge::Start, 9.0), (2.75, 3.0));
        assert_eq!(to(Edge::Start, -9.0), (0.0, 3.0));
        assert_eq!(to(Edge::End, 1.0), (2.0, 2.25));
        assert_eq!(to(Edge::End, 99.0), (2.0, 10.0));
    }
}
