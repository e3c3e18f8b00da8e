//! The Profiles panel: independent sets of marks, results and classifiers, to use, create, copy, rename and delete.

use earmark_core::protocol::{
    Command, DEFAULT_PROFILE, ProfileRows, ProfileTarget, ProfileView, Show,
};
use egui::{Button, Frame, Key, Margin, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::editor::action::{Action, Panel};
use crate::editor::theme;
use crate::editor::widgets::{counted, glyph_button, panel_heading, weak};

/// Longest name that can be typed, in characters.
const NAME_LIMIT: usize = 100;

/// The text that the user types, and the open question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfilesForm {
    name: String,
    question: Option<Question>,
}

/// The question about one profile.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Question {
    Duplicate { from: String, to: String },
    Rename { from: String, to: String },
    Delete { profile: String },
}

impl Question {
    fn is_about(&self, name: &str) -> bool {
        match self {
            Self::Duplicate { from, .. } | Self::Rename { from, .. } => from == name,
            Self::Delete { profile } => profile == name,
        }
    }
}

/// The panel of one frame.
pub struct Profiles<'a> {
    pub shown: &'a str,
    pub profiles: &'a [String],
    /// The contents of the profile that the user wants to delete.
    pub counted: Option<&'a ProfileView>,
    pub form: &'a mut ProfilesForm,
}

