//! The Similar panel: the examples of a search, where it searches, and what sounds like them, the most similar first.

use std::path::Path;

use earmark_core::protocol::{
    FolderView, JobView, SearchedPlace, SimilarState, SimilarStretch, SimilarView,
};
use earmark_core::time::timecode;
use egui::{Button, Label, ProgressBar, RichText, ScrollArea, Sense, TextStyle, Ui};
use egui_extras::{Column, TableBuilder};

use super::file_menu::Files;
use super::folder_browser;
use super::similar_form::{SimilarForm, StretchExport};
use crate::editor::action::{Action, Panel, SimilarAction};
use crate::editor::selection::Pick;
use crate::editor::theme;
use crate::editor::widgets::{
    counted, describe_row, elided_label, figures, glyph_button, named_drop_down, panel_heading,
    weak,
};

/// Height of the list of examples, in points, before it scrolls.
const EXAMPLES_HEIGHT: f32 = 84.0;
const PLACES: [(SearchedPlace, &str); 3] = [
    (SearchedPlace::Take, "This take"),
    (SearchedPlace::Project, "This project"),
    (SearchedPlace::Library, "Library"),
];

/// The panel of one frame.
pub struct Similar<'a> {
    pub similar: Option<&'a SimilarView>,
    pub folder: Option<&'a FolderView>,
    /// Another job is at work.
    pub is_busy: bool,
    pub form: &'a mut SimilarForm,
}

