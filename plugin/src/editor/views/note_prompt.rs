//! The text field for a note: Enter opens it on the selected region. Draws on the window's thread; the shell knows which region it is.

use earmark_core::protocol::LONGEST_NOTE;
use egui::{Frame, Key, Margin, Role, TextEdit, Ui, WidgetInfo};

use crate::editor::action::Action;
use crate::editor::theme;

/// Room for the buttons beside the field, in points.
const BUTTONS: f32 = 140.0;

/// The text that the user types.
#[derive(Debug, Clone, PartialEq)]
pub struct NotePrompt {
    /// What the note is about: `Region 3, 01:00:17.000`.
    about: String,
    text: String,
    /// The field has had the focus since it was opened or asked for again.
    has_focus: bool,
}

impl NotePrompt {
    /// A field that shows the note as it is.
    pub fn new(about: String, note: &str) -> Self {
        Self {
            about,
            text: note.to_owned(),
            has_focus: false,
        }
    }

    /// Moves the focus to the field again.
    pub fn focus(&mut self) {
        self.has_focus = false;
    }

    /// Draws the field. Enter saves the note, Escape leaves it as it was.
    pub fn show(&mut self, ui: &mut Ui) -> Vec<Action> {
        let mut actions = Vec::new();
        Frame::new()
            .fill(theme::colours().selection.gamma_multiply(0.5))
            .inner_margin(Margin::symmetric(8, 5))
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.horizontal(|ui| {
                    ui.label(format!("Note on {}", self.about));
                    let width = (ui.available_width() - BUTTONS).max(80.0);
                    let field = TextEdit::singleline(&mut self.text)
                        .desired_width(width)
                        .char_limit(LONGEST_NOTE)
                        .hint_text("what you hear; #words are tags");
                    let response = ui.add(field);
                    response.widget_info(|| {
                        let mut info = WidgetInfo::labeled(Role::TextInput, true, "Note");
                        info.current_text_value = Some(self.text.clone());
                        info
                    });
                    if response.changed() {
                        // A pasted tab would be a column in an exported table.
                        self.text = self.text.replace(char::is_control, " ");
                    }
                    if !self.has_focus {
                        self.has_focus = true;
                        response.request_focus();
                    }
                    let (enter, escape) = ui.input(|input| {
                        (
                            input.key_pressed(Key::Enter),
                            input.key_pressed(Key::Escape),
                        )
                    });
                    let saved = ui.button("Save").on_hover_text("Save the note (Enter)");
                    if saved.clicked() || (response.lost_focus() && enter) {
                        actions.push(Action::SaveNote(self.text.clone()));
                    }
                    let left = ui
                        .button("Cancel")
                        .on_hover_text("Leave the note as it was (Esc)");
                    if left.clicked() || escape {
                        actions.push(Action::CloseNote);
                    }
                });
            });
        actions
    }
}
