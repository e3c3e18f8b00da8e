//! The banner for what does not work at present: database, model, runtime. Each line ends with its remedy.

use earmark_core::engine::view::Obstacle;
use egui::{Frame, Margin, RichText, Ui};

use crate::editor::theme;

/// Draws one line per obstacle.
pub fn show(ui: &mut Ui, obstacles: &[Obstacle]) {
    Frame::new()
        .fill(theme::WARNING.gamma_multiply(0.12))
        .inner_margin(Margin::symmetric(8, 4))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            for obstacle in obstacles {
                ui.horizontal_wrapped(|ui| {
                    ui.label(RichText::new("▲").color(theme::WARNING));
                    ui.label(RichText::new(&obstacle.what).strong());
                    ui.label(&obstacle.remedy);
                });
            }
        });
}