impl Similar<'_> {
    /// Draws the panel.
    pub fn show(mut self, ui: &mut Ui) -> Vec<Action> {
        let mut actions = Vec::new();
        if panel_heading(ui, "Similar sounds") {
            actions.push(Action::Toggle(Panel::Similar));
        }
        if self.form.examples.is_empty() {
            ui.label(weak(
                "Select a region or drag over the waveform, then press F: Earmark finds what sounds like it.",
            ));
            return actions;
        }
        self.examples(ui, &mut actions);
        self.place(ui, &mut actions);
        ui.separator();
        self.answer(ui, &mut actions);
        actions
    }

    fn found(&self) -> &[SimilarStretch] {
        self.similar.map_or(&[], SimilarView::found)
    }

    /// What the search goes by, each with a button that leaves it out.
    fn examples(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        ScrollArea::vertical()
            .id_salt("examples")
            .max_height(EXAMPLES_HEIGHT)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                let only = self.form.examples.len() < 2;
                for (index, example) in self.form.examples.iter().enumerate() {
                    let forget = SimilarAction::ForgetExample(index);
                    example_row(ui, ("+", "Example", !only), example, forget, actions);
                }
                for (index, rejected) in self.form.rejected.iter().enumerate() {
                    let forget = SimilarAction::ForgetRejected(index);
                    example_row(ui, ("−", "Rejected", true), rejected, forget, actions);
                }
            });
    }

    fn place(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        ui.horizontal(|ui| {
            let words = |place: SearchedPlace| {
                let mut places = PLACES.into_iter();
                places.find(|(known, _)| *known == place).unwrap_or(PLACES[0]).1
            };
            named_drop_down(ui, "Search in", words(self.form.place), 110.0, |ui| {
                for (place, words) in PLACES {
                    let is_chosen = self.form.place == place;
                    if ui.selectable_label(is_chosen, words).clicked() && !is_chosen {
                        actions.push(SimilarAction::In(place).into());
                    }
                }
            });
            let is_searching = self
                .similar
                .is_some_and(|it| matches!(it.state, SimilarState::Searching(_)));
            let query = self.form.query(self.found());
            let is_new = self.similar.is_none_or(|it| it.query != query);
            let mut again = Button::new("Search again");
            if is_new && !is_searching {
                again = again.stroke(egui::Stroke::new(1.0, theme::colours().accent));
            }
            let response = ui.add_enabled(!is_searching, again).on_hover_text(
                "Searches with the examples above, the stretches that you marked positive, and away from the negative ones.",
            );
            if response.clicked() {
                actions.push(SimilarAction::Again.into());
            }
        });
    }

    fn answer(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let words = match self.similar.map(|similar| &similar.state) {
            Some(SimilarState::Searching(job)) => {
                progress(ui, job, actions);
                return;
            }
            Some(SimilarState::Found(found)) if !found.is_empty() => {
                self.buttons(ui, actions);
                if self.form.export.is_some() {
                    self.export(ui, actions);
                }
                self.table(ui, actions);
                return;
            }
            Some(SimilarState::Found(_)) => "Nothing sounds like it there.",
            Some(SimilarState::NoLibrary) => {
                "The library has no folder yet: add one in the Library panel (L)."
            }
            Some(SimilarState::NothingIndexed) if self.form.place == SearchedPlace::Library => {
                "Nothing in the library is indexed yet: press Update in the Library panel (L)."
            }
            Some(SimilarState::NothingIndexed) => {
                "There is no recording to search yet: play the track first."
            }
            Some(SimilarState::Cancelled) => "You cancelled the search.",
            Some(SimilarState::Failed) => {
                "The search failed: read the message below, then search again."
            }
            None => "Press “Search again” to search.",
        };
        ui.label(weak(words));
    }

    fn buttons(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let found = self.found();
        let selected = self.form.selected(found).len();
        let sounds = counted(found.len(), "sound", "sounds");
        ui.label(weak(match selected {
            0 => format!("{sounds}: select one with ↑ and ↓, and play it with Space"),
            _ => format!("{sounds}, {selected} selected"),
        }));
        ui.horizontal_wrapped(|ui| {
            let is_any = selected > 0;
            let choices = [
                (
                    "More like this",
                    "Searches again with the selected sounds as further examples.",
                    SimilarAction::More,
                ),
                (
                    "Not like this",
                    "Searches again, away from the selected sounds.",
                    SimilarAction::Less,
                ),
                (
                    "Export clips…",
                    "Writes the selected sounds as WAV clips.",
                    SimilarAction::ToggleExport,
                ),
            ];
            for (words, told, action) in choices {
                let button = Button::new(words)
                    .selected(action == SimilarAction::ToggleExport && self.form.export.is_some());
                let response = ui
                    .add_enabled(is_any, button)
                    .on_hover_text(told)
                    .on_disabled_hover_text("Select sounds in the list first.");
                if response.clicked() {
                    actions.push(action.into());
                }
            }
            let train = ui
                .add_enabled(!self.is_busy, Button::new("Train from these…"))
                .on_hover_text(
                    "Makes the examples and the positive sounds clips of one class, and trains it.",
                )
                .on_disabled_hover_text("Wait until the running job ends.");
            if train.clicked() {
                actions.push(SimilarAction::Train.into());
            }
        });
    }

    fn export(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let count = self.form.selected(self.found()).len();
        let Some(StretchExport { class, place }) = &mut self.form.export else {
            return;
        };
        ui.separator();
        ui.horizontal(|ui| {
            ui.label(weak("Class"));
            folder_browser::text_field(ui, class, "Class of the clips", 160.0);
        });
        let browsed = folder_browser::show(ui, place, self.folder, None);
        actions.extend(browsed.actions);
        let can_export = count > 0 && !class.trim().is_empty() && place.is_answered();
        let words = format!("Export {}", counted(count, "clip", "clips"));
        let button = ui
            .add_enabled(can_export && !self.is_busy, Button::new(words))
            .on_disabled_hover_text(
                "Type a class, choose a folder, and select sounds in the list.",
            );
        if button.clicked() {
            actions.push(SimilarAction::Export.into());
        }
        ui.separator();
    }

    fn table(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let found = self.similar.map_or(&[][..], SimilarView::found);
        let mut table = TableBuilder::new(ui)
            .id_salt("similar")
            .striped(true)
            .sense(Sense::click())
            .auto_shrink(false)
            .min_scrolled_height(0.0)
            .column(Column::exact(18.0))
            .column(Column::remainder().at_least(80.0).clip(true))
            .column(Column::initial(104.0).clip(true))
            .column(Column::initial(62.0).clip(true));
        if std::mem::take(&mut self.form.reveal)
            && let Some(row) = self.form.cursor()
        {
            table = table.scroll_to_row(row, None);
        }
        let header = table.header(theme::ROW_HEIGHT, |mut header| {
            for title in ["", "file", "time", "likeness"] {
                header.col(|ui| {
                    ui.label(weak(title));
                });
            }
        });
        header.body(|body| {
            body.rows(theme::ROW_HEIGHT, found.len(), |mut row| {
                let index = row.index();
                let Some(stretch) = found.get(index) else {
                    return;
                };
                let selected = self.form.is_selected(index);
                row.set_selected(selected);
                cells(&mut row, stretch);
                let response = row.response();
                describe_row(&response, selected, || spoken(index, stretch));
                let files = Files {
                    file: Some(&stretch.placed.recording.path),
                    ..Files::default()
                };
                actions.extend(files.menu_of(&response));
                if response.clicked() {
                    let modifiers = response.ctx.input(|input| input.modifiers);
                    let how = Pick::from_modifiers(modifiers);
                    actions.push(SimilarAction::Pick(index, how).into());
                }
            });
        });
    }
}

