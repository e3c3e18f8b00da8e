//! Which regions are selected, in the way tables and file lists do it: click, Ctrl, Shift, arrows.
//!
//! Pure. Regions are held by id, so a selection survives re-sorting and re-publishing; when a rescan brings new ids,
//! the cursor's time is remembered and the arrows go on from there.

use std::collections::HashSet;

use earmark_core::engine::view::{RegionState, RegionView};
use earmark_core::store::RegionId;

use super::review_order::Listed;

/// How a click or key changes the selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// Only this one.
    Only,
    /// Add it, or take it out (Ctrl).
    Toggle,
    /// Everything from the anchor to it (Shift).
    Range,
}

impl Pick {
    /// What the modifier keys of a click mean.
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

/// The selected regions and the one the keys act from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selection {
    picked: HashSet<RegionId>,
    cursor: Option<RegionId>,
    anchor: Option<RegionId>,
    /// Start of the last cursor, in seconds from the take's start.
    resume_s: Option<f64>,
}

impl Selection {
    pub fn contains(&self, id: RegionId) -> bool {
        self.picked.contains(&id)
    }

    pub fn is_empty(&self) -> bool {
        self.picked.is_empty()
    }

    pub fn len(&self) -> usize {
        self.picked.len()
    }

    /// The region the arrows move from.
    pub fn cursor(&self) -> Option<RegionId> {
        self.cursor
    }

    /// Position of the cursor in `regions`.
    pub fn cursor_index(&self, regions: &[RegionView]) -> Option<usize> {
        index_of(regions, self.cursor?)
    }

    /// The selected ids in the order of `regions`.
    pub fn in_order(&self, regions: &[RegionView]) -> Vec<RegionId> {
        regions
            .iter()
            .filter_map(|region| region.id)
            .filter(|id| self.contains(*id))
            .collect()
    }

    pub fn clear(&mut self) {
        *self = Self {
            resume_s: self.resume_s,
            ..Self::default()
        };
    }

    /// Selects every region that can be marked.
    pub fn select_all(&mut self, regions: &[RegionView]) {
        self.picked = regions.iter().filter_map(|region| region.id).collect();
        if self.cursor.is_none() {
            self.cursor = regions.iter().find_map(|region| region.id);
            self.anchor = self.cursor;
        }
    }

    /// Applies a click on `regions[index]`. Provisional regions have no id and cannot be selected.
    pub fn pick(&mut self, listed: Listed<'_>, index: usize, how: Pick) {
        let Listed {
            regions,
            arrangement,
        } = listed;
        let Some((id, start_s)) = regions
            .get(index)
            .and_then(|region| Some((region.id?, region.span.start_s())))
        else {
            return;
        };
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
                    .and_then(|anchor| index_of(regions, anchor))
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
        // Without a cursor the first step only enters the list.
        let (from, by) = match self.cursor_row(listed) {
            Some(at) => (at, by),
            None => (self.entry(listed, by < 0), by - by.signum()),
        };
        let target = from.checked_add_signed(by).unwrap_or(0);
        let target = target.min(listed.regions.len().saturating_sub(1));
        let how = if extend { Pick::Range } else { Pick::Only };
        self.pick(listed, listed.arrangement.index(target), how);
    }

