//! The banner for what does not work at present: database, model, runtime. Each line ends with its remedy, and with a button
//! for what the program can do itself.

use earmark_core::protocol::{Command, Obstacle, Offer};
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
            String::from("Export what is in memory"),
            "Write the regions and hard negatives on show, and every mark that waits, to a file of its own",
            Command::ExportMemory,
        ),
        Offer::RestoreBackup { made_at } => (
            format!("Restore the backup of {made_at}"),
            "Put the newest sound backup in place. The present file is moved aside, never deleted; what waits is saved into the backup",
            Command::RestoreBackup,
        ),
        Offer::StartNewDatabase => (
            String::from("Start a new database"),
            "Begin with an empty one. The present file is moved aside, never deleted; what waits is saved into the new one",
            Command::StartNewDatabase,
        ),
    }
}
