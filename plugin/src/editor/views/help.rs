//! The help panel: the keys, the mouse, and what the states mean.

use earmark_core::protocol::RegionState;
use egui::{Grid, RichText, ScrollArea, Ui};

use crate::editor::action::{Action, Panel};
use crate::editor::theme;
use crate::editor::widgets::{figures, panel_heading, weak};

const KEYS: [(&str, &str); 25] = [
    ("↑ ↓", "previous, next region (Shift extends)"),
    ("S", "next region nobody has judged"),
    (
        "I  O",
        "a stretch begins, ends at the playhead: then P, N or U",
    ),
    ("P", "this is the sound: an example, on and off"),
    ("Shift+P", "the same, asking for the class"),
    ("N", "this is not the sound: hard negative, on and off"),
    ("U", "unsure: keep it out of training, on and off"),
    ("Space", "play the selected region, stop it"),
    ("M", "merge the selected regions into one"),
    ("F2", "type the start of the region, Tab its end"),
    ("Delete", "disable, enable; remove a mark"),
    ("T", "the Train panel"),
    ("Shift+T", "train on what that panel says"),
    ("C", "compare with the version before, on and off"),
    ("E", "export"),
    ("Ctrl+A", "select all"),
    ("Ctrl+Z", "undo"),
    ("Ctrl+Shift+Z", "redo (also Ctrl+Y)"),
    ("Esc", "close, or let go of the selection"),
    ("Home End", "first, last region"),
    ("+ -", "zoom in, zoom out"),
    ("Z  F", "zoom to what is selected, to everything (also 0)"),
    ("Alt+← →", "scroll"),
    ("G", "spectrogram, waveform"),
    ("?", "this help"),
];

const MOUSE: [(&str, &str); 8] = [
    ("click", "select a region (Ctrl adds, Shift extends)"),
    (
        "drag",
        "over the waveform: select a stretch, then P, N or U",
    ),
    ("edge", "drag to resize a region; Esc leaves it as it was"),
    ("wheel", "zoom at the pointer; Shift+wheel scrolls"),
    ("ruler", "drag to scroll, double-click to see everything"),
    ("dashed line", "drag to move the threshold"),
    ("double-click", "a row: zoom to its region"),
    ("", "its start or end: type another time"),
];

const STATES: [(RegionState, &str); 6] = [
    (RegionState::Found, "nobody has judged it"),
    (RegionState::Positive, "an example of the sound"),
    (RegionState::Negative, "a hard negative: not the sound"),
    (RegionState::Unsure, "undecided: nothing is learned from it"),
    (RegionState::Disabled, "left out"),
    (
        RegionState::Provisional,
        "from the live scan, not saved yet",
    ),
];

/// Draws the panel.
pub fn show(ui: &mut Ui) -> Vec<Action> {
    let mut actions = Vec::new();
    if panel_heading(ui, "Help") {
        actions.push(Action::Toggle(Panel::Help));
    }
    ScrollArea::vertical().show(ui, |ui| {
        table(ui, "Keys", &KEYS);
        table(ui, "Mouse", &MOUSE);
        ui.label(RichText::new("States").strong());
        Grid::new("States")
            .num_columns(2)
            .spacing([12.0, 4.0])
            .show(ui, |ui| {
                for (state, meaning) in STATES {
                    let words = format!("{} {}", theme::state_glyph(state), state.word());
                    ui.label(RichText::new(words).color(theme::state_colour(state)));
                    ui.label(weak(meaning));
                    ui.end_row();
                }
            });
        ui.add_space(6.0);
        ui.label(weak(
            "While the host plays, N, P and U mean the region under its playhead (◀) until you choose one by hand. Space is the \
             host's while nothing is selected. The host's parameters “Mark negative” and “Mark positive” mark the same way from a \
             pad or a pedal.",
        ));
        ui.add_space(6.0);
        ui.label(weak(
            "Keys that Earmark does not use go to the host. A text field takes keys first.",
        ));
    });
    actions
}

fn table(ui: &mut Ui, title: &str, rows: &[(&str, &str)]) {
    ui.label(RichText::new(title).strong());
    Grid::new(title)
        .num_columns(2)
        .spacing([12.0, 4.0])
        .show(ui, |ui| {
            for (key, meaning) in rows {
                ui.label(figures(*key));
                ui.label(weak(*meaning));
                ui.end_row();
            }
        });
    ui.add_space(6.0);
}
