//! Regions that no version has yet: those of the live scan, and those of a threshold that moves. Pure; coordinator's thread.

use crate::marks::SpanIndex;
use crate::protocol::{RegionState, RegionView};
use crate::scan::{self, RegionSettings, ScoredSpan, WindowScores};

/// What the live scan has found.
pub(super) fn found_live(scores: &WindowScores, settings: &RegionSettings) -> Vec<RegionView> {
    let found = scan::regions(scores, settings).into_iter();
    found.map(unsaved).collect()
}

/// What the live scan `found` where none of the saved `regions` lies. A mark is in the way only if it covers most of what was found.
pub(super) fn without_known(regions: &[RegionView], mut found: Vec<RegionView>) -> Vec<RegionView> {
    let saved = SpanIndex::new(regions.iter().map(|region| region.span).enumerate());
    let is_known = |found: &RegionView| {
        let mut there = saved.touching(found.span);
        there.any(|(span, at)| {
            let is_mark = regions.get(at).is_some_and(RegionView::is_bare_mark);
            let is_note = regions
                .get(at)
                .is_some_and(|it| it.state == RegionState::Noted);
            !is_note && (!is_mark || span.covers_most_of(found.span))
        })
    };
    found.retain(|found| !is_known(found));
    found
}

/// What was found and is not saved.
pub(super) fn unsaved(found: ScoredSpan) -> RegionView {
    RegionView {
        state: RegionState::Provisional,
        ..RegionView::found(found.span, found.score)
    }
}
