//! The bottom row: the buttons that start something, the last message, undo and help.

use earmark_core::protocol::{Command, Note, ReasonToTrain, RegionState, Status, Work};
use egui::{
    Align, Button, Color32, Layout, RichText, Role, TextStyle, TextWrapMode, Ui, WidgetInfo,
};

use crate::editor::action::{Action, Panel, SimilarAction};
use crate::editor::theme;
use crate::editor::widgets::{counted, glyph_button, weak};

/// The usual width of the buttons in the row, in points.
const BUTTONS_WIDTH: f32 = 715.0;

/// The state of the play button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditionButton {
    pub plays: bool,
    pub can_play: bool,
}

/// The row of one frame.
pub struct StatusBar<'a> {
    pub can_scan: bool,
    pub negatives: usize,
    pub marks_since_training: usize,
    /// The reason to train again, if there is one.
    pub reason_to_train: Option<ReasonToTrain>,
    pub panel: Panel,
    pub selected: usize,
    /// A stretch of time is selected.
    pub is_time_selected: bool,
    pub audition: AuditionButton,
    /// The region at the playhead, if N, P and U mark that one.
    pub target_at_playhead: Option<usize>,
    /// The class that P marks regions as; empty until the first time.
    pub last_class: &'a str,
    pub status: Option<&'a Status>,
    pub undo: Option<&'a str>,
    pub redo: Option<&'a str>,
}

