//! An index of the regions by time, id and state, so that a frame never looks at all of a hundred thousand.
//!
//! Runs on the window's thread, which builds it once for every new list of regions.

use std::collections::HashSet;
use std::sync::Arc;

use earmark_core::protocol::{RegionState, RegionView, ShownId, heard_at};
use earmark_core::time::Span;

/// The longest time after the end of a region in which a mark means it, in seconds; at least as long as [`heard_at`] allows.
const HEARD_BEFORE_S: f64 = 2.0;

/// Every state, in the order of the menus.
pub const STATES: [RegionState; 7] = [
    RegionState::Found,
    RegionState::Positive,
    RegionState::Negative,
    RegionState::Unsure,
    RegionState::Disabled,
    RegionState::Provisional,
    RegionState::Noted,
];

/// The place of one region.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    pub start_s: f64,
    pub end_s: f64,
    /// Its index in the view.
    pub index: u32,
    pub state: RegionState,
}

/// The index of one view.
#[derive(Debug, Default)]
pub struct RegionIndex {
    made_of: Option<Arc<Vec<RegionView>>>,
    /// Grows with every new list.
    generation: u64,
    /// By start. In the view, provisional regions come after the saved ones.
    places: Vec<Place>,
    /// The latest end of each place and all before it, for a binary search.
    latest_end_s: Vec<f64>,
    ids: Vec<(ShownId, u32)>,
    counts: [usize; STATES.len()],
    /// Whether any of them has a note.
    has_notes: bool,
    /// Which regions of the view are selected.
    picked: Vec<bool>,
    /// The list and the selection of `picked`.
    picked_of: (u64, u64),
}

impl RegionIndex {
    /// Indexes `regions`, unless that is done.
    pub fn follow(&mut self, regions: &Arc<Vec<RegionView>>) {
        let is_known = |known: &Arc<Vec<RegionView>>| Arc::ptr_eq(known, regions);
        if self.made_of.as_ref().is_some_and(is_known) {
            return;
        }
        self.generation += 1;
        self.counts = [0; STATES.len()];
        self.has_notes = false;
        self.places.clear();
        self.ids.clear();
        for (index, region) in (0_u32..).zip(regions.iter()) {
            self.places.push(Place {
                start_s: region.span.start_s(),
                end_s: region.span.end_s(),
                index,
                state: region.state,
            });
            self.has_notes |= region.note.is_some();
            self.ids.extend(region.id.map(|id| (id, index)));
            if let Some(count) = self.counts.get_mut(position(region.state)) {
                *count += 1;
            }
        }
        // Both are nearly sorted, which makes a stable sort fast.
        self.places.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
        self.ids.sort();
        self.latest_end_s.clear();
        let mut latest_s = f64::NEG_INFINITY;
        for place in &self.places {
            latest_s = latest_s.max(place.end_s);
            self.latest_end_s.push(latest_s);
        }
        self.made_of = Some(Arc::clone(regions));
    }

    /// Takes in which ids are `selected`, unless that `revision` of the selection is known.
    pub fn follow_selection(&mut self, selected: &HashSet<ShownId>, revision: u64) {
        let of = (self.generation, revision);
        if self.picked_of == of {
            return;
        }
        self.picked_of = of;
        self.picked.clear();
        if selected.is_empty() {
            return;
        }
        self.picked.resize(self.places.len(), false);
        for &(id, index) in &self.ids {
            if let Some(place) = self.picked.get_mut(index as usize) {
                *place = selected.contains(&id);
            }
        }
    }

    /// Which regions are selected, by index in the view; shorter where none is.
    pub fn picked(&self) -> &[bool] {
        &self.picked
    }

    /// The number of the list, which changes with every new list.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The number of regions in `state`.
    pub fn count(&self, state: RegionState) -> usize {
        self.counts.get(position(state)).copied().unwrap_or(0)
    }

    /// Whether any region has a note.
    pub fn has_notes(&self) -> bool {
        self.has_notes
    }