impl Profiles<'_> {
    /// Draws the panel.
    pub fn show(mut self, ui: &mut Ui) -> Vec<Action> {
        let mut actions = Vec::new();
        if panel_heading(ui, "Profiles") {
            actions.push(Action::Toggle(Panel::Profiles));
        }
        ui.label(weak(
            "Each profile has its own marks, results and classifiers. 8-cut uses the same profiles.",
        ));
        ui.add_space(4.0);
        let mut name = std::mem::take(&mut self.form.name);
        if let Some(profile) = self.name_field(ui, &mut name, "New profile name", "Create") {
            name.clear();
            actions.push(ProfileTarget::Exists { name: profile }.into());
        }
        self.form.name = name;
        ui.separator();
        ScrollArea::vertical().show(ui, |ui| {
            for profile in self.profiles {
                self.profile(ui, profile, &mut actions);
                let asked = self.form.question.take_if(|asked| asked.is_about(profile));
                if let Some(question) = asked {
                    self.form.question = self.ask(ui, question, &mut actions);
                }
            }
        });
        actions
    }

    /// A field with the accessible name `called` and a button. Returns the name once the user confirms a free one.
    fn name_field(
        &self,
        ui: &mut Ui,
        name: &mut String,
        called: &str,
        button: &str,
    ) -> Option<String> {
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(name)
                .hint_text("name")
                .desired_width(180.0)
                .char_limit(NAME_LIMIT);
            let response = ui.add(field);
            response.widget_info(|| {
                let mut info = WidgetInfo::labeled(Role::TextInput, true, called);
                info.current_text_value = Some(name.clone());
                info
            });
            let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let wanted = name.trim().to_owned();
            let is_free = !wanted.is_empty() && !self.profiles.contains(&wanted);
            let confirm = ui
                .add_enabled(is_free, Button::new(button))
                .on_disabled_hover_text("Type a name that no profile has");
            (is_free && (entered || confirm.clicked())).then_some(wanted)
        })
        .inner
    }

    fn profile(&mut self, ui: &mut Ui, profile: &str, actions: &mut Vec<Action>) {
        let is_shown = profile == self.shown;
        // `default` always exists, for 8-cut as well.
        let is_own = profile != DEFAULT_PROFILE;
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(profile).strong());
            if is_shown {
                ui.label(RichText::new("▸ shown").color(theme::colours().accent));
            }
        });
        ui.horizontal_wrapped(|ui| {
            if glyph_button(ui, "Use", &format!("Use {profile}"), !is_shown).clicked() {
                actions.push(
                    Command::Show(Show::Profile {
                        profile: profile.to_owned(),
                    })
                    .into(),
                );
            }
            let (from, to) = (profile.to_owned(), String::new());
            if glyph_button(ui, "Duplicate…", &format!("Duplicate {profile}…"), true).clicked()
            {
                self.form.question = Some(Question::Duplicate { from, to });
            } else if glyph_button(ui, "Rename…", &format!("Rename {profile}…"), is_own).clicked()
            {
                self.form.question = Some(Question::Rename {
                    to: from.clone(),
                    from,
                });
            }
            if glyph_button(ui, "Delete…", &format!("Delete {profile}…"), is_own).clicked() {
                let profile = profile.to_owned();
                self.form.question = Some(Question::Delete {
                    profile: profile.clone(),
                });
                actions.push(Command::Show(Show::ProfileCounts { profile }).into());
            }
        });
        ui.add_space(4.0);
    }

    /// Draws a question below its profile, and returns it until the user answers.
    fn ask(&self, ui: &mut Ui, question: Question, actions: &mut Vec<Action>) -> Option<Question> {
        let fill = match &question {
            Question::Delete { .. } => theme::colours().error.gamma_multiply(0.14),
            _ => theme::colours().selection.gamma_multiply(0.5),
        };
        Frame::new()
            .fill(fill)
            .corner_radius(4)
            .inner_margin(Margin::same(8))
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                let (left, answer) = self.answer(ui, question);
                actions.extend(answer.map(Action::from));
                left
            })
            .inner
    }

    fn answer(&self, ui: &mut Ui, question: Question) -> (Option<Question>, Option<ProfileTarget>) {
        match question {
            Question::Duplicate { from, mut to } => {
                ui.label(format!("Copy {from} to a new profile"));
                match self.name_field(ui, &mut to, "Name of the copy", "Copy") {
                    Some(to) => (None, Some(ProfileTarget::CopyOf { from, to })),
                    None => {
                        let withdrawn = ui.button("Cancel").clicked();
                        let left = (!withdrawn).then_some(Question::Duplicate { from, to });
                        (left, None)
                    }
                }
            }
            Question::Rename { from, mut to } => {
                ui.label(format!("New name for {from}"));
                match self.name_field(ui, &mut to, "New name", "Rename") {
                    Some(to) => (None, Some(ProfileTarget::Renamed { from, to })),
                    None => {
                        let withdrawn = ui.button("Cancel").clicked();
                        let left = (!withdrawn).then_some(Question::Rename { from, to });
                        (left, None)
                    }
                }
            }
            Question::Delete { profile } => self.confirmation(ui, profile),
        }
    }

    /// Asks before it deletes, and says exactly what.
    fn confirmation(
        &self,
        ui: &mut Ui,
        profile: String,
    ) -> (Option<Question>, Option<ProfileTarget>) {
        let counted = self.counted.filter(|counted| counted.name == profile);
        let Some(counted) = counted else {
            ui.label(weak("Earmark is counting its contents…"));
            return (Some(Question::Delete { profile }), None);
        };
        let words = format!("Delete {profile} with {}?", contents(&counted.rows));
        ui.label(RichText::new(words).strong());
        ui.label(weak(if counted.comes_back {
            "You can undo this until you close the project. Earmark keeps audio files and clips."
        } else {
            "You cannot undo this: the profile is too large. Earmark keeps audio files and clips."
        }));
        ui.horizontal(|ui| {
            let delete = Button::new(format!("Delete {profile}"))
                .fill(theme::colours().error.gamma_multiply(0.4));
            if ui.add(delete).clicked() {
                return (None, Some(ProfileTarget::Deleted { name: profile }));
            }
            if ui.button("Keep it").clicked() {
                return (None, None);
            }
            (Some(Question::Delete { profile }), None)
        })
        .inner
    }
}

/// `12 clips, 3 versions`, or `no contents`.
fn contents(rows: &ProfileRows) -> String {
    let kinds = [
        (rows.clips, "clip", "clips"),
        (rows.versions, "version", "versions"),
        (rows.regions, "region", "regions"),
        (rows.hard_negatives, "hard negative", "hard negatives"),
        (rows.unsure, "unsure mark", "unsure marks"),
        (rows.notes, "note", "notes"),
        (rows.hidden_files, "hidden file", "hidden files"),
        (rows.classifiers, "classifier", "classifiers"),
    ];
    let kinds: Vec<String> = kinds
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| counted(usize::try_from(count).unwrap_or(usize::MAX), one, many))
        .collect();
    if kinds.is_empty() {
        return String::from("no contents");
    }
    kinds.join(", ")
}
