//! What a drop would do, over the whole window while files hover over it. Runs on the window's thread and only draws.

use egui::{Align2, Area, Color32, Context, Frame, Id, Margin, Order, RichText, Stroke, vec2};

use crate::editor::theme;
use crate::editor::widgets::{counted, weak};

/// The width of the hint, in points.
const WIDTH: f32 = 360.0;

/// What a drop would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropMeaning {
    Examples,
    Searched,
    AddedToLibrary,
    /// So many of them are label files.
    Labels(usize),
    /// A classifier of another person.
    Pack,
    /// Recordings that label files are about.
    Labelled,
}

/// Draws the hint while `count` files hover over the window.
pub fn show(ctx: &Context, count: usize, meaning: DropMeaning) {
    if count == 0 {
        return;
    }
    let files = counted(count, "file", "files");
    let folders = counted(count, "folder", "folders");
    let (what, else_what) = match meaning {
        DropMeaning::Searched => (
            format!("Drop {files} to search"),
            "Without Shift they become examples of a class.",
        ),
        DropMeaning::Examples => (
            format!("Drop {files} as examples"),
            "Hold Shift to search them with the newest classifier instead.",
        ),
        DropMeaning::Labels(labels) => (
            format!(
                "Drop {} to import",
                counted(labels, "label file", "label files")
            ),
            "Earmark shows what they would mark before it marks anything.",
        ),
        DropMeaning::Pack => (
            String::from("Drop the pack to import it"),
            "Earmark shows what is in it before it imports it.",
        ),
        DropMeaning::Labelled => (
            format!("Drop {files} that the labels are about"),
            "Hold Shift to search them with the newest classifier instead.",
        ),
        DropMeaning::AddedToLibrary => (
            format!("Drop {folders} to add to the library"),
            "Hold Shift to search them with the newest classifier instead.",
        ),
    };
    let dim = Color32::from_black_alpha(110);
    let order = Order::Foreground;
    let painter = ctx.layer_painter(egui::LayerId::new(Order::Middle, Id::unique("drop dim")));
    painter.rect_filled(ctx.content_rect(), 0, dim);
    Area::new(Id::unique("drop hint"))
        .order(order)
        .interactable(false)
        .anchor(Align2::CENTER_CENTER, vec2(0.0, 0.0))
        .show(ctx, |ui| {
            Frame::new()
                .fill(theme::colours().raised)
                .stroke(Stroke::new(2.0, theme::colours().accent))
                .corner_radius(6.0)
                .inner_margin(Margin::same(16))
                .show(ui, |ui| {
                    ui.set_width(WIDTH);
                    ui.vertical_centered(|ui| {
                        ui.label(RichText::new(what).heading());
                        ui.label(weak(else_what));
                        ui.label(weak("In folders Earmark looks for audio files."));
                    });
                });
        });
}