    /// The index in the view of the region `id`.
    pub fn index_of(&self, id: ShownId) -> Option<usize> {
        let at = self.ids.binary_search_by_key(&id, |&(id, _)| id).ok()?;
        self.ids.get(at).map(|&(_, index)| index as usize)
    }

    /// The regions that touch the span from `from_s` to `to_s`, by start.
    pub fn within(&self, from_s: f64, to_s: f64) -> impl Iterator<Item = Place> + '_ {
        let first = self.latest_end_s.partition_point(|&end_s| end_s < from_s);
        let last = self.places.partition_point(|place| place.start_s <= to_s);
        let reaching = self.places.get(first..last).unwrap_or_default();
        let touches = move |place: &&Place| place.end_s >= from_s;
        reaching.iter().filter(touches).copied()
    }

    /// The shortest region within `slack_s` of `time_s`, so that the user can reach a region inside a longer one.
    pub fn at(&self, time_s: f64, slack_s: f64) -> Option<usize> {
        let length_s = |place: &Place| place.end_s - place.start_s;
        self.within(time_s - slack_s, time_s + slack_s)
            .min_by(|a, b| length_s(a).total_cmp(&length_s(b)))
            .map(|place| place.index as usize)
    }

    /// The region at the playhead position `time_s`, or just before it.
    pub fn at_playhead(&self, time_s: f64) -> Option<usize> {
        let near = self.within(time_s - HEARD_BEFORE_S, time_s);
        let spans = near
            .filter(|place| !matches!(place.state, RegionState::Disabled | RegionState::Noted))
            .filter_map(|place| {
                let span = Span::new(place.start_s, place.end_s).ok()?;
                Some((place.index as usize, span))
            });
        heard_at(spans, time_s)
    }
}

/// The place of `state` in [`STATES`].
pub fn position(state: RegionState) -> usize {
    match state {
        RegionState::Found => 0,
        RegionState::Positive => 1,
        RegionState::Negative => 2,
        RegionState::Unsure => 3,
        RegionState::Disabled => 4,
        RegionState::Provisional => 5,
        RegionState::Noted => 6,
    }
}

#[cfg(test)]
mod tests {
    use earmark_core::protocol::RegionId;

    use super::*;

    fn index(spans: &[(f64, f64)]) -> RegionIndex {
        let regions = spans.iter().enumerate();
        let regions = regions.map(|(at, &(start_s, end_s))| RegionView {
            id: Some(RegionId(100 - at as i64).into()),
            ..RegionView::found(Span::new(start_s, end_s).unwrap(), 0.9)
        });
        let mut index = RegionIndex::default();
        index.follow(&Arc::new(regions.collect()));
        index
    }

    #[test]
    fn a_long_region_is_found_from_far_behind_its_start() {
        let index = index(&[(0.0, 100.0), (10.0, 11.0), (20.0, 21.0), (5.0, 6.0)]);
        let touched = |from_s, to_s| -> Vec<u32> {
            index
                .within(from_s, to_s)
                .map(|place| place.index)
                .collect()
        };
        assert_eq!(touched(50.0, 60.0), [0]);
        assert_eq!(touched(5.5, 10.0), [0, 3, 1]);
        assert!(touched(101.0, 200.0).is_empty());
        assert_eq!(index.at(20.5, 0.0), Some(2), "the inner one");
        assert_eq!(index.at(30.0, 0.0), Some(0));
    }

    #[test]
    fn regions_are_found_by_identity_and_counted_by_state() {
        let index = index(&[(0.0, 1.0), (2.0, 3.0)]);
        assert_eq!(index.index_of(RegionId(99).into()), Some(1));
        assert_eq!(index.index_of(RegionId(5).into()), None);
        assert_eq!(index.count(RegionState::Found), 2);
        assert_eq!(index.count(RegionState::Negative), 0);
    }

    #[test]
    fn what_has_just_ended_is_still_heard() {
        let index = index(&[(0.0, 1.0), (5.0, 6.0)]);
        assert_eq!(index.at_playhead(1.5), Some(0));
        assert_eq!(index.at_playhead(4.0), None);
        assert_eq!(index.at_playhead(5.5), Some(1));
    }
}
