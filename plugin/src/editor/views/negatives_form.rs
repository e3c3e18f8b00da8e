//! The filter, the order and the selection in the Negatives panel.
//!
//! Runs on the window's thread and sorts once for every new list or filter, because there may be a hundred thousand rows.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use earmark_core::protocol::{HardNegative, NegativeId};
use egui::Modifiers;

/// The order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NegativesBy {
    File,
    Time,
    Model,
    /// The newest first.
    #[default]
    Added,
}

/// Which negatives are listed, and in which order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NegativesFilter {
    /// Only those marked in this model's results; an empty one means those whose model is unknown.
    pub source_model: Option<String>,
    pub search: String,
    pub by: NegativesBy,
    pub reversed: bool,
}

impl NegativesFilter {
    /// Indices of those of `negatives` that pass, in order.
    fn rows(&self, negatives: &[HardNegative]) -> Vec<usize> {
        let search = self.search.trim().to_lowercase();
        let mut rows: Vec<(usize, &HardNegative)> = negatives
            .iter()
            .enumerate()
            .filter(|(_, negative)| self.lists(negative, &search))
            .collect();
        // Stable, so that equals stay newest first.
        rows.sort_by(|(_, a), (_, b)| {
            let order = self.compare(a, b);
            if self.reversed {
                order.reverse()
            } else {
                order
            }
        });
        rows.into_iter().map(|(index, _)| index).collect()
    }

    fn lists(&self, negative: &HardNegative, search: &str) -> bool {
        let model_fits = self
            .source_model
            .as_ref()
            .is_none_or(|model| *model == negative.source_model);
        model_fits
            && (search.is_empty()
                || negative.filename.to_lowercase().contains(search)
                || negative.source_model.to_lowercase().contains(search)
                || negative.created_at.contains(search))
    }

    fn compare(&self, a: &HardNegative, b: &HardNegative) -> Ordering {
        let by_place = || {
            let by_file = a.filename.cmp(&b.filename);
            by_file.then(a.start_s.total_cmp(&b.start_s))
        };
        match self.by {
            NegativesBy::File => by_place(),
            NegativesBy::Time => a.start_s.total_cmp(&b.start_s),
            NegativesBy::Model => a.source_model.cmp(&b.source_model).then_with(by_place),
            NegativesBy::Added => b.created_at.cmp(&a.created_at),
        }
    }
}

/// The rows for one list of negatives and one filter, so that a frame only looks them up.
#[derive(Debug, Default)]
struct Arrangement {
    made_of: Option<(Arc<Vec<HardNegative>>, NegativesFilter)>,
    rows: Vec<usize>,
    /// How many were marked in each model's results.
    models: BTreeMap<String, usize>,
    /// The number of selected rows; `None` until a frame needs it.
    selected: Option<usize>,
}

/// The filter, the order and the selection in the panel.
#[derive(Debug, Default)]
pub struct NegativesForm {
    pub filter: NegativesFilter,
    arrangement: Arrangement,
    selected: HashSet<NegativeId>,
    /// Row of the last click, where Shift extends from.
    anchor: Option<NegativeId>,
    /// The user pressed "Delete all…" and has not answered the question.
    pub confirming: bool,
}

impl NegativesForm {
    /// Sorts and filters `negatives`, unless that is done.
    pub fn follow(&mut self, negatives: &Arc<Vec<HardNegative>>) {
        let made_of = self.arrangement.made_of.as_ref();
        let is_known = made_of.is_some_and(|(known, _)| Arc::ptr_eq(known, negatives));
        if is_known && made_of.is_some_and(|(_, filter)| *filter == self.filter) {
            return;
        }
        if !is_known {
            self.arrangement.models.clear();
            for negative in negatives.iter() {
                match self.arrangement.models.get_mut(&negative.source_model) {
                    Some(count) => *count += 1,
                    None => drop(
                        self.arrangement
                            .models
                            .insert(negative.source_model.clone(), 1),
                    ),
                }
            }
        }
        self.arrangement.rows = self.filter.rows(negatives);
        self.arrangement.selected = None;
        self.arrangement.made_of = Some((Arc::clone(negatives), self.filter.clone()));
    }

    /// How many rows are listed.
    pub fn rows(&self) -> usize {
        self.arrangement.rows.len()
    }

    /// How many negatives there are of each model.
    pub fn models(&self) -> &BTreeMap<String, usize> {
        &self.arrangement.models
    }

    /// The negative in `row`.
    pub fn at(&self, row: usize) -> Option<&HardNegative> {
        let (negatives, _) = self.arrangement.made_of.as_ref()?;
        negatives.get(*self.arrangement.rows.get(row)?)
    }

    /// Ids of the listed ones, row by row.
    pub fn listed(&self) -> impl Iterator<Item = NegativeId> {
        (0..self.rows()).filter_map(|row| Some(self.at(row)?.id))
    }

    /// Sorts by `by`, or the other way round if it does so already.
    pub fn sort_by(&mut self, by: NegativesBy) {
        let filter = &mut self.filter;
        filter.reversed = filter.by == by && !filter.reversed;
        filter.by = by;
    }

    /// How many of the listed ones are selected.
    pub fn selected(&mut self) -> usize {
        match self.arrangement.selected {
            Some(known) => known,
            None if self.selected.is_empty() => 0,
            None => {
                let count = self.listed().filter(|id| self.is_selected(*id)).count();
                self.arrangement.selected = Some(count);
                count
            }
        }
    }

    /// Whether the hard negative `id` is selected.
    pub fn is_selected(&self, id: NegativeId) -> bool {
        self.selected.contains(&id)
    }

    /// Takes the selected hard negatives that are listed, if any: a filter keeps the others. Nothing is selected any more.
    pub fn take_selected(&mut self) -> Option<Vec<NegativeId>> {
        let chosen: Vec<NegativeId> = self.listed().filter(|id| self.is_selected(*id)).collect();
        self.choose(HashSet::new());
        (!chosen.is_empty()).then_some(chosen)
    }

    /// Selects everything that is listed.
    pub fn select_all(&mut self) {
        self.choose(self.listed().collect());
        self.arrangement.selected = Some(self.rows());
    }

    fn choose(&mut self, ids: HashSet<NegativeId>) {
        self.selected = ids;
        self.arrangement.selected = None;
    }

    /// Click, Ctrl+click and Shift+click on a row.
    pub fn pick(&mut self, row: usize, modifiers: Modifiers) {
        let Some(id) = self.at(row).map(|negative| negative.id) else {
            return;
        };
        let anchor = self
            .anchor
            .filter(|_| modifiers.shift)
            .and_then(|anchor| self.listed().position(|id| id == anchor));
        match anchor {
            Some(anchor) => {
                let range = anchor.min(row)..=anchor.max(row);
                let rows = range.filter_map(|row| Some(self.at(row)?.id));
                self.choose(rows.collect());
            }
            None if modifiers.command => {
                if !self.selected.remove(&id) {
                    self.selected.insert(id);
                }
                self.arrangement.selected = None;
                self.anchor = Some(id);
            }
            None => {
                self.choose(HashSet::from([id]));
                self.anchor = Some(id);
            }
        }
    }
}