fn cells(row: &mut egui_extras::TableRow<'_, '_>, stretch: &SimilarStretch) {
    let region = &stretch.region;
    row.col(|ui| {
        let colour = theme::state_colour(region.state);
        let glyph = RichText::new(theme::state_glyph(region.state)).color(colour);
        // What a mark says is in the name of the row.
        ui.add(Label::new(glyph).selectable(false));
    });
    row.col(|ui| {
        let name = file_name(&stretch.placed.recording.path);
        elided_label(ui, &name, TextStyle::Body.resolve(ui.style()))
            .on_hover_text(stretch.placed.recording.path.display().to_string());
    });
    row.col(|ui| {
        ui.label(figures(time(stretch)));
    });
    row.col(|ui| {
        ui.label(figures(format!("{:.2}", region.score)));
    });
}

/// What a screen reader says of a row.
fn spoken(index: usize, stretch: &SimilarStretch) -> String {
    let region = &stretch.region;
    let class = region.class.as_ref();
    let class = class.map_or_else(String::new, |class| format!(" ({class})"));
    format!(
        "Similar {}, {}, {}, likeness {:.2}, {}{class}",
        index + 1,
        file_name(&stretch.placed.recording.path),
        time(stretch),
        region.score,
        region.state.word(),
    )
}

/// Where a stretch begins: in the project for a take, else in its file.
fn time(stretch: &SimilarStretch) -> String {
    timecode(stretch.placed.start_s + stretch.region.span.start_s())
}

fn file_name(path: &Path) -> String {
    folder_browser::file_name(path)
}

fn example_row(
    ui: &mut Ui,
    (glyph, kind, can_forget): (&str, &str, bool),
    stretch: &SimilarStretch,
    forget: SimilarAction,
    actions: &mut Vec<Action>,
) {
    ui.horizontal(|ui| {
        let name = file_name(&stretch.placed.recording.path);
        let time = time(stretch);
        ui.label(weak(glyph));
        let label = format!("Leave out {} {name}, {time}", kind.to_lowercase());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if glyph_button(ui, "×", &label, can_forget).clicked() {
                actions.push(forget.into());
            }
            ui.label(figures(time.as_str()));
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                elided_label(ui, &name, TextStyle::Body.resolve(ui.style()));
            });
        });
    });
}

fn progress(ui: &mut Ui, job: &JobView, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        let bar = ProgressBar::new(job.fraction.clamp(0.0, 1.0)).desired_width(200.0);
        ui.add(bar);
        if ui.button("Cancel search").clicked() {
            actions.push(SimilarAction::Cancel.into());
        }
    });
    let remaining = job.remaining();
    let remaining = remaining.map_or_else(String::new, |words| format!(" · {words}"));
    ui.label(weak(format!("{}{remaining}", job.stage)));
}