    /// Moves to the next row whose region nobody has judged yet, from the cursor on and round again; when all are judged, to
    /// the next region.
    pub fn next_to_review(&mut self, listed: Listed<'_>) {
        let rows = listed.regions.len();
        if rows == 0 {
            return;
        }
        let first = match self.cursor_row(listed) {
            Some(at) => at + 1,
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

    /// Forgets regions that are no longer there.
    pub fn retain(&mut self, regions: &[RegionView]) {
        if self.picked.is_empty() && self.cursor.is_none() {
            return;
        }
        let present: HashSet<RegionId> = regions.iter().filter_map(|region| region.id).collect();
        self.picked.retain(|id| present.contains(id));
        self.cursor = self.cursor.filter(|id| present.contains(id));
        self.anchor = self.anchor.filter(|id| present.contains(id));
    }

    fn cursor_row(&self, listed: Listed<'_>) -> Option<usize> {
        let index = self.cursor_index(listed.regions)?;
        Some(listed.arrangement.row(index))
    }

    /// Where the arrows enter a list without a cursor: in order of time beside where the last cursor was, else at an end.
    fn entry(&self, listed: Listed<'_>, backwards: bool) -> usize {
        let regions = listed.regions;
        match self.resume_s.filter(|_| listed.arrangement.is_by_time()) {
            Some(resume_s) => {
                let after = regions.partition_point(|region| region.span.start_s() < resume_s);
                if backwards {
                    after.saturating_sub(1)
                } else {
                    after
                }
            }
            None if backwards => regions.len().saturating_sub(1),
            None => 0,
        }
    }
}

fn index_of(regions: &[RegionView], id: RegionId) -> Option<usize> {
    regions.iter().position(|region| region.id == Some(id))
}

#[cfg(test)]
mod tests {
    use earmark_core::time::Span;

    use super::*;
    use crate::editor::review_order::Arrangement;

    fn regions(states: &[RegionState]) -> Vec<RegionView> {
        states
            .iter()
            .enumerate()
            .map(|(index, &state)| RegionView {
                id: (state != RegionState::Provisional).then_some(RegionId(index as i64 + 1)),
                span: Span::new(index as f64, index as f64 + 0.5).unwrap(),
                score: 0.9,
                state,
                change: None,
                novelty: None,
                class: None,
                clip: None,
                waiting: false,
            })
            .collect()
    }

    fn by_time(regions: &[RegionView]) -> Listed<'_> {
        static AS_THEY_ARE: Arrangement = Arrangement::by_time();
        Listed {
            regions,
            arrangement: &AS_THEY_ARE,
        }
    }

    const FOUR_FOUND: [RegionState; 4] = [RegionState::Found; 4];

    #[test]
    fn shift_selects_from_the_anchor_and_ctrl_toggles() {
        let regions = regions(&FOUR_FOUND);
        let mut selection = Selection::default();
        selection.pick(by_time(&regions), 1, Pick::Only);
        selection.pick(by_time(&regions), 3, Pick::Range);
        assert_eq!(
            selection.in_order(&regions),
            [RegionId(2), RegionId(3), RegionId(4)]
        );
        selection.pick(by_time(&regions), 2, Pick::Toggle);
        assert_eq!(selection.in_order(&regions), [RegionId(2), RegionId(4)]);
    }

    #[test]
    fn arrows_stop_at_the_ends() {
        let regions = regions(&FOUR_FOUND);
        let mut selection = Selection::default();
        selection.step(by_time(&regions), 1, false);
        assert_eq!(selection.cursor_index(&regions), Some(0));
        selection.step(by_time(&regions), -1, false);
        assert_eq!(selection.cursor_index(&regions), Some(0));
        selection.step(by_time(&regions), 99, false);
        assert_eq!(selection.cursor_index(&regions), Some(3));
    }

    #[test]
    fn next_passes_over_what_was_judged_and_goes_round() {
        use RegionState::{Found, Negative, Positive};
        let regions = regions(&[Found, Positive, Negative, Found]);
        let mut selection = Selection::default();
        selection.next_to_review(by_time(&regions));
        assert_eq!(selection.cursor_index(&regions), Some(0));
        selection.next_to_review(by_time(&regions));
        assert_eq!(selection.cursor_index(&regions), Some(3));
        selection.next_to_review(by_time(&regions));
        assert_eq!(selection.cursor_index(&regions), Some(0));
    }

    #[test]
    fn provisional_regions_cannot_be_selected() {
        let regions = regions(&[RegionState::Provisional]);
        let mut selection = Selection::default();
        selection.pick(by_time(&regions), 0, Pick::Only);
        selection.select_all(&regions);
        selection.next_to_review(by_time(&regions));
        assert!(selection.is_empty());
    }

    #[test]
    fn after_a_rescan_the_arrows_go_on_where_they_were() {
        let before = regions(&FOUR_FOUND);
        let mut selection = Selection::default();
        selection.pick(by_time(&before), 2, Pick::Only);
        let after: Vec<RegionView> = before
            .iter()
            .cloned()
            .map(|region| RegionView {
                id: region.id.map(|id| RegionId(id.0 + 100)),
                ..region
            })
            .collect();
        selection.retain(&after);
        assert!(selection.is_empty());
        selection.step(by_time(&after), 1, false);
        assert_eq!(selection.cursor_index(&after), Some(2));
    }
}
