//! The row above the table: what S goes by, which states are listed, and how much is left to go through.

use earmark_core::protocol::RegionState;
use egui::{RichText, Ui};

use super::{Results, WIDE};
use crate::editor::action::Action;
use crate::editor::region_index::STATES;
use crate::editor::theme;
use crate::editor::widgets::{counted, glyph_button, named_check_list, named_drop_down, weak};
use crate::review::{ReviewOrder, SortBy, StateFilter};

/// The orders worth reviewing in; the column titles give all.
const REVIEW_ORDERS: [SortBy; 4] = [
    SortBy::Time,
    SortBy::Score,
    SortBy::Uncertainty,
    SortBy::Novelty,
];

impl Results<'_> {
    pub(super) fn ordering(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let is_wide = ui.available_width() >= WIDE;
        ui.horizontal(|ui| {
            self.order(ui, actions);
            let next = glyph_button(ui, "Next", "Next to review", true)
                .on_hover_text("The next region in this order that nobody has judged (S)");
            if next.clicked() {
                actions.push(Action::NextToReview);
            }
            if is_wide {
                self.which(ui, actions);
            }
        });
        if !is_wide {
            ui.horizontal(|ui| self.which(ui, actions));
        }
    }

    /// Which states are listed, and what is left to do.
    fn which(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        self.states(ui, actions);
        let left = self.listed.index.count(RegionState::Found);
        ui.label(weak(match left {
            0 => String::from("all judged"),
            _ => format!("{} to review", counted(left, "region", "regions")),
        }));
        if let Some(refused) = self.state.refused() {
            ui.label(RichText::new(refused).color(theme::colours().error));
        }
    }

    fn order(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let unknown = self.order.by == SortBy::Novelty
            && self.listed.regions.iter().all(|one| one.novelty.is_none());
        let selected = if unknown {
            // Not embedded, nothing marked yet, or not answered yet.
            String::from("by novelty (unknown: by uncertainty)")
        } else {
            order_words(self.order)
        };
        named_drop_down(ui, "Review order", selected, 190.0, |ui| {
            for by in REVIEW_ORDERS {
                let order = ReviewOrder {
                    by,
                    reversed: false,
                };
                let chosen = self.order == order;
                let response = ui.selectable_label(chosen, order_words(order));
                if response.on_hover_text(order_reason(by)).clicked() && !chosen {
                    actions.push(Action::SetOrder(order));
                }
            }
        });
    }

    /// A menu of the states with how many there are of each. It stays open: several are chosen one after another.
    fn states(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let listed = self.listed.rows();
        let all = self.listed.regions.len();
        let selected = if self.filter.is_all() {
            format!("all {all}")
        } else {
            format!("{listed} of {all}")
        };
        named_check_list(ui, "States", selected, 96.0, |ui| {
            for state in STATES {
                let mut lists = self.filter.lists(state);
                let count = self.listed.index.count(state);
                let words = format!("{} {} ({count})", theme::state_glyph(state), state.word());
                let words = RichText::new(words).color(theme::state_colour(state));
                if ui.checkbox(&mut lists, words).changed() {
                    actions.push(Action::SetFilter(self.filter.toggled(state)));
                }
            }
            ui.separator();
            if ui
                .selectable_label(self.filter.is_all(), "All states")
                .clicked()
            {
                actions.push(Action::SetFilter(StateFilter::ALL));
            }
        });
    }
}

/// `by time`, `by score, backwards`.
fn order_words(order: ReviewOrder) -> String {
    let backwards = if order.reversed { ", backwards" } else { "" };
    format!("by {}{backwards}", order.by.word())
}

fn order_reason(by: SortBy) -> &'static str {
    match by {
        SortBy::Uncertainty => "Nearest to the threshold first: a word there moves the line most",
        SortBy::Novelty => "Least like anything that was marked first: what has not been heard of",
        SortBy::Score => "The surest first: false hits up there cost most",
        _ => "As on the timeline",
    }
}
