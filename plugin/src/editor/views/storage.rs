//! What is kept on this machine, with what may go: the cache at once, takes only one by one, named and confirmed; and what
//! goes by itself.

use std::collections::BTreeSet;

use earmark_core::protocol::{Command, Survey, UnmarkedTake, bytes_in_words};
use egui::{Button, Frame, Grid, Margin, RichText, Ui};

use crate::editor::action::Action;
use crate::editor::theme;
use crate::editor::widgets::{counted, figures, weak};

/// Takes named in the question; more than these are counted.
const NAMED: usize = 12;

/// What is chosen to go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StorageForm {
    lists: bool,
    chosen: BTreeSet<String>,
    asks: bool,
}

/// Draws sizes and what can be done about them.
pub fn storage(
    ui: &mut Ui,
    survey: Option<&Survey>,
    form: &mut StorageForm,
    actions: &mut Vec<Action>,
) {
    ui.label(RichText::new("On this machine").strong());
    let Some(survey) = survey else {
        ui.label(weak("Being counted; a running job is finished first."));
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
        let (versions, stay, them) = match survey.edited_versions {
            1 => ("version", "stays", "it"),
            _ => ("versions", "stay", "them"),
        };
        ui.label(weak(format!(
            "{} older {versions} {stay} because you edited {them}; Versions… deletes what you no longer need",
            survey.edited_versions
        )));
    }
    retention(ui, survey);
    ui.horizontal_wrapped(|ui| {
        let empty = ui.add_enabled(survey.cache.bytes > 0, Button::new("Empty the cache"));
        if empty
            .on_hover_text("Embeddings are computed again when they are needed. Nothing else goes.")
            .clicked()
        {
            actions.push(Command::EmptyCache.into());
        }
        let unmarked = &survey.takes.unmarked;
        let offer = Button::new(format!("Unmarked takes ({})…", unmarked.len())).selected(form.lists);
        let told = "Takes without an example, a negative, an unsure mark, a pinned version or an edited region, that nobody \
                    uses and nobody wrote to for a day";
        if ui
            .add_enabled(!unmarked.is_empty(), offer)
            .on_hover_text(told)
            .on_disabled_hover_text(format!("{told}: there are none"))
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

/// What goes next by itself, and what went.
fn retention(ui: &mut Ui, survey: &Survey) {
    let retention = &survey.retention;
    let due = &retention.due_takes;
    if !due.is_empty() {
        let unmarked = survey.takes.unmarked.iter();
        let bytes = unmarked.filter(|take| due.contains(&take.filename));
        let bytes = bytes_in_words(bytes.map(|take| take.bytes).sum());
        let takes = counted(due.len(), "take", "takes");
        let words = format!("▲ {takes} ({bytes}) in which nothing is marked will go by then.");
        ui.label(RichText::new(words).color(theme::colours().warning))
            .on_hover_text(due.join("\n"));
    }
    if retention.due_embeddings > 0 {
        let bytes = bytes_in_words(retention.due_embeddings);
        ui.label(weak(format!("{bytes} of embeddings will go by then.")));
    }
    for (what, went) in [
        ("Takes that went by themselves last", &retention.takes_went),
        (
            "Embeddings that went by themselves last",
            &retention.embeddings_went,
        ),
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
            "a track without a name"
        } else {
            &take.source_name
        };
        let told = format!("Recorded from {source}, {}", take.created_at);
        if ui
            .checkbox(&mut is_chosen, words)
            .on_hover_text(told)
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
        if ui.button("Choose all").clicked() {
            form.chosen = unmarked.iter().map(|take| take.filename.clone()).collect();
        }
        let takes = counted(form.chosen.len(), "take", "takes");
        let delete = Button::new(format!("Delete {takes}…"));
        if ui.add_enabled(!form.chosen.is_empty(), delete).clicked() {
            form.asks = true;
        }
    });
}

/// Says exactly what goes, and waits.
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
                "The audio cannot be brought back, but can be recorded again by playing the track. Nothing is marked in it; its \
                 scans stay in the database.",
            ));
            ui.horizontal(|ui| {
                let delete = Button::new(format!("Delete {takes}"))
                    .fill(theme::colours().error.gamma_multiply(0.4));
                if ui.add(delete).clicked() {
                    let filenames = going.iter().map(|take| take.filename.clone()).collect();
                    actions.push(Command::DeleteTakes { filenames }.into());
                    *form = StorageForm::default();
                }
                if ui.button("Keep them").clicked() {
                    form.asks = false;
                }
            });
        });
}
