//! The Versions panel: every version of the shown take and model, to show, pin, restore as active, or delete.

use earmark_core::protocol::{Command, Show, Target, VersionView};
use egui::{Button, Frame, Margin, RichText, ScrollArea, Ui};

use super::mark_errors::{self, ShownTake};
use crate::editor::action::{Action, Panel};
use crate::editor::theme;
use crate::editor::widgets::{counted, figures, glyph_button, panel_heading, weak};

/// The open question of the panel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VersionsForm {
    /// Timestamp of the version that the user wants to delete.
    deleting: Option<String>,
}

/// The panel of one frame.
pub struct Versions<'a> {
    pub model: &'a str,
    /// The take whose versions these are.
    pub filename: &'a str,
    /// Where the take starts on the project's timeline, in seconds.
    pub take_start_s: f64,
    /// Newest first; the first one is active.
    pub versions: &'a [VersionView],
    /// Timestamp of the shown version.
    pub shown: Option<&'a str>,
    pub form: &'a mut VersionsForm,
}

impl Versions<'_> {
    /// Draws the panel.
    pub fn show(mut self, ui: &mut Ui) -> Vec<Action> {
        let mut actions = Vec::new();
        if panel_heading(ui, "Versions") {
            actions.push(Action::Toggle(Panel::Versions));
        }
        ui.label(weak(format!("{} in {}", self.model, self.filename)));
        ui.label(weak(
            "Each scan adds a version, and Earmark deletes the oldest. It keeps pinned and edited versions.",
        ));
        ui.add_space(4.0);
        if self.versions.is_empty() {
            ui.label(weak("No versions yet: press Scan."));
        }
        ScrollArea::vertical().show(ui, |ui| {
            for (index, version) in self.versions.iter().enumerate() {
                Frame::new()
                    .fill(theme::colours().background)
                    .corner_radius(4)
                    .inner_margin(Margin::same(8))
                    .show(ui, |ui| {
                        ui.set_width(ui.available_width());
                        self.version(ui, version, index == 0, &mut actions);
                    });
                ui.add_space(2.0);
            }
        });
        actions
    }

    fn version(
        &mut self,
        ui: &mut Ui,
        version: &VersionView,
        is_active: bool,
        actions: &mut Vec<Action>,
    ) {
        let is_shown = self.shown == Some(version.row.timestamp.as_str());
        let name = format!("v{}", version.row.number);
        ui.horizontal_wrapped(|ui| {
            ui.label(figures(name.as_str()).strong());
            ui.label(figures(version.date.as_str()));
            let marks = [
                (is_active, "● active", theme::colours().positive),
                (is_shown, "▸ shown", theme::colours().accent),
                (version.row.pinned, "◆ pinned", theme::colours().warning),
                (
                    version.kept_for_edits,
                    "kept (edited)",
                    theme::colours().warning,
                ),
            ];
            for (holds, words, colour) in marks {
                if holds {
                    ui.label(RichText::new(words).color(colour));
                }
            }
        });
        ui.label(weak(figures_of(version)));
        if let Some(check) = &version.check {
            let take = ShownTake {
                filename: self.filename,
                start_s: self.take_start_s,
            };
            let whose = ("version", version.row.number);
            ui.scope(|ui| mark_errors::show(ui, whose, check, Some(take), actions))
                .response
                .on_hover_text(
                    "Earmark checks the saved scores of this version against all marks in this take",
                );
        }
        if self.form.deleting.as_ref() == Some(&version.row.timestamp) {
            self.confirmation(ui, version, &name, actions);
            return;
        }
        ui.horizontal_wrapped(|ui| {
            if glyph_button(ui, "Show", &format!("Show {name}"), !is_shown).clicked() {
                let timestamp = Some(version.row.timestamp.clone());
                actions.push(Command::Show(Show::Version(timestamp)).into());
            }
            let verb = if version.row.pinned { "Unpin" } else { "Pin" };
            if glyph_button(ui, verb, &format!("{verb} {name}"), true).clicked() {
                actions.push(change(version, Target::Pinned(!version.row.pinned)));
            }
            let restore = format!("Restore {name} as active");
            if glyph_button(ui, "Restore as active", &restore, !is_active).clicked() {
                actions.push(change(version, Target::VersionRestored));
            }
            if glyph_button(ui, "Delete…", &format!("Delete {name}…"), true).clicked() {
                self.form.deleting = Some(version.row.timestamp.clone());
            }
        });
    }

    /// Asks before it deletes, and says exactly what.
    fn confirmation(
        &mut self,
        ui: &mut Ui,
        version: &VersionView,
        name: &str,
        actions: &mut Vec<Action>,
    ) {
        let pinned = if version.row.pinned {
            " It is pinned."
        } else {
            ""
        };
        let question = format!(
            "Delete {name} of {} with its {}?{pinned}",
            version.date,
            counted(version.row.regions, "region", "regions")
        );
        Frame::new()
            .fill(theme::colours().error.gamma_multiply(0.14))
            .corner_radius(4)
            .inner_margin(Margin::same(8))
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.label(RichText::new(question).strong());
                ui.label(weak(
                    "You can undo this until you close the project. Earmark keeps hard negatives and clips.",
                ));
                ui.horizontal(|ui| {
                    let delete = Button::new(format!("Delete {name}"))
                        .fill(theme::colours().error.gamma_multiply(0.4));
                    if ui.add(delete).clicked() {
                        actions.push(change(version, Target::VersionDeleted));
                        self.form.deleting = None;
                    }
                    if ui.button("Keep it").clicked() {
                        self.form.deleting = None;
                    }
                });
            });
    }
}

fn figures_of(version: &VersionView) -> String {
    let mut words = counted(version.row.regions, "region", "regions");
    if let Some(best) = version.row.best_score {
        words.push_str(&format!(" · best {best:.2}"));
    }
    match version.row.classifier {
        Some(classifier) => words.push_str(&format!(" · classifier {classifier}")),
        None => words.push_str(" · by 8-cut"),
    }
    words
}

fn change(version: &VersionView, target: Target) -> Action {
    let timestamp = version.row.timestamp.clone();
    Action::ChangeVersion { timestamp, target }
}
