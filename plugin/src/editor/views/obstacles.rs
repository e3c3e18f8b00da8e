//! The banner for problems with the database, a model or the runtime. Each line has a remedy, and buttons for what Earmark can
//! do itself.

use earmark_core::protocol::{Command, Obstacle, Offer, Storage};
use egui::{Frame, Margin, RichText, Ui};

use crate::editor::action::Action;
use crate::editor::theme;

/// Draws one line per obstacle.
pub fn show(ui: &mut Ui, obstacles: &[Obstacle]) -> Vec<Action> {
    let mut actions = Vec::new();
    Frame::new()
        .fill(theme::colours().warning.gamma_multiply(0.12))
        .inner_margin(Margin::symmetric(8, 4))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            for obstacle in obstacles {
                ui.horizontal_wrapped(|ui| {
                    ui.label(RichText::new("▲").color(theme::colours().warning));
                    ui.label(RichText::new(&obstacle.what).strong());
                    ui.label(&obstacle.remedy);
                    for offer in &obstacle.offers {
                        let (label, explanation, command) = button(offer);
                        if ui.button(label).on_hover_text(explanation).clicked() {
                            actions.push(command.into());
                        }
                    }
                });
            }
        });
    actions
}

fn button(offer: &Offer) -> (String, &'static str, Command) {
    match offer {
        Offer::ExportMemory => (
            String::from("Save a copy"),
            "Save the shown regions, the hard negatives and all waiting marks to a separate file",
            Command::Storage(Storage::ExportMemory),
        ),
        Offer::RestoreBackup { made_at } => (
            format!("Restore backup ({made_at})"),
            "Use the newest intact backup; Earmark keeps the present file under another name and saves waiting marks into the backup",
            Command::Storage(Storage::RestoreBackup),
        ),
        Offer::StartNewDatabase => (
            String::from("Start a new database"),
            "Start with an empty database; Earmark keeps the present file under another name and saves waiting marks into the new one",
            Command::Storage(Storage::StartNewDatabase),
        ),
    }
}