impl StatusBar<'_> {
    /// Draws the row.
    pub fn show(self, ui: &mut Ui) -> Vec<Action> {
        let mut actions = Vec::new();
        let has_own_row = self.status.is_some_and(|status| !fits_beside(ui, status));
        if has_own_row {
            ui.horizontal_wrapped(|ui| self.status(ui, TextWrapMode::Wrap, &mut actions));
        }
        ui.horizontal(|ui| {
            self.audition(ui, &mut actions);
            let scan = ui.add_enabled(self.can_scan, Button::new("Scan"));
            if scan
                .on_disabled_hover_text("Play the track first, or wait until the running job ends")
                .clicked()
            {
                actions.push(Command::Work(Work::Scan).into());
            }
            self.train(ui, &mut actions);
            let negatives = Button::new(format!("Negatives ({})…", self.negatives))
                .selected(self.panel == Panel::Negatives);
            if ui.add(negatives).clicked() {
                actions.push(Action::Toggle(Panel::Negatives));
            }
            let export = Button::new("Export…").selected(self.panel == Panel::Export);
            if ui
                .add(export)
                .on_hover_text("Export region lists, markers or clips (E)")
                .clicked()
            {
                actions.push(Action::Toggle(Panel::Export));
            }
            let library = Button::new("Library…").selected(self.panel == Panel::Library);
            if ui
                .add(library)
                .on_hover_text("Index and search folders of recordings (L)")
                .clicked()
            {
                actions.push(Action::Toggle(Panel::Library));
            }
            ui.separator();
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if glyph_button(ui, "?", "Help", true).clicked() {
                    actions.push(Action::Toggle(Panel::Help));
                }
                self.history(ui, &mut actions);
                if !self.last_class.is_empty() {
                    ui.label(weak(format!("P = {}", self.last_class)))
                        .on_hover_text("P marks regions as this class, and Shift+P asks for another");
                }
                if let Some(index) = self.target_at_playhead {
                    ui.label(weak(format!("◀ N, P, U: region {}", index + 1)))
                        .on_hover_text("During playback, N, P and U mark the region at the playhead until you select another");
                }
                if self.selected > 0 || self.is_time_selected {
                    let similar = glyph_button(ui, "≈", "Find similar", true)
                        .on_hover_text("Find what sounds like the selection (F)");
                    if similar.clicked() {
                        actions.push(SimilarAction::Find.into());
                    }
                }
                if self.selected > 0 {
                    let unsure = glyph_button(
                        ui,
                        theme::state_glyph(RegionState::Unsure),
                        "Unsure",
                        true,
                    )
                    .on_hover_text("Mark as unsure, so that training leaves it out (U)");
                    if unsure.clicked() {
                        actions.push(Action::MarkUnsure);
                    }
                    let note = glyph_button(ui, theme::state_glyph(RegionState::Noted), "Note", true)
                        .on_hover_text("Write a note on the selected region (Enter)");
                    if note.clicked() {
                        actions.push(Action::EditNote);
                    }
                }
                if self.selected > 1 {
                    let merge = ui
                        .button("Merge")
                        .on_hover_text("Merge the selected regions into one (M)");
                    if merge.clicked() {
                        actions.push(Action::Merge);
                    }
                    ui.label(weak(format!("{} selected", self.selected)));
                }
                if !has_own_row {
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        self.status(ui, TextWrapMode::Truncate, &mut actions);
                    });
                }
            });
        });
        actions
    }

    fn audition(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let (words, name, told) = if self.audition.plays {
            ("■ Stop", "Stop audition", "Stop playing the region (Space)")
        } else {
            (
                "▶ Play",
                "Audition",
                "Play the selected region through this track's output (Space)",
            )
        };
        let enabled = self.audition.plays || self.audition.can_play;
        let button = ui.add_enabled(enabled, Button::new(words));
        button.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
        let clicked = button.clicked();
        button
            .on_hover_text(told)
            .on_disabled_hover_text("Select a region first, or switch on auditions in the menu ≡");
        if clicked {
            actions.push(Action::Audition);
        }
    }

    fn train(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let mut button = Button::new("Train…").selected(self.panel == Panel::Train);
        if self.reason_to_train.is_some() {
            button = button.stroke(egui::Stroke::new(1.0, theme::colours().accent));
        }
        let response = ui.add(button);
        if response.clicked() {
            actions.push(Action::Toggle(Panel::Train));
        }
        let marks = counted(self.marks_since_training, "new mark", "new marks");
        if self.marks_since_training > 0 {
            ui.label(weak(format!("· {marks}")));
        }
        match self.reason_to_train {
            Some(ReasonToTrain::First) => {
                response.on_hover_text("You have examples and no classifier yet: train one (T)");
            }
            Some(ReasonToTrain::NewMarks { learned_from, .. }) => {
                let known = counted(learned_from, "mark", "marks");
                response.on_hover_text(format!(
                    "{marks} since the last training, which used {known}: train again (T)"
                ));
            }
            None if self.marks_since_training > 0 => {
                response.on_hover_text(format!(
                    "{marks} since the last training; the button lights up at five, or at a tenth of the marks that it used"
                ));
            }
            None => {}
        }
    }

    fn history(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        for (glyph, name, what, command) in [
            ("↷", "Redo", self.redo, Command::Redo),
            ("↶", "Undo", self.undo, Command::Undo),
        ] {
            let response = glyph_button(ui, glyph, name, what.is_some());
            let response = match what {
                Some(what) => response.on_hover_text(what),
                None => response,
            };
            if response.clicked() {
                actions.push(command.into());
            }
        }
    }

    fn status(&self, ui: &mut Ui, wrap: TextWrapMode, actions: &mut Vec<Action>) {
        let Some(status) = self.status else {
            return;
        };
        let (colour, glyph) = theme::severity_mark(status.severity);
        if glyph_button(ui, "×", "Dismiss message", true).clicked() {
            actions.push(Command::Note(Note::StatusRead).into());
        }
        ui.label(RichText::new(glyph).color(colour));
        let words = words(status);
        let label = ui.add(egui::Label::new(words.as_str()).wrap_mode(wrap));
        // A screen reader says a new message without being asked.
        ui.ctx().accesskit_node_builder(label.id, |label| {
            label.set_live(egui::accesskit::Live::Polite);
        });
        if wrap == TextWrapMode::Truncate {
            label.on_hover_text(words);
        }
    }
}

fn words(status: &Status) -> String {
    if status.remedy.is_empty() {
        status.text.clone()
    } else {
        format!("{} {}", status.text, status.remedy)
    }
}

/// Whether the message has room in one line beside the buttons.
fn fits_beside(ui: &Ui, status: &Status) -> bool {
    let font = TextStyle::Body.resolve(ui.style());
    let painter = ui.painter();
    let galley = painter.layout_no_wrap(words(status), font, Color32::WHITE);
    galley.size().x + BUTTONS_WIDTH <= ui.available_width()
}
