//! What is filtered, sorted and selected in the hard-negatives manager, and what is removed by it.

use std::cmp::Ordering;
use std::collections::HashSet;

use earmark_core::engine::command::Command;
use earmark_core::engine::view::NegativeView;
use earmark_core::store::NegativeId;
use egui::Modifiers;

/// What the list goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NegativesBy {
    File,
    Time,
    Model,
    /// The newest first.
    #[default]
    Added,
}

/// What is filtered, sorted and selected in the manager.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NegativesForm {
    /// Only those marked in this model's results; an empty one means those whose model is unknown.
    pub source_model: Option<String>,
    pub search: String,
    pub by: NegativesBy,
    pub reversed: bool,
    selected: HashSet<NegativeId>,
    /// Row of the last click, where Shift extends from.
    anchor: Option<NegativeId>,
    /// "Clear All" was pressed and waits for its confirmation.
    pub confirming: bool,
}

impl NegativesForm {
    /// Those that pass the filters, in order.
    pub fn shown<'a>(&self, negatives: &'a [NegativeView]) -> Vec<&'a NegativeView> {
        let search = self.search.trim().to_lowercase();
        let mut shown: Vec<&NegativeView> = negatives
            .iter()
            .filter(|negative| self.shows(negative, &search))
            .collect();
        // Stable, so that equals stay newest first.
        shown.sort_by(|a, b| {
            let order = self.compare(a, b);
            if self.reversed {
                order.reverse()
            } else {
                order
            }
        });
        shown
    }

    fn shows(&self, negative: &NegativeView, search: &str) -> bool {
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

    fn compare(&self, a: &NegativeView, b: &NegativeView) -> Ordering {
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

    /// Sorts by `by`, or the other way round if it does so already.
    pub fn sort_by(&mut self, by: NegativesBy) {
        self.reversed = self.by == by && !self.reversed;
        self.by = by;
    }

    pub fn is_selected(&self, id: NegativeId) -> bool {
        self.selected.contains(&id)
    }

    /// The command that removes what is selected and shown, if anything is: what a filter hides is not meant.
    pub fn remove_selected(&mut self, negatives: &[NegativeView]) -> Option<Command> {
        let chosen: Vec<NegativeId> = self
            .shown(negatives)
            .into_iter()
            .map(|negative| negative.id)
            .filter(|id| self.selected.contains(id))
            .collect();
        self.selected.clear();
        (!chosen.is_empty()).then_some(Command::RemoveNegatives { negatives: chosen })
    }

    /// Selects everything that passes the filters.
    pub fn select_all(&mut self, negatives: &[NegativeView]) {
        let shown = self.shown(negatives);
        self.selected = shown.into_iter().map(|negative| negative.id).collect();
    }

    /// Click, Ctrl+click and Shift+click on the row `index` of those that are shown.
    pub fn pick(&mut self, shown: &[&NegativeView], index: usize, modifiers: Modifiers) {
        let Some(id) = shown.get(index).map(|negative| negative.id) else {
            return;
        };
        let anchor = self
            .anchor
            .and_then(|anchor| shown.iter().position(|negative| negative.id == anchor));
        match anchor {
            Some(anchor) if modifiers.shift => {
                let range = anchor.min(index)..=anchor.max(index);
                let rows = shown.get(range).unwrap_or_default();
                self.selected = rows.iter().map(|negative| negative.id).collect();
            }
            _ if modifiers.command => {
                if !self.selected.remove(&id) {
                    self.selected.insert(id);
                }
                self.anchor = Some(id);
            }
            _ => {
                self.selected = HashSet::from([id]);
                self.anchor = Some(id);
            }
        }
    }
}
