//! What the plugin lets through and sends: a part of the menu, and a word in the header while it is not everything.

use egui::{DragValue, RichText, Ui};

use crate::editor::action::Action;
use crate::editor::theme;
use crate::editor::widgets::weak;
use crate::params::{OutputChoice, OutputValues};

/// The part of the menu.
pub fn menu(ui: &mut Ui, values: OutputValues, actions: &mut Vec<Action>) {
    let mut chosen = values;
    ui.label(weak("Output"));
    for (choice, words, effect) in [
        (
            OutputChoice::Everything,
            "Everything",
            "The track passes unchanged",
        ),
        (
            OutputChoice::Only,
            "Only what was found",
            "Silences the track outside of the regions that you did not reject",
        ),
        (
            OutputChoice::Without,
            "Without what was found",
            "Silences the regions that you did not reject",
        ),
    ] {
        ui.radio_value(&mut chosen.choice, choice, words)
            .on_hover_text(effect);
    }
    ui.add_enabled_ui(chosen.choice != OutputChoice::Everything, |ui| {
        ui.horizontal(|ui| {
            let milliseconds = |value, range| DragValue::new(value).range(range).suffix(" ms");
            ui.label("Fade");
            ui.add(milliseconds(&mut chosen.fade_ms, 1.0..=100.0))
                .on_hover_text("Length of every fade");
            ui.label("Margin");
            ui.add(milliseconds(&mut chosen.margin_ms, 0.0..=500.0))
                .on_hover_text("Also treats this much before and after a region as found");
        });
    });
    ui.horizontal(|ui| {
        ui.checkbox(&mut chosen.notes, "Send notes")
            .on_hover_text("Sends a MIDI note for every region during playback");
        ui.add_enabled(
            chosen.notes,
            DragValue::new(&mut chosen.first_note).range(0..=127),
        )
        .on_hover_text("MIDI note of the first profile; other profiles use the notes above it");
    });
    if chosen != values {
        actions.push(Action::SetOutput(chosen));
    }
}

/// The word in the header. `is_scanned` says whether the shown take has results.
pub fn notice(ui: &mut Ui, choice: OutputChoice, is_scanned: bool) {
    let (words, unscanned) = match choice {
        OutputChoice::Everything => return,
        OutputChoice::Only => ("only found", "silent"),
        OutputChoice::Without => ("without found", "passes"),
    };
    let words = match is_scanned {
        true => format!("◧ {words}"),
        false => format!("◧ {words} · not scanned: {unscanned}"),
    };
    ui.label(RichText::new(words).color(theme::colours().warning))
        .on_hover_text("Change the output in the menu ≡");
}
