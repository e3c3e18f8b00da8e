//! The profiles panel: independent sets of marks, results and classifiers, to choose from and to add to.

use earmark_core::engine::command::Command;
use egui::{Button, Key, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::editor::action::{Action, Panel};
use crate::editor::theme;
use crate::editor::widgets::{glyph_button, panel_heading, weak};

/// What is being typed into the panel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfilesForm {
    name: String,
}

/// The panel of one frame.
pub struct Profiles<'a> {
    pub shown: &'a str,
    pub profiles: &'a [String],
    pub form: &'a mut ProfilesForm,
}

impl Profiles<'_> {
    pub fn show(mut self, ui: &mut Ui) -> Vec<Action> {
        let mut actions = Vec::new();
        if panel_heading(ui, "Profiles") {
            actions.push(Action::Toggle(Panel::Profiles));
        }
        ui.label(weak(
            "Each has marks, results and classifiers of its own. 8-cut sees the same ones.",
        ));
        ui.add_space(4.0);
        self.create(ui, &mut actions);
        ui.separator();
        ScrollArea::vertical().show(ui, |ui| {
            for profile in self.profiles {
                self.profile(ui, profile, &mut actions);
            }
        });
        actions
    }

    fn create(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(&mut self.form.name)
                .hint_text("new profile")
                .desired_width(180.0)
                .char_limit(100);
            let response = ui.add(field);
            response.widget_info(|| {
                let mut info = WidgetInfo::labeled(Role::TextInput, true, "New profile's name");
                info.current_text_value = Some(self.form.name.clone());
                info
            });
            let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let profile = self.form.name.trim().to_owned();
            let is_new = !profile.is_empty() && !self.profiles.contains(&profile);
            let create = ui
                .add_enabled(is_new, Button::new("Create"))
                .on_disabled_hover_text("Type a name that is not taken");
            if is_new && (entered || create.clicked()) {
                self.form.name.clear();
                actions.push(Command::CreateProfile { profile }.into());
            }
        });
    }

    fn profile(&self, ui: &mut Ui, profile: &str, actions: &mut Vec<Action>) {
        let is_shown = profile == self.shown;
        ui.horizontal(|ui| {
            if glyph_button(ui, "Use", &format!("Use {profile}"), !is_shown).clicked() {
                actions.push(
                    Command::SetProfile {
                        profile: profile.to_owned(),
                    }
                    .into(),
                );
            }
            ui.add(egui::Label::new(RichText::new(profile).strong()).truncate());
            if is_shown {
                ui.label(RichText::new("▸ shown").color(theme::ACCENT));
            }
        });
    }
}
