//! What the Similar panel keeps between frames: the examples of the next search, the selected rows, the form for an export.
//!
//! Runs on the window's thread. It holds rows by their position, which a search never changes once it has answered.

use std::collections::BTreeSet;

use earmark_core::protocol::{
    Example, RegionState, SearchedPlace, SimilarQuery, SimilarState, SimilarStretch, SimilarView,
};

use super::folder_browser::FolderForm;
use crate::editor::selection::Pick;

/// The choices of an export of the selected stretches.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StretchExport {
    pub class: String,
    pub place: FolderForm,
}

/// The state of the panel.
#[derive(Debug, Default)]
pub struct SimilarForm {
    /// What the next search goes by.
    pub examples: Vec<SimilarStretch>,
    /// What the next search stays away from.
    pub rejected: Vec<SimilarStretch>,
    /// Where: what the project has saved.
    pub place: SearchedPlace,
    /// The form for an export, while it is open.
    pub export: Option<StretchExport>,
    /// The table should scroll to the cursor.
    pub reveal: bool,
    picked: BTreeSet<usize>,
    cursor: Option<usize>,
    anchor: Option<usize>,
    /// The search whose rows are selected.
    seen: Option<SimilarQuery>,
}

impl SimilarForm {
    /// Begins with other examples.
    pub fn begin(&mut self, examples: Vec<SimilarStretch>) {
        self.examples = examples;
        self.rejected.clear();
        self.export = None;
    }

    /// Forgets the selection when the rows are those of another search.
    pub fn follow(&mut self, similar: Option<&SimilarView>) {
        let answered = similar.filter(|it| matches!(it.state, SimilarState::Found(_)));
        if self.seen.as_ref() != answered.map(|it| &it.query) {
            self.seen = answered.map(|it| it.query.clone());
            self.picked.clear();
            self.cursor = None;
            self.anchor = None;
        }
    }

    /// The next search, with what the user marked among `found`: positive stretches are examples, and negative ones are rejected.
    pub fn query(&self, found: &[SimilarStretch]) -> SimilarQuery {
        let mut query = SimilarQuery {
            examples: self.examples.iter().map(SimilarStretch::example).collect(),
            rejected: self.rejected.iter().map(SimilarStretch::example).collect(),
            place: self.place,
        };
        for stretch in found {
            let example = stretch.example();
            if query.mentions(&example) {
                continue;
            }
            match stretch.region.state {
                RegionState::Positive => query.examples.push(example),
                RegionState::Negative => query.rejected.push(example),
                _ => {}
            }
        }
        query
    }

    /// Takes what is marked among `found` into the lists, for a search that is about to begin.
    pub fn take_marked(&mut self, found: &[SimilarStretch]) {
        let query = self.query(found);
        let add = |list: &mut Vec<SimilarStretch>, wanted: &[Example]| {
            for stretch in found {
                let is_new = list
                    .iter()
                    .all(|known| known.example() != stretch.example());
                if is_new && wanted.contains(&stretch.example()) {
                    list.push(stretch.clone());
                }
            }
        };
        add(&mut self.examples, &query.examples);
        add(&mut self.rejected, &query.rejected);
    }

    /// The selected stretches become examples, or with `rejected` what the search stays away from.
    pub fn refine(&mut self, found: &[SimilarStretch], rejected: bool) {
        let chosen: Vec<SimilarStretch> = self.selected(found).into_iter().cloned().collect();
        for stretch in chosen {
            let example = stretch.example();
            let is_other = |known: &SimilarStretch| known.example() != example;
            self.examples.retain(is_other);
            self.rejected.retain(is_other);
            match rejected {
                true => self.rejected.push(stretch),
                false => self.examples.push(stretch),
            }
        }
    }

    /// Whether row `row` is selected.
    pub fn is_selected(&self, row: usize) -> bool {
        self.picked.contains(&row)
    }

    /// The row that the arrows move from.
    pub fn cursor(&self) -> Option<usize> {
        self.cursor
    }

    /// The selected stretches, the most similar first.
    pub fn selected<'a>(&self, found: &'a [SimilarStretch]) -> Vec<&'a SimilarStretch> {
        let rows = self.picked.iter();
        rows.filter_map(|&row| found.get(row)).collect()
    }

    /// The stretch at the cursor.
    pub fn at_cursor<'a>(&self, found: &'a [SimilarStretch]) -> Option<&'a SimilarStretch> {
        found.get(self.cursor.filter(|row| self.is_selected(*row))?)
    }

    /// A click on a row.
    pub fn pick(&mut self, row: usize, how: Pick) {
        match how {
            Pick::Only => {
                self.picked = BTreeSet::from([row]);
                self.anchor = Some(row);
            }
            Pick::Toggle => {
                if !self.picked.remove(&row) {
                    self.picked.insert(row);
                }
                self.anchor = Some(row);
            }
            Pick::Range => {
                let from = self.anchor.unwrap_or(row);
                self.picked = (from.min(row)..=from.max(row)).collect();
                self.anchor = Some(from);
            }
        }
        self.cursor = Some(row);
    }

    /// An arrow key, in a list of `rows` rows.
    pub fn step(&mut self, by: isize, extend: bool, rows: usize) {
        let Some(last) = rows.checked_sub(1) else {
            return;
        };
        let row = match self.cursor {
            Some(at) => at.checked_add_signed(by).unwrap_or(0).min(last),
            None if by < 0 => last,
            None => 0,
        };
        self.pick(row, if extend { Pick::Range } else { Pick::Only });
        self.reveal = true;
    }

    /// Selects all rows.
    pub fn select_all(&mut self, rows: usize) {
        self.picked = (0..rows).collect();
        self.cursor = self.cursor.or((rows > 0).then_some(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_stop_at_the_ends_and_shift_selects_from_the_anchor() {
        let mut form = SimilarForm::default();
        form.step(1, false, 4);
        assert_eq!(form.cursor(), Some(0));
        form.step(-1, false, 4);
        assert_eq!(form.cursor(), Some(0));
        form.step(2, true, 4);
        assert!((0..3).all(|row| form.is_selected(row)) && !form.is_selected(3));
        form.step(9, false, 4);
        assert_eq!(form.cursor(), Some(3));
        form.step(1, false, 0);
        assert_eq!(form.cursor(), Some(3), "there is nothing to step through");
    }
}
