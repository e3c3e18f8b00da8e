//! The Negatives panel: all hard negatives of the profile, to filter, search and delete.

use std::sync::Arc;

use earmark_core::protocol::{HardNegative, Target, UNSAID_LENGTH_S};
use earmark_core::time::timecode;
use egui::{Button, Frame, Margin, RichText, Role, Sense, TextEdit, TextStyle, Ui, WidgetInfo};
use egui_extras::{Column, TableBuilder};

use super::negatives_form::{NegativesBy, NegativesForm};
use crate::editor::action::{Action, Panel};
use crate::editor::theme;
use crate::editor::widgets::{
    counted, describe_row, drop_down, elided_label, figures, keep_label, panel_heading, weak,
};

const ALL_MODELS: &str = "All models";
const UNKNOWN_MODEL: &str = "(unknown)";
/// Titles of the columns, and the accessible names of their buttons.
const COLUMNS: [(NegativesBy, &str, &str); 4] = [
    (NegativesBy::File, "file", "Sort negatives by file"),
    (NegativesBy::Time, "time", "Sort negatives by time"),
    (NegativesBy::Model, "model", "Sort negatives by model"),
    (NegativesBy::Added, "added", "Sort negatives by date added"),
];

/// The panel of one frame.
pub struct Negatives<'a> {
    pub profile: &'a str,
    pub negatives: &'a Arc<Vec<HardNegative>>,
    pub form: &'a mut NegativesForm,
}

