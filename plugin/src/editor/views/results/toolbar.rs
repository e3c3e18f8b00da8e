//! The row above the table: the review order, the listed states and notes, and the number of unjudged regions.

use earmark_core::protocol::RegionState;
use egui::{RichText, Role, TextEdit, Ui, WidgetInfo};

use super::{Results, WIDE};
use crate::editor::action::Action;
use crate::editor::region_index::STATES;
use crate::editor::theme;
use crate::editor::widgets::{counted, glyph_button, named_check_list, named_drop_down, weak};
use crate::review::{ReviewOrder, SortBy, StateFilter};

/// The orders in the menu; the column titles have all.
const REVIEW_ORDERS: [SortBy; 5] = [
    SortBy::Time,
    SortBy::Score,
    SortBy::Uncertainty,
    SortBy::Novelty,
    SortBy::Balanced,
];

impl Results<'_> {
    pub(super) fn toolbar(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let is_wide = ui.available_width() >= WIDE;
        ui.horizontal(|ui| {
            self.order(ui, actions);
            let next = glyph_button(ui, "Next", "Next to review", true)
                .on_hover_text("Select the next unjudged region in this order (S)");
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

    /// The listed states, and the number of unjudged regions.
    fn which(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        self.states(ui, actions);
        self.which_sound(ui, actions);
        self.notes(ui, actions);
        let left = self.listed.index.count(RegionState::Found);
        ui.label(weak(match left {
            0 => String::from("all judged"),
            _ => format!("{} to review", counted(left, "region", "regions")),
        }));
        if let Some(refused) = self.state.refused() {
            ui.label(RichText::new(refused).color(theme::colours().error));
        }
    }

    /// The field that finds notes. Without notes there is nothing to find.
    fn notes(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        if self.sought.is_empty() && !self.listed.index.has_notes() {
            return;
        }
        let mut text = self.sought.to_owned();
        let field = TextEdit::singleline(&mut text)
            .id_salt("find notes")
            .desired_width(110.0)
            .hint_text("find in notes");
        let response = ui.add(field);
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::TextInput, true, "Find in notes");
            info.current_text_value = Some(self.sought.to_owned());
            info
        });
        let is_changed = response.changed();
        response.on_hover_text(
            "Lists only regions whose note has all of these words; #word finds a tag.",
        );
        if is_changed {
            actions.push(Action::FindNotes(text));
        }
    }

    fn order(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let unknown = self.order.by == SortBy::Novelty
            && self.listed.regions.iter().all(|one| one.novelty.is_none());
        let selected = if unknown {
            // Without embeddings, marks or an answer of the engine.
            String::from("by uncertainty (novelty unknown)")
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

    /// The menu of states with their counts. It stays open, so that the user can choose several.
    fn states(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let listed = self.listed.rows();
        let all = self.listed.regions.len();
        let selected = if self.listed.arrangement.lists_all() {
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

/// `by time`, `by score, reversed`.
fn order_words(order: ReviewOrder) -> String {
    let reversed = if order.reversed { ", reversed" } else { "" };
    format!("by {}{reversed}", order.by.word())
}

fn order_reason(by: SortBy) -> &'static str {
    match by {
        SortBy::Uncertainty => {
            "Regions nearest to the threshold first, which teach the classifier most"
        }
        SortBy::Novelty => "Regions least like your marks first",
        SortBy::Balanced => {
            "Equal numbers from every tenth of the scores, to measure how often a score is right"
        }
        SortBy::Score => "Highest scores first",
        _ => "Timeline order",
    }
}
