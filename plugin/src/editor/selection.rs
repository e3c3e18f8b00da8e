//! The selected regions, which click, Ctrl, Shift and the arrows change as in a file list.
//!
//! Pure. It holds ids, so a selection survives sorting and new views. After a scan with new ids the arrows continue from the time
//! of the last cursor.

use std::collections::HashSet;

use earmark_core::protocol::{RegionState, RegionView, ShownId};

use super::region_index::RegionIndex;
use super::review_order::Listed;

/// How a click or key changes the selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// Select only this one.
    Only,
    /// Add or remove it (Ctrl).
    Toggle,
    /// Select everything from the anchor to it (Shift).
    Range,
}

impl Pick {
    /// The change for the modifier keys of a click.
    pub fn from_modifiers(modifiers: egui::Modifiers) -> Self {
        if modifiers.shift {
            Self::Range
        } else if modifiers.command {
            Self::Toggle
        } else {
            Self::Only
        }
    }
}

/// The selected regions and the cursor.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selection {
    picked: HashSet<ShownId>,
    cursor: Option<ShownId>,
    anchor: Option<ShownId>,
    /// Start of the last cursor, in seconds from the take's start.
    resume_s: Option<f64>,
    /// Grows with every change.
    revision: u64,
    /// The last list of regions that it has checked.
    seen: u64,
}

impl Selection {
    /// Whether the region `id` is selected.
    pub fn contains(&self, id: ShownId) -> bool {
        self.picked.contains(&id)
    }

    /// Everything that is selected, in no order.
    pub fn ids(&self) -> &HashSet<ShownId> {
        &self.picked
    }

    /// Whether no region is selected.
    pub fn is_empty(&self) -> bool {
        self.picked.is_empty()
    }

    /// The number of selected regions.
    pub fn len(&self) -> usize {
        self.picked.len()
    }

    /// A number that changes with every change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The region that the arrows move from.
    pub fn cursor(&self) -> Option<ShownId> {
        self.cursor
    }

    /// Position of the cursor in the view.
    pub fn cursor_index(&self, index: &RegionIndex) -> Option<usize> {
        index.index_of(self.cursor?)
    }

    /// The selected ids in the order of `regions`.
    pub fn in_order(&self, regions: &[RegionView]) -> Vec<ShownId> {
        regions
            .iter()
            .filter_map(|region| region.id)
            .filter(|id| self.contains(*id))
            .collect()
    }

    /// Deselects all regions.
    pub fn clear(&mut self) {
        *self = Self {
            resume_s: self.resume_s,
            revision: self.revision + 1,
            seen: self.seen,
            ..Self::default()
        };
    }

    /// Selects every listed region that can be marked.
    pub fn select_all(&mut self, listed: Listed<'_>) {
        self.revision += 1;
        let ids = || (0..listed.rows()).filter_map(|row| listed.at_row(row)?.id);
        self.picked = ids().collect();
        if self.cursor.is_none_or(|id| !self.contains(id)) {
            self.cursor = ids().next();
            self.anchor = self.cursor;
        }
    }

    /// Applies a click on `regions[index]`. Provisional regions have no id and cannot be selected.
    pub fn pick(&mut self, listed: Listed<'_>, index: usize, how: Pick) {
        let Listed {
            regions,
            arrangement,
            index: known,
        } = listed;
        let Some((id, start_s)) = regions
            .get(index)
            .and_then(|region| Some((region.id?, region.span.start_s())))
        else {
            return;
        };
        self.revision += 1;
        match how {
            Pick::Only => {
                self.picked = HashSet::from([id]);
                self.anchor = Some(id);
            }
            Pick::Toggle => {
                if !self.picked.remove(&id) {
                    self.picked.insert(id);
                }
                self.anchor = Some(id);
            }
            Pick::Range => {
                let from = self
                    .anchor
                    .and_then(|anchor| known.index_of(anchor))
                    .unwrap_or(index);
                let (from, to) = (arrangement.row(from), arrangement.row(index));
                self.picked = (from.min(to)..=from.max(to))
                    .filter_map(|row| listed.at_row(row)?.id)
                    .collect();
                self.anchor = self.anchor.or(Some(id));
            }
        }
        self.cursor = Some(id);
        self.resume_s = Some(start_s);
    }

