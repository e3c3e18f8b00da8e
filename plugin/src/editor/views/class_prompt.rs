//! The question for a class: before the first P, whenever the user presses Shift+P, and once for files that are dropped or pasted.

use earmark_core::protocol::ClassStats;
use egui::{Frame, Key, Margin, Role, TextEdit, Ui, WidgetInfo};

use crate::editor::action::Action;
use crate::editor::theme;
use crate::editor::widgets::weak;

/// The text that the user types.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PromptState {
    pub text: String,
    /// The field has had the focus.
    focused: bool,
    /// How many added files and folders the question is about; 0 for a mark.
    files: usize,
}

impl PromptState {
    /// The question for the class of so many files and folders.
    pub fn for_files(files: usize) -> Self {
        Self {
            files,
            ..Self::default()
        }
    }

    fn question(&self) -> String {
        match self.files {
            0 => String::from("Which class is this?"),
            1 => String::from("Which class is the added file?"),
            several => format!("Which class are the {several} added files?"),
        }
    }
}

/// Draws the question. Enter or a class button answers it, Escape cancels it.
pub fn show(ui: &mut Ui, state: &mut PromptState, classes: &[ClassStats]) -> Vec<Action> {
    let mut actions = Vec::new();
    Frame::new()
        .fill(theme::colours().selection.gamma_multiply(0.5))
        .inner_margin(Margin::symmetric(8, 5))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal_wrapped(|ui| {
                ui.label(state.question());
                let response = ui.add(
                    TextEdit::singleline(&mut state.text)
                        .desired_width(160.0)
                        .hint_text("e.g. door"),
                );
                response.widget_info(|| {
                    let mut info = WidgetInfo::labeled(Role::TextInput, true, "Class name");
                    info.current_text_value = Some(state.text.clone());
                    info
                });
                if !state.focused {
                    state.focused = true;
                    response.request_focus();
                }
                let entered =
                    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
                let name = state.text.trim();
                let confirm = ui.add_enabled(!name.is_empty(), egui::Button::new("Confirm"));
                if !name.is_empty() && (entered || confirm.clicked()) {
                    actions.push(Action::ConfirmAs(name.to_owned()));
                }
                if ui.button("Cancel").clicked() || ui.input(|input| input.key_pressed(Key::Escape))
                {
                    actions.push(Action::Dismiss);
                }
                if !classes.is_empty() {
                    ui.label(weak("or"));
                }
                for class in classes {
                    if ui.button(&class.name).clicked() {
                        actions.push(Action::ConfirmAs(class.name.clone()));
                    }
                }
            });
        });
    actions
}
