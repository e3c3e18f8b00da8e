//! The disk usage in the Settings panel: the user deletes the cache at once, and unmarked takes by name after a question. It
//! also says what the next cleanup will delete.

use std::collections::BTreeSet;

use earmark_core::protocol::{Command, Storage, Survey, UnmarkedTake, bytes_in_words};
use egui::{Button, Frame, Grid, Margin, RichText, Ui};

use crate::editor::action::Action;
use crate::editor::theme;
use crate::editor::widgets::{counted, figures, keep_label, weak};

/// The most names in the question; it counts the rest.
const NAMED: usize = 12;

/// The takes that the user has chosen to delete.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StorageForm {
    lists: bool,
    chosen: BTreeSet<String>,
    asks: bool,
}

/// Draws the sizes and the buttons that delete.
pub fn storage(
    ui: &mut Ui,
    survey: Option<&Survey>,
    form: &mut StorageForm,
    actions: &mut Vec<Action>,
) {
    ui.label(RichText::new("Disk usage").strong());
    let Some(survey) = survey else {
        ui.label(weak(
            "Earmark finishes the running job, then measures the files.",
        ));
        return;
    };
    let takes = counted(survey.takes.count, "take", "takes");
    Grid::new("sizes")
        .num_columns(2)
        .spacing([12.0, 4.0])
        .show(ui, |ui| {
            for (name, bytes) in [
                ("Database", survey.database.bytes),
                (takes.as_str(), survey.takes.bytes),
                ("Cached embeddings", survey.cache.bytes),
            ] {
                ui.label(name);
                ui.label(figures(bytes_in_words(bytes)));
                ui.end_row();
            }
        });
    if survey.edited_versions > 0 {
        let versions = counted(survey.edited_versions, "older version", "older versions");
        ui.label(weak(format!(
            "Earmark keeps {versions} because of your edits. You can delete versions under “Versions…”."
        )));
    }
    retention(ui, survey);
    ui.horizontal_wrapped(|ui| {
        let empty = ui.add_enabled(
            survey.cache.bytes > 0,
            Button::new("Delete cached embeddings"),
        );
        if empty
            .on_hover_text(
                "Deletes the index of the library too; Earmark makes both again when it needs them",
            )
            .clicked()
        {
            actions.push(Command::Storage(Storage::EmptyCache).into());
        }
        let unmarked = &survey.takes.unmarked;
        let offer =
            Button::new(format!("Unmarked takes ({})…", unmarked.len())).selected(form.lists);
        let meaning =
            "Show takes without marks, pinned versions or edits that nobody has used for a day";
        if ui
            .add_enabled(!unmarked.is_empty(), offer)
            .on_hover_text(meaning)
            .on_disabled_hover_text("There are no unmarked takes")
            .clicked()
        {
            *form = StorageForm {
                lists: !form.lists,
                ..StorageForm::default()
            };
        }
    });
    if form.lists {
        list(ui, &survey.takes.unmarked, form, actions);
    }
}

/// What the next cleanup will delete, and what the last one did.
fn retention(ui: &mut Ui, survey: &Survey) {
    let retention = &survey.retention;
    let due = &retention.due_takes;
    if !due.is_empty() {
        let unmarked = survey.takes.unmarked.iter();
        let bytes = unmarked.filter(|take| due.contains(&take.filename));
        let bytes = bytes_in_words(bytes.map(|take| take.bytes).sum());
        let takes = counted(due.len(), "unmarked take", "unmarked takes");
        let words = format!("▲ The next cleanup will delete {takes} ({bytes}).");
        ui.label(RichText::new(words).color(theme::colours().warning))
            .on_hover_text(due.join("\n"));
    }
    if retention.due_embeddings > 0 {
        let bytes = bytes_in_words(retention.due_embeddings);
        ui.label(weak(format!(
            "The next cleanup will delete {bytes} of embeddings."
        )));
    }
    for (what, went) in [
        ("Last cleanup of takes", &retention.takes_went),
        ("Last cleanup of embeddings", &retention.embeddings_went),
    ] {
        if let Some(went) = went {
            ui.label(weak(format!("{what}: {}", went.words())));
        }
    }
}

fn list(ui: &mut Ui, unmarked: &[UnmarkedTake], form: &mut StorageForm, actions: &mut Vec<Action>) {
    form.chosen
        .retain(|chosen| unmarked.iter().any(|take| take.filename == *chosen));
    if form.asks {
        confirmation(ui, unmarked, form, actions);
        return;
    }
    for take in unmarked {
        let mut is_chosen = form.chosen.contains(&take.filename);
        let words = format!("{}  {}", take.filename, bytes_in_words(take.bytes));
        let source = if take.source_name.is_empty() {
            "an unnamed track"
        } else {
            &take.source_name
        };
        let origin = format!("Recorded from {source}, {}", take.created_at);
        if ui
            .checkbox(&mut is_chosen, words)
            .on_hover_text(origin)
            .changed()
        {
            if is_chosen {
                form.chosen.insert(take.filename.clone());
            } else {
                form.chosen.remove(&take.filename);
            }
        }
    }
    ui.horizontal_wrapped(|ui| {
        if ui.button("Select all").clicked() {
            form.chosen = unmarked.iter().map(|take| take.filename.clone()).collect();
        }
        let takes = counted(form.chosen.len(), "take", "takes");
        let delete = Button::new(format!("Delete {takes}…"));
        if ui.add_enabled(!form.chosen.is_empty(), delete).clicked() {
            form.asks = true;
        }
    });
}

/// Asks before it deletes, and says exactly what.
fn confirmation(
    ui: &mut Ui,
    unmarked: &[UnmarkedTake],
    form: &mut StorageForm,
    actions: &mut Vec<Action>,
) {
    let going: Vec<&UnmarkedTake> = unmarked
        .iter()
        .filter(|take| form.chosen.contains(&take.filename))
        .collect();
    let bytes = going.iter().map(|take| take.bytes).sum();
    let takes = counted(going.len(), "take", "takes");
    Frame::new()
        .fill(theme::colours().error.gamma_multiply(0.14))
        .corner_radius(4)
        .inner_margin(Margin::same(8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            let question = format!("Delete {takes} ({}) for good?", bytes_in_words(bytes));
            ui.label(RichText::new(question).strong());
            for take in going.iter().take(NAMED) {
                ui.label(figures(&take.filename));
            }
            if going.len() > NAMED {
                ui.label(weak(format!("and {} more", going.len() - NAMED)));
            }
            ui.label(weak(
                "You cannot undo this. Play the track to record the audio again. Earmark keeps the scans in the database.",
            ));
            ui.horizontal(|ui| {
                let delete = Button::new(format!("Delete {takes}"))
                    .fill(theme::colours().error.gamma_multiply(0.4));
                if ui.add(delete).clicked() {
                    let filenames = going.iter().map(|take| take.filename.clone()).collect();
                    actions.push(Command::Storage(Storage::DeleteTakes { filenames }).into());
                    *form = StorageForm::default();
                }
                if ui.button(keep_label(going.len())).clicked() {
                    form.asks = false;
                }
            });
        });
}