impl Negatives<'_> {
    /// Draws the panel.
    pub fn show(mut self, ui: &mut Ui) -> Vec<Action> {
        let mut actions = Vec::new();
        if panel_heading(ui, "Hard negatives") {
            actions.push(Action::Toggle(Panel::Negatives));
        }
        self.filters(ui);
        self.form.follow(self.negatives);
        let (shown, all) = (self.form.rows(), self.negatives.len());
        ui.label(weak(format!("{shown} of {all} shown")));
        self.buttons(ui, &mut actions);
        if self.form.confirming {
            self.confirmation(ui, &mut actions);
        }
        ui.separator();
        self.table(ui, &mut actions);
        actions
    }

    fn filters(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            let selected = self
                .form
                .filter
                .source_model
                .as_deref()
                .map_or(ALL_MODELS, model_words)
                .to_owned();
            drop_down(ui, "Source model", selected, 120.0, |ui| {
                let all = format!("{ALL_MODELS} ({})", self.negatives.len());
                let wanted = self.form.filter.source_model.as_deref();
                let mut choice = None;
                if ui.selectable_label(wanted.is_none(), all).clicked() {
                    choice = Some(None);
                }
                for (model, marks) in self.form.models() {
                    let words = format!("{} ({marks})", model_words(model));
                    let chosen = wanted == Some(model.as_str());
                    if ui.selectable_label(chosen, words).clicked() {
                        choice = Some(Some(model.clone()));
                    }
                }
                if let Some(model) = choice {
                    self.form.filter.source_model = model;
                }
            });
            let search = TextEdit::singleline(&mut self.form.filter.search)
                .hint_text("search")
                .desired_width(ui.available_width() - 8.0);
            let response = ui.add(search);
            response.widget_info(|| {
                let mut info = WidgetInfo::labeled(Role::SearchInput, true, "Search negatives");
                info.current_text_value = Some(self.form.filter.search.clone());
                info
            });
        });
    }

    fn buttons(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        ui.horizontal(|ui| {
            let selected = self.form.selected();
            let delete = Button::new(format!("Delete selected ({selected})"));
            if ui.add_enabled(selected > 0, delete).clicked() {
                actions.extend(self.form.take_selected().map(Action::RemoveNegatives));
            }
            let clear = ui.add_enabled(
                self.form.rows() > 0 && !self.form.confirming,
                Button::new("Delete all…"),
            );
            if clear.clicked() {
                self.form.confirming = true;
            }
        });
    }

    /// Asks before it deletes, and says exactly what.
    fn confirmation(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let shown = self.form.rows();
        if shown == 0 {
            self.form.confirming = false;
            return;
        }
        Frame::new()
            .fill(theme::colours().error.gamma_multiply(0.14))
            .corner_radius(4)
            .inner_margin(Margin::same(8))
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.label(RichText::new(self.question(shown)).strong());
                ui.label(weak("Earmark keeps clips and results. You can undo this."));
                ui.horizontal(|ui| {
                    let remove = Button::new(format!("Delete {shown}"))
                        .fill(theme::colours().error.gamma_multiply(0.4));
                    if ui.add(remove).clicked() {
                        actions.push(self.clear());
                        self.form.confirming = false;
                    }
                    if ui.button(keep_label(shown)).clicked() {
                        self.form.confirming = false;
                    }
                });
            });
    }

    fn question(&self, shown: usize) -> String {
        let what = counted(shown, "hard negative", "hard negatives");
        let mut filters = Vec::new();
        let filter = &self.form.filter;
        if let Some(model) = &filter.source_model {
            filters.push(format!("marked in {}", model_words(model)));
        }
        if !filter.search.trim().is_empty() {
            filters.push(format!("matching “{}”", filter.search.trim()));
        }
        if filters.is_empty() {
            format!("Delete all {what} of the profile {}?", self.profile)
        } else {
            format!(
                "Delete {what} of the profile {}, {}? Earmark keeps the other {}.",
                self.profile,
                filters.join(", "),
                self.negatives.len() - shown
            )
        }
    }

    /// A search names rows, which only their ids can say; without one the filter itself is the request.
    fn clear(&self) -> Action {
        let filter = &self.form.filter;
        if filter.search.trim().is_empty() {
            Action::Change(Target::NegativesCleared {
                source_model: filter.source_model.clone(),
            })
        } else {
            Action::RemoveNegatives(self.form.listed().collect())
        }
    }

    /// The title of a column. A press sorts by it, a second press reverses the order.
    fn title(&mut self, ui: &mut Ui, by: NegativesBy, title: &str, name: &str) {
        let arrow = match (self.form.filter.by == by, self.form.filter.reversed) {
            (false, _) => "",
            (true, false) => " ▾",
            (true, true) => " ▴",
        };
        let text = weak(format!("{title}{arrow}"));
        let response = ui.add(Button::new(text).frame(false));
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
        if response.clicked() {
            self.form.sort_by(by);
        }
    }

    fn table(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        if self.form.rows() == 0 {
            let words = if self.negatives.is_empty() {
                "No hard negatives yet: select a wrong region and press N."
            } else {
                "No hard negative matches the filter."
            };
            ui.label(weak(words));
            return;
        }
        TableBuilder::new(ui)
            .id_salt("negatives")
            .striped(true)
            .sense(Sense::click())
            .auto_shrink(false)
            .min_scrolled_height(0.0)
            .column(Column::remainder().at_least(80.0).clip(true))
            .column(Column::initial(92.0).clip(true))
            .column(Column::initial(78.0).clip(true))
            .column(Column::initial(84.0).clip(true))
            .header(theme::ROW_HEIGHT, |mut header| {
                for (by, title, name) in COLUMNS {
                    header.col(|ui| self.title(ui, by, title, name));
                }
            })
            .body(|body| {
                body.rows(theme::ROW_HEIGHT, self.form.rows(), |mut row| {
                    let index = row.index();
                    let Some(negative) = self.form.at(index) else {
                        return;
                    };
                    let selected = self.form.is_selected(negative.id);
                    row.set_selected(selected);
                    let time = timecode(negative.start_s);
                    row.col(|ui| {
                        elided_label(ui, &negative.filename, TextStyle::Body.resolve(ui.style()));
                    });
                    row.col(|ui| {
                        ui.label(figures(&time));
                    });
                    row.col(|ui| {
                        elided_label(ui, model_words(&negative.source_model), theme::digits());
                    });
                    row.col(|ui| {
                        ui.label(figures(day(&negative.created_at)))
                            .on_hover_text(&negative.created_at);
                    });
                    let response = row.response();
                    describe_row(&response, selected, || {
                        format!("Negative {}, {time}", negative.filename)
                    });
                    if response.clicked() {
                        let modifiers = response.ctx.input(|input| input.modifiers);
                        actions.push(Action::Touch(Panel::Negatives));
                        if !modifiers.any()
                            && let Some(span) = negative.span(UNSAID_LENGTH_S)
                        {
                            actions.push(Action::AuditionStretch {
                                filename: negative.filename.clone(),
                                span,
                            });
                        }
                        self.form.pick(index, modifiers);
                    }
                });
            });
    }
}

/// The date of a date and time; the row is too narrow for both.
fn day(created_at: &str) -> &str {
    created_at.split([' ', 'T']).next().unwrap_or_default()
}

fn model_words(model: &str) -> &str {
    if model.is_empty() {
        UNKNOWN_MODEL
    } else {
        model
    }
}
