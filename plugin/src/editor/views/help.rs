//! The Help panel: the keys, the mouse and the states.

use earmark_core::protocol::RegionState;
use egui::{Grid, RichText, ScrollArea, Ui};

use crate::editor::action::{Action, Panel};
use crate::editor::theme;
use crate::editor::widgets::{figures, panel_heading, weak};

const KEYS: [(&str, &str); 32] = [
    ("↑ ↓", "previous or next region (Shift extends)"),
    ("S", "select the next unjudged region"),
    ("I  O", "set start, end at the playhead; then P, N or U"),
    ("P", "toggle positive: this is the sound"),
    ("Shift+P", "toggle positive and choose the class"),
    ("N", "toggle hard negative: this is not the sound"),
    ("U", "toggle unsure: training leaves this out"),
    ("Space", "play or stop the selected region"),
    ("Enter", "write a note on the selected region"),
    ("M", "merge the selected regions"),
    ("F2", "type the start of a region; Tab goes to its end"),
    ("Delete", "disable or enable a region; delete a mark"),
    ("T", "open the Train panel"),
    ("Shift+T", "train with the choices in that panel"),
    ("C", "start or stop the comparison"),
    ("E", "open the Export panel"),
    ("Shift+E", "open the Import panel"),
    ("F", "find what sounds like the selection"),
    ("L", "open the Library panel"),
    ("Ctrl+A", "select all"),
    ("Ctrl+Z", "undo"),
    ("Ctrl+Shift+Z", "redo (also Ctrl+Y)"),
    ("Ctrl+C", "copy the path of the clip or take"),
    ("Ctrl+V", "add copied audio, import copied labels or a pack"),
    ("Ctrl+Shift+C", "show the clip or take in its folder"),
    ("Esc", "close or deselect"),
    ("Home End", "select first or last region"),
    ("+ -", "zoom in or out"),
    ("Z  0", "zoom to the selection, to the take"),
    ("Alt+← →", "scroll"),
    ("G", "show spectrogram or waveform"),
    ("?", "open this help"),
];

const MOUSE: [(&str, &str); 10] = [
    ("click", "select a region (Ctrl adds, Shift extends)"),
    ("drag", "select time in the waveform; then P, N or U"),
    ("edge", "drag to resize a region; Esc cancels"),
    ("wheel", "zoom at the pointer; Shift+wheel scrolls"),
    ("ruler", "drag to scroll; double-click shows all"),
    ("right-click", "path and folder of a clip or take"),
    ("drop files", "add examples; labels and packs import"),
    ("dashed line", "drag to move the threshold"),
    ("double-click", "a row: zoom to its region"),
    ("", "its start or end: type a new time"),
];

const STATES: [(RegionState, &str); 7] = [
    (RegionState::Found, "you have not judged it"),
    (RegionState::Positive, "an example of the sound"),
    (RegionState::Negative, "hard negative: not the sound"),
    (RegionState::Unsure, "undecided: training leaves it out"),
    (RegionState::Disabled, "exports leave it out"),
    (
        RegionState::Provisional,
        "from the live scan, not saved yet",
    ),
    (RegionState::Noted, "you wrote a note, nothing was found"),
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
            "During playback, N, P and U mark the region at the playhead (◀) until you select another. While you have selected \
             nothing, the host gets the Space key. The parameters “Mark negative” and “Mark positive” do the same from a pad or \
             a pedal.",
        ));
        ui.add_space(6.0);
        ui.label(weak(
            "Earmark passes all other keys to the host. A text field takes keys first.",
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
