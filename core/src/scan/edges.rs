//! Where a sound begins or ends about each flank of the scores, finer than the scores say: kept with them, so that regions have the
//! same edges at a threshold whenever they are cut.
//!
//! Owns what is kept and how it is looked up; `boundary` makes it. Pure; any thread. It must never move an edge that nobody fitted.

use super::WindowScores;

/// Which edge of a region is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    Start,
    End,
}

impl Edge {
    pub const BOTH: [Self; 2] = [Self::Start, Self::End];
}

/// Parts of a hop in which a fitted edge is kept: 12 ms with the default model.
pub(super) const PARTS: f64 = 16.0;
/// Two windows that meet exactly at an edge may be a rounding away from it.
const ROUNDING: f64 = 1e-6;
/// Says that no edge was fitted.
const UNKNOWN: i8 = i8::MIN;

/// The fitted edges of a recording, two bytes for each window. The *flank* of a window lies between its middle and that of the window
/// before. An edge of a region that lies in a flank lies, more precisely, so many sixteenths of a hop after the middle of the flank.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FittedEdges {
    /// A start and an end for each window; empty or shorter where nothing was fitted.
    offsets: Vec<[i8; 2]>,
}

impl FittedEdges {
    /// From [`to_bytes`](Self::to_bytes).
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let offsets = bytes.as_chunks().0.iter();
        let offsets = offsets.map(|pair: &[u8; 2]| pair.map(u8::cast_signed));
        Self {
            offsets: offsets.collect(),
        }
    }

    /// Two bytes for each window; nothing when nothing was fitted.
    pub fn to_bytes(&self) -> Vec<u8> {
        let pairs = self.offsets.iter().flatten();
        pairs.map(|offset| offset.cast_unsigned()).collect()
    }

    /// Whether no edge was fitted.
    pub fn is_empty(&self) -> bool {
        self.offsets.iter().flatten().all(|one| *one == UNKNOWN)
    }

    /// Makes room for `windows` windows. New ones have no fitted edges.
    pub(in crate::scan) fn resize(&mut self, windows: usize) {
        self.offsets.resize(windows, [UNKNOWN; 2]);
    }

    pub(in crate::scan) fn put(&mut self, window: usize, edge: Edge, offset: Option<i8>) {
        if let Some([start, end]) = self.offsets.get_mut(window) {
            *match edge {
                Edge::Start => start,
                Edge::End => end,
            } = offset.unwrap_or(UNKNOWN);
        }
    }

    fn offset(&self, window: usize, edge: Edge) -> Option<i8> {
        let [start, end] = *self.offsets.get(window)?;
        let offset = match edge {
            Edge::Start => start,
            Edge::End => end,
        };
        (offset != UNKNOWN).then_some(offset)
    }
}

impl WindowScores {
    /// The window in whose flank an edge at `coarse_s` lies; `None` where there is none.
    pub fn flank(&self, edge: Edge, coarse_s: f64) -> Option<usize> {
        let middles = (coarse_s - 0.5 * self.window_s) / self.hop_s;
        let window = match edge {
            Edge::Start => (middles + ROUNDING).floor() + 1.0,
            Edge::End => (middles - ROUNDING).ceil(),
        };
        let is_there = (0.0..self.scores.len() as f64).contains(&window);
        is_there.then_some(window as usize)
    }

    /// Where `offset` sixteenths of a hop after the middle of the flank of `window` is, in seconds.
    pub fn place_s(&self, window: usize, offset: i8) -> f64 {
        self.centre_s(window) + (f64::from(offset) / PARTS - 0.5) * self.hop_s
    }

    /// The fitted edge of a region whose edge by its scores is at `coarse_s`; the same where none was fitted.
    pub(super) fn fitted_s(&self, edge: Edge, coarse_s: f64) -> f64 {
        let fitted = self.flank(edge, coarse_s).and_then(|window| {
            let offset = self.edges.offset(window, edge)?;
            Some(self.place_s(window, offset).clamp(0.0, self.duration_s()))
        });
        fitted.unwrap_or(coarse_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores() -> WindowScores {
        let mut edges = FittedEdges::default();
        edges.resize(10);
        edges.put(3, Edge::Start, Some(-8));
        edges.put(7, Edge::End, Some(16));
        WindowScores {
            hop_s: 0.2,
            window_s: 1.0,
            scores: vec![0.5; 10],
            edges,
        }
    }

    #[test]
    fn an_edge_in_a_flank_goes_where_it_was_fitted_and_any_other_stays() {
        let scores = scores();
        let fitted = |edge, coarse_s| scores.fitted_s(edge, coarse_s);
        // The flank of window 3 is 0.9 to 1.1 s, and the start half a hop before its middle.
        for coarse_s in [0.9, 0.95, 1.0, 1.05] {
            assert!((fitted(Edge::Start, coarse_s) - 0.9).abs() < 1e-9);
            assert_eq!(fitted(Edge::End, coarse_s), coarse_s);
        }
        // That of window 7 is 1.7 to 1.9 s, and the end a hop after its middle.
        for coarse_s in [1.75, 1.8, 1.9] {
            assert!((fitted(Edge::End, coarse_s) - 2.0).abs() < 1e-9);
        }
        for outside_s in [0.0, 0.3, 1.15, 2.8, 1e9, f64::NAN, f64::INFINITY] {
            for edge in Edge::BOTH {
                let same = fitted(edge, outside_s);
                assert!(same == outside_s || outside_s.is_nan());
            }
        }
    }

    #[test]
    fn what_is_kept_comes_back_and_damaged_bytes_fit_nothing_more_than_they_hold() {
        let edges = scores().edges;
        assert_eq!(FittedEdges::from_bytes(&edges.to_bytes()), edges);
        assert!(FittedEdges::from_bytes(&[]).is_empty());
        let short = FittedEdges::from_bytes(&edges.to_bytes()[..9]);
        assert_eq!(short.offset(3, Edge::Start), Some(-8));
        assert_eq!(short.offset(7, Edge::End), None);
    }
}