    /// Moves the cursor by `by` rows, stopping at the ends. `extend` keeps the anchor (Shift).
    pub fn step(&mut self, listed: Listed<'_>, by: isize, extend: bool) {
        // Without a cursor the first step only enters the list. From an unlisted region it enters the row after it.
        let (from, by) = match self.cursor_row(listed) {
            Some((at, true)) => (at, by),
            Some((at, false)) => (at, by - by.clamp(0, 1)),
            None => (self.entry(listed, by < 0), by - by.signum()),
        };
        let target = from.checked_add_signed(by).unwrap_or(0);
        let target = target.min(listed.rows().saturating_sub(1));
        let how = if extend { Pick::Range } else { Pick::Only };
        self.pick(listed, listed.arrangement.index(target), how);
    }

    /// Moves to the next unjudged region after the cursor, and from the end to the start; when all are judged, to the next
    /// region.
    pub fn next_to_review(&mut self, listed: Listed<'_>) {
        let rows = listed.rows();
        if rows == 0 {
            return;
        }
        let first = match self.cursor_row(listed) {
            Some((at, is_listed)) => at + usize::from(is_listed),
            None => self.entry(listed, false),
        };
        let mut round = (first..rows).chain(0..first.min(rows));
        let at = |row: usize| listed.at_row(row);
        let unjudged = round
            .clone()
            .find(|&row| at(row).is_some_and(|region| region.state == RegionState::Found));
        let next = unjudged
            .or_else(|| round.find(|&row| at(row).is_some_and(|region| region.id.is_some())));
        if let Some(row) = next {
            self.pick(listed, listed.arrangement.index(row), Pick::Only);
        }
    }

    /// Forgets regions that the view no longer has.
    pub fn retain(&mut self, index: &RegionIndex) {
        if self.seen == index.generation() {
            return;
        }
        self.seen = index.generation();
        self.revision += 1;
        let is_present = |id: &ShownId| index.index_of(*id).is_some();
        self.picked.retain(is_present);
        self.cursor = self.cursor.filter(is_present);
        self.anchor = self.anchor.filter(is_present);
    }

    /// The row of the cursor, and whether the cursor is in that row or unlisted just before it.
    fn cursor_row(&self, listed: Listed<'_>) -> Option<(usize, bool)> {
        let index = self.cursor_index(listed.index)?;
        let row = listed.arrangement.row(index);
        Some((row, listed.arrangement.index(row) == index))
    }

    /// Where the arrows enter a list without a cursor: in order of time next to the last cursor, else at an end.
    fn entry(&self, listed: Listed<'_>, backwards: bool) -> usize {
        let regions = listed.regions;
        match self.resume_s.filter(|_| listed.arrangement.is_by_time()) {
            Some(resume_s) => {
                let after = regions.partition_point(|region| region.span.start_s() < resume_s);
                let after = listed.arrangement.row(after);
                if backwards {
                    after.saturating_sub(1)
                } else {
                    after
                }
            }
            None if backwards => listed.rows().saturating_sub(1),
            None => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use earmark_core::protocol::{NoteSearch, RegionId};
    use earmark_core::time::Span;

    use std::sync::Arc;

    use super::*;
    use crate::editor::review_order::Arrangement;
    use crate::review::{ReviewOrder, StateFilter};

    /// Regions that are listed by time, those in the states that `filter` lists.
    struct TestWindow {
        regions: Arc<Vec<RegionView>>,
        index: RegionIndex,
        arrangement: Arrangement,
    }

    impl TestWindow {
        fn new(regions: Vec<RegionView>, filter: StateFilter) -> Self {
            let mut worker = Self {
                regions: Arc::new(regions),
                index: RegionIndex::default(),
                arrangement: Arrangement::default(),
            };
            worker.index.follow(&worker.regions);
            let order = ReviewOrder::default();
            worker.arrangement.follow(
                &worker.regions,
                order,
                (filter, &NoteSearch::default(), None),
                0.5,
            );
            worker
        }

        fn listed(&self) -> Listed<'_> {
            Listed {
                regions: &self.regions,
                arrangement: &self.arrangement,
                index: &self.index,
            }
        }
    }

    fn views(states: &[RegionState]) -> Vec<RegionView> {
        let states = states.iter().enumerate();
        states
            .map(|(index, &state)| {
                let start_s = index as f64;
                RegionView {
                    id: (state != RegionState::Provisional)
                        .then_some(RegionId(index as i64 + 1).into()),
                    state,
                    ..RegionView::found(Span::new(start_s, start_s + 0.5).unwrap(), 0.9)
                }
            })
            .collect()
    }

    fn regions(states: &[RegionState]) -> TestWindow {
        TestWindow::new(views(states), StateFilter::ALL)
    }

    const FOUR_FOUND: [RegionState; 4] = [RegionState::Found; 4];

    #[test]
    fn shift_selects_from_the_anchor_and_ctrl_toggles() {
        let regions = regions(&FOUR_FOUND);
        let mut selection = Selection::default();
        selection.pick(regions.listed(), 1, Pick::Only);
        selection.pick(regions.listed(), 3, Pick::Range);
        assert_eq!(
            selection.in_order(&regions.regions),
            [2, 3, 4].map(|id| RegionId(id).into())
        );
        selection.pick(regions.listed(), 2, Pick::Toggle);
        assert_eq!(
            selection.in_order(&regions.regions),
            [2, 4].map(|id| RegionId(id).into())
        );
    }

    #[test]
    fn arrows_stop_at_the_ends() {
        let regions = regions(&FOUR_FOUND);
        let mut selection = Selection::default();
        selection.step(regions.listed(), 1, false);
        assert_eq!(selection.cursor_index(&regions.index), Some(0));
        selection.step(regions.listed(), -1, false);
        assert_eq!(selection.cursor_index(&regions.index), Some(0));
        selection.step(regions.listed(), 99, false);
        assert_eq!(selection.cursor_index(&regions.index), Some(3));
    }

    #[test]
    fn next_passes_over_what_was_judged_and_goes_round() {
        use RegionState::{Found, Negative, Positive};
        let regions = regions(&[Found, Positive, Negative, Found]);
        let mut selection = Selection::default();
        selection.next_to_review(regions.listed());
        assert_eq!(selection.cursor_index(&regions.index), Some(0));
        selection.next_to_review(regions.listed());
        assert_eq!(selection.cursor_index(&regions.index), Some(3));
        selection.next_to_review(regions.listed());
        assert_eq!(selection.cursor_index(&regions.index), Some(0));
    }

    #[test]
    fn provisional_regions_cannot_be_selected() {
        let regions = regions(&[RegionState::Provisional]);
        let mut selection = Selection::default();
        selection.pick(regions.listed(), 0, Pick::Only);
        selection.select_all(regions.listed());
        selection.next_to_review(regions.listed());
        assert!(selection.is_empty());
    }

    #[test]
    fn after_a_rescan_the_arrows_go_on_where_they_were() {
        let before = regions(&FOUR_FOUND);
        let mut selection = Selection::default();
        selection.pick(before.listed(), 2, Pick::Only);
        let renewed = views(&FOUR_FOUND).into_iter().map(|region| RegionView {
            id: region
                .id
                .and_then(ShownId::region)
                .map(|id| RegionId(id.0 + 100).into()),
            ..region
        });
        let mut after = TestWindow::new(Vec::new(), StateFilter::ALL);
        after.regions = Arc::new(renewed.collect());
        after.index.follow(&after.regions);
        selection.retain(&after.index);
        assert!(selection.is_empty());
        selection.step(after.listed(), 1, false);
        assert_eq!(selection.cursor_index(&after.index), Some(2));
    }

    #[test]
    fn the_arrows_go_on_from_a_region_that_a_mark_took_off_the_list() {
        use RegionState::{Found, Negative};
        let only_found = StateFilter::ALL.toggled(Negative);
        let before = TestWindow::new(views(&FOUR_FOUND), only_found);
        let mut selection = Selection::default();
        selection.pick(before.listed(), 1, Pick::Only);
        let after = TestWindow::new(views(&[Found, Negative, Found, Found]), only_found);
        for (by, expected) in [(1, 2), (-1, 0)] {
            let mut selection = selection.clone();
            selection.step(after.listed(), by, false);
            assert_eq!(selection.cursor_index(&after.index), Some(expected));
        }
        selection.next_to_review(after.listed());
        assert_eq!(selection.cursor_index(&after.index), Some(2));
        selection.select_all(after.listed());
        assert_eq!(selection.len(), 3);
    }
}
